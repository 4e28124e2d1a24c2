"""The queue of work behind the scenes."""

from celery import Celery

app = Celery("epm")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
