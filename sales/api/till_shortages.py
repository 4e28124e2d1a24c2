"""What a store cannot fill of a ticket, each product once with all its lines together."""

from collections import Counter
from decimal import Decimal

from epm.access.selectors.scope import Principal
from epm.platform.refusals import Refusal
from inventory.selectors.stock import availability
from inventory.services.stock_refusals import insufficient
from sales.selectors.registers import place_of
from sales.services.till.basket import Basket, Sold


def short_of(basket: Basket, *, principal: Principal) -> Refusal | None:
    """The refusal of the ledger, which stops at the first line too many, for the ticket as a whole.

    As it stands now; None: meanwhile there is enough. Quantities in the unit of the product.
    """
    place = place_of(basket.register_id)
    if place is None:
        return None
    asked: Counter[int] = Counter()
    for line in basket.lines:
        if isinstance(line, Sold):
            asked[line.product_id] += line.quantity  # type: ignore[assignment]
    levels = availability(product_ids=asked, principal=principal, store_ids=[place.store_id])
    available = {level.product_id: max(level.available, Decimal(0)) for level in levels}
    short = [
        {
            "store": place.store_id,
            "product": product,
            "asked": str(quantity),
            "available": str(available.get(product, Decimal(0))),
        }
        for product, quantity in sorted(asked.items())
        if quantity > available.get(product, Decimal(0))
    ]
    return insufficient(lines=short) if short else None
