"""What must always be true of purchase orders and their deliveries."""

from typing import Final

from epm.platform.invariants import Invariant

INVARIANTS: Final = (
    Invariant(
        "inventory/received-is-its-deliveries",
        "What a line of a purchase order says was received is what its deliveries accepted.",
        """
        SELECT l.id::text, format('received %s, deliveries %s', l.received, coalesce(d.sum, 0))
        FROM inventory_purchaseorderline l
        LEFT JOIN (SELECT line_id, sum(accepted) FROM inventory_purchasereceiptline GROUP BY 1) d
            ON d.line_id = l.id
        WHERE l.received <> coalesce(d.sum, 0)
        """,
    ),
    Invariant(
        "inventory/deliveries-are-in-stock",
        "What a delivery accepted came into the stock of its order's store, no more and no less.",
        """
        SELECT r.id::text, format('accepted %s, in stock %s', d.accepted, coalesce(m.quantity, 0))
        FROM inventory_purchasereceipt r
        JOIN inventory_purchaseorder o ON o.id = r.order_id
        JOIN (SELECT receipt_id, sum(accepted) AS accepted
              FROM inventory_purchasereceiptline GROUP BY 1) d ON d.receipt_id = r.id
        LEFT JOIN LATERAL (
            SELECT sum(quantity) AS quantity FROM inventory_stockmovement
            WHERE posting = r.key AND kind = 'receipt' AND store_id = o.store_id) m ON true
        WHERE d.accepted <> coalesce(m.quantity, 0)
        """,
    ),
)
