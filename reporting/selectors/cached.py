"""Key figures through the cache door: the words and the answers of `kpis.report`."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

from django.utils import timezone

from epm.access.selectors.scope import Principal
from epm.access.selectors.sight import sight_of
from epm.platform.cache import CacheKind, Codec, remember
from epm.platform.calendars import LastYear, Period
from reporting.kpis.kpi import Dimension
from reporting.kpis.registry import DEPEND_ON_TODAY
from reporting.selectors import kpis as figures
from reporting.selectors.freshness import data_version
from reporting.selectors.kpis import KpiReport, KpiRow

SLOT_SECONDS: Final = 15 * 60


def report(  # noqa: PLR0913 - the words of every door
    *,
    principal: Principal,
    start: date,
    end: date,
    by: str | None = None,
    stores: Sequence[str] = (),
    regions: Sequence[str] = (),
    category: str | None = None,
    product: str | None = None,
    kpis: Sequence[str] | None = None,
    last_year: LastYear = "weekday",
    only: Sequence[int] | None = None,
    of_rows: Sequence[str] | None = None,
    version: str | None = None,
) -> KpiReport:
    """What `kpis.report` answers, remembered as long as the data stay as they are.

    `as_of` is when the ledger was read; nothing that the figures depend on has been written between
    then and now. `version`: the `data_version()` a page has read already. Refusals are raised as
    `kpis.report` raises them and not remembered.
    """

    def compute() -> KpiReport:
        return figures.report(
            principal=principal,
            start=start,
            end=end,
            by=by,
            stores=stores,
            regions=regions,
            category=category,
            product=product,
            kpis=kpis,
            last_year=last_year,
            only=only,
            of_rows=of_rows,
        )

    return remember(
        kind=CacheKind.FIGURES,
        key=[
            "report",
            sight_of(principal),
            start.isoformat(),
            end.isoformat(),
            by or "",
            last_year,
            "" if category is None else f"={category}",
            "" if product is None else f"={product}",
            _listed(stores),
            _listed(regions),
            "" if kpis is None else f"={_listed(kpis)}",
            "" if only is None else f"={list(only)}",
            "" if of_rows is None else f"={_listed(of_rows)}",
            _slot() if kpis is None or DEPEND_ON_TODAY.intersection(kpis) else "",
        ],
        version=version or data_version(),
        compute=compute,
        codec=REPORT,
    )


def _slot() -> str:
    """Another text from every local midnight, cut-off and quarter of an hour on."""
    return str(int(timezone.now().timestamp() // SLOT_SECONDS))


def _listed(codes: Sequence[str]) -> str:
    """Codes hold no control character."""
    return "\n".join(codes)


def _from_json(said: dict[str, Any]) -> KpiReport:
    period = Period(**{name: date.fromisoformat(day) for name, day in said["period"].items()})
    return KpiReport(
        **said
        | {
            "period": period,
            "by": None if said["by"] is None else Dimension(said["by"]),
            "as_of": datetime.fromisoformat(said["as_of"]),
            "rows": [KpiRow(**row) for row in said["rows"]],
        }
    )


REPORT: Final[Codec[KpiReport]] = Codec(to_json=lambda report: report, from_json=_from_json)
"""orjson writes dataclasses, days and enumerations by itself."""
