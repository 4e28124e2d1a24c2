"""Tiles: one figure each, what it was before, its course, and the contract behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from epm.platform import shown
from reporting.kpis.kpi import Kpi, Unit
from reporting.kpis.registry import REGISTRY
from reporting.views import words
from reporting.views.charts.sparkline import Sparkline

Text = str | Promise
Form = Literal["money", "money2", "count", "number", "rate", "change"]
Figures = Mapping[str, Decimal | None]

FORMS: Final[Mapping[Unit, Form]] = {
    Unit.MONEY: "money", Unit.MONEY_PER: "money2", Unit.COUNT: "count", Unit.QUANTITY: "count",
    Unit.FRACTION: "rate", Unit.PER: "number", Unit.HOURS: "number",
}  # fmt: skip
ENOUGH_COSTS: Final = Decimal("0.8")
"""Below this share of sales with a known cost, a margin warns."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a KPI stands on a tile. `grows` says whether more of it is good, bad or neither.

    `note` is a KPI told in a sentence; `having` the kind of lines of the tickets behind it.
    """

    code: str
    form: Form
    unknown: Text
    grows: Literal["good", "bad"] | None = "good"
    note: tuple[str, Form, Text] | None = None
    of_costs: bool = False
    having: str = ""
    compared: bool = True


NO_SALES: Final = _("nothing was sold")
NO_TICKETS: Final = _("there was no ticket")
NO_TARGET: Final = _("no target is set")
TARGETS_OF_STORES: Final = _("targets are of whole stores, not of some of their goods")
COUNTED_OF_STORES: Final = _("visitors and hours are of whole stores, not of some of their goods")
OF_WHOLE_STORES: Final[Mapping[str, Text]] = {
    "attainment": TARGETS_OF_STORES,
    "conversion": COUNTED_OF_STORES,
    "sales_per_labour_hour": COUNTED_OF_STORES,
}
"""Why a figure is not known once only some goods count."""
NO_COSTS: Final = _("no purchase price is known")
SEVERAL_CURRENCIES: Final = _("the stores shown sell in several currencies")
COVERAGE: Final = ("cost_coverage", "rate", _("costs known for %s of sales"))
PLANS: Final = tuple(
    plan
    for plan in (
        Plan("net_sales", "money", NO_SALES, note=("net_sales_ttc", "money", _("%s incl. tax"))),
        Plan("attainment", "rate", NO_TARGET, note=("target", "money", _("of %s excl. tax"))),
        Plan(
            "like_for_like",
            "change",
            _("no store has known sales in both periods"),
            compared=False,
        ),
        Plan("transactions", "count", NO_TICKETS, having="transactions"),
        Plan("atv", "money2", NO_TICKETS, having="transactions"),
        Plan("upt", "number", _("no ticket held goods sold by the piece"), having="transactions"),
        Plan("gross_margin", "money", NO_COSTS, note=COVERAGE, of_costs=True),
        Plan("margin_rate", "rate", NO_COSTS, note=COVERAGE, of_costs=True),
        Plan(
            "discount_rate",
            "rate",
            NO_SALES,
            grows=None,
            note=("discounts", "money", _("%s excl. tax given")),
            having="discounts",
        ),
        Plan(
            "return_rate",
            "rate",
            NO_SALES,
            grows="bad",
            note=("returns", "money", _("%s excl. tax taken back")),
            having="returns",
        ),
    )
    if plan.code in REGISTRY
)
OF_ONE_STORE: Final = (
    *PLANS,
    Plan(
        "conversion",
        "rate",
        _("visitors are not counted, or the sales of those days are not known"),
        note=("footfall", "count", _("%s visitors")),
        having="transactions",
    ),
    Plan(
        "sales_per_labour_hour",
        "money2",
        _("hours worked are not known, or the sales of those days"),
        note=("labour_hours", "number", _("%s hours worked")),
    ),
)


def codes_of(plans: Sequence[Plan]) -> tuple[str, ...]:
    """What such tiles ask of a report."""
    notes = (plan.note[0] for plan in plans if plan.note)
    return tuple(dict.fromkeys([*(plan.code for plan in plans), *notes, "cost_coverage"]))


CODES: Final = codes_of(PLANS)


@dataclass(frozen=True, slots=True)
class Against:
    """Another period's figures; `known` unless it began before the first sale."""

    name: Text
    figures: Figures
    known: bool


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
    """`warns`: the figure stands on too few known costs."""

    code: str
    name: Text
    value: str | None
    why_unknown: Text
    note: str
    changes: tuple[Change, ...]
    contract: SafeString
    spark: Sparkline | None = None
    warns: bool = False
    href: str = ""


