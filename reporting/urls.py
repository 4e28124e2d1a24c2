"""The dashboards, and the way to them."""

from django.urls import path

from reporting.views import overview, saved, theme

urlpatterns = [
    path("", overview.home, name="home"),
    path("theme", theme.choose, name="theme"),
    path("dashboards/", overview.overview, name="dashboards"),
    path("dashboards/saved", saved.views, name="dashboard-saved"),
    path("dashboards/saved/<int:view_id>", saved.view, name="dashboard-saved-view"),
]
