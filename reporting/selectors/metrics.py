"""The business and the facts, as metrics."""

from collections.abc import Iterator

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily

from sales.selectors.today import refresh_lag, sold_today


def collect() -> Iterator[Metric]:
    """Sales of today by store kind and currency; how far the facts are behind."""
    by = ["store_kind", "currency"]
    tickets = GaugeMetricFamily("epm_sales_today", "Tickets of today's business day.", labels=by)
    amount = GaugeMetricFamily(
        "epm_sales_today_amount", "Net sales of today's business day, excl. tax.", labels=by
    )
    for one in sold_today():
        tickets.add_metric([one.store_kind, one.currency], one.tickets)
        amount.add_metric([one.store_kind, one.currency], float(one.net_ht))
    marks, seconds = refresh_lag()
    yield tickets
    yield amount
    yield GaugeMetricFamily("epm_refresh_marks", "Changes that the facts do not hold yet.", marks)
    yield GaugeMetricFamily("epm_refresh_lag_seconds", "Age of the oldest of them.", seconds)
