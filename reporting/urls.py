"""The dashboards, and the way to them."""

from django.urls import path

from reporting.views import overview, theme

urlpatterns = [
    path("", overview.home, name="home"),
    path("theme", theme.choose, name="theme"),
    path("dashboards/", overview.overview, name="dashboards"),
]
