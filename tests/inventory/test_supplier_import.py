"""Suppliers and their lists come in by file."""

from decimal import Decimal

import pytest

from inventory.models import Supplier, SupplierProduct
from tests.factories import chain, purchasing
from tests.imports_support import reasons

pytestmark = pytest.mark.django_db
D = Decimal


def rows_of(run):
    return run.account["rows"]


def test_suppliers_are_made_changed_where_the_file_says_so_and_else_left(imported):
    text = (
        "code,name,currency,lead_time_days,email\nMILL,The mill,USD,3,hi@mill.example\nFARM,,,,\n"
    )

    first = imported("suppliers", text)
    again = imported("suppliers", text)
    changed = imported("suppliers", "code,lead_time_days\nmill,5\n")

    assert rows_of(first) == {"read": 2, "applied": 2, "unchanged": 0, "quarantined": 0}
    assert rows_of(again)["unchanged"] == 2
    assert rows_of(imported("suppliers", "code\nmill\n"))["unchanged"] == 1
    assert rows_of(changed)["applied"] == 1
    rows = Supplier.objects.order_by("code").values_list(
        "code", "name", "currency", "lead_time_days", "email", "is_active"
    )
    assert list(rows) == [
        ("FARM", "FARM", "EUR", None, "", True),
        ("MILL", "The mill", "USD", 5, "hi@mill.example", True),
    ]


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("currency", "euro", "unknown-value"),
        ("lead_time_days", "-1", "out-of-range"),
        ("lead_time_days", "soon", "not-a-integer"),
        ("email", "mill", "not-an-e-mail"),
    ],
)
def test_a_supplier_with_a_fault_waits_in_quarantine(imported, column, value, reason):
    run = imported("suppliers", f"code,{column}\nMILL,{value}\n")

    assert [found[1] for found in reasons(run)] == [reason]
    assert Supplier.objects.count() == 0


def test_what_a_supplier_sells_is_made_and_changed_by_its_code_and_our_sku(imported):
    seller, bread = purchasing.supplier(code="MILL"), chain.product(sku="BREAD")
    text = "supplier,sku,supplier_sku,pack_size,minimum_quantity,unit_price,lead_time_days\n"

    first = imported("supplier_products", text + "mill,bread,BR-6,6,12,2.10,2\n")
    again = imported("supplier_products", text + "mill,bread,BR-6,6,12,2.10,2\n")
    changed = imported("supplier_products", "supplier,sku,unit_price\nMILL,BREAD,\n")

    assert rows_of(first) == {"read": 1, "applied": 1, "unchanged": 0, "quarantined": 0}
    assert rows_of(again)["unchanged"] == 1
    assert rows_of(changed)["applied"] == 1
    row = SupplierProduct.objects.get()
    assert (row.supplier, row.product, row.supplier_sku) == (seller, bread, "BR-6")
    assert (row.pack_size, row.minimum_quantity, row.price, row.lead_time_days) == (6, 12, None, 2)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"supplier": "NOBODY"}, "unknown-supplier"),
        ({"sku": "NOTHING"}, "unknown-product"),
        ({"pack_size": "0"}, "out-of-range"),
        ({"minimum_quantity": "-1"}, "out-of-range"),
        ({"unit_price": "-1"}, "out-of-range"),
        ({"pack_size": "1.0005"}, "too-many-decimals"),
        ({"unit_price": "1.0000005"}, "too-many-decimals"),
    ],
)
def test_a_product_of_a_supplier_with_a_fault_waits_in_quarantine(imported, changed, reason):
    purchasing.supplier(code="MILL")
    chain.product(sku="BREAD")
    row = {"supplier": "MILL", "sku": "BREAD"} | changed

    run = imported("supplier_products", f"{','.join(row)}\n{','.join(row.values())}\n")

    assert [found[1] for found in reasons(run)] == [reason]
    assert SupplierProduct.objects.count() == 0
