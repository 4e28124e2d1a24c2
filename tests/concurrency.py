"""Make two transactions meet in a known order: no sleeps, no luck."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from django.db import connection, transaction


def run_behind(
    first: Callable[[], object],
    second: Callable[[], object],
    *,
    then: Callable[[], object] = lambda: None,
) -> Future:
    """Run `first`, start `second` elsewhere, wait until it queues on our lock, go on with `then`,
    commit.

    Needs `@pytest.mark.django_db(transaction=True)`.
    """
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first()
            outcome = pool.submit(in_its_own_connection, second)
            _wait_until_someone_queues_behind_us(outcome)
            then()
        outcome.exception(timeout=15)
    return outcome


def in_its_own_connection(work: Callable[[], object]) -> object:
    """Run `work` in this thread and give its connection back."""
    try:
        return work()
    finally:
        connection.close()


def _wait_until_someone_queues_behind_us(outcome: Future, *, patience: float = 15) -> None:
    deadline = time.monotonic() + patience
    with connection.cursor() as cursor:
        while time.monotonic() < deadline and not outcome.done():
            cursor.execute(
                "SELECT EXISTS (SELECT FROM pg_locks"
                " WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
            )
            if cursor.fetchone()[0]:
                return
            time.sleep(0.005)
    if outcome.done() and outcome.exception() is not None:
        raise AssertionError("the second never waited for our lock") from outcome.exception()
    raise AssertionError("nobody waited for our lock")
