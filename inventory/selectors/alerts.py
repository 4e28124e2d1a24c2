"""Questions about stock alerts."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, QuerySet, Sum

from epm.access.selectors.scope import Principal, scope_of
from inventory.models import StockAlert
from inventory.states import StockAlertState


def alerts_visible_to(principal: Principal) -> QuerySet[StockAlert]:
    """Alerts of the stores in scope, those resolved too."""
    return StockAlert.objects.filter(scope_of(principal).covers("store"))


def standing(
    *, principal: Principal, today: date, store_ids: Collection[int] | None = None
) -> QuerySet[StockAlert]:
    """What needs somebody today: neither resolved nor snoozed beyond it."""
    alerts = alerts_visible_to(principal).exclude(state=StockAlertState.RESOLVED)
    alerts = alerts.exclude(state=StockAlertState.SNOOZED, snoozed_until__gt=today)
    return alerts if store_ids is None else alerts.filter(store__in=store_ids)


@dataclass(frozen=True, slots=True)
class AlertCount:
    """The standing alerts of one kind in one currency, and what is known of their money: stock at
    cost, and sales lost a day; both excl. tax."""

    kind: str
    currency: str
    alerts: int
    value: Decimal | None
    lost_per_day: Decimal | None


def counts(
    *, principal: Principal, today: date, store_ids: Collection[int] | None = None
) -> list[AlertCount]:
    """How many alerts of each kind stand, by currency: one query."""
    rows = (
        standing(principal=principal, today=today, store_ids=store_ids)
        .values("kind", "store__currency")
        .annotate(alerts=Count("pk"), worth=Sum("value"), lost=Sum("lost_per_day"))
        .order_by("kind", "store__currency")
        .values_list("kind", "store__currency", "alerts", "worth", "lost")
    )
    return [AlertCount(*row) for row in rows]
