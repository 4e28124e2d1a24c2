"""Tickets in small: what a till's service hands to sales_record_ticket, and the call of it."""

import itertools
import json
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from model_bakery import baker

from epm.platform.ids import uuid7
from inventory.selectors.prices import business_day
from sales.models import CashRegister, Ticket
from sales.services import sessions
from tests.factories import chain
from tests.factories.chain import NOON

_numbers = itertools.count(1)
CENT = Decimal("0.01")
DISCOUNTS = ("discount_shelf", "discount_loyalty", "discount_coupon", "discount_manual")


def register(store=None, **fields):
    return baker.make(
        CashRegister,
        **{"store": store or chain.store(), "code": f"T{next(_numbers)}", "name": "", **fields},
    )


def opened(till, *, at=NOON - timedelta(hours=4), opening_float=0, by=None):
    """A session of `till`, since 8:00 UTC."""
    return sessions.open_session(
        register_id=till.pk, opening_float=Decimal(opening_float), by=by, now=at
    )


def doc(till, *lines, at=NOON, tenders=None, offline=False, business_date=None, **more):
    """What a till sold: each line an amount incl. tax, or a dictionary that has `net_ttc`.

    Paid in cash unless told: `tenders` are (kind, amount). 20 % VAT unless a line says `tax_rate`.
    """
    made = [_line(number, line) for number, line in enumerate(lines, 1)]
    total = {
        name: sum((line[name] for line in made), Decimal(0))
        for name in ("net_ttc", "net_ht", "vat")
    }
    paid = [("cash", total["net_ttc"])] if tenders is None else tenders
    goods = [line for line in made if line["kind"] == "item"]
    return {
        "uuid": str(more.pop("uuid", uuid4())),
        "digest": "00" * 32,
        "offline": offline,
        "sale": {
            "id": str(uuid7(at=at)),
            "store_id": till.store_id,
            "register_id": till.pk,
            "sold_at": at,
            "business_date": business_date or business_day(till.store, at=at),
            "currency": till.store.currency,
            "total_ttc": total["net_ttc"],
            "total_ht": total["net_ht"],
            "total_vat": total["vat"],
            "is_pure_return": bool(goods) and all(line["quantity"] < 0 for line in goods),
        },
        "lines": made,
        "tenders": [
            {"line_no": number, "kind": kind, "amount": Decimal(amount)}
            for number, (kind, amount) in enumerate(paid, 1)
        ],
        "taxes": _taxes(made),
        **more,
    }


def record(document):
    """The call itself, and what it says by name."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM sales_record_ticket(%s::jsonb)",
            [json.dumps(document, cls=DjangoJSONEncoder)],
        )
        return dict(zip([each.name for each in cursor.description], cursor.fetchone(), strict=True))


def ticket(till, *lines, **how):
    """A ticket in the ledger; see `doc`."""
    return Ticket.objects.get(pk=record(doc(till, *lines, **how))["sale"])


def _line(number, line):
    told = line if isinstance(line, dict) else {"net_ttc": line}
    ttc, rate = Decimal(told["net_ttc"]), Decimal(told.get("tax_rate", "0.2"))
    vat = (ttc * rate / (1 + rate)).quantize(CENT)
    kind = told.get("kind", "item")
    product = told.get("product") or (chain.product() if kind in ("item", "fee") else None)
    off = {name: Decimal(told.get(name, 0)) for name in DISCOUNTS}
    return {
        "line_no": number,
        "kind": kind,
        "is_piece": True,
        "unit_price": None,
        "product_id": product and product.pk,
        "category_id": product and product.category_id,
        "gross_ttc": ttc + sum(off.values()),
        **{name: said for name, said in told.items() if name != "product"},
        **off,
        "quantity": Decimal(told.get("quantity", -1 if ttc < 0 else 1)),
        "net_ttc": ttc,
        "net_ht": ttc - vat,
        "vat": vat,
        "tax_rate": rate,
    }


def _taxes(lines):
    sums = {}
    for line in lines:
        base, amount = sums.get(line["tax_rate"], (0, 0))
        sums[line["tax_rate"]] = base + line["net_ht"], amount + line["vat"]
    return [
        {"tax": "VAT", "rate": rate, "base": base, "amount": amount}
        for rate, (base, amount) in sorted(sums.items())
    ]
