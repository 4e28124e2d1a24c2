"""When a product was last sold, store by store."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from django.db import connection

from reporting.selectors.places import Places

# The lines of one product, by its index in every month: few, even of what sells best.
LAST_DAYS: Final = """
    SELECT l.store_id, max(l.business_date)
    FROM sales_saleline l
    WHERE l.product_id = %(product)s AND l.kind = 'item' AND l.quantity > 0
      AND NOT l.is_correction AND l.store_id = ANY (%(stores)s)
    GROUP BY l.store_id
"""


def last_sold(*, product_id: int, places: Places) -> Mapping[int, date]:
    """The last business day with a sale of the product, by store id; a store without is absent."""
    with connection.cursor() as cursor:
        cursor.execute(LAST_DAYS, {"product": product_id, "stores": places.ids})
        return dict(cursor.fetchall())
