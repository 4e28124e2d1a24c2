"""Figures beside those of the period compared with and of the other one, as tiles."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from epm.platform.calendars import Period
from reporting.kpis.registry import REGISTRY
from reporting.views import links
from reporting.views.asked import Answer, Wanted, ask_together
from reporting.views.charts import trend
from reporting.views.charts.sparkline import sparkline
from reporting.views.frame import Frame
from reporting.views.state import State, Versus
from reporting.views.tiles import (
    CODES,
    OF_WHOLE_STORES,
    PLANS,
    SEVERAL_CURRENCIES,
    Against,
    Plan,
    Text,
    Tile,
    tile,
    told,
)


@dataclass(frozen=True, slots=True)
class Beside:
    """The same report of three periods. `other` is the comparison that the URL does not name."""

    now: Answer
    then: Answer
    other: Answer
    course: trend.Course


def ask_beside(
    frame: Frame,
    *,
    now: Wanted,
    then: Wanted,
    other: Wanted,
    course: Sequence[str],
    more: Sequence[Wanted] = (),
) -> tuple[Beside, list[Answer]]:
    """All that a page wants, read at once; `course`: the key figures of sparklines."""
    wanted = [now, then, other, *trend.wanted(frame, kpis=course), *more]
    of_now, of_then, of_other, days, days_then, *others = ask_together(frame, wanted)
    return Beside(of_now, of_then, of_other, trend.course(frame, days, days_then)), others


def other_period(frame: Frame) -> Period:
    """Last year, beside any comparison; the period before, beside last year."""
    return frame.before if _against_last_year(frame.state) else frame.a_year_before


def versus(state: State) -> tuple[Versus, Versus]:
    """The comparison of the URL, and the other one."""
    return state.vs, Versus.PREVIOUS if _against_last_year(state) else Versus.LAST_YEAR


def compared(codes: Sequence[str]) -> tuple[str, ...]:
    """What tiles say of another period: nothing of what is a comparison already."""
    return tuple(code for code in codes if code not in {"like_for_like", "target"})


COMPARED: Final = compared(CODES)


def names(state: State) -> tuple[str, str]:
    """What the comparison is called, and the other one."""
    before, last_year = _("vs previous"), _("vs last year")
    if _against_last_year(state):
        return last_year, before
    return (_("vs free dates") if state.vs is Versus.FREE else before), last_year


def tiles_of(
    frame: Frame, found: Beside, *, plans: Sequence[Plan] = PLANS, several_currencies: bool = False
) -> list[Tile]:
    """A tile for each plan, each leading to its tickets."""
    against = [
        Against(name, of.total, known=frame.knows(of.period))
        for name, of in zip(names(frame.state), (found.then, found.other), strict=True)
    ]
    currency = found.now.currency
    targeted = frame.state.category is None and frame.state.product is None
    return [
        tile(
            plan,
            found.now.total,
            against=against,
            currency=currency,
            why_unknown=_why_unknown(
                plan, several_currencies=several_currencies, targeted=targeted
            ),
            targeted=targeted,
            spark=sparkline(
                values := found.course.values(plan.code),
                name=str(REGISTRY[plan.code].name),
                told=[told(value, plan.form, currency=currency) for value in values],
            ),
            href=links.tickets(frame.state, having=plan.having),
        )
        for plan in plans
    ]


def _why_unknown(plan: Plan, *, several_currencies: bool, targeted: bool) -> Text | None:
    """What a tile says instead of its plan's own reason."""
    if several_currencies and REGISTRY[plan.code].made_of_money:
        return SEVERAL_CURRENCIES
    return None if targeted else OF_WHOLE_STORES.get(plan.code)


def _against_last_year(state: State) -> bool:
    return state.vs in (Versus.LAST_YEAR, Versus.LAST_YEAR_DATE)
