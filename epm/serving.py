"""How gunicorn serves: `gunicorn -c python:epm.serving epm.wsgi`."""

import importlib
import os
from pathlib import Path
from typing import Any

from epm.embedded import provide
from epm.platform import metrics_folder
from epm.platform.environment import Environment

# What is wrong with these is said by the settings, with all that is wrong there.
_env = Environment()
_port = _env.number("PORT", 8000, at_least=1, at_most=65535)
bind = f"{_env.text('HOST', '127.0.0.1')}:{_port}"
workers = _env.number("EPM_WEB_WORKERS", 2, at_least=1, at_most=256)
threads = _env.number("EPM_WEB_THREADS", 4, at_least=1, at_most=256)
worker_class = "gthread"
timeout = 30
graceful_timeout = 25
keepalive = 5
max_requests = 5000
max_requests_jitter = 500
control_socket_disable = True
if Path("/dev/shm").is_dir():  # noqa: S108 - gunicorn makes an unlinked file of its own there
    worker_tmp_dir = "/dev/shm"  # noqa: S108
# Requests are logged by epm.platform.request_log; gunicorn's own words go the same way.
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "structured": {
            "()": "epm.platform.logs.formatter",
            "format_": _env.choice("EPM_LOG_FORMAT", "json", among=("json", "console")),
        },
    },
    "handlers": {
        "stdout": {
            "class": "logging.StreamHandler",
            "stream": "ext://sys.stdout",
            "formatter": "structured",
        },
    },
    "root": {"handlers": ["stdout"], "level": "INFO"},
    "loggers": {
        "gunicorn.error": {"level": "INFO", "handlers": [], "propagate": True},
        "gunicorn.access": {"level": "ERROR", "handlers": [], "propagate": True},
    },
}


def on_starting(_server: Any) -> None:
    """Find the servers and refuse wrong settings once, before any worker is forked."""
    provide(os.environ)
    metrics_folder.prepare("web")
    importlib.import_module("epm.settings")


def child_exit(_server: Any, worker: Any) -> None:
    """What the worker had counted is kept."""
    if metrics_folder.VARIABLE in os.environ:
        metrics_folder.fold(worker.pid)
