"""Imports, as metrics."""

from collections.abc import Iterator
from typing import Final

from django.db import connection
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily

from epm.imports.models import RunStatus

OUTCOMES: Final = ("applied", "unchanged", "quarantined")
SUMS: Final = ", ".join(
    f"coalesce(sum((account #>> '{{rows,{outcome}}}')::bigint), 0)" for outcome in OUTCOMES
)
ROWS: Final = f"""
    SELECT {SUMS} FROM imports_importrun WHERE NOT dry_run AND finished_at IS NOT NULL
"""  # noqa: S608 - names of ours


def collect() -> Iterator[Metric]:
    """Runs by state, what became of their rows, the quarantine that waits for somebody."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT status, count(*) FROM imports_importrun GROUP BY status")
        runs = dict(cursor.fetchall())
        cursor.execute("SELECT count(*) FROM imports_quarantinedrow WHERE resolved_by_id IS NULL")
        (open_rows,) = cursor.fetchone()
        cursor.execute(ROWS)
        rows = cursor.fetchone()
    by_status = GaugeMetricFamily("epm_imports", "Imports by state.", labels=["status"])
    for status in RunStatus:
        by_status.add_metric([status.value], runs.get(status.value, 0))
    by_outcome = GaugeMetricFamily(
        "epm_imports_rows", "Rows of all finished imports, by what became of them.",
        labels=["outcome"],
    )  # fmt: skip
    for outcome, count in zip(OUTCOMES, rows, strict=True):
        by_outcome.add_metric([outcome], count)
    yield by_status
    yield by_outcome
    yield GaugeMetricFamily(
        "epm_quarantine_open", "Rows set aside that no later import has met again.", open_rows
    )
