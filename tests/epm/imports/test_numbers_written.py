"""A mark between thousands stands there, or the text is no number: never 12.50 as 1250."""

from decimal import Decimal

import pytest
from django.db import connection
from model_bakery import baker
from psycopg import sql

from epm.imports import expressions
from epm.imports.mapping import Format
from epm.organization.models import Store
from inventory.models import Product
from sales.models import Sale

pytestmark = pytest.mark.django_db

COMMA = Format(decimal_mark=",", thousands=".", strip="€")
SPACE = Format(decimal_mark=",", thousands=" ", strip="€")
SWISS = Format(thousands="'’")
POINT = Format(thousands=",", strip="$")
HEADER = "ticket;store;sold_at;product;quantity;amount"


def read(text, fmt):
    asked = sql.SQL("SELECT {}").format(
        expressions.number(sql.SQL("{}::text").format(sql.Literal(text)), fmt=fmt)
    )
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("text", "fmt", "value"),
    [
        ("1.234,50", COMMA, "1234.50"),
        ("-1.234.567,5", COMMA, "-1234567.5"),
        ("+1.234", COMMA, "1234"),
        ("12,50", COMMA, "12.50"),
        ("1234,50", COMMA, "1234.50"),
        (",5", COMMA, "0.5"),
        ("1E3", COMMA, "1000"),
        ("€ 1.234,50", COMMA, "1234.50"),
        ("-€ 1.234,50", COMMA, "-1234.50"),
        ("12.50", COMMA, None),
        ("12.50 €", COMMA, None),
        ("1.2.3.4", COMMA, None),
        ("1234.567", COMMA, None),
        ("1.234.56", COMMA, None),
        ("1.23,50", COMMA, None),
        (".123", COMMA, None),
        ("1.", COMMA, None),
        ("1..234", COMMA, None),
        ("1,234.567", COMMA, None),
        ("1,5.000", COMMA, None),
        ("1.234E3", COMMA, None),
        ("1,5,0", COMMA, None),
        ("1€50", COMMA, None),
        ("1 002,50 €", SPACE, "1002.50"),
        ("1\u00a0002\u202f003,50\u00a0€", SPACE, "1002003.50"),
        ("- 1 002", SPACE, "-1002"),
        ("12 50", SPACE, None),
        ("1 2", SPACE, None),
        ("12,50 0", SPACE, None),
        ("1'234’567.5", SWISS, "1234567.5"),
        ("12'50", SWISS, None),
        ("$1,234.50", POINT, "1234.50"),
        ("12,50", POINT, None),
        ("12.50", POINT, "12.50"),
        ("€", COMMA, None),
    ],
)
def test_a_number_is_read_as_written_or_not_at_all(text, fmt, value):
    assert read(text, fmt) == (None if value is None else Decimal(value))


@pytest.mark.parametrize("dry_run", [True, False])
def test_money_with_a_misplaced_mark_waits_in_quarantine(imported, dry_run):
    baker.make(Store, code="N1", timezone="Europe/Paris", currency="EUR", vat_regime="none")
    baker.make(Product, sku="PEN", unit="piece", sale_price=Decimal("9.99"))
    amounts = ["1.234,50", "12.50", "1.2.3.4", "7,25"]
    rows = [f"T{n};N1;2024-03-05;PEN;1;{amount}" for n, amount in enumerate(amounts)]

    run = imported(
        "sales", "\n".join([HEADER, *rows, ""]), dry_run=dry_run,
        columns={name: name for name in HEADER.split(";")},
        format={"decimal_mark": ",", "thousands": "."},
    )  # fmt: skip

    assert run.account["reasons"] == {"not-a-number": 2}
    assert run.account["notes"]["amounts_not_known"] == 2
    if dry_run:
        assert run.account["rows"] == {
            "read": 4, "new": 2, "changed": 0, "unchanged": 0, "refused": 2
        }  # fmt: skip
        assert not Sale.objects.exists()
        return
    assert run.account["rows"] == {"read": 4, "applied": 2, "unchanged": 0, "quarantined": 2}
    assert run.account["money"] == {
        "read": "1241.75", "applied": "1241.75", "unchanged": "0", "quarantined": "0"
    }  # fmt: skip
    assert list(run.quarantine.order_by("line_number").values_list("line_number", "amount")) == [
        (3, None), (4, None)
    ]  # fmt: skip


def test_a_price_with_a_misplaced_mark_changes_no_product(imported):
    baker.make(Product, sku="PEN", unit="piece", sale_price=Decimal("9.99"))

    run = imported(
        "products", "sku;sale_price\nPEN;12.50\n",
        columns={name: name for name in ("sku", "sale_price")},
        format={"decimal_mark": ",", "thousands": "."},
    )  # fmt: skip

    assert run.account["reasons"] == {"not-a-number": 1}
    assert Product.objects.get(sku="PEN").sale_price == Decimal("9.99")
