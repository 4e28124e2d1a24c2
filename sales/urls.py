"""The till in a browser."""

from django.urls import path

from sales.views import till

urlpatterns = [
    path("", till.screen, name="till"),
    path("sw.js", till.worker, name="till-worker"),
]
