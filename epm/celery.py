"""What Celery's programs load: `celery -A epm.celery worker`."""

import os
import warnings

from celery.platforms import SecurityWarning

from epm.embedded import provide

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "epm.settings")
provide(os.environ)
warnings.simplefilter("ignore", SecurityWarning)  # root may try the demo; we never unpickle

from epm.platform.queue import app  # noqa: E402 - the servers come first

__all__ = ["app"]
