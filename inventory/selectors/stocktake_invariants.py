"""What must always be true of stocktakes and adjustments: no scan is lost, no variance doubled."""

from typing import Final

from epm.platform.invariants import Invariant

INVARIANTS: Final = (
    Invariant(
        "inventory/count-is-its-scans",
        "What was counted of a product is the sum of its scans; without any it is not counted.",
        """
        SELECT format('stocktake %s line %s', l.stocktake_id, l.id),
               format('counted %s by %s scans; they say %s, %s', l.counted, l.entries, c.sum,
                      c.entries)
        FROM inventory_stocktakeline l
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(delta), 0) AS sum,
                   count(*) - 2 * count(undoes_id) AS entries
            FROM inventory_stocktakecount WHERE line_id = l.id AND round = l.round
        ) c
        WHERE (l.entries, coalesce(l.counted, 0)) <> (c.entries, c.sum)
           OR (l.counted IS NULL) <> (c.entries = 0)
        """,
    ),
    Invariant(
        "inventory/count-knows-its-books",
        "What the books said of a counted product is its snapshot and all that moved until then,"
        " also what was told later.",
        """
        SELECT format('stocktake %s line %s', l.stocktake_id, l.id),
               format('expected %s, the ledger says %s', l.book, l.snapshot + m.moved + late)
        FROM inventory_stocktakeline l
        JOIN inventory_stocktake s ON s.id = l.stocktake_id AND s.state <> 'cancelled'
        CROSS JOIN LATERAL inventory_told_late(
            l.store_id, l.product_id, l.count_position, l.counted_at) late
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(quantity), 0) AS moved FROM inventory_stockmovement
            WHERE store_id = l.store_id AND product_id = l.product_id
              AND position > l.snapshot_position AND position <= l.count_position
        ) m
        WHERE l.counted IS NOT NULL AND l.book <> l.snapshot + m.moved + late
        """,
    ),
    Invariant(
        "inventory/stocktake-is-its-movements",
        "A posted stocktake has moved each product by what it was off by, any other none.",
        """
        SELECT format('stocktake %s product %s', w.stocktake, w.product),
               format('off by %s, moved %s', w.off, w.moved)
        FROM (
            SELECT coalesce(l.stocktake_id::text, m.document_ref) AS stocktake,
                   coalesce(l.product_id, m.product_id) AS product,
                   coalesce(l.variance, 0) AS off, coalesce(m.quantity, 0) AS moved
            FROM (
                SELECT n.stocktake_id, n.product_id, n.variance
                FROM inventory_stocktakeline n JOIN inventory_stocktake s ON s.id = n.stocktake_id
                WHERE s.state = 'posted'
            ) l
            FULL JOIN (
                SELECT document_ref, product_id, sum(quantity) AS quantity
                FROM inventory_stockmovement
                WHERE document_kind = 'stocktake' AND document_ref <> '' AND line_no > 0
                GROUP BY document_ref, product_id
            ) m ON m.document_ref = l.stocktake_id::text AND m.product_id = l.product_id
        ) w
        WHERE w.off <> w.moved
        """,
    ),
    Invariant(
        "inventory/adjustment-is-its-movements",
        "An adjustment's lines are the movements of its posting.",
        """
        SELECT format('adjustment %s product %s', a.id, l.product_id),
               format('says %s and %s out of sale; moved %s, %s', l.quantity, l.blocked,
                      m.quantity, m.blocked)
        FROM inventory_stockadjustment a
        JOIN (
            SELECT adjustment_id, product_id, sum(quantity) AS quantity, sum(blocked) AS blocked,
                   sum(value) AS value
            FROM inventory_stockadjustmentline GROUP BY adjustment_id, product_id
        ) l ON l.adjustment_id = a.id
        LEFT JOIN LATERAL (
            SELECT sum(quantity) AS quantity, sum(blocked) AS blocked, sum(value) AS value
            FROM inventory_stockmovement
            WHERE posting = a.posting AND product_id = l.product_id
        ) m ON true
        WHERE (l.quantity, l.blocked, l.value) IS DISTINCT FROM (m.quantity, m.blocked, m.value)
        """,
    ),
)
