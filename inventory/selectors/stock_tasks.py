"""What stock asks of people, and what is on its way: how much of each kind, and the first of it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from epm.access.selectors import rights
from epm.access.selectors.scope import Principal
from inventory.models import StockAlertKind
from inventory.selectors.replenishment import visible_ids

ALERTS: Final = {kind.value: kind.label for kind in StockAlertKind}
"""The kinds of alerts, and what they are called."""
AT_COST: Final = frozenset({"dead", "aged", "order", "transfer", "none", "transit", "ordered"})
"""Kinds whose money is worth at cost; the others' is what a day costs in sales."""
TASKS: Final = """
    WITH RECURSIVE shelf (id) AS (
        SELECT %(category)s::bigint
        UNION SELECT c.id FROM inventory_category c JOIN shelf s ON c.parent_id = s.id
    ), each AS (
        SELECT a.kind::text, a.store_id, a.product_id, a.available AS quantity,
               coalesce(a.value, a.lost_per_day) AS money, a.days, NULL::bigint AS source_id,
               NULL::bigint AS supplier_id
        FROM inventory_stockalert a
        WHERE a.store_id = ANY (%(stores)s) AND a.state <> 'resolved'
          AND NOT (a.state = 'snoozed' AND a.snoozed_until > %(today)s)
        UNION ALL
        SELECT p.route, p.store_id, p.product_id, p.quantity,
               p.quantity * coalesce(l.average_cost, g.purchase_price), NULL, p.source_id,
               p.supplier_id
        FROM inventory_replenishmentproposal p
        JOIN inventory_product g ON g.id = p.product_id
        LEFT JOIN inventory_stocklevel l
            ON l.store_id = coalesce(p.source_id, p.store_id) AND l.product_id = p.product_id
        WHERE p.store_id = ANY (%(stores)s) AND p.document_ref = ''
        UNION ALL
        SELECT 'transit', t.destination_id, l.product_id, l.in_transit,
               CASE WHEN l.costed > 0 THEN l.value END, NULL,
               CASE WHEN t.source_id = ANY (%(seen)s) THEN t.source_id END, NULL
        FROM inventory_transferline l JOIN inventory_transfer t ON t.id = l.transfer_id
        WHERE l.in_transit > 0 AND t.destination_id = ANY (%(stores)s)
        UNION ALL
        SELECT 'ordered', o.store_id, l.product_id, l.incoming, l.incoming * l.unit_cost, NULL,
               NULL, o.supplier_id
        FROM inventory_purchaseorderline l JOIN inventory_purchaseorder o ON o.id = l.order_id
        WHERE l.incoming > 0 AND o.store_id = ANY (%(stores)s)
          AND o.state IN ('ordered', 'partially_received')
    ), ranked AS (
        SELECT e.*, count(*) OVER same AS of, sum(e.money) OVER same AS sum,
               row_number() OVER (PARTITION BY e.kind
                   ORDER BY e.money DESC NULLS LAST, e.store_id, e.product_id) AS rank
        FROM each e
        WHERE %(category)s::bigint IS NULL OR e.product_id IN (
            SELECT p.id FROM inventory_product p WHERE p.category_id IN (SELECT id FROM shelf))
        WINDOW same AS (PARTITION BY e.kind)
    )
    SELECT r.kind, r.of, round(r.sum, 3), r.store_id, s.name, s.currency, r.product_id, p.sku,
           p.name, r.quantity, round(r.money, 3), r.days, o.name, y.name
    FROM ranked r
    JOIN organization_store s ON s.id = r.store_id
    JOIN inventory_product p ON p.id = r.product_id
    LEFT JOIN organization_store o ON o.id = r.source_id
    LEFT JOIN inventory_supplier y ON y.id = r.supplier_id
    WHERE r.rank <= %(most)s ORDER BY r.kind, r.rank
"""


@dataclass(frozen=True, slots=True)
class Task:
    """One product in one store: `quantity` in its unit (of an alert: what is available), `money`
    excl. tax in the store's currency, by kind (AT_COST); None: not known, or not to be seen.
    `days` without a sale or of age; `source` and `supplier` say where goods come from.
    """

    store_id: int
    store: str
    currency: str
    product_id: int
    sku: str
    product: str
    quantity: Decimal
    money: Decimal | None
    days: int | None
    source: str | None
    supplier: str | None


@dataclass(slots=True)
class Tasks:
    """How many there are of a kind, what is known of their money, and the dearest of them."""

    count: int
    money: Decimal | None
    first: list[Task]


def stock_tasks(
    *,
    principal: Principal,
    today: date,
    store_ids: Collection[int],
    seen_ids: Collection[int],
    category: int | None = None,
    most: int = 5,
) -> Mapping[str, Tasks]:
    """By kind: alerts that stand, proposals that are not done (order, transfer, none), goods in
    transit to the stores, and goods ordered for them. `money` adds up whatever the currencies: tell
    it of stores of one only. `seen_ids`: stores that may be named as senders of transit."""
    sees_costs = rights.sees_costs(principal)
    words: dict[str, Any] = {
        "stores": visible_ids(principal, store_ids), "seen": visible_ids(principal, seen_ids),
        "today": today, "category": category, "most": most,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(TASKS, words)
        rows = cursor.fetchall()
    found: dict[str, Tasks] = {}
    for kind, count, total, *row in rows:
        told = sees_costs or kind not in AT_COST
        tasks = found.setdefault(kind, Tasks(count, total if told else None, []))
        task = Task(*row)
        tasks.first.append(task if told else replace(task, money=None))
    return found
