"""What must always be true of transfers: nothing comes from nowhere, nothing vanishes."""

from typing import Final

from epm.platform.invariants import Invariant

INVARIANTS: Final = (
    Invariant(
        "inventory/transfer-is-its-deliveries",
        "What a transfer's lines accepted, rejected and found over is what its deliveries say.",
        """
        SELECT format('transfer %s line %s', l.transfer_id, l.id),
               format('accepted %s, rejected %s, over %s; deliveries say %s, %s, %s', l.accepted,
                      l.rejected, l.over, r.accepted, r.rejected, r.over)
        FROM inventory_transferline l
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(accepted), 0) AS accepted, coalesce(sum(rejected), 0) AS rejected,
                   coalesce(sum(over), 0) AS over
            FROM inventory_transferreceiptline WHERE line_id = l.id
        ) r
        WHERE (l.accepted, l.rejected, l.over) <> (r.accepted, r.rejected, r.over)
        """,
    ),
    Invariant(
        "inventory/transfer-is-its-movements",
        "What a transfer shipped has left its source; what is no longer on the way came back there,"
        " was written off there, or came in at the destination, at what it left for.",
        """
        SELECT format('transfer %s line %s', l.transfer_id, l.id),
               format('shipped %s, in transit %s worth %s; moved out %s, in %s worth %s of %s',
                      l.shipped, l.in_transit, l.value, m.gone, m.came, m.worth, l.shipped_value)
        FROM inventory_transferline l
        JOIN inventory_transfer t ON t.id = l.transfer_id
        CROSS JOIN LATERAL (
            SELECT -coalesce(sum(quantity) FILTER (WHERE kind = 'transfer_out'), 0) AS gone,
                   coalesce(sum(quantity) FILTER (WHERE kind = 'transfer_in'), 0) AS came,
                   coalesce(sum(quantity) FILTER (
                       WHERE kind = 'transfer_in' AND store_id = t.destination_id), 0) AS here,
                   coalesce(sum(round(quantity * unit_cost, 6)) FILTER (
                       WHERE kind = 'transfer_in'), 0) AS worth
            FROM inventory_stockmovement
            WHERE document_kind = 'transfer' AND document_ref = t.id::text
              AND product_id = l.product_id AND store_id IN (t.source_id, t.destination_id)
        ) m
        WHERE m.gone <> l.shipped OR m.came <> l.shipped - l.in_transit
           OR m.worth + l.value <> l.shipped_value
           OR m.here <> l.accepted + (
                SELECT coalesce(sum(rejected), 0) FROM inventory_transferreceiptline
                WHERE line_id = l.id AND disposition = 'quarantine')
        """,
    ),
    Invariant(
        "inventory/transfer-over-is-empty",
        "A transfer that is over has nothing on the way.",
        """
        SELECT format('transfer %s', t.id), format('%s, in transit %s', t.state, l.in_transit)
        FROM inventory_transfer t JOIN inventory_transferline l ON l.transfer_id = t.id
        WHERE l.in_transit <> 0
          AND t.state NOT IN ('in_transit', 'partially_received')
        """,
    ),
    Invariant(
        "inventory/ready-transfer-keeps-its-goods",
        "A ready transfer has reserved what is planned, and no other transfer reserves anything.",
        """
        SELECT format('transfer %s', t.id),
               format('%s, product %s: planned %s, reserved %s', t.state, l.product_id, l.quantity,
                      coalesce(r.quantity, 0))
        FROM inventory_transfer t
        JOIN inventory_transferline l ON l.transfer_id = t.id
        LEFT JOIN inventory_reservation r ON r.basket = t.hold AND r.product_id = l.product_id
            AND r.state IN ('active', 'committed')
        WHERE coalesce(r.quantity - r.consumed, 0)
              <> CASE WHEN t.state = 'ready' THEN l.quantity ELSE 0 END
        """,
    ),
)
