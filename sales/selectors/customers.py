"""Customers, as far as one may know them."""

from datetime import date
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Lower

from epm.access.selectors import rights
from epm.access.selectors.scope import Principal, scope_of
from sales.models import Customer, Sale

SHORTEST_NAME: Final = 3
"""Letters by which an index finds a name."""


def customers_visible_to(principal: Principal) -> QuerySet[Customer]:
    """Customers who bought in a store in scope; all for the whole chain; none without the right."""
    customers = Customer.objects.order_by("code")
    if not rights.sees_customers(principal):
        return customers.none()
    scope = scope_of(principal)
    if scope.all_stores:
        return customers
    bought = Sale.objects.filter(scope.covers("store"), customer=OuterRef("pk"))
    return customers.filter(Exists(bought))


def customers_named(principal: Principal, *, text: str) -> QuerySet[Customer]:
    """Visible customers of this code, in any case, or with this in their name: three letters of it
    at least. Each by an index."""
    named = Q(folded=text.lower())
    if len(text) >= SHORTEST_NAME:
        named |= Q(name__icontains=text)
    customers = customers_visible_to(principal).order_by()
    return customers.annotate(folded=Lower("code")).filter(named)


def id_by_code(code: str) -> int | None:
    """The customer of this code, in any case."""
    return Customer.objects.filter(code__iexact=code).values_list("pk", flat=True).first()


def is_exempt(customer: Customer, on: date) -> bool:
    """Whether a customer pays no taxes on a day: has a number that holds through it."""
    until = customer.tax_exempt_until
    return bool(customer.tax_exempt_number) and (until is None or on <= until)


def exempt(customer_id: int, on: date) -> bool:
    """Whether the customer of this key pays no taxes on a day."""
    found = Customer.objects.only("tax_exempt_number", "tax_exempt_until").get(pk=customer_id)
    return is_exempt(found, on)
