"""What must always be true of the catalogue and of the stock."""

from typing import Final

from epm.platform.invariants import Invariant
from inventory.selectors.proof import BROKEN, FIRST_BAD

_FIRST_BAD = FIRST_BAD.format(store="b.store_id", product="b.product_id").replace("%%", "%")

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
    Invariant(
        "inventory/stock-is-its-movements",
        "Opening and movements sum to each stock level, reservations to what is reserved of it.",
        f"""
        SELECT format('%s in %s', p.sku, o.code),
               CASE WHEN bad.id IS NULL
                    THEN 'the level differs from the sum of its movements or reservations'
                    ELSE format('movement %s (number %s): %s', bad.id, bad.position, bad.wrong) END
        FROM ({BROKEN}) b
        JOIN inventory_product p ON p.id = b.product_id
        JOIN organization_store o ON o.id = b.store_id
        LEFT JOIN LATERAL ({_FIRST_BAD}) bad ON true
        """,  # noqa: S608
    ),
    Invariant(
        "inventory/unavailable-by-reason",
        "The reasons of a level sum to what is unavailable of it.",
        """
        SELECT l.id::text, format('unavailable %s, reasons %s', l.unavailable, coalesce(u.sum, 0))
        FROM inventory_stocklevel l
        LEFT JOIN (SELECT level_id, sum(quantity) FROM inventory_unavailablestock GROUP BY 1) u
            ON u.level_id = l.id
        WHERE l.unavailable <> coalesce(u.sum, 0)
        """,
    ),
    Invariant(
        "inventory/never-oversold",
        "No more is promised or gone than is there and known to be missing. (That a store which"
        " forbids it went short no further is the ledger's to refuse: what its policy was before"
        " no level tells.)",
        """
        SELECT l.id::text, format('on hand %s, reserved %s, unavailable %s, shortfall %s',
                                  l.on_hand, l.reserved, l.unavailable, l.shortfall)
        FROM inventory_stocklevel l
        WHERE l.on_hand < l.reserved + l.unavailable - l.shortfall
        """,
    ),
    Invariant(
        "inventory/cost-of-stock",
        "No more has a known cost than there is, and what has none is worth nothing.",
        """
        SELECT id::text, format('on hand %s, costed %s, value %s', on_hand, costed, value)
        FROM inventory_stocklevel
        WHERE abs(costed) > abs(on_hand) OR costed * on_hand < 0
           OR (costed = 0 AND value <> 0) OR value * costed < 0
        """,
    ),
    Invariant(
        "inventory/days-of-stock",
        "The days of a level, as far as they are known, are what its movements come to.",
        """
        WITH walked AS (
            SELECT store_id, product_id, day, sold, returned, received,
                   sum(quantity) OVER walk AS on_hand, sum(sellable) OVER walk AS sellable
            FROM (
                SELECT m.store_id, m.product_id, m.business_date AS day,
                       sum(m.quantity) AS quantity, sum(m.quantity - m.blocked) AS sellable,
                       coalesce(-sum(m.quantity) FILTER (WHERE m.kind = 'sale'), 0) AS sold,
                       coalesce(sum(m.quantity) FILTER (WHERE m.kind = 'return'), 0) AS returned,
                       coalesce(sum(m.quantity) FILTER (WHERE m.quantity > 0
                           AND m.kind IN ('opening', 'receipt', 'transfer_in')), 0) AS received
                FROM inventory_stockmovement m
                JOIN inventory_stockneed n ON n.store_id = m.store_id
                    AND n.product_id = m.product_id AND m.position <= n.position
                GROUP BY 1, 2, 3
            ) daily
            WINDOW walk AS (PARTITION BY store_id, product_id ORDER BY day)
        )
        SELECT format('store %s, product %s, %s', store_id, product_id, day),
               format('on hand %s, the ledger says %s', d.on_hand, w.on_hand)
        FROM walked w FULL JOIN inventory_stockday d USING (store_id, product_id, day)
        WHERE (w.on_hand, w.sellable, w.sold, w.returned, w.received)
              IS DISTINCT FROM (d.on_hand, d.sellable, d.sold, d.returned, d.received)
        """,
    ),
    Invariant(
        "inventory/consumed-has-left",
        "What reservations say was handed over has left the stock, sold or sent on its way.",
        """
        SELECT r.basket::text, format('handed over %s, left %s', r.consumed, coalesce(m.gone, 0))
        FROM (SELECT document_kind, document_ref, store_id, product_id, basket,
                     sum(consumed) AS consumed
              FROM inventory_reservation
              WHERE consumed > 0 AND document_ref <> '' GROUP BY 1, 2, 3, 4, 5) r
        LEFT JOIN LATERAL (
            SELECT -sum(quantity) AS gone FROM inventory_stockmovement m
            WHERE m.document_kind = r.document_kind AND m.document_ref = r.document_ref
              AND m.store_id = r.store_id AND m.product_id = r.product_id
              AND m.kind IN ('sale', 'transfer_out')) m ON true
        WHERE coalesce(m.gone, 0) < r.consumed
        """,
    ),
)
