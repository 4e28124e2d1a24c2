"""Keep days, needs and alerts of stock as the ledger has them; people acknowledge and snooze.

Store by store, each in a transaction of its own under a lock of its own: whatever is cut off goes
on the next time. The lock is taken in a statement of its own: those after it see everything
committed before.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from epm.organization.models import Store
from epm.platform import transitions
from epm.platform.actor import acting_as
from epm.platform.ids import uuid7_floor
from epm.platform.refusals import Kind, Refusal
from inventory.models import StockAlert, StockLevel, StockWatch
from inventory.selectors.tax_rates import rates_of_regime
from inventory.states import STOCK_ALERT

LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended('stock alerts ' || %s, 0))"
# Nothing that commits later began earlier: what it writes is found the next time.
HORIZON: Final = """
    SELECT least(clock_timestamp(), min(xact_start)) - interval '1 second' FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
# Keys carry their time: the primary keys find what is new. What let go of goods without a new row
# is found at the alerts that it changes.
CHANGED: Final = """
    SELECT store_id, array_agg(product_id) FROM (
        SELECT store_id, product_id FROM inventory_stockmovement WHERE id >= %(since)s
        UNION SELECT store_id, product_id FROM inventory_reservation WHERE id >= %(since)s
        UNION SELECT a.store_id, a.product_id FROM inventory_stockalert a
        JOIN inventory_stocklevel l ON l.store_id = a.store_id AND l.product_id = a.product_id
        WHERE a.state <> 'resolved' AND (
            inventory_available(l) <> a.available
            OR a.state = 'snoozed' AND a.snoozed_until <= %(today)s)
    ) changed GROUP BY store_id
"""
WATCH: Final = """
    INSERT INTO inventory_stockwatch (store_id, through) VALUES (%(store)s, %(through)s)
    ON CONFLICT (store_id) DO UPDATE
    SET through = greatest(inventory_stockwatch.through, EXCLUDED.through)
"""
NEEDS: Final = (
    "days", "ads", "sigma", "last_sold_on", "stocked_since", "oldest_on", "lead_days", "minimum",
    "reorder_point", "maximum", "dead_days", "aged_days",
)  # fmt: skip
KEEP: Final = f"""
    UPDATE inventory_stockneed n
    SET as_of = %(today)s, {", ".join(f"{name} = x.{name}" for name in NEEDS)}
    FROM inventory_needs(%(store)s, %(products)s::bigint[], %(today)s) x
    WHERE n.store_id = %(store)s AND n.product_id = x.product_id
"""  # noqa: S608 - names of columns
FIGURES: Final = ("available", "threshold", "days", "value", "lost_per_day")
ALERTS: Final = f"""
    WITH due AS MATERIALIZED (
        SELECT * FROM inventory_alerts_due(
            %(store)s, %(products)s::bigint[], %(today)s, %(classes)s::text[], %(rates)s::numeric[])
    ), open AS MATERIALIZED (
        SELECT a.id, a.product_id, a.kind, a.state, a.snoozed_until
        FROM unnest(%(products)s::bigint[]) asked (product_id)
        JOIN inventory_stockalert a ON a.store_id = %(store)s AND a.product_id = asked.product_id
        WHERE a.state <> 'resolved'
    ), told AS (
        UPDATE inventory_stockalert a
        SET {", ".join(f"{name} = d.{name}" for name in FIGURES)}
        FROM open o JOIN due d USING (product_id, kind)
        WHERE a.id = o.id AND ({", ".join(f"a.{name}" for name in FIGURES)})
            IS DISTINCT FROM ({", ".join(f"d.{name}" for name in FIGURES)})
    ), made AS (
        INSERT INTO inventory_stockalert
            (store_id, product_id, kind, state, version, opened_at, {", ".join(FIGURES)})
        SELECT %(store)s, product_id, kind, 'open', 0, %(now)s, {", ".join(FIGURES)} FROM due
        WHERE (product_id, kind) NOT IN (SELECT product_id, kind FROM open)
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM made),
           ARRAY(SELECT o.id FROM open o LEFT JOIN due d USING (product_id, kind)
                 WHERE d.kind IS NULL),
           ARRAY(SELECT o.id FROM open o JOIN due d USING (product_id, kind)
                 WHERE o.state = 'snoozed' AND o.snoozed_until <= %(today)s)
"""  # noqa: S608 - names of columns
STEP: Final = """
    UPDATE inventory_stockalert SET state = %(to)s, version = version + 1,
        resolved_at = CASE WHEN %(to)s = 'resolved' THEN %(now)s::timestamptz END
    WHERE id = ANY (%(ids)s)
"""
WATCHMAN: Final = "stock alerts"
"""Who opens, wakes and resolves alerts, in what is noted of them."""
MANY: Final = 10_000
LONGEST_SNOOZE: Final = 366
Progress = Callable[[int, int], object]


class SnoozeNotAhead(Refusal):
    code = "inventory/snooze-not-ahead"
    title = gettext_lazy("An alert is snoozed until a day within the year to come")
    kind = Kind.INVALID


@dataclass(frozen=True, slots=True)
class Refreshed:
    """How many levels were looked at, and how many alerts opened and resolved by that."""

    levels: int = 0
    opened: int = 0
    resolved: int = 0

    def __add__(self, other: "Refreshed") -> "Refreshed":
        return Refreshed(
            self.levels + other.levels, self.opened + other.opened, self.resolved + other.resolved
        )


