"""Suppliers and how they sell our products."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from epm.platform.models import Change
from inventory.models import SupplierProduct
from inventory.selectors import suppliers
from tests.factories import chain, purchasing

pytestmark = pytest.mark.django_db
D = Decimal


def offer(seller, product):
    return suppliers.offers(supplier_id=seller.pk, product_ids=[product.pk])[product.pk]


@pytest.mark.parametrize(
    ("pack", "minimum", "wanted", "possible"),
    [(1, 0, 1, 1), (6, 0, 7, 12), (6, 20, 3, 24), (6, 12, 12, 12), ("0.5", 0, "0.7", 1)],
)
def test_what_can_be_ordered_is_whole_packs_of_at_least_the_minimum(
    pack, minimum, wanted, possible
):
    seller, bread = purchasing.supplier(), chain.product()
    purchasing.supplied(seller, bread, pack_size=pack, minimum_quantity=minimum)

    assert offer(seller, bread).orderable(D(str(wanted))) == possible


def test_a_price_break_is_reached_with_its_quantity():
    seller, bread = purchasing.supplier(), chain.product()
    purchasing.supplied(seller, bread, price="2.50", breaks=[(100, "2.10"), (10, "2.40")])

    prices = [offer(seller, bread).price_of(D(quantity)) for quantity in (1, 9, 10, 99, 100, 500)]

    assert prices == [D(text) for text in ("2.50", "2.50", "2.40", "2.40", "2.10", "2.10")]


def test_the_lead_time_of_the_product_goes_before_the_suppliers():
    seller = purchasing.supplier(lead_time_days=7)
    bread, milk, salt = (chain.product() for _ in range(3))
    purchasing.supplied(seller, bread, lead_time_days=2)
    purchasing.supplied(seller, milk)

    assert [offer(seller, each).lead_time_days for each in (bread, milk, salt)] == [2, 7, 7]


def test_what_is_not_on_the_list_is_sold_singly_at_a_price_nobody_knows():
    seller = purchasing.supplier()
    piece, weighed = chain.product(), chain.product(unit="kg")

    assert (offer(seller, piece).pack_size, offer(seller, piece).price_of(D(1))) == (1, None)
    assert offer(seller, weighed).orderable(D("0.125")) == D("0.125")


def test_a_product_has_one_preferred_supplier():
    bread = chain.product()
    purchasing.supplied(purchasing.supplier(), bread, is_preferred=True)
    purchasing.supplied(purchasing.supplier(), bread)

    with (
        pytest.raises(IntegrityError, match="supplier_product_one_preferred"),
        transaction.atomic(),
    ):
        purchasing.supplied(purchasing.supplier(), bread, is_preferred=True)
    assert SupplierProduct.objects.filter(product=bread, is_preferred=True).count() == 1


@pytest.mark.parametrize(
    ("fields", "law"),
    [
        ({"pack_size": 0}, "supplier_product_pack_positive"),
        ({"minimum_quantity": -1}, "supplier_product_minimum_not_negative"),
        ({"price": -1}, "supplier_product_price_not_negative"),
        ({"breaks": [(0, 1)]}, "price_break_positive"),
    ],
)
def test_what_makes_no_sense_is_refused_by_the_database(fields, law):
    with pytest.raises(IntegrityError, match=law), transaction.atomic():
        purchasing.supplied(purchasing.supplier(), chain.product(), **fields)
    assert SupplierProduct.objects.count() == 0


def test_what_a_supplier_asks_keeps_its_history_as_part_of_the_supplier():
    seller = purchasing.supplier()
    row = purchasing.supplied(seller, chain.product(), price=2)
    SupplierProduct.objects.filter(pk=row.pk).update(price=D(3))

    last = Change.objects.filter(subject="inventory_supplierproduct").latest("pk")
    assert (last.whole_id, last.before["price"], last.after["price"]) == (seller.pk, 2, 3)
