"""Questions about what stores should sell."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection
from django.db.models import QuerySet

from epm.access.selectors.scope import Principal, scope_of
from sales.models import Profile, StoreDayTarget, StoreTarget


@dataclass(frozen=True, slots=True)
class LastYear:
    """What each day of a month weighs, and whose last year says so.

    A weekday weighs its share of a week in percent; a day on which the store is closed 0. `weights`
    is None when it is closed on all of them.
    """

    weights: list[Decimal] | None
    profile: Profile


def targets_visible_to(principal: Principal) -> QuerySet[StoreTarget]:
    """Monthly targets of the stores in scope."""
    return StoreTarget.objects.filter(scope_of(principal).covers("store"))


def days_of(target_id: int) -> QuerySet[StoreDayTarget]:
    """A monthly target spread over its days, which sum to it exactly."""
    return StoreDayTarget.objects.filter(target=target_id).order_by("day")


def last_year_of(*, store_id: int, month: date) -> LastYear:
    """The month that begins then by the weekdays of net sales excl. tax 364 days before.

    Defined in sales/sql/target_weights.v1.sql, which imports read as well.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT weights, profile FROM sales_last_year_weights(%s, %s)", [store_id, month]
        )
        weights, profile = cursor.fetchone()
    return LastYear(weights, Profile(profile))


def target_of_day(store_id: int, *, day: date) -> Decimal | None:
    """Excluding tax, in the store's currency. Whether one may see the store is for the caller."""
    found = StoreDayTarget.objects.filter(store=store_id, day=day)
    return found.values_list("amount", flat=True).first()
