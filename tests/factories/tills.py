"""Registers with an open session, and baskets to sell on them."""

import hashlib
import importlib
import json
import uuid
from datetime import timedelta
from decimal import Decimal

from django.apps import apps
from django.utils import timezone

from epm.platform.actor import acting_as
from inventory.models import MovementKind
from inventory.services import movements
from inventory.services.movements import Document, Move
from sales.models import (
    CashRegister,
    RegisterChain,
    RegisterSession,
    TaxRate,
    TaxRegime,
    TenderKind,
    TillLimit,
)
from sales.services.till import recording
from sales.services.till.basket import Basket, Paid, Returned, Sold
from tests.factories import chain


def seeded():
    """What migrations have put in, and the test of a race has emptied behind itself."""
    if not TaxRate.objects.exists():
        importlib.import_module("sales.migrations.0005_french_vat").add(apps, None)
    if not TaxRegime.objects.exists():
        importlib.import_module("sales.migrations.0011_tax_regimes").add(apps, None)
    if not TillLimit.objects.exists():
        importlib.import_module("sales.migrations.0010_tills").add(apps, None)


def register(*, store=None, opened=True, **fields):
    """A register of a store with French VAT, open since an hour ago."""
    seeded()
    store = store or chain.store(vat_regime="FR")
    made = CashRegister.objects.create(store=store, **{"code": "T1", **fields})
    if opened:
        session = RegisterSession.objects.create(
            register=made,
            store=store,
            business_date=(timezone.now() - timedelta(hours=1)).date(),
            opened_at=timezone.now() - timedelta(hours=1),
        )
        RegisterChain.objects.filter(register=made).update(session=session)
    return made


def stocked(register, product, quantity=100, unit_cost="5"):
    """So much of a product on hand in the store of a register."""
    with acting_as("stock"):
        movements.post(
            posting=uuid.uuid4(),
            kind=MovementKind.RECEIPT,
            moves=[
                Move(register.store_id, product.pk, Decimal(quantity), unit_cost=Decimal(unit_cost))
            ],
            document=Document(),
            at=timezone.now() - timedelta(days=1),
        )
    return product


def basket(register, lines, tenders=None, **fields):
    """`lines`: (product, quantity) or what a basket holds; paid by card unless told."""
    made = [
        Sold(line[0].pk, Decimal(line[1])) if isinstance(line, tuple) else line for line in lines
    ]
    key = fields.pop("uuid", None) or uuid.uuid4()
    return Basket(
        uuid=key,
        digest=fields.pop("digest", None) or hashlib.sha256(str(key).encode()).digest(),
        register_id=register.pk,
        lines=made,
        tenders=[
            paid if isinstance(paid, Paid) else Paid(TenderKind(paid[0]), Decimal(paid[1]))
            for paid in tenders or ()
        ],
        sold_at=fields.pop("sold_at", None) or timezone.now(),
        role=fields.pop("role", "cashier"),
        **fields,
    )


def reckoned(register, lines, **fields):
    """What they come to, however they are paid."""
    return recording.reckon(
        basket=basket(register, lines, **fields), now=timezone.now(), unpaid=True
    )


def sell(register, lines, tenders, **fields):
    """A ticket, recorded."""
    with acting_as("cashier"):
        return recording.record(
            basket=basket(register, lines, tenders, **fields), now=timezone.now()
        )


def back(sale_id, line_no, quantity, **fields):
    return Returned(sale_id, line_no, Decimal(quantity), **fields)


class Client:
    """A till that speaks to the API with a key of its own."""

    def __init__(self, client):
        self.client = client

    def post(self, to, body, *, key=None):
        return self.client.post(
            to,
            json.dumps(body),
            content_type="application/json",
            headers={"idempotency-key": key or f"key-{uuid.uuid4()}"},
        )


def client(*stores, scopes=("read", "tills:write")):
    return Client(chain.api_client(scopes=scopes, stores=stores))
