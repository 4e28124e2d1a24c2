"""The dashboards, and the way to them."""

from django.urls import path

from reporting.views import overview

urlpatterns = [
    path("", overview.home, name="home"),
    path("dashboards/", overview.overview, name="dashboards"),
]
