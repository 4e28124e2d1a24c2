"""What a product costs today, store by store, as its page writes it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _

from epm.access.models import User
from epm.access.selectors.scope import stores_visible_to
from epm.organization.models import Store
from epm.platform import shown
from inventory.models import Product
from inventory.selectors import prices
from inventory.selectors.prices import Listed, Price

MOST_STORES: Final = 50


@dataclass(frozen=True, slots=True)
class PriceThere:
    """The price that holds in a store, and by what; `href` leads to the list it is by."""

    store: str
    price: str
    by: str
    href: str
    until: str


@dataclass(frozen=True, slots=True)
class PricesToday:
    """The first stores by code; `cut_off` where there are more."""

    rows: list[PriceThere]
    cut_off: int | None


def prices_today(product: Product, *, reader: User, now: datetime) -> PricesToday:
    """Of the stores in the reader's sight that have not closed."""
    open_ones = stores_visible_to(reader).exclude(closed_on__lt=now.date())
    stores = list(open_ones[: MOST_STORES + 1])
    held = prices.prices_at(product.pk, stores[:MOST_STORES], at=now)
    links = reader.has_perm("inventory.view_pricelist")
    return PricesToday(
        rows=[_there(store, held[store.pk], links=links) for store in stores[:MOST_STORES]],
        cut_off=MOST_STORES if len(stores) > MOST_STORES else None,
    )


def _there(store: Store, held: Price, *, links: bool) -> PriceThere:
    by, price = held.by, shown.exact(held.price, at_least=2)
    known = held.price is not None
    return PriceThere(
        store=str(store),
        price=shown.with_currency(price, currency=store.currency) if known else price,
        by=f"{by.code} · {by.name}" if by else _own(held),
        href=_address(by) if by and links else "",
        until=shown.day(by.ends_on) if by and by.ends_on else "",
    )


def _own(held: Price) -> str:
    return shown.UNKNOWN if held.price is None else _("the product's own price")


def _address(by: Listed) -> str:
    return reverse("admin:inventory_pricelist_change", args=[by.list_id])
