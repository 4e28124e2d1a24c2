"""The stock, as metrics."""

from collections.abc import Iterator
from typing import Final

from django.db import connection
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily

WORTH: Final = """
    SELECT s.kind, s.currency, sum(of_store.value)
    FROM (SELECT store_id, sum(value) AS value FROM inventory_stocklevel GROUP BY 1) of_store
    JOIN organization_store s ON s.id = of_store.store_id
    GROUP BY 1, 2 ORDER BY 1, 2
"""
COUNTS: Final = """
    SELECT (SELECT count(*) FROM inventory_stocklevel WHERE shortfall > 0),
           count(*) FILTER (WHERE expires_at > clock_timestamp()),
           count(*) FILTER (WHERE expires_at <= clock_timestamp())
    FROM inventory_reservation WHERE state = 'active'
"""


def collect() -> Iterator[Metric]:
    """What the stock is worth, where it is short, what is held and what nobody has swept yet."""
    with connection.cursor() as cursor:
        cursor.execute(WORTH)
        worth = cursor.fetchall()
        cursor.execute(COUNTS)
        short, held, unswept = cursor.fetchone()
    value = GaugeMetricFamily(
        "epm_stock_value", "What the stock of known cost is worth excl. tax.",
        labels=["store_kind", "currency"],
    )  # fmt: skip
    for kind, currency, amount in worth:
        value.add_metric([kind, currency], float(amount))
    yield value
    yield GaugeMetricFamily(
        "epm_stock_short_levels", "Levels with less than was promised or has left.", short
    )
    yield GaugeMetricFamily("epm_stock_holds", "Reservations that run and are no order's.", held)
    yield GaugeMetricFamily(
        "epm_stock_holds_unswept", "Reservations that are over and wait to be swept.", unswept
    )