def tile(
    plan: Plan,
    now: Figures,
    *,
    against: Sequence[Against],
    currency: str,
    why_unknown: Text | None = None,
    targeted: bool = True,
    spark: Sparkline | None = None,
    href: str = "",
) -> Tile:
    """One figure beside those of other periods; beside its target where there can be one."""
    value = now.get(plan.code)
    note = ""
    if plan.note and now.get(plan.note[0]) is not None:
        code, form, sentence = plan.note
        note = str(sentence) % told(now[code], form, currency=currency)
    coverage = now.get("cost_coverage")
    changes = [_change(plan, now, other, currency=currency) for other in against if plan.compared]
    if plan.code == "net_sales" and targeted:
        changes.insert(0, _against_target(now, currency=currency))
    return Tile(
        code=plan.code,
        name=REGISTRY[plan.code].name,
        value=None if value is None else told(value, plan.form, currency=currency),
        why_unknown=why_unknown or plan.unknown,
        note=note,
        changes=tuple(changes),
        contract=words.contract(plan.code, get_language() or ""),
        spark=spark,
        warns=plan.of_costs and coverage is not None and coverage < ENOUGH_COSTS,
        href=href if value is not None else "",
    )


def told(value: Decimal | None, form: Form, *, currency: str) -> str:
    """A figure in the page's language; a dash for what is not known."""
    if form == "rate":
        return shown.percent(value)
    if form == "change":
        return ("+" if value is not None and value > 0 else "") + shown.percent(value)
    if form in ("money", "money2"):
        return shown.amount(value, currency=currency, whole=form == "money")
    return shown.number(value, places=0 if form == "count" else 2)


def text_of(kpi: Kpi, value: Decimal | None, *, currency: str, exact: bool = False) -> str:
    """A figure by its unit, or n/a; `exact`: to the cent, where others have whole units only."""
    form = FORMS[kpi.unit]
    if exact and form == "money":
        form = "money2"
    return gettext("n/a") if value is None else told(value, form, currency=currency)


def moved(form: Form, now: Decimal | None, base: Decimal | None) -> Decimal | None:
    """For rates the difference, else the change as a part of the base."""
    if form in ("rate", "change"):
        return None if now is None or base is None else now - base
    return relative(now, base)


def relative(now: Decimal | None, base: Decimal | None) -> Decimal | None:
    """The change as a part of the base; n/a when either is unknown or the base is not positive."""
    if now is None or base is None or base <= 0:
        return None
    return (now - base) / base


def tone_of(change: Decimal | None, grows: Literal["good", "bad"] | None = "good") -> str:
    """better, worse, even or unknown."""
    if change is None:
        return "unknown"
    good = {"good": _direction(change), "bad": -_direction(change), None: 0}[grows]
    return {1: "better", 0: "even", -1: "worse"}[good]


def _change(plan: Plan, now: Figures, other: Against, *, currency: str) -> Change:
    """Points for rates; else percent of what it was. No base, no change."""
    base = other.figures.get(plan.code) if other.known else None
    change = moved(plan.form, now.get(plan.code), base)
    was = told(base, plan.form, currency=currency)
    return _said(other.name, change, was=was, grows=plan.grows, points=plan.form == "rate")


def _against_target(now: Figures, *, currency: str) -> Change:
    """How far net sales are from the target of the days asked about."""
    reached = now.get("attainment")
    return _said(
        _("vs target"),
        None if reached is None else reached - 1,
        was=told(now.get("target"), "money", currency=currency),
        grows="good",
        points=False,
    )


def _said(
    against: Text,
    change: Decimal | None,
    *,
    was: str,
    grows: Literal["good", "bad"] | None,
    points: bool,
) -> Change:
    if change is None:
        return Change(against, "", "", "unknown", was)
    direction = _direction(change)
    text = shown.number(change * 100, places=1) if points else shown.percent(change)
    text = f"+{text}" if direction > 0 else text
    return Change(
        against,
        str(_("%s pts")) % text if points else text,
        {1: "▲", 0: "=", -1: "▼"}[direction],
        tone_of(change, grows),
        was,
    )


def _direction(change: Decimal) -> int:
    """Of what is shown: 0.0 % neither rises nor falls."""
    seen = round(change, 3)
    return (seen > 0) - (seen < 0)
