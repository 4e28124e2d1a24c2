"""What waits in the queue, as metrics."""

from collections.abc import Iterator
from typing import Any, Final

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily

from epm.platform.queue import app

QUEUE: Final = "celery"
TAKEN: Final = "unacked"


def collect() -> Iterator[Metric]:
    """One queue; the broker's own limits bound the wait."""
    with app.connection_for_write() as line:
        line.ensure_connection(max_retries=0, timeout=1)
        broker: Any = line.default_channel.client
        waiting, taken = broker.llen(QUEUE), broker.hlen(TAKEN)
    yield GaugeMetricFamily("epm_queue_waiting", "Tasks that no worker has taken.", waiting)
    yield GaugeMetricFamily("epm_queue_taken", "Tasks that a worker has, not finished.", taken)


collect.without_database = True  # type: ignore[attr-defined]
