"""Enqueue by name, so that services never import tasks."""

import logging

from django.core.cache import cache
from django.db import transaction

from epm.platform.queue import app

logger = logging.getLogger(__name__)


def enqueue_on_commit(name: str, /, **kwargs: object) -> None:
    """Send task `name` once the transaction has committed; the arguments are ids.

    `robust`: a queue that is down must not turn a committed write into a failure. Django logs it;
    whatever must not be lost is also found by a periodic sweep.
    """

    def send() -> None:  # a function: Django's log of a failure asks for its name
        app.send_task(name, kwargs=kwargs)

    transaction.on_commit(send, robust=True)


def enqueue_soon(name: str, /, *, seconds: int = 2) -> None:
    """Send task `name` once, `seconds` after the first commit that asks for it.

    Any number of writes meanwhile are one run, which sees them all. Without a cache or a queue the
    schedule finds what is to be done.
    """

    def send() -> None:
        if cache.add(f"soon:{name}", 1, timeout=seconds):
            app.send_task(name, countdown=seconds)

    transaction.on_commit(send, robust=True)


def run_here(name: str, /, **kwargs: object) -> None:
    """Run task `name` in this process: for batch work that ends with it.

    A task that fails here is logged; the schedule runs it again.
    """
    app.loader.import_default_modules()
    outcome = app.tasks[name].apply(kwargs=kwargs)
    if outcome.failed():
        logger.error("%s failed here: %s", name, outcome.result)
