"""Is it alive, is it ready?"""

from django.urls import path

from epm.platform import health

urlpatterns = [
    path("live", health.live, name="health-live"),
    path("ready", health.ready, name="health-ready"),
]
