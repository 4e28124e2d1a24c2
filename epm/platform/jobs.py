"""Enqueue by name, so that services never import tasks."""

from functools import partial

from django.db import transaction

from epm.platform.queue import app


def enqueue_on_commit(name: str, /, **kwargs: object) -> None:
    """Send task `name` once the transaction has committed; the arguments are ids.

    `robust`: a queue that is down must not turn a committed write into a failure. Django logs it;
    whatever must not be lost is also found by a periodic sweep.
    """
    transaction.on_commit(partial(app.send_task, name, kwargs=kwargs), robust=True)
