"""Who may do what, and looking with another's eyes."""

from django.urls import path

from epm.access.views import permissions, view_as

urlpatterns = [
    path("permissions", permissions.page, name="access-permissions"),
    path("permissions.csv", permissions.download, name="access-permissions-csv"),
    path("view-as", view_as.choose, name="view-as"),
    path("view-as/stop", view_as.stop, name="view-as-stop"),
]
