"""What must always be true of the catalogue."""

from typing import Final

from epm.platform.invariants import Invariant

INVARIANTS: Final = (
    Invariant(
        "inventory/price-history",
        "A product's prices are the last ones of its price history.",
        """
        SELECT p.sku, format('%s price %s, history says %s', v.kind, v.price, last.new)
        FROM inventory_product p
        CROSS JOIN LATERAL (
            VALUES ('sale', p.sale_price), ('purchase', p.purchase_price)
        ) v (kind, price)
        LEFT JOIN LATERAL (
            SELECT c.new FROM inventory_pricechange c
            WHERE c.product_id = p.id AND c.kind = v.kind
            ORDER BY c.changed_at DESC, c.id DESC LIMIT 1
        ) last ON true
        WHERE v.price IS DISTINCT FROM last.new
        """,
    ),
    Invariant(
        "inventory/category-tree",
        "Every category hangs from a root: no category lies within itself.",
        """
        WITH RECURSIVE reached (id) AS (
            SELECT id FROM inventory_category WHERE parent_id IS NULL
            UNION
            SELECT c.id FROM inventory_category c JOIN reached r ON c.parent_id = r.id
        )
        SELECT code, 'lies within itself'
        FROM inventory_category WHERE id NOT IN (SELECT id FROM reached)
        """,
    ),
)
