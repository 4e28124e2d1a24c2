"""Logs go to standard output, one JSON object a line, each with the id of its request."""

from typing import Any


def logging_dict(*, level: str, format_: str) -> dict[str, Any]:
    """The `logging` configuration; `format_` is `json`, or `console` for a person's eyes."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"structured": {"()": "epm.platform.logs.formatter", "format_": format_}},
        "handlers": {
            "stdout": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stdout",
                "formatter": "structured",
            },
        },
        "root": {"handlers": ["stdout"], "level": level},
        "loggers": {
            "django.server": {"handlers": [], "propagate": True},
            "django.request": {"level": "ERROR"},  # request_log says each request once
            "celery.app.trace": {"level": "ERROR"},  # likewise each task
            "kombu": {"level": "WARNING"},
        },
    }
