"""Put projections right where they differ from their ledger. The ledger itself is never touched."""

from typing import Any, Final

from django.db import connection, transaction

from inventory.models import StockLevel, StockRepair
from inventory.selectors import proof

KEPT: Final = (
    "on_hand", "reserved", "unavailable", "shortfall", "costed", "value", "average_cost",
    "position",
)  # fmt: skip
# One that is gone is made again.
ENSURE: Final = """
    INSERT INTO inventory_stocklevel (store_id, product_id) VALUES (%(store)s, %(product)s)
    ON CONFLICT (store_id, product_id) DO NOTHING
"""
REBUILD: Final = """
    UPDATE inventory_stocklevel l
    SET on_hand = m.quantity, value = m.value, costed = m.costed, unavailable = m.blocked,
        position = m.movements, reserved = r.reserved,
        shortfall = greatest(0, r.reserved + m.blocked - m.quantity),
        average_cost = (
            SELECT average_cost FROM inventory_stockmovement
            WHERE store_id = l.store_id AND product_id = l.product_id
            ORDER BY position DESC LIMIT 1),
        changed_at = clock_timestamp(), changed_in = pg_current_xact_id()::text::bigint
    FROM (
        SELECT count(*) AS movements, coalesce(sum(quantity), 0) AS quantity,
               coalesce(sum(value), 0) AS value, coalesce(sum(costed), 0) AS costed,
               coalesce(sum(blocked), 0) AS blocked
        FROM inventory_stockmovement WHERE store_id = %(store)s AND product_id = %(product)s
    ) m, (
        SELECT coalesce(sum(quantity - consumed), 0) AS reserved FROM inventory_reservation
        WHERE store_id = %(store)s AND product_id = %(product)s
          AND state IN ('active', 'committed')
    ) r
    WHERE l.store_id = %(store)s AND l.product_id = %(product)s
"""
REASONS: Final = """
    INSERT INTO inventory_unavailablestock (level_id, reason, quantity)
    SELECT %(level)s, known.reason, coalesce(sum(m.blocked), 0)
    FROM (
        SELECT reason FROM inventory_unavailablestock WHERE level_id = %(level)s
        UNION SELECT reason FROM inventory_stockmovement
        WHERE store_id = %(store)s AND product_id = %(product)s AND blocked <> 0
    ) known
    LEFT JOIN inventory_stockmovement m ON m.store_id = %(store)s
        AND m.product_id = %(product)s AND m.reason = known.reason
    GROUP BY known.reason
    ON CONFLICT (level_id, reason) DO UPDATE SET quantity = excluded.quantity
"""


@transaction.atomic
def rebuild(*, store_id: int, product_id: int, by: str) -> StockRepair | None:
    """Make a level what its movements and reservations say; None when it was that already.

    `by` is put down in the repair. Rebuilding twice changes nothing the second time.
    """
    words = {"store": store_id, "product": product_id}
    with connection.cursor() as cursor:
        cursor.execute(ENSURE, words)
    level = StockLevel.objects.select_for_update().get(store=store_id, product=product_id)
    before = _told(level)
    words["level"] = level.pk
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('epm.rebuilding', 'on', true)")
        cursor.execute(REBUILD, words)
        cursor.execute(REASONS, words)
        cursor.execute("SELECT set_config('epm.rebuilding', '', true)")
    level.refresh_from_db()
    after = _told(level)
    if before == after:
        return None
    return StockRepair.objects.create(level=level, before=before, after=after, actor=by)


def rebuild_broken(*, by: str) -> list[StockRepair]:
    """Rebuild every level that differs from its ledger, each in a transaction of its own."""
    made = [
        rebuild(store_id=store, product_id=product, by=by)
        for _level, store, product in proof.broken_levels()
    ]
    return [repair for repair in made if repair is not None]


def _told(level: StockLevel) -> dict[str, Any]:
    return {name: None if (found := getattr(level, name)) is None else str(found) for name in KEPT}
