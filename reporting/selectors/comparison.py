"""Two reports side by side: any period against any other, row by row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from reporting.kpis.kpi import Kpi, Unit
from reporting.kpis.registry import REGISTRY
from reporting.selectors.kpis import KpiReport

IN_TIME: Final = frozenset({"day", "week", "month", "quarter", "retail_month"})
"""Rows of these have other keys in another period: the first is compared with the first."""

Figures = Mapping[str, Decimal | None]


@dataclass(frozen=True, slots=True)
class Compared:
    """One row: its figures in the period, in the one it is compared with, and their change.

    A change is a fraction of what it was, for a fraction the difference; None is “n/a”.
    """

    key: str | None
    label: str
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
    """The rows of both reports, matched by key, or by place when they are days, weeks or months."""
    told = [(row.key, row.label, row.kpis) for row in now.rows]
    by_place = now.by is not None and now.by.value in IN_TIME
    before: dict[Any, tuple[str | None, str, Mapping[str, str | None]]] = {}
    for place, row in enumerate(then.rows if then else ()):
        before[place if by_place else row.key] = (row.key, row.label, row.kpis)
    rows = [
        _row(key, label, kpis, before.pop(place if by_place else key, None), then=then)
        for place, (key, label, kpis) in enumerate(told)
    ]
    if not by_place:
        rows += [_row(key, label, {}, (key, label, kpis), then=then)
                 for key, label, kpis in before.values()]  # fmt: skip
    total = _row(None, "", now.total, (None, "", then.total) if then else None, then=then)
    return Comparison(now=now, then=then, rows=rows, total=total)


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
    before: tuple[str | None, str, Mapping[str, str | None]] | None,
    *,
    then: KpiReport | None,
) -> Compared:
    now, was = _read(kpis), _read(before[2]) if before else {}
    codes: Sequence[str] = list(now or was)
    return Compared(
        key=key,
        label=label,
        now=now,
        then=was,
        change={
            code: change(REGISTRY[code], now.get(code), was.get(code)) if then else None
            for code in codes
        },
    )


def _read(kpis: Mapping[str, str | None]) -> dict[str, Decimal | None]:
    return {code: None if text is None else Decimal(text) for code, text in kpis.items()}
