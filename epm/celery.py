"""What Celery's programs load: `celery -A epm.celery worker`."""

import os
import sys
import warnings

from celery.platforms import SecurityWarning

from epm.embedded import provide
from epm.platform import metrics_folder

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "epm.settings")
provide(os.environ)
if "worker" in sys.argv:  # beat and inspect do nothing worth counting
    metrics_folder.prepare(metrics_folder.WORKER)
warnings.simplefilter("ignore", SecurityWarning)  # root may try the demo; we never unpickle

from epm.platform.queue import app  # noqa: E402 - the servers come first

# A worker waits for work: patience, and signs of life, where a request has none.
app.conf.broker_transport_options = app.conf.broker_transport_options | {
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "health_check_interval": 10,
}

__all__ = ["app"]
