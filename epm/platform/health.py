"""Whether this process lives, and whether it can serve: for load balancers and people."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache as once
from typing import Final

import structlog
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from epm.platform.queue import app

Check = Callable[[], None]
PATIENCE_SECONDS: Final = 1.0
logger = structlog.get_logger(__name__)


class MigrationsMissing(Exception):
    """The schema is older than the code."""


@never_cache
@require_safe
def live(_request: HttpRequest) -> JsonResponse:
    """The process answers. Looks at nothing else, so that a lost database restarts nobody."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def ready(_request: HttpRequest) -> JsonResponse:
    """503 without database or schema; without Redis we serve on, slower: `degraded`."""
    needed = _outcomes({"database": _database, "migrations": _migrations})
    helpful = _outcomes({"cache": _cache, "broker": _broker})
    can_serve = all(outcome == "ok" for outcome in needed.values())
    at_its_best = all(outcome == "ok" for outcome in helpful.values())
    status = "unavailable" if not can_serve else "ok" if at_its_best else "degraded"
    return JsonResponse(
        {"status": status, "checks": needed | helpful}, status=200 if can_serve else 503
    )


def _outcomes(checks: dict[str, Check]) -> dict[str, str]:
    """Run the checks side by side; a check that takes too long has failed."""
    pool = ThreadPoolExecutor(len(checks), thread_name_prefix="health")
    running = {name: pool.submit(_in_its_own_connection, check) for name, check in checks.items()}
    outcomes = {}
    for name, outcome in running.items():
        try:
            outcome.result(timeout=PATIENCE_SECONDS)
        except TimeoutError:
            outcomes[name] = "timeout"
        except Exception as error:  # noqa: BLE001 - whatever it is, the check has failed
            outcomes[name] = "failed"
            logger.warning("health_check_failed", check=name, error=type(error).__name__)
        else:
            outcomes[name] = "ok"
    pool.shutdown(wait=False, cancel_futures=True)
    return outcomes


def _in_its_own_connection(check: Check) -> None:
    try:
        check()
    finally:
        connection.close()


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


@once  # what is applied stays applied; a refusal is not remembered
def _migrations() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise MigrationsMissing


def _cache() -> None:
    cache.get("health")


def _broker() -> None:
    with app.connection_for_write() as line:
        line.ensure_connection(max_retries=0, timeout=PATIENCE_SECONDS)
