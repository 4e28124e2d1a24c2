"""How a month's target is spread over its days."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from epm.platform import money
from epm.platform.refusals import Kind, Refusal
from sales.models import Phasing, StoreTarget
from sales.selectors.targets import last_year_of

WEEK: Final = 7


class ClosedAllMonth(Refusal):
    code = "sales/closed-all-month"
    title = gettext_lazy("The store is closed on every day of the month")
    kind = Kind.INVALID


class BadDayWeights(Refusal):
    code = "sales/bad-day-weights"
    title = gettext_lazy("The weights do not fit the month")
    kind = Kind.INVALID


@dataclass(frozen=True, slots=True)
class Spread:
    """How a month is spread. `weights`: one for each day, None for evenly.

    `profile`: whose last year they are of (a `Profile`), else empty.
    """

    phasing: Phasing
    weights: list[Decimal] | None
    profile: str = ""


def spread(
    *, store_id: int, month: date, phasing: Phasing, weights: Sequence[Decimal] = ()
) -> Spread:
    """How the month that begins on `month` would be spread; nothing is written.

    `weights` are given ones: seven (Monday first) or one for each day. Last year's are looked up
    now. Raises BadDayWeights, ClosedAllMonth.
    """
    if phasing is Phasing.EVEN:
        return Spread(phasing, None)
    if phasing is Phasing.WEIGHTS:
        return Spread(phasing, _of_each_day(month, weights))
    found = last_year_of(store_id=store_id, month=month)
    if found.weights is None:
        raise ClosedAllMonth(
            _("The store is closed on every day of the month: spread it otherwise, or correct the"
              " store's opening and closures.")
        )  # fmt: skip
    return Spread(phasing, found.weights, found.profile.value)


def shares(
    *, month: date, amount: Decimal, currency: str, by: Spread
) -> list[tuple[date, Decimal]]:
    """What each day would get of `amount` (excl. tax, in `currency`), to the cent.

    The database will make the same of it.
    """
    days = _days_of(month)
    weights = by.weights or [Decimal(1)] * len(days)
    return list(zip(days, money.allocated(amount, weights=weights, currency=currency), strict=True))


@transaction.atomic
def phase(*, target_id: int, phasing: Phasing, weights: Sequence[Decimal] = ()) -> StoreTarget:
    """Spread a month anew; its amount stays. Words and refusals as in `spread`."""
    target = StoreTarget.objects.select_for_update().get(pk=target_id)
    found = spread(
        store_id=target.store_id, month=target.month, phasing=phasing, weights=weights
    )  # fmt: skip
    target.phasing, target.day_weights, target.profile = (
        found.phasing, found.weights, found.profile,
    )  # fmt: skip
    target.save(update_fields=["phasing", "day_weights", "profile"])
    return target


def _of_each_day(month: date, weights: Sequence[Decimal]) -> list[Decimal]:
    days = _days_of(month)
    fit = len(weights) in (WEEK, len(days)) and min(weights) >= 0 and any(weights)
    if not fit:
        raise BadDayWeights(
            _("Give one weight for each day of the month, or seven from Monday to Sunday, none"
              " negative and not all zero.")
        )  # fmt: skip
    return [weights[day.weekday()] for day in days] if len(weights) == WEEK else list(weights)


def _days_of(month: date) -> list[date]:
    length = calendar.monthrange(month.year, month.month)[1]
    return [month + timedelta(days=number) for number in range(length)]
