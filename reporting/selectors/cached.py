"""Key figures through the cache door: the words and the answers of `kpis.report`."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final, Unpack

import orjson
from django.utils import timezone

from epm.access.selectors.scope import Principal
from epm.access.selectors.sight import sight_of
from epm.platform.cache import CacheKind, Codec, remember
from epm.platform.calendars import Period
from reporting.kpis.kpi import Dimension
from reporting.kpis.registry import DEPEND_ON_TODAY
from reporting.selectors import kpis as figures
from reporting.selectors.freshness import data_version, with_stock
from reporting.selectors.kpis import Ask, KpiReport, KpiRow, Words
from reporting.selectors.stock import reads_stock

SLOT_SECONDS: Final = 15 * 60


def report(
    *, principal: Principal, version: str | None = None, **words: Unpack[Words]
) -> KpiReport:
    """What `kpis.report` answers, remembered as long as the data stay as they are."""
    return reports(principal=principal, asked=[Ask(**words)], version=version)[0]


def reports(
    *, principal: Principal, asked: Sequence[Ask], version: str | None = None
) -> list[KpiReport]:
    """What `kpis.reports` answers, remembered together.

    `as_of` is when the ledger was read; nothing that the figures depend on has been written between
    then and now. `version`: the `data_version()` a page has read already, `with_stock` if any of
    the figures is of stock. Refusals are raised as
    `kpis.reports` raises them and not remembered.
    """
    with with_stock(wanted=any(reads_stock(ask.kpis or ()) for ask in asked)):
        return remember(
            kind=CacheKind.FIGURES,
            key=["reports", sight_of(principal), *(_said(ask) for ask in asked)],
            version=version or data_version(),
            compute=lambda: figures.reports(principal=principal, asked=asked),
            codec=REPORTS,
        )


def _said(ask: Ask) -> str:
    """All that the answer depends on, and the quarter of an hour where it depends on the day."""
    today = ask.kpis is None or DEPEND_ON_TODAY.intersection(ask.kpis) or reads_stock(ask.kpis)
    return orjson.dumps([ask, _slot() if today else ""]).decode()


def _slot() -> str:
    """Another text from every local midnight, cut-off and quarter of an hour on."""
    return str(int(timezone.now().timestamp() // SLOT_SECONDS))


def _from_json(said: dict[str, Any]) -> KpiReport:
    known_at = said["known_at"]
    period = Period(**{name: date.fromisoformat(day) for name, day in said["period"].items()})
    return KpiReport(
        **said
        | {
            "period": period,
            "by": None if said["by"] is None else Dimension(said["by"]),
            "as_of": datetime.fromisoformat(said["as_of"]),
            "known_at": None if known_at is None else datetime.fromisoformat(known_at),
            "rows": [KpiRow(**row) for row in said["rows"]],
        }
    )


REPORTS: Final[Codec[list[KpiReport]]] = Codec(
    to_json=lambda reports: reports, from_json=lambda said: [_from_json(each) for each in said]
)
"""orjson writes dataclasses, days and enumerations by itself."""
