"""`/metrics`: what Prometheus reads. Not public; no collector can fail the page."""

import ipaddress
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.module_loading import import_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import REGISTRY, CollectorRegistry, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector

from epm.platform import metrics_folder

logger = structlog.get_logger(__name__)
Collect = Callable[[], Iterable[Metric]]
FORWARDED: Final = re.compile("HTTP_(.*FORWARDED.*|VIA|.*CLIENT_IP|.*REAL_IP|.*CONNECTING_IP)")
"""What proxies say of themselves."""
STATEMENT_MILLISECONDS: Final = 2_000


@never_cache
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Everything counted by our processes, and what the collectors of EPM_METRICS find."""
    if not may_read(request):
        raise Http404
    registry = CollectorRegistry()
    registry.register(_Counted())
    registry.register(_collected)
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(registry), headers={"Content-Type": content_type})


def may_read(request: HttpRequest) -> bool:
    """With the token from anywhere; without, from this machine and the listed networks.

    A request that a proxy has passed on says so: its address is the proxy's, and opens nothing.
    """
    token, given = settings.EPM_METRICS_TOKEN, request.headers.get("Authorization", "")
    if token and secrets.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return True
    if any(FORWARDED.fullmatch(name) for name in request.META):
        return False
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR") or "::1")  # a unix socket
    except ValueError:
        return False
    networks = (ipaddress.ip_network(one) for one in settings.EPM_METRICS_NETWORKS)
    return address.is_loopback or any(address in network for network in networks)


class _Counted:
    """Counters of all processes of the program, and of the workers beside it."""

    def collect(self) -> Iterable[Metric]:
        if metrics_folder.files() is None:
            return REGISTRY.collect()
        with metrics_folder.reading():
            merge: Any = MultiProcessCollector.merge
            return list(merge(metrics_folder.files()))


class _Collected:
    """What is asked for: at most every few seconds in this process, then as it was."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: Sequence[Metric] = ()
        self._until = 0.0

    def collect(self) -> Sequence[Metric]:
        with self._lock:
            if time.monotonic() >= self._until:
                self._known = list(asked(settings.EPM_METRICS))
                self._until = time.monotonic() + settings.EPM_METRICS_SECONDS
            return self._known

    def describe(self) -> Sequence[Metric]:
        return ()

    def forget(self) -> None:
        self._until = 0.0


_collected: Final = _Collected()
forget: Final = _collected.forget


def asked(names: Iterable[str]) -> Iterator[Metric]:
    """Each collector's metrics; one that fails is logged and says 0 of itself."""
    up = GaugeMetricFamily(
        "epm_collector_up", "Whether this collector found its figures.", labels=["collector"]
    )
    database_lost = False
    for name in names:
        try:
            if database_lost and not name.startswith("epm.platform."):
                raise OperationalError("not asked again")  # noqa: TRY301 - one long wait is enough
            found = _bounded(import_string(name))
        except Exception as error:  # noqa: BLE001 - no collector fails the page
            database_lost |= isinstance(error, (OperationalError, InterfaceError))
            logger.warning("collector_failed", collector=name, error=type(error).__name__)
            up.add_metric([name], 0)
        else:
            yield from found
            up.add_metric([name], 1)
    yield up


def _bounded(collect: Collect) -> list[Metric]:
    """Its metrics; PostgreSQL spends two seconds on a statement at most."""
    if getattr(collect, "without_database", False):
        return list(collect())
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {STATEMENT_MILLISECONDS}")
        return list(collect())
