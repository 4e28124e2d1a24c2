"""The queue of work behind the scenes."""

from celery import Celery
from django_structlog.celery.steps import DjangoStructLogInitStep

app = Celery("epm", task_cls="epm.platform.measures:MeasuredTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.steps["worker"].add(DjangoStructLogInitStep)  # a task logs under the id of its request
app.autodiscover_tasks()
