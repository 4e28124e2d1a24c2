"""One word, looked for everywhere its asker may look. A query for each kind, none without index."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from epm.access.models import User
from epm.access.selectors import rights
from epm.access.selectors.scope import scope_of, stores_visible_to
from inventory import gtins
from inventory.selectors.products import products_visible_to
from sales.selectors.customers import customers_visible_to
from sales.selectors.references import named_by, with_reference
from sales.selectors.sales import sales_visible_to

MOST: Final = 6
SHORTEST: Final = 2
TRIGRAM: Final = 3
"""Shorter words no trigram index finds."""


@dataclass(frozen=True, slots=True)
class Hit:
    kind: str | Promise
    title: str
    page: str
    pk: Any


def everything(*, principal: Any, term: str) -> list[Hit]:
    """Products by SKU, barcode or name; sales by reference; stores; customers, people by rights."""
    if len(term) < SHORTEST:
        return []
    return [
        *_products(principal, term),
        *_tickets(principal, term),
        *_stores(principal, term),
        *_customers(principal, term),
        *_people(principal, term),
    ]


def _hits(kind: str | Promise, page: str, rows: QuerySet) -> Iterator[Hit]:
    return (Hit(kind, str(row), page, row.pk) for row in rows)


def _products(principal: Any, term: str) -> Iterator[Hit]:
    if not principal.has_perm("inventory.view_product"):
        return
    products = products_visible_to(principal).order_by()
    page = "inventory_product"
    known = set()
    exact = products.filter(Q(sku__iexact=term)).union(
        products.filter(barcodes__code__in=gtins.forms_of(term))
    )
    for hit in _hits(_("Product"), page, exact):
        known.add(hit.pk)
        yield hit
    if len(term) >= TRIGRAM:
        most = MOST + len(known)
        # Apart, each is read from its index; with OR and LIMIT PostgreSQL may read the table.
        like = products.filter(sku__icontains=term)[:most].union(
            products.filter(name__icontains=term)[:most]
        )
        hits = _hits(_("Product"), page, like)
        yield from [hit for hit in hits if hit.pk not in known][:MOST]


def _tickets(principal: Any, term: str) -> Iterator[Hit]:
    if not principal.has_perm("sales.view_sale"):
        return
    sales = with_reference(sales_visible_to(principal)).filter(named_by(principal, reference=term))
    yield from _hits(_("Ticket"), "sales_sale", sales.order_by()[:MOST])


def _stores(principal: Any, term: str) -> Iterator[Hit]:
    if not principal.has_perm("organization.view_store"):
        return
    stores = stores_visible_to(principal).filter(
        Q(code__icontains=term) | Q(name__icontains=term) | Q(city__icontains=term)
    )
    yield from _hits(_("Store"), "organization_store", stores[:MOST])


def _customers(principal: Any, term: str) -> Iterator[Hit]:
    if not (principal.has_perm("sales.view_customer") and rights.sees_customers(principal)):
        return
    customers = customers_visible_to(principal).order_by()
    parts = [customers.filter(code__iexact=term)]
    if len(term) >= TRIGRAM:
        parts += [customers.filter(name__icontains=term), customers.filter(email__icontains=term)]
    first, *others = [part[:MOST] for part in parts]
    hits = _hits(_("Customer"), "sales_customer", first.union(*others) if others else first)
    yield from list(hits)[:MOST]


def _people(principal: Any, term: str) -> Iterator[Hit]:
    if not (principal.has_perm("access.view_user") and scope_of(principal).all_stores):
        return
    people = User.objects.filter(
        Q(username__icontains=term) | Q(first_name__icontains=term) | Q(last_name__icontains=term)
    )
    yield from _hits(_("Person"), "access_user", people.order_by("username")[:MOST])
