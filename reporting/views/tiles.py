"""Tiles: one figure each, what it was before, and the contract behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from epm.platform import shown
from reporting.kpis.registry import REGISTRY
from reporting.views import words

Text = str | Promise
Form = Literal["money", "money2", "count", "number", "rate", "change"]
Figures = Mapping[str, Decimal | None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How a KPI stands on a tile. `grows` says whether more of it is good, bad or neither."""

    code: str
    form: Form
    unknown: Text
    grows: Literal["good", "bad"] | None = "good"
    note: tuple[str, Form, Text] | None = None


NO_SALES: Final = _("nothing was sold")
NO_TICKETS: Final = _("there was no ticket")
SEVERAL_CURRENCIES: Final = _("the stores shown sell in several currencies")
PLANS: Final = (
    Plan("net_sales", "money", NO_SALES, note=("net_sales_ttc", "money", _("%s incl. tax"))),
    Plan(
        "attainment", "rate", _("no target is set"), note=("target", "money", _("of %s excl. tax"))
    ),
    Plan("transactions", "count", NO_TICKETS),
    Plan("atv", "money2", NO_TICKETS),
    Plan("upt", "number", _("no ticket held goods sold by the piece")),
    Plan(
        "margin_rate",
        "rate",
        _("no purchase price is known"),
        note=("cost_coverage", "rate", _("costs known for %s of sales")),
    ),
    Plan(
        "discount_rate",
        "rate",
        NO_SALES,
        grows=None,
        note=("discounts", "money", _("%s excl. tax given")),
    ),
    Plan(
        "return_rate",
        "rate",
        NO_SALES,
        grows="bad",
        note=("returns", "money", _("%s excl. tax taken back")),
    ),
)


@dataclass(frozen=True, slots=True)
class Change:
    """How a figure stands to another period's: words and an arrow, colour only besides."""

    against: Text
    text: str
    arrow: str
    tone: str
    was: str


@dataclass(frozen=True, slots=True)
class Tile:
    code: str
    name: Text
    value: str | None
    why_unknown: Text
    note: str
    changes: tuple[Change, ...]
    contract: Sequence[tuple[Text, Text]]


def tiles(
    now: Figures,
    *,
    before: Figures,
    last_year: Figures,
    currency: str,
    several_currencies: bool = False,
) -> list[Tile]:
    """All tiles, in their order. Money of `several_currencies` is not known, for that reason."""
    found = [_tile(plan, now, before, last_year, currency) for plan in PLANS]
    if not several_currencies:
        return found
    return [
        replace(tile, why_unknown=SEVERAL_CURRENCIES) if REGISTRY[tile.code].made_of_money else tile
        for tile in found
    ]


def told(value: Decimal | None, form: Form, *, currency: str) -> str:
    """A figure in the page's language; a dash for what is not known."""
    if form == "rate":
        return shown.percent(value)
    if form == "change":
        return ("+" if value is not None and value > 0 else "") + shown.percent(value)
    if form in ("money", "money2"):
        return shown.amount(value, currency=currency, whole=form == "money")
    return shown.number(value, places=0 if form == "count" else 2)


def _tile(plan: Plan, now: Figures, before: Figures, last_year: Figures, currency: str) -> Tile:
    value = now.get(plan.code)
    note = ""
    if plan.note and now.get(plan.note[0]) is not None:
        code, form, sentence = plan.note
        note = str(sentence) % told(now[code], form, currency=currency)
    return Tile(
        code=plan.code,
        name=REGISTRY[plan.code].name,
        value=None if value is None else told(value, plan.form, currency=currency),
        why_unknown=plan.unknown,
        note=note,
        changes=tuple(
            _change(plan, now, then, growth=growth, against=against, currency=currency)
            for then, growth, against in (
                (before, "growth_previous", _("vs previous period")),
                (last_year, "growth_last_year", _("vs last year")),
            )
        ),
        contract=words.contract(REGISTRY[plan.code]),
    )


def _change(
    plan: Plan, now: Figures, then: Figures, *, growth: str, against: Text, currency: str
) -> Change:
    """The registry's own growth for net sales; points for rates; else percent of what it was.

    Where the registry has no growth there is nothing to compare with, for any figure.
    """
    value, base = now.get(plan.code), then.get(plan.code)
    was = told(base, plan.form, currency=currency)
    if plan.code == "net_sales" or now.get(growth) is None:
        moved = now.get(growth)
    elif plan.form == "rate":
        moved = None if value is None or base is None else value - base
    else:
        moved = relative(value, base)
    if moved is None:
        return Change(against, "", "", "unknown", was)
    points = plan.form == "rate"
    seen = round(moved, 3)  # the direction of what is shown: 0.0 % neither rises nor falls
    direction = (seen > 0) - (seen < 0)
    text = shown.number(moved * 100, places=1) if points else shown.percent(moved)
    text = f"+{text}" if direction > 0 else text
    good = {"good": direction, "bad": -direction, None: 0}[plan.grows]
    return Change(
        against,
        str(_("%s pts")) % text if points else text,
        {1: "▲", 0: "=", -1: "▼"}[direction],
        {1: "better", 0: "even", -1: "worse"}[good],
        was,
    )


def relative(now: Decimal | None, base: Decimal | None) -> Decimal | None:
    """The change as a part of the base; n/a when either is unknown or the base is not positive."""
    if now is None or base is None or base <= 0:
        return None
    return (now - base) / base
