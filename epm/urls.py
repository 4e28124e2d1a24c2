"""Every door of the house."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("health/", include("epm.platform.urls")),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
]