def refresh(
    *, now: datetime, everything: bool = False, progress: Progress | None = None
) -> Refreshed:
    """Look at what changed since the last time; at a whole store each day and when a rule changed.

    `everything`: look at every level of every store now. `progress(done, of)` counts stores.
    """
    with connection.cursor() as cursor:
        cursor.execute(HORIZON)
        horizon: datetime = cursor.fetchone()[0]
    watches = {watch.store_id: watch for watch in StockWatch.objects.all()}
    changed = _changed(watches, today=now.date())
    stores = list(
        Store.objects.filter(Exists(StockLevel.objects.filter(store=OuterRef("pk")))).order_by("pk")
    )
    done, rates = Refreshed(), _Rates()
    for number, store in enumerate(stores, 1):
        today = today_in(store=store, now=now)
        watch = watches.get(store.pk)
        whole = everything or watch is None or watch.as_of is None or watch.as_of < today
        products = None if whole else changed.get(store.pk, [])
        if whole or products:
            done += _refresh(store, products, now=now, through=horizon, rates=rates)
        if progress:
            progress(number, len(stores))
    StockWatch.objects.filter(through__lt=horizon).update(through=horizon)
    if done.levels >= MANY and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE) inventory_stockday, inventory_stockneed")
    return done


def today_in(*, store: Store, now: datetime) -> date:
    """The business day that it is in a store."""
    local = now.astimezone(ZoneInfo(store.timezone))
    return (local - timedelta(hours=store.day_cutoff_hour)).date()


@transaction.atomic
def rebuild(*, store_id: int) -> None:
    """Forget the days of a store: the next refresh makes them of the ledger again."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [str(store_id)])
        cursor.execute("DELETE FROM inventory_stockday WHERE store_id = %s", [store_id])
        cursor.execute("DELETE FROM inventory_stockneed WHERE store_id = %s", [store_id])
        cursor.execute("DELETE FROM inventory_stockwatch WHERE store_id = %s", [store_id])


@transaction.atomic
def acknowledge(*, alert_id: int) -> StockAlert:
    """Somebody takes care of it. Raises InvalidTransition."""
    alert = StockAlert.objects.select_for_update().get(pk=alert_id)
    transitions.move(STOCK_ALERT, alert, event="acknowledge")
    return alert


@transaction.atomic
def snooze(*, alert_id: int, until: date, today: date) -> StockAlert:
    """Not before `until`; then it is open again if it still holds.

    Raises SnoozeNotAhead, InvalidTransition.
    """
    if not today < until <= today + timedelta(days=LONGEST_SNOOZE):
        raise SnoozeNotAhead(_("Choose a day after today, within a year."))
    alert = StockAlert.objects.select_for_update().get(pk=alert_id)
    STOCK_ALERT.check(alert.state, "snooze")
    StockAlert.objects.filter(pk=alert_id).update(snoozed_until=until)
    alert.snoozed_until = until
    transitions.move(STOCK_ALERT, alert, event="snooze")
    return alert


class _Rates:
    """VAT rates by regime and day, asked once each."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, date], Mapping[str, Decimal]] = {}

    def of(self, store: Store, *, on: date) -> Mapping[str, Decimal]:
        key = (store.vat_regime, on)
        if key not in self._known:
            self._known[key] = rates_of_regime(store.vat_regime, on=on)
        return self._known[key]


def _changed(watches: Mapping[int, StockWatch], *, today: date) -> dict[int, list[int]]:
    if not watches:
        return {}
    since = uuid7_floor(at=min(watch.through for watch in watches.values()))
    with connection.cursor() as cursor:
        cursor.execute(CHANGED, {"since": since, "today": today})
        return dict(cursor.fetchall())


def _refresh(
    store: Store, products: Sequence[int] | None, *, now: datetime, through: datetime, rates: _Rates
) -> Refreshed:
    """Of these products of a store, or of all."""
    today = today_in(store=store, now=now)
    known = rates.of(store, on=today)
    words: dict[str, Any] = {
        "store": store.pk, "today": today, "now": now, "through": through,
        "classes": list(known), "rates": list(known.values()),
    }  # fmt: skip
    with acting_as(WATCHMAN), connection.cursor() as cursor:  # in one transaction
        cursor.execute(LOCK, [str(store.pk)])
        cursor.execute(WATCH, words)  # a rule that changes meanwhile waits, and is seen next
        if products is None:
            levels = StockLevel.objects.filter(store=store)
            products = list(levels.values_list("product_id", flat=True))
            StockWatch.objects.filter(pk=store.pk).update(as_of=today)
        words["products"] = list(products)
        cursor.execute("SELECT inventory_fold_days(%(store)s, %(products)s::bigint[])", words)
        cursor.execute(KEEP, words)
        cursor.execute(ALERTS, words)
        opened, over, awake = cursor.fetchone()
        _step(over, event="resolve", to="resolved", now=now)
        _step(awake, event="wake", to="open", now=now)
    return Refreshed(levels=len(products), opened=opened, resolved=len(over))


def _step(ids: Sequence[int], *, event: str, to: str, now: datetime) -> None:
    """The same as `transitions.move`, for many at once."""
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('epm.event', %s, true)", [event])
        cursor.execute(STEP, {"ids": list(ids), "to": to, "now": now})
        cursor.execute("SELECT set_config('epm.event', '', true)")
