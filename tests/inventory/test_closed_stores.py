"""Nothing is brought to a store that has closed; what it still has may leave."""

from datetime import UTC, date, datetime

import pytest
from django.db import transaction

from epm.organization.models import Store
from epm.organization.selectors.stores import has_closed
from inventory.models import PurchaseOrder, Transfer
from inventory.services import purchase_orders, transfers
from inventory.services.closed_stores import StoreClosed
from tests.factories import chain, purchasing
from tests.factories.chain import NOON
from tests.factories.stock import level, received
from tests.factories.transfers import drafted, shipped

pytestmark = pytest.mark.django_db
LONG_AGO = date(2024, 12, 31)


@pytest.fixture
def cup():
    return chain.product()


def closed(store):
    Store.objects.filter(pk=store.pk).update(closed_on=LONG_AGO)


def test_a_store_is_closed_once_its_last_day_is_over_where_it_is():
    tokyo = chain.store(timezone="Asia/Tokyo", closed_on=LONG_AGO)

    assert not has_closed(tokyo.pk, at=datetime(2024, 12, 31, 14, 59, tzinfo=UTC))
    assert has_closed(tokyo.pk, at=datetime(2024, 12, 31, 15, 0, tzinfo=UTC))


def test_no_transfer_to_it_is_drafted(store, cup):
    closed(store)

    with pytest.raises(StoreClosed), transaction.atomic():
        drafted(chain.store(), store, (cup, 2))
    assert not Transfer.objects.exists()


def test_no_draft_to_it_gets_ready(store, cup):
    source = chain.store()
    received(source, cup, 5, 1)
    draft = drafted(source, store, (cup, 2))
    closed(store)

    with pytest.raises(StoreClosed), transaction.atomic():
        transfers.ready(transfer_id=draft.pk)
    draft.refresh_from_db()
    assert (draft.state, level(source, cup).reserved) == ("draft", 0)


def test_what_it_still_has_leaves(store, cup):
    received(store, cup, 5, 1)
    closed(store)

    assert shipped(store, chain.store(), (cup, 5)).state == "in_transit"


def test_nothing_is_ordered_for_it(store, cup):
    approved = purchasing.draft(store, (cup, 2))
    boss = chain.person("director", whole_chain=True)
    purchase_orders.submit(order_id=approved.pk, by="anna")
    purchase_orders.approve(order_id=approved.pk, by=boss.username, approver=boss)
    closed(store)

    with pytest.raises(StoreClosed), transaction.atomic():
        purchasing.draft(store, (cup, 2))
    with pytest.raises(StoreClosed), transaction.atomic():
        purchase_orders.order(order_id=approved.pk, now=NOON)
    assert PurchaseOrder.objects.get().state == "approved"
