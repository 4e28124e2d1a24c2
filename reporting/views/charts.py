"""What the charts draw, and the same in words for the tables behind them."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from epm.platform import shown
from reporting.kpis.registry import REGISTRY
from reporting.views.asked import Answer, Asked, Row, a_year_later
from reporting.views.state import SORTS, State
from reporting.views.tiles import Form, told

MOST_BARS: Final = 15
COLUMNS: Final[Sequence[tuple[str, Form]]] = (
    ("net_sales", "money"),
    ("growth_previous", "change"),
    ("growth_last_year", "change"),
    ("transactions", "count"),
    ("atv", "money2"),
    ("margin_rate", "rate"),
    ("attainment", "rate"),
)

Figure = Decimal | None


def trend(asked: Asked, state: State) -> dict[str, Any]:
    """Net sales day by day (month by month when long), last year's and the target beside them."""
    currency = asked.trend.currency
    keys = _keys(state, asked)
    now = {row.key: row.kpis for row in asked.trend.rows}
    year_ago = {
        a_year_later(row.key, state, by=asked.by): row.kpis.get("net_sales")
        for row in asked.last_year.rows
    }
    series: dict[str, list[Figure]] = {
        "now": [now.get(key, {}).get("net_sales") for key in keys],
        "last_year": [year_ago.get(key) for key in keys],
        "target": [now.get(key, {}).get("target") for key in keys],
    }
    known = {name: values for name, values in series.items() if name == "now" or any_known(values)}
    words = {
        name: [told(value, "money", currency=currency) for value in values]
        for name, values in known.items()
    }
    return {
        "title": _("Net sales by day") if asked.by == "day" else _("Net sales by month"),
        "subtitle": _excluding_tax(currency),
        "empty": not any(any_known(values) for values in series.values()),
        "unit": _("Day") if asked.by == "day" else _("Month"),
        "data": {
            "labels": [_short(key) for key in keys],
            "titles": [_long(key) for key in keys],
            "names": {
                "now": _("This period"),
                "last_year": _("Last year"),
                "target": str(REGISTRY["target"].name),
            },
            "series": {name: [_text(value) for value in values] for name, values in known.items()},
            "told": words,
        },
        "rows": [
            (_long(key), [words[name][place] for name in known]) for place, key in enumerate(keys)
        ],
    }


def ranking(answer: Answer, state: State) -> dict[str, Any]:
    """Stores, the best first; what is not known comes last."""
    rows = sorted(answer.rows, key=lambda row: _rank(row, state.sort))
    bars = sorted(answer.rows, key=lambda row: _rank(row, "net_sales"))[:MOST_BARS]
    sales = [row.kpis.get("net_sales") for row in bars]
    return {
        "subtitle": _("the first %(count)d of %(all)d stores, excl. tax")
        % {"count": len(bars), "all": len(rows)}
        if len(rows) > len(bars)
        else _excluding_tax(answer.currency),
        "empty": not any_known(sales),
        "columns": [
            {
                "name": REGISTRY[code].name,
                "current": state.sort == code,
                "query": state.sorted_by(code).query if code in SORTS else "",
            }
            for code, _form in COLUMNS
        ],
        "rows": [
            {
                "name": row.label,
                "query": state.of_store(row.key).query,
                "cells": _cells(row.kpis, answer.currency),
            }
            for row in rows
        ],
        "total": _cells(answer.total, answer.currency),
        "data": {
            "labels": [row.label for row in bars],
            "titles": [row.label for row in bars],
            "names": {"now": str(REGISTRY["net_sales"].name)},
            "series": {"now": [_text(value) for value in sales]},
            "told": {"now": [told(v, "money", currency=answer.currency) for v in sales]},
        },
    }


def any_known(values: Sequence[Figure]) -> bool:
    return any(value is not None for value in values)


def _excluding_tax(currency: str) -> str:
    if not currency:
        return _("excl. tax")
    return _("excl. tax, %(currency)s") % {"currency": currency}


def _cells(kpis: Mapping[str, Figure], currency: str) -> list[str]:
    return [
        _("n/a") if kpis.get(code) is None else told(kpis[code], form, currency=currency)
        for code, form in COLUMNS
    ]


def _rank(row: Row, code: str) -> tuple[bool, Decimal, str]:
    value = row.kpis.get(code)
    return value is None, -(value or Decimal(0)), row.label


def _keys(state: State, asked: Asked) -> list[str]:
    """Every day or month of the period, those without a sale too."""
    days = [(state.start + timedelta(days=n)).isoformat() for n in range(state.days)]
    return days if asked.by == "day" else list(dict.fromkeys(day[:7] for day in days))


def _text(value: Figure) -> str | None:
    return None if value is None else format(value, "f")


def _short(key: str) -> str:
    day = date.fromisoformat(key if len(key) > 7 else f"{key}-01")
    return date_format(day, "j N" if len(key) > 7 else "N Y")


def _long(key: str) -> str:
    day = date.fromisoformat(key if len(key) > 7 else f"{key}-01")
    return shown.day(day, weekday=True) if len(key) > 7 else date_format(day, "F Y")
