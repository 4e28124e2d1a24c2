"""What changed after a report was known: the documents, by the words that doors use."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from epm.access.selectors.scope import Principal
from epm.platform.calendars import Period
from inventory.selectors.categories import categories_visible_to, ids_below
from reporting.selectors import known, places
from reporting.selectors.goods import product_by_sku
from reporting.selectors.kpis import category_id
from sales.selectors.late import late_documents


def documents(
    *,
    principal: Principal,
    period: Period,
    known_at: datetime,
    stores: Sequence[str] = (),
    regions: Sequence[str] = (),
    category: str | None = None,
    product: str | None = None,
) -> QuerySet[Any]:
    """Those of the business days of `period` that were recorded after `known_at`.

    What they add to net sales, in each currency, is the difference between the figures of now and
    those as known. Words as in `reporting.selectors.kpis.Ask`; see `late_documents`. Raise
    UnknownStore, UnknownRegion, UnknownCategory, UnknownProduct, NotYetKnown, NotSettled.
    """
    known.refuse_unsettled([known_at])
    where = places.chosen(principal=principal, stores=stores, regions=regions)
    below = category_id(principal, category)
    categories = None
    if below is not None:
        categories = ids_below(categories_visible_to(principal).get(pk=below))
    return late_documents(
        principal,
        start=period.start,
        end=period.end,
        known_at=known_at,
        stores=None if where.everything else where.ids,
        categories=categories,
        product=None if product is None else product_by_sku(principal, sku=product),
    )
