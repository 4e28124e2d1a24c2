"""What suppliers deliver: short, too much, rejected, with freight; and how well they do."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from epm.access.models import Role
from epm.platform.invariants import examined
from epm.platform.transitions import InvalidTransition, changes_of
from inventory.models import ApprovalLimit, PurchaseReceipt, PurchaseReceiptLine, StockMovement
from inventory.selectors import purchase_orders as questions
from inventory.services import purchase_orders, purchase_receipts
from inventory.services.purchase_receipts import Delivered
from inventory.services.purchase_refusals import (
    ApprovalRefused,
    ChargesNotShared,
    DeliveryRefused,
    MoreThanOrdered,
)
from inventory.services.stock_refusals import PostingReused
from tests.concurrency import run_behind
from tests.factories import chain, purchasing, stock
from tests.factories.chain import NOON
from tests.factories.doctor import everything_holds

pytestmark = pytest.mark.django_db
D = Decimal


def state_of(order):
    order.refresh_from_db()
    return order.state


def counts(order):
    """(received, incoming, surplus) of each line."""
    return list(order.lines.order_by("pk").values_list("received", "incoming", "surplus"))


def test_a_delivery_that_comes_short_leaves_the_rest_to_come(store, bread, milk):
    order = purchasing.ordered(store, (bread, 10, 2), (milk, 5, "1.20"))

    receipt = purchasing.receive(order, (bread, 6), (milk, 5), note="BL-77", by="rita")

    assert state_of(order) == "partially_received"
    assert counts(order) == [(6, 4, 0), (5, 0, 0)]
    assert (receipt.delivery_note, receipt.received_by) == ("BL-77", "rita")
    level = stock.level(store, bread)
    assert (level.on_hand, level.value, level.average_cost) == (6, 12, 2)
    assert stock.ledger_of(store, milk) == [("receipt", 5, 5)]
    movement = StockMovement.objects.get(product=bread)
    assert (movement.document_kind, movement.document_ref) == ("purchase_order", order.number)
    assert movement.posting == receipt.key
    assert everything_holds()

    purchasing.receive(order, (bread, 4))
    assert (state_of(order), counts(order)) == ("received", [(10, 0, 0), (5, 0, 0)])
    assert [each.event for each in changes_of(order)][-2:] == ["receive", "receive"]
    assert everything_holds()


def test_what_comes_too_much_is_taken_and_told(store, bread, milk):
    order = purchasing.ordered(store, (bread, 10, 2), (milk, 5, 1))

    purchasing.receive(order, (bread, 12))
    assert (state_of(order), counts(order)) == ("partially_received", [(12, 0, 2), (0, 5, 0)])
    purchasing.receive(order, (milk, 5))

    assert state_of(order) == "over_received"
    assert stock.level(store, bread).on_hand == 12
    purchase_orders.close(order_id=order.pk)
    assert order.lines.first().surplus == 2


def test_a_late_parcel_of_a_complete_order_makes_it_too_much(store, bread):
    order = purchasing.ordered(store, (bread, 10, 2))
    purchasing.receive(order, (bread, 10))
    assert state_of(order) == "received"

    purchasing.receive(order, (bread, 1))

    assert (state_of(order), counts(order)) == ("over_received", [(11, 0, 1)])


@pytest.mark.parametrize(
    ("role", "cost", "came", "refusal"),
    [
        (Role.MANAGER, 10, 10, None),
        (Role.MANAGER, 10, 11, ApprovalRefused),
        (Role.MANAGER, None, 2, ApprovalRefused),
        (Role.REGIONAL, 10, 2, ApprovalRefused),
        (Role.DIRECTOR, None, 100_000, None),
        (None, 10, 2, ApprovalRefused),
    ],
)
def test_more_than_ordered_takes_a_yes_of_somebody_who_might_approve_it(
    store, bread, role, cost, came, refusal
):
    ApprovalLimit.objects.create(role=Role.MANAGER, currency="EUR", amount=D(100))
    receiver = chain.person(role, stores=[store]) if role else object()
    order = purchasing.ordered(store, (bread, 1, cost))

    with pytest.raises(MoreThanOrdered):
        purchasing.receive(order, (bread, came), receiver=receiver, more_than_ordered=False)
    assert counts(order) == [(0, 1, 0)]

    if refusal is None:
        purchasing.receive(order, (bread, came), receiver=receiver)
        assert counts(order) == [(came, 0, came - 1)]
    else:
        with pytest.raises(refusal):
            purchasing.receive(order, (bread, came), receiver=receiver)
        assert counts(order) == [(0, 1, 0)]
        assert PurchaseReceipt.objects.count() == StockMovement.objects.count() == 0


def test_what_is_rejected_never_reaches_the_shelf_and_is_still_to_come(store, bread):
    order = purchasing.ordered(store, (bread, 10, 2))

    receipt = purchasing.receive(order, (bread, 7, 3, "damaged"))

    assert (state_of(order), counts(order)) == ("partially_received", [(7, 3, 0)])
    assert stock.level(store, bread).on_hand == 7
    line = receipt.lines.get()
    assert (line.accepted, line.rejected, line.reason) == (7, 3, "damaged")


def test_a_delivery_rejected_as_a_whole_is_noted_and_can_still_be_called_off(store, bread):
    order = purchasing.ordered(store, (bread, 10, 2))

    purchasing.receive(order, (bread, 0, 10, "expired"))

    assert (state_of(order), counts(order)) == ("ordered", [(0, 10, 0)])
    assert StockMovement.objects.count() == 0
    purchase_orders.cancel(order_id=order.pk, reason="never again")
    assert counts(order) == [(0, 0, 0)]


def test_the_same_delivery_sent_twice_is_received_once(store, bread):
    order = purchasing.ordered(store, (bread, 10, 2))
    key = uuid4()

    first = purchasing.receive(order, (bread, 10), key=key)
    again = purchasing.receive(order, (bread, 10), key=key)

    assert (again, counts(order)) == (first, [(10, 0, 0)])
    with pytest.raises(PostingReused):
        purchasing.receive(order, (bread, 9), key=key)
    other = purchasing.ordered(store, (bread, 10, 2))
    with pytest.raises(PostingReused):
        purchasing.receive(other, (bread, 10), key=key)
    assert counts(other) == [(0, 10, 0)]
    assert stock.ledger_of(store, bread) == [("receipt", 10, 10)]


@pytest.mark.parametrize(
    "came",
    [(), (0,), (-1,), (10**9,), (1, 1, ""), (1, 1, "mood"), (1, 0, "damaged"), (1, 0, "", "-1")],
)
def test_a_delivery_that_makes_no_sense_is_refused_and_changes_nothing(store, bread, came):
    order = purchasing.ordered(store, (bread, 10, 2))

    with pytest.raises(DeliveryRefused):
        purchasing.receive(order, *([(bread, *came)] if came else []))

    assert (state_of(order), counts(order)) == ("ordered", [(0, 10, 0)])
    assert PurchaseReceipt.objects.count() == StockMovement.objects.count() == 0


def test_lines_of_another_order_or_twice_the_same_are_refused(store, bread, milk):
    order, other = (purchasing.ordered(store, (each, 10, 2)) for each in (bread, milk))
    with pytest.raises(DeliveryRefused):
        purchasing.receive(order, (bread, 1), (bread, 2))
    with pytest.raises(DeliveryRefused):
        purchase_receipts.receive(
            order_id=order.pk,
            key=uuid4(),
            lines=[Delivered(other.lines.get().pk, D(1))],
            by="rita",
            now=NOON,
            receiver=chain.person(Role.DIRECTOR, whole_chain=True),
        )
    receipt = purchasing.receive(order, (bread, 1))
    with pytest.raises(IntegrityError, match="is of another order"), transaction.atomic():
        PurchaseReceiptLine.objects.create(receipt=receipt, line=other.lines.get(), accepted=D(1))
    assert (counts(order), counts(other)) == ([(1, 9, 0)], [(0, 10, 0)])


def test_a_delivery_is_never_edited(store, bread):
    receipt = purchasing.receive(purchasing.ordered(store, (bread, 10, 2)), (bread, 1))

    for act in (
        lambda: PurchaseReceipt.objects.update(delivery_note="other"),
        lambda: PurchaseReceiptLine.objects.update(accepted=D(2)),
        lambda: PurchaseReceiptLine.objects.filter(receipt=receipt).delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            act()
    assert receipt.lines.get().accepted == 1


# --- landed cost -----------------------------------------------------------------------------


def landed(receipt):
    return list(receipt.lines.order_by("pk").values_list("charges", "unit_cost"))


def test_freight_and_duty_by_value_raise_the_cost_to_the_cent(store, bread, milk):
    order = purchasing.ordered(store, (bread, 10, 2), (milk, 10, 1))

    receipt = purchasing.receive(order, (bread, 10), (milk, 10), freight="9.00", duty="1.00")

    assert landed(receipt) == [(D("6.67"), D("2.667")), (D("3.33"), D("1.333"))]
    assert stock.level(store, bread).value + stock.level(store, milk).value == 40
    assert stock.level(store, bread).average_cost == D("2.667")


def test_charges_can_be_shared_by_quantity_or_by_weight(store, bread, milk):
    order = purchasing.ordered(store, (bread, 30, 2), (milk, 10, 9))

    by_quantity = purchasing.receive(
        order, (bread, 15), (milk, 5), freight="10", split_by="quantity"
    )
    by_weight = purchasing.receive(
        order, (bread, 15, 0, "", "2.5"), (milk, 5, 0, "", "7.5"), freight="10", split_by="weight"
    )

    assert [share for share, _cost in landed(by_quantity)] == [D("7.5"), D("2.5")]
    assert landed(by_weight) == [(D("2.5"), D("2.166667")), (D("7.5"), D("10.5"))]


def test_what_is_rejected_bears_no_freight(store, bread, milk):
    order = purchasing.ordered(store, (bread, 10, 2), (milk, 10, 1))

    receipt = purchasing.receive(order, (bread, 10), (milk, 0, 10, "wrong"), freight="5")

    assert landed(receipt) == [(D(5), D("2.5")), (D(0), None)]


def test_a_cost_nobody_knows_stays_unknown_with_freight_too(store, bread):
    order = purchasing.ordered(store, (bread, 10))

    receipt = purchasing.receive(order, (bread, 10), freight="5", split_by="quantity")

    assert landed(receipt) == [(D(5), None)]
    level = stock.level(store, bread)
    assert (level.on_hand, level.costed, level.average_cost) == (10, 0, None)


@pytest.mark.parametrize(
    ("came", "papers"),
    [
        ((10,), {"freight": 5}),  # by value, of a cost nobody knows
        ((10,), {"freight": 5, "split_by": "weight"}),
        ((0, 10, "damaged"), {"freight": 5, "split_by": "quantity"}),
        ((10,), {"freight": -1}),
        ((10,), {"freight": "0.001", "split_by": "quantity"}),
        ((10,), {"freight": "0.005", "duty": "0.005", "split_by": "quantity"}),
    ],
)
def test_charges_that_nothing_can_bear_are_refused_and_nothing_is_received(
    store, bread, came, papers
):
    order = purchasing.ordered(store, (bread, 10))

    with pytest.raises(ChargesNotShared):
        purchasing.receive(order, (bread, *came), **papers)

    assert (state_of(order), counts(order)) == ("ordered", [(0, 10, 0)])
    assert PurchaseReceipt.objects.count() == StockMovement.objects.count() == 0


def test_a_foreign_order_is_worth_its_rate_in_the_stores_currency(store, bread):
    order = purchasing.ordered(
        store,
        (bread, 10, "2.00"),
        seller=purchasing.supplier(currency="USD"),
        exchange_rate=D("0.92"),
    )

    receipt = purchasing.receive(order, (bread, 10), freight="1.60")

    assert landed(receipt) == [(D("1.6"), D("2.0"))]
    assert stock.level(store, bread).value == 20


def test_a_cost_beyond_what_stock_can_be_worth_is_refused(store, bread):
    order = purchasing.ordered(store, (bread, 10, "99999999999.99"))

    with pytest.raises(DeliveryRefused):
        purchasing.receive(order, (bread, 100))

    assert (state_of(order), StockMovement.objects.count()) == ("ordered", 0)


def test_the_average_moves_by_the_landed_cost(store, bread):
    stock.received(store, bread, 10, 1)

    purchasing.receive(purchasing.ordered(store, (bread, 10, 2)), (bread, 10), freight="10")

    level = stock.level(store, bread)
    assert (level.value, level.average_cost) == (40, 2)


# --- races -----------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_two_deliveries_at_once_both_count(store, bread):
    order = purchasing.ordered(store, (bread, 10, 2))

    second = run_behind(
        lambda: purchasing.receive(order, (bread, 6)),
        lambda: purchasing.receive(order, (bread, 6)),
    )

    assert second.exception() is None
    assert (state_of(order), counts(order)) == ("over_received", [(12, 0, 2)])
    assert stock.ledger_of(store, bread) == [("receipt", 6, 6), ("receipt", 6, 12)]


@pytest.mark.django_db(transaction=True)
def test_a_delivery_sent_twice_at_once_is_received_once(store, bread):
    order = purchasing.ordered(store, (bread, 10, 2))
    key = uuid4()

    second = run_behind(
        lambda: purchasing.receive(order, (bread, 6), key=key),
        lambda: purchasing.receive(order, (bread, 6), key=key),
    )

    assert second.result() == PurchaseReceipt.objects.get()
    assert counts(order) == [(6, 4, 0)]


@pytest.mark.django_db(transaction=True)
def test_a_delivery_behind_a_cancellation_is_refused_and_changes_nothing(store, bread):
    order = purchasing.ordered(store, (bread, 10, 2))

    second = run_behind(
        lambda: purchase_orders.cancel(order_id=order.pk, reason="twice"),
        lambda: purchasing.receive(order, (bread, 6)),
    )

    assert isinstance(second.exception(), InvalidTransition)
    assert (state_of(order), counts(order)) == ("cancelled", [(0, 0, 0)])
    assert StockMovement.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_cancellation_behind_a_delivery_is_refused_and_the_goods_stay(store, bread):
    order = purchasing.ordered(store, (bread, 10, 2))

    second = run_behind(
        lambda: purchasing.receive(order, (bread, 6)),
        lambda: purchase_orders.cancel(order_id=order.pk, reason="twice"),
    )

    assert isinstance(second.exception(), InvalidTransition)
    assert (state_of(order), counts(order)) == ("partially_received", [(6, 4, 0)])
    assert stock.ledger_of(store, bread) == [("receipt", 6, 6)]


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_of_the_order_only_the_law_of_its_lines_is_left(store, bread, monkeypatch):
    """The control: take the lock away, and the delivery does not see that it was called off."""
    order = purchasing.ordered(store, (bread, 10, 2))
    unlocked = type(order).objects.get
    monkeypatch.setattr(purchase_orders, "locked", lambda *, order_id: unlocked(pk=order_id))

    second = run_behind(
        lambda: purchase_orders.cancel(order_id=order.pk, reason="twice"),
        lambda: purchasing.receive(order, (bread, 6)),
    )

    assert "cancels_only_what_is_to_come" in str(second.exception())


# --- how suppliers do ------------------------------------------------------------------------


def delivered(store, bread, seller, *, due, on, quantity=10, came=10):
    order = purchasing.ordered(store, (bread, quantity, 2), seller=seller, expected_on=due)
    if came:
        purchasing.receive(
            order, (bread, came), now=datetime(on.year, on.month, on.day, 9, tzinfo=UTC)
        )
    return order


def service(person, first=date(2025, 4, 1), last=date(2025, 4, 30)):
    return [
        (each.supplier_id, each.orders, each.in_full, each.on_time_in_full, each.ordered,
         each.received)
        for each in questions.service_of_suppliers(principal=person, first=first, last=last)
    ]  # fmt: skip


def test_fill_rate_and_on_time_in_full_of_orders_due_in_the_window(store, bread):
    seller, day = purchasing.supplier(), date(2025, 4, 10)
    delivered(store, bread, seller, due=day, on=day)
    delivered(store, bread, seller, due=day, on=day + timedelta(days=1))
    delivered(store, bread, seller, due=day, on=day, came=12)
    short = delivered(store, bread, seller, due=day, on=day, came=5)
    purchase_orders.close_short(order_id=short.pk, reason="no flour")
    delivered(store, bread, seller, due=day, on=day, came=0)
    delivered(store, bread, seller, due=date(2025, 5, 1), on=day)
    called_off = delivered(store, bread, seller, due=day, on=day, came=0)
    purchase_orders.cancel(order_id=called_off.pk, reason="twice")
    purchasing.draft(store, (bread, 10, 2), seller=seller, expected_on=day)
    delivered(chain.store(), bread, seller, due=day, on=day, came=0)
    anna = chain.person(Role.MANAGER, stores=[store])

    assert service(anna) == [(seller.pk, 5, 3, 2, D(50), D(35))]
    (found,) = questions.service_of_suppliers(
        principal=anna, first=date(2025, 4, 1), last=date(2025, 4, 30)
    )
    assert (found.fill_rate, found.otif) == (D("0.7"), D("0.4"))


def test_on_time_is_by_the_stores_day(bread):
    tokyo = chain.store(timezone="Asia/Tokyo")
    seller = purchasing.supplier()
    order = purchasing.ordered(tokyo, (bread, 10, 2), seller=seller, expected_on=date(2025, 4, 10))
    purchasing.receive(order, (bread, 10), now=datetime(2025, 4, 10, 16, tzinfo=UTC))
    boss = chain.person(Role.DIRECTOR, whole_chain=True)

    assert service(boss) == [(seller.pk, 1, 1, 0, D(10), D(10))]


def test_what_was_rejected_is_not_delivered(store, bread):
    seller, day = purchasing.supplier(), date(2025, 4, 10)
    order = purchasing.ordered(store, (bread, 10, 2), seller=seller, expected_on=day)
    purchasing.receive(order, (bread, 9, 1, "damaged"), now=NOON)

    assert service(chain.person(Role.MANAGER, stores=[store])) == [
        (seller.pk, 1, 0, 0, D(10), D(9))
    ]


def test_a_receipt_that_lost_its_goods_is_found_by_the_doctor(store, bread):
    purchasing.receive(purchasing.ordered(store, (bread, 10, 2)), (bread, 4))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE inventory_purchaseorderline SET received = 3")
        cursor.execute("SET LOCAL session_replication_role = origin")

    assert [f.invariant.code for f in examined() if f.broken] == [
        "inventory/received-is-its-deliveries"
    ]
