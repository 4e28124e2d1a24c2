"""A chain in small: each factory states the least, and takes the rest by keyword."""

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db import connection
from django.test import Client
from model_bakery import baker

from epm.access.models import Role, ScopeKind, StoreScope, User
from epm.access.services import api_keys
from epm.organization.models import Region, Store
from epm.platform.ids import uuid7
from inventory.models import Category, PriceList, PriceListItem, Product
from sales.models import Sale, SaleLine, Tender

NOON = datetime(2025, 3, 31, 12, 0, tzinfo=UTC)
_numbers = itertools.count(1)


def region(**fields):
    number = next(_numbers)
    return baker.make(Region, **{"code": f"R{number}", "name": f"Region {number}", **fields})


def store(**fields):
    number = next(_numbers)
    return baker.make(
        Store,
        **{
            "code": f"S{number}",
            "name": f"Store {number}",
            "timezone": "Europe/Paris",
            "currency": "EUR",
            **fields,
        },
    )


def category(**fields):
    number = next(_numbers)
    return baker.make(Category, **{"code": f"C{number}", "name": f"Category {number}", **fields})


def product(**fields):
    number = next(_numbers)
    return baker.make(
        Product,
        **{
            "sku": f"SKU-{number}",
            "name": f"Product {number}",
            "sale_price": Decimal("12.00"),
            "purchase_price": Decimal("5.50"),
            **fields,
        },
    )


def price_list(prices=(), **fields):
    """A list of the whole chain from NOON's day on; `prices` by product, tax included."""
    number = next(_numbers)
    made = baker.make(
        PriceList,
        **{
            "code": f"L{number}",
            "name": f"List {number}",
            "store": None,
            "currency": "EUR",
            "starts_on": NOON.date(),
            **fields,
        },
    )
    for priced, price in dict(prices).items():
        PriceListItem.objects.create(price_list=made, product=priced, price=Decimal(price))
    return made


def sale(*, at=NOON, lines=(), tenders=(), store, **fields):
    """A sale of `lines`: dictionaries with product, quantity, net_ttc, maybe tax_rate (20 %)."""
    made = [_amounts(line) for line in lines]
    ticket = Sale.objects.create(
        id=uuid7(at=at),
        store=store,
        sold_at=at,
        currency=store.currency,
        **{
            "business_date": at.date(),
            "total_ttc": sum((line["net_ttc"] for line in made), Decimal(0)),
            "total_ht": sum((line["net_ht"] for line in made), Decimal(0)),
            "total_vat": sum((line["vat"] for line in made), Decimal(0)),
            **fields,
        },
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT sales_ensure_month(%s)", [at])
    for number, line in enumerate(made, 1):
        SaleLine.objects.create(
            id=uuid7(at=at),
            sale=ticket,
            line_no=number,
            store=store,
            sold_at=at,
            business_date=ticket.business_date,
            category=getattr(line["product"], "category", None),
            **line,
        )
    for kind, amount in tenders:
        Tender.objects.create(id=uuid7(at=at), sale=ticket, kind=kind, amount=amount)
    return ticket


def _amounts(line):
    rate = Decimal(line.get("tax_rate", "0.2"))
    ttc = Decimal(line["net_ttc"])
    vat = (ttc * rate / (1 + rate)).quantize(Decimal("0.01"))
    return {
        "gross_ttc": ttc,
        "unit_cost": None,
        **line,
        "quantity": Decimal(line.get("quantity", 1)),
        "net_ttc": ttc,
        "net_ht": ttc - vat,
        "vat": vat,
        "tax_rate": rate,
    }


def person(role=Role.MANAGER, *, stores=(), regions=(), whole_chain=False, **fields):
    number = next(_numbers)
    user = User.objects.create(username=f"{role}{number}", role=role, is_staff=True, **fields)
    for one in stores:
        StoreScope.objects.create(user=user, kind=ScopeKind.STORE, store=one)
    for one in regions:
        StoreScope.objects.create(user=user, kind=ScopeKind.REGION, region=one)
    if whole_chain:
        StoreScope.objects.create(user=user, kind=ScopeKind.CHAIN)
    return user


def signed_in(user):
    """A browser in which `user` has signed in."""
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def api_key(*, scopes=("read",), stores=(), expires_in=timedelta(days=1), now=NOON):
    """A key's row and its text; for the whole chain unless stores are given."""
    return api_keys.create(
        name="till",
        scopes=scopes,
        stores=[one.code for one in stores],
        whole_chain=not stores,
        expires_at=now + expires_in if expires_in else None,
        by=None,
    )


def api_client(*, scopes=("read",), stores=()):
    """A machine with a key that does not expire."""
    _row, text = api_key(scopes=scopes, stores=stores, expires_in=None)
    return Client(headers={"apikey": text}, raise_request_exception=False)
