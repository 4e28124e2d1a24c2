"""What rows are called names goods and stores as people know them, never by numbers of ours."""

import pytest

from inventory.models import StockAlert, StockMovement
from tests.factories import chain, purchasing
from tests.factories.chain import NOON
from tests.factories.stock import received

pytestmark = pytest.mark.django_db


def test_goods_and_stores_are_called_by_sku_and_code():
    store, bread = chain.store(code="LYON"), chain.product(sku="BREAD")
    received(store, bread, 10, 1)
    seller = purchasing.supplier(code="ACME")
    alert = StockAlert(store=store, product=bread, kind="low", opened_at=NOON, available=1)

    assert str(purchasing.supplied(seller, bread, supplier_sku="4912")) == "BREAD @ ACME"
    assert str(purchasing.draft(store, (bread, 24)).lines.get()) == "24 × BREAD"
    assert str(StockMovement.objects.get()) == "BREAD @ LYON #1: 10"
    assert str(alert) == "Low · BREAD @ LYON"
