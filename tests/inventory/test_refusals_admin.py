"""What the database refuses is told in a sentence, never by the name of its law."""

import pytest

from epm.access.models import Role
from inventory.models import PriceList, PurchaseOrder, SupplierProduct
from tests.factories import chain, purchasing
from tests.inventory.test_purchase_admin import ORDERS, lines, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    return chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))


def test_a_list_that_ends_before_it_starts(client):
    answer = client.post(
        "/admin/inventory/pricelist/add/",
        {
            "code": "S", "name": "Sale", "kind": "promotion", "currency": "EUR",
            "starts_on": "2025-07-01", "ends_on": "2025-06-01",
            "items-TOTAL_FORMS": 0, "items-INITIAL_FORMS": 0,
            "items-2-TOTAL_FORMS": 0, "items-2-INITIAL_FORMS": 0,
        },
    )  # fmt: skip

    assert "The last day is not before the first." in text(answer)
    assert "price_list_ends_after_start" not in text(answer)
    assert not PriceList.objects.exists()


def test_a_cost_below_nothing(client):
    answer = client.post(
        f"{ORDERS}add/",
        {
            "supplier": purchasing.supplier().pk,
            "store": chain.store().pk,
            **lines({"product": chain.product().pk, "ordered": "7", "unit_cost": "-1"}),
        },
    )

    assert "A cost is not less than 0." in text(answer)
    assert "purchase_order_line_cost_not_negative" not in text(answer)
    assert not PurchaseOrder.objects.exists()


def test_an_empty_pack_in_a_row_of_another_page(client):
    seller = purchasing.supplier()

    answer = client.post(
        f"/admin/inventory/supplier/{seller.pk}/change/",
        {
            "code": seller.code, "name": seller.name, "currency": "EUR", "is_active": "on",
            "products-TOTAL_FORMS": 1, "products-INITIAL_FORMS": 0,
            "products-0-product": chain.product().pk, "products-0-pack_size": "0",
            "products-0-minimum_quantity": "0", "products-0-supplier": seller.pk,
        },
    )  # fmt: skip

    assert "A pack is more than 0." in text(answer)
    assert not SupplierProduct.objects.exists()
