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
        "inventory/listed-prices",
        "What is kept as said by price lists is what they say.",
        """
        SELECT l.code, format('%s: says %s, kept is %s', p.sku, said.price, kept.price)
        FROM (
            SELECT i.price_list_id, i.product_id, i.price, l.kind, l.store_id, l.currency,
                   l.starts_on, l.ends_on, l.is_active
            FROM inventory_pricelistitem i JOIN inventory_pricelist l ON l.id = i.price_list_id
        ) said
        FULL JOIN (
            SELECT price_list_id, product_id, price, kind, store_id, currency,
                   starts_on, ends_on, is_active
            FROM inventory_listedprice WHERE known_until IS NULL
        ) kept USING (price_list_id, product_id)
        JOIN inventory_pricelist l ON l.id = price_list_id
        JOIN inventory_product p ON p.id = product_id
        WHERE (said.price, said.kind, said.store_id, said.currency, said.starts_on, said.ends_on,
               said.is_active)
              IS DISTINCT FROM (kept.price, kept.kind, kept.store_id, kept.currency,
                                kept.starts_on, kept.ends_on, kept.is_active)
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
