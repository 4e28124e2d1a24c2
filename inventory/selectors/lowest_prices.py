"""The lowest price of the 30 days before a reduction: Directive 98/6/EC, article 6a.

A reduction of a product begins when its promotion comes into force for it: at the start of the
list's first day, or, for what is put on a list that runs already, at that moment. It does not begin
anew when the list's price changes. The days before are the 30 business days before the day of that
beginning; the prices in force then are those that lists and the chain's price history really said
at the time, earlier promotions among them, by the rule of `inventory.selectors.prices`. A price of
any of those moments that is not known makes the answer unknown.
"""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Final

from django.db import connection

from inventory.selectors.prices import ORDER

DAYS: Final = 30
# A business day of the place begins at its cut-off hour. Without a store: the chain's own lists,
# by days of UTC.
LOWEST: Final = f"""
    WITH place AS (
        SELECT s.id, coalesce(s.timezone, 'UTC') AS zone,
               make_interval(hours => coalesce(s.day_cutoff_hour, 0)::int) AS cutoff
        FROM (SELECT 1) one LEFT JOIN organization_store s ON s.id = %(store)s::bigint
    ),
    asked AS (
        SELECT * FROM unnest(%(products)s::bigint[], %(lists)s::bigint[]) a (product_id, list_id)
    ),
    -- Each thing a list ever said, with the moments from which to which it was in force.
    said AS (
        SELECT v.*, asked.list_id,
               greatest(v.known_from, (v.starts_on + place.cutoff) AT TIME ZONE place.zone)
                   AS force_from,
               least(v.known_until, (v.ends_on + 1 + place.cutoff) AT TIME ZONE place.zone)
                   AS force_until
        FROM asked CROSS JOIN place
        JOIN inventory_pricelist own ON own.id = asked.list_id
        JOIN inventory_listedprice v ON v.product_id = asked.product_id
        WHERE v.is_active AND v.currency = own.currency
          AND (v.store_id IS NULL OR v.store_id = place.id)
    ),
    begun AS (
        SELECT said.product_id, said.list_id, min(said.force_from) AS began
        FROM said
        WHERE said.price_list_id = said.list_id AND said.kind = 'promotion'
          AND (said.force_until IS NULL OR said.force_from < said.force_until)
        GROUP BY said.product_id, said.list_id
    ),
    spans AS (
        SELECT begun.*,
               ((begun.began AT TIME ZONE place.zone - place.cutoff)::date - %(days)s
                   + place.cutoff) AT TIME ZONE place.zone AS since
        FROM begun CROSS JOIN place
    ),
    moments AS (
        SELECT product_id, list_id, since AS at FROM spans
        UNION
        SELECT s.product_id, s.list_id, c.changed_at
        FROM spans s JOIN inventory_pricechange c ON c.product_id = s.product_id
        WHERE c.kind = 'sale' AND c.changed_at > s.since AND c.changed_at < s.began
        UNION
        SELECT s.product_id, s.list_id, turn.at
        FROM spans s JOIN said USING (product_id, list_id)
        CROSS JOIN LATERAL (VALUES (said.force_from), (said.force_until)) turn (at)
        WHERE turn.at > s.since AND turn.at < s.began
    )
    SELECT m.product_id, m.list_id,
           CASE WHEN NOT bool_or(told.price IS NULL) THEN min(told.price) END
    FROM moments m
    CROSS JOIN LATERAL (
        SELECT coalesce(
            (SELECT l.price FROM said l
             WHERE l.product_id = m.product_id AND l.list_id = m.list_id
               AND l.force_from <= m.at AND (l.force_until IS NULL OR m.at < l.force_until)
             ORDER BY {ORDER}, l.price_list_id DESC LIMIT 1),
            (SELECT c.new FROM inventory_pricechange c
             WHERE c.product_id = m.product_id AND c.kind = 'sale' AND c.changed_at <= m.at
             ORDER BY c.changed_at DESC, c.id DESC LIMIT 1)) AS price
    ) told
    GROUP BY m.product_id, m.list_id
"""  # noqa: S608 - no word of anybody's


def lowest_before(
    reductions: Collection[tuple[int, int]], *, store_id: int | None
) -> Mapping[tuple[int, int], Decimal | None]:
    """By (product, promotion): the lowest price, tax included, of the 30 days before it began.

    In one query. None, or no entry: not known. Without a store, the lists of the chain alone count.
    """
    asked = list(reductions)
    if not asked:
        return {}
    products, lists = zip(*asked, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            LOWEST,
            {"store": store_id, "products": list(products), "lists": list(lists), "days": DAYS},
        )
        return {(product, by): lowest for product, by, lowest in cursor.fetchall()}
