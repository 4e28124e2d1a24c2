"""An amount that cannot be read is not known: no other number of its row stands in for it."""

from decimal import Decimal

import pytest
from model_bakery import baker

from epm.organization.models import Store
from inventory.models import Product

pytestmark = pytest.mark.django_db

HEADER = "ticket;store;sold_at;product;quantity;amount;gross;unit_price;discount_shelf"
NOT_KNOWN = None


@pytest.fixture(autouse=True)
def _shop():
    baker.make(Store, code="N1", timezone="Europe/Paris", currency="EUR", vat_regime="none")
    baker.make(Product, sku="PEN", unit="piece", sale_price=Decimal("9.99"))


def imported_rows(imported, *rows, **more):
    text = "\n".join([HEADER, *(f"T{n};N1;2024-03-05;PEN;{row}" for n, row in enumerate(rows))])
    return imported("sales", f"{text}\n", columns={n: n for n in HEADER.split(";")},
                    format={"decimal_mark": ","}, **more)  # fmt: skip


@pytest.mark.parametrize(
    ("row", "money"),
    [
        ("1;1 002,50;;2,50;", NOT_KNOWN),  # as the row says: not 2.50
        ("1;;1 002,50;2,50;", NOT_KNOWN),
        ("1;;;1 002,50;", NOT_KNOWN),  # nor the product's own price
        ("1;;10,00;;1 000", NOT_KNOWN),
        ("one;;;2,50;", NOT_KNOWN),
        ("one;2,50;;;", Decimal("2.50")),  # this one can be read
        ("one;2,50;x;x;x", Decimal("2.50")),
    ],
)
def test_of_a_row_that_cannot_be_read(imported, row, money):
    run = imported_rows(imported, "1;5,00;;;", row, options={"price_from_product": "true"})

    assert run.account["reasons"] == {"not-a-number": 1}
    assert run.quarantine.get().amount == money
    assert run.account["money"] == {
        "read": str(Decimal("5.00") + (money or 0)),
        "applied": "5.00",
        "unchanged": "0",
        "quarantined": str(money or 0),
    }
    assert run.account["notes"].get("amounts_not_known") == (1 if money is None else None)


def test_a_preview_says_it_too(imported):
    run = imported_rows(imported, "1;1 002,50;;2,50;", "1;many;;;", dry_run=True)

    assert run.account["money"] is None
    assert run.account["notes"]["amounts_not_known"] == 2


def test_master_data_have_no_amounts_to_miss(imported):
    run = imported("stores", "code,floor_area_m2\nA,many\n")

    assert run.account["reasons"] == {"not-a-number": 1}
    assert "amounts_not_known" not in run.account["notes"]
