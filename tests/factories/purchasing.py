"""Purchasing in small: a supplier, what it sells, an order in any state."""

import itertools
from decimal import Decimal
from uuid import uuid4

from model_bakery import baker

from epm.access.models import Role, User
from inventory.models import PriceBreak, PurchaseOrder, Supplier, SupplierProduct
from inventory.services import purchase_orders, purchase_receipts
from inventory.services.purchase_orders import Terms, Wanted
from inventory.services.purchase_receipts import Delivered, Delivery
from inventory.states import PURCHASE_ORDER, PurchaseOrderState
from tests.factories import chain
from tests.factories.chain import NOON
from tests.inventory import machines

DIRECTOR = "dora"


def supplier(**fields):
    number = next(_numbers)
    return baker.make(
        Supplier,
        **{"code": f"SUP{number}", "name": f"Supplier {number}", "currency": "EUR", **fields},
    )


_numbers = itertools.count(1)


def supplied(seller, product, *, breaks=(), **fields):
    """What `seller` asks for a product; `breaks` are (from quantity, price)."""
    row = SupplierProduct.objects.create(supplier=seller, product=product, **_decimals(fields))
    for start, price in breaks:
        PriceBreak.objects.create(
            supplied=row, from_quantity=Decimal(str(start)), price=Decimal(str(price))
        )
    return row


def _decimals(fields):
    numbers = ("pack_size", "minimum_quantity", "price")
    return {
        name: Decimal(str(value)) if name in numbers and value is not None else value
        for name, value in fields.items()
    }


def draft(store, *lines, seller=None, by="anna", round_up=False, **terms):
    """An order of (product, quantity[, unit cost]) lines."""
    return purchase_orders.create(
        supplier_id=(seller or supplier()).pk,
        store_id=store.pk,
        lines=[wanted(*line) for line in lines],
        by=by,
        now=NOON,
        terms=Terms(**terms),
        round_up=round_up,
    )


def wanted(product, quantity, unit_cost=None):
    cost = None if unit_cost is None else Decimal(str(unit_cost))
    return Wanted(product.pk, Decimal(str(quantity)), cost)


def ordered(store, *lines, now=NOON, **how):
    """The same, as the supplier has it."""
    order = draft(store, *lines, **how)
    boss = chain.person("director", whole_chain=True)
    purchase_orders.submit(order_id=order.pk, by="anna")
    purchase_orders.approve(order_id=order.pk, by=boss.username, approver=boss)
    return purchase_orders.order(order_id=order.pk, now=now)


def receive(
    order, *came, key=None, now=NOON, by="rita", receiver=None, more_than_ordered=True, **papers
):
    """Receive (product, accepted[, rejected, reason[, weight]]) of an order, as a director."""
    return purchase_receipts.receive(
        order_id=order.pk,
        key=key or uuid4(),
        lines=[_delivered(order, *each) for each in came],
        by=by,
        now=now,
        receiver=receiver or User(role=Role.DIRECTOR),
        more_than_ordered=more_than_ordered,
        delivery=Delivery(**_charges(papers)),
    )


def _delivered(order, product, accepted, rejected=0, reason="", weight=None):
    return Delivered(
        line_id=order.lines.get(product=product).pk,
        accepted=Decimal(str(accepted)),
        rejected=Decimal(str(rejected)),
        reason=reason,
        weight_kg=None if weight is None else Decimal(str(weight)),
    )


def _charges(papers):
    return {
        name: Decimal(str(value)) if name in ("freight", "duty") else value
        for name, value in papers.items()
    }


def walked(order, *, to):
    """The order, taken to that state by bare transitions, and ordered at noon on the way."""
    PurchaseOrder.objects.filter(pk=order.pk).update(ordered_at=NOON)
    order.refresh_from_db()
    return machines.walked(PURCHASE_ORDER, order, to=PurchaseOrderState(to))
