"""Pieces are whole; what is weighed is not."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from inventory.models import (
    MovementKind,
    PurchaseOrder,
    StockAdjustment,
    Supplier,
    SupplierProduct,
    Transfer,
    UnitOfMeasure,
)
from inventory.services import adjustments, purchase_orders, transfers
from inventory.services.adjustments import Act, Amount
from inventory.services.purchase_orders import Wanted
from inventory.services.transfers import Planned
from inventory.services.whole import NotWhole, refuse_fractions
from tests.factories import chain, stock
from tests.factories.chain import NOON

pytestmark = pytest.mark.django_db
HALF = Decimal("1.5")


def act(store):
    return Act(store.pk, uuid4(), "ann", NOON + timedelta(days=1), "counted")


def test_whole_numbers_ask_the_database_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        refuse_fractions(quantities=[(1, Decimal(3)), (2, Decimal("-4.000"))])


def test_half_a_piece_is_neither_adjusted_sent_nor_ordered():
    store, other, bread = chain.store(), chain.store(), chain.product(sku="BREAD")
    stock.received(store, bread, 10)
    mill = Supplier.objects.create(code="MILL", name="The mill")
    SupplierProduct.objects.create(supplier=mill, product=bread)

    with pytest.raises(NotWhole) as refused:
        adjustments.adjust(act=act(store), lines=[Amount(bread.pk, -HALF)])
    with pytest.raises(NotWhole):
        adjustments.scrap(act=act(store), cause=MovementKind.DAMAGE, lines=[Amount(bread.pk, HALF)])
    with pytest.raises(NotWhole):
        transfers.create(
            key=uuid4(), source_id=store.pk, destination_id=other.pk,
            lines=[Planned(bread.pk, HALF)],
        )  # fmt: skip
    with pytest.raises(NotWhole):
        purchase_orders.create(
            supplier_id=mill.pk, store_id=store.pk, lines=[Wanted(bread.pk, HALF)], by="ann",
            now=NOON,
        )  # fmt: skip

    assert refused.value.facts["lines"] == [
        {"product": bread.pk, "sku": "BREAD", "quantity": "-1.5"}
    ]
    assert stock.level(store, bread).on_hand == 10
    assert not StockAdjustment.objects.exists()
    assert not Transfer.objects.exists()
    assert not PurchaseOrder.objects.exists()


def test_what_a_file_said_of_pieces_can_be_put_right():
    """The adjustment that was booked before is reversed as it was."""
    store, flour = chain.store(), chain.product(unit=UnitOfMeasure.KILOGRAM)
    stock.received(store, flour, 10)
    wrong = adjustments.adjust(act=act(store), lines=[Amount(flour.pk, HALF)])
    flour.unit = UnitOfMeasure.PIECE
    flour.save()

    adjustments.reverse(
        adjustment_id=wrong.pk, posting=uuid4(), by="ann", at=NOON + timedelta(days=2), note="no"
    )

    assert stock.level(store, flour).on_hand == 10
