"""The queue of work behind the scenes: `celery -A epm.celery worker`."""

import os

from celery import Celery

from epm.embedded import provide

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "epm.settings")
provide(os.environ)

app = Celery("epm")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
