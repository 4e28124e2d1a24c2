"""What the overview asks of the KPI registry: the period, the one before, the same a year ago."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from epm.access.selectors.scope import Principal
from reporting.kpis.periods import SAME_WEEKDAY, Period, a_year_before, just_before
from reporting.selectors.cached import report
from reporting.views.state import State

LONGEST_BY_DAY: Final = 400
TILES: Final = (
    "net_sales", "net_sales_ttc", "transactions", "atv", "upt", "margin_rate", "cost_coverage",
    "discount_rate", "discounts", "return_rate", "returns", "target", "attainment",
)  # fmt: skip
RANKED: Final = (
    "net_sales", "growth_previous", "growth_last_year", "transactions", "atv", "margin_rate",
    "attainment",
)  # fmt: skip
TREND: Final = ("net_sales", "target")


@dataclass(frozen=True, slots=True)
class Row:
    key: str
    label: str
    kpis: Mapping[str, Decimal | None]


@dataclass(frozen=True, slots=True)
class Answer:
    """One report, its decimal strings read as what they are."""

    rows: Sequence[Row]
    total: Mapping[str, Decimal | None]
    currency: str
    as_of: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Everything the page says in figures."""

    by_store: Answer
    trend: Answer
    before: Answer
    last_year: Answer
    by: str


def ask(principal: Principal, state: State) -> Asked:
    """Four reports. Raise what `report` refuses."""
    by = "day" if state.days <= LONGEST_BY_DAY else "month"
    period = Period(state.start, state.end)
    year_ago = a_year_before(period, mode=state.last_year)

    def answer(of: Period, *, by: str | None, kpis: Sequence[str]) -> Answer:
        return _answer(
            report(
                principal=principal,
                start=of.start,
                end=of.end,
                by=by,
                stores=state.stores,
                regions=state.regions,
                kpis=kpis,
                last_year=state.last_year,
            ).as_json()
        )

    return Asked(
        by_store=answer(period, by="store", kpis=tuple(dict.fromkeys([*TILES, *RANKED]))),
        trend=answer(period, by=by, kpis=TREND),
        before=answer(just_before(period), by=None, kpis=TILES),
        last_year=answer(year_ago, by=by, kpis=TILES),
        by=by,
    )


def a_year_later(key: str, state: State, *, by: str) -> str:
    """The day or month that `key` of last year is compared with."""
    if by == "month":
        return f"{int(key[:4]) + 1}{key[4:]}"
    day = date.fromisoformat(key)
    if state.last_year == "weekday":
        return (day + SAME_WEEKDAY).isoformat()
    leap_day = (day.month, day.day) == (2, 29)
    return "" if leap_day else day.replace(year=day.year + 1).isoformat()


def _answer(said: Mapping[str, Any]) -> Answer:
    return Answer(
        rows=[Row(row["key"], row["label"], _read(row["kpis"])) for row in said["rows"]],
        total=_read(said["total"]),
        currency=said["currency"] or "",
        as_of=said["as_of"] or "",
    )


def _read(kpis: Mapping[str, str | None]) -> dict[str, Decimal | None]:
    return {code: None if text is None else Decimal(text) for code, text in kpis.items()}
