"""Two reports side by side: any period against any other, row by row."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from epm.platform import calendars
from epm.platform.calendars import Period, PeriodKind
from reporting.kpis.kpi import Kpi, Unit, numbers
from reporting.kpis.registry import REGISTRY
from reporting.selectors.kpis import KpiReport

IN_TIME: Final = frozenset({"day", "week", "month", "quarter", "retail_month"})
"""Rows of these have other keys in another period: the first is compared with the first."""

ADDITIVE: Final = frozenset({
    "gross_sales", "discounts", "returns", "net_sales", "net_sales_ttc", "vat", "units",
    "transactions",
})  # fmt: skip
"""0 where nothing was sold; of the others nothing is known then."""

Figures = Mapping[str, Decimal | None]


@dataclass(frozen=True, slots=True)
class Compared:
    """One row: its figures in the period, in the one it is compared with, and their change.

    A change is a fraction of what it was, for a fraction the difference; None is “n/a”.
    `currency` is that of its amounts, "" where nothing in money is told.
    """

    key: str | None
    label: str
    currency: str
    now: Figures
    then: Figures
    change: Figures


@dataclass(frozen=True, slots=True)
class Comparison:
    """`rows` are those of either period; `total` is read on its own, never added up."""

    now: KpiReport
    then: KpiReport | None
    rows: list[Compared]
    total: Compared


def compared(now: KpiReport, then: KpiReport | None) -> Comparison:
    """The rows of both reports, matched by key; those in time by their place in the period.

    `then` is None where the base is not known. A row that is in one report only sold nothing in the
    other. Every day, week or month of the period has a row, those without a sale too; a part of one
    is compared with as long a part, or with nothing.
    """
    total = _row(None, "", now.total, then.total if then else {}, currency=now.currency, then=then)
    if now.by is not None and now.by.value in IN_TIME:
        rows = list(_in_time(now, then))
    else:
        rows = list(_by_key(now, then))
    return Comparison(now=now, then=then, rows=rows, total=total)


def _by_key(now: KpiReport, then: KpiReport | None) -> Iterator[Compared]:
    before = {row.key: row for row in (then.rows if then else ())}
    for row in now.rows:
        was = before.pop(row.key, None)
        base = was.kpis if was else _nothing(row.kpis) if then else {}
        yield _row(row.key, row.label, row.kpis, base, currency=row.currency, then=then)
    for row in before.values():
        nothing = _nothing(row.kpis)
        yield _row(row.key, row.label, nothing, row.kpis, currency=row.currency, then=then)


def _in_time(now: KpiReport, then: KpiReport | None) -> Iterator[Compared]:
    kind = PeriodKind(str(now.by))
    told = {row.key: row.kpis for row in now.rows}
    before = {row.key: row.kpis for row in (then.rows if then else ())}
    others = list(_parts(kind, then.period)) if then else []
    for place, (whole, part) in enumerate(_parts(kind, now.period)):
        key = calendars.key(kind, whole)
        was: Mapping[str, str | None] = {}
        if place < len(others) and _alike((whole, part), others[place]):
            was = before.get(calendars.key(kind, others[place][0]), {})
        label, kpis = calendars.label(kind, whole), told.get(key, {})
        yield _row(key, label, kpis, was, currency=now.currency, then=then)


def _parts(kind: PeriodKind, days: Period) -> Iterator[tuple[Period, Period]]:
    """Each whole day, week or month, and the part of it that lies within the days."""
    for whole in calendars.periods_of(kind, days):
        yield whole, Period(max(whole.start, days.start), min(whole.end, days.end))


def _alike(one: tuple[Period, Period], other: tuple[Period, Period]) -> bool:
    """Both whole, or parts of as many days that begin in the same place."""
    (whole, part), (whole_then, part_then) = one, other
    if whole == part and whole_then == part_then:
        return True
    begins = part.start - whole.start == part_then.start - whole_then.start
    return begins and part.days == part_then.days


def _nothing(kpis: Mapping[str, str | None]) -> dict[str, str | None]:
    """What a row without a sale says: its amounts are 0, its ratios n/a."""
    return {code: "0" if code in ADDITIVE else None for code in kpis}


def change(kpi: Kpi, now: Decimal | None, then: Decimal | None) -> Decimal | None:
    """By how much: of what it was where that is positive; for a fraction the difference."""
    if now is None or then is None:
        return None
    if kpi.unit is Unit.FRACTION:
        return now - then
    return (now - then) / then if then > 0 else None


def _row(
    key: str | None,
    label: str,
    kpis: Mapping[str, str | None],
    before: Mapping[str, str | None],
    *,
    currency: str | None,
    then: KpiReport | None,
) -> Compared:
    now, was = numbers(kpis), numbers(before)
    return Compared(
        key=key,
        label=label,
        currency=currency or "",
        now=now,
        then=was,
        change={
            code: change(REGISTRY[code], now.get(code), was.get(code)) if then else None
            for code in now or was
        },
    )
