"""What this process counts about the database and its tasks; requests: django-prometheus."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from celery import Task
from prometheus_client import Counter, Gauge, Histogram

QUERIES: Final = Counter("epm_db_queries", "Statements sent to PostgreSQL.")
QUERY_SECONDS: Final = Counter("epm_db_query_seconds", "Time spent waiting for statements.")
QUERY_ERRORS: Final = Counter("epm_db_query_errors", "Statements that PostgreSQL refused.")
POOL_USED: Final = Gauge("epm_db_pool_used", "Connections in use now.", multiprocess_mode="livesum")
POOL_WAITING: Final = Gauge(
    "epm_db_pool_waiting", "Who waits for a connection now.", multiprocess_mode="livesum"
)
POOL_SECONDS: Final = Counter("epm_db_pool_wait_seconds", "Time spent waiting for a connection.")
POOL_ERRORS: Final = Counter("epm_db_pool_errors", "Connections that could not be had.")
TASKS: Final = Counter("epm_tasks", "Tasks that have ended, by outcome.", ["task", "state"])
TASK_SECONDS: Final = Histogram(
    "epm_task_seconds", "How long tasks ran.", ["task"],
    buckets=(0.05, 0.25, 1, 5, 15, 60, 120),
)  # fmt: skip


def count_statements(
    execute: Callable[..., Any],
    statement: Any,
    params: Any,
    many: bool,  # noqa: FBT001 - Django calls us so
    context: Any,
) -> Any:
    """An execute wrapper of Django's."""
    began = time.perf_counter()
    try:
        return execute(statement, params, many, context)
    except Exception:
        QUERY_ERRORS.inc()
        raise
    finally:
        QUERIES.inc()
        QUERY_SECONDS.inc(time.perf_counter() - began)


@contextmanager
def taking_a_connection() -> Iterator[None]:
    """Around the pool's answer."""
    began = time.perf_counter()
    POOL_WAITING.inc()
    try:
        yield
    except Exception:
        POOL_ERRORS.inc()
        raise
    else:
        POOL_USED.inc()
    finally:
        POOL_WAITING.dec()
        POOL_SECONDS.inc(time.perf_counter() - began)


class MeasuredTask(Task):
    """Counts its ends and its time. Names are those of the code, so labels stay few."""

    _began: float | None = None

    def before_start(self, task_id: str, args: Any, kwargs: Any) -> None:
        self._began = time.perf_counter()

    def after_return(
        self, status: str, retval: Any, task_id: str, args: Any, kwargs: Any, einfo: Any
    ) -> None:
        TASKS.labels(self.name, status.lower()).inc()
        if self._began is not None:
            TASK_SECONDS.labels(self.name).observe(time.perf_counter() - self._began)
