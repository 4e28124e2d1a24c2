"""Purchase orders from the draft to the end; deliveries have a file of their own."""

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, transaction

from epm.access.models import ApiKey, Role
from epm.platform.transitions import InvalidTransition, ReasonMissing, changes_of
from inventory.models import (
    ApprovalLimit,
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseReceipt,
    StockMovement,
)
from inventory.selectors import purchase_approval
from inventory.selectors import purchase_orders as questions
from inventory.services import purchase_orders
from inventory.services.purchase_orders import Terms
from inventory.services.purchase_refusals import (
    ApprovalRefused,
    ExchangeRateRefused,
    NoSuchOrder,
    NotWholePacks,
    OrderLinesRefused,
    OrderSettled,
    SupplierInactive,
)
from inventory.states import PURCHASE_ORDER, PurchaseOrderState
from tests.factories import chain, purchasing
from tests.factories.chain import NOON
from tests.inventory import machines

pytestmark = pytest.mark.django_db
D = Decimal


def lines_of(order):
    return list(order.lines.order_by("pk").values_list("product", "ordered", "unit_cost"))


# --- the machine -----------------------------------------------------------------------------


@pytest.mark.parametrize(("state", "event"), machines.pairs(PURCHASE_ORDER))
def test_each_step_passes_where_the_machine_says_so_and_nowhere_else(store, bread, state, event):
    order = purchasing.walked(purchasing.draft(store, (bread, 10, 2)), to=state)

    machines.check_pair(PURCHASE_ORDER, order, event)


def approve(order):
    boss = chain.person(Role.DIRECTOR, whole_chain=True)
    purchase_orders.approve(order_id=order.pk, by=boss.username, approver=boss)


VERBS = {
    "submit": lambda order: purchase_orders.submit(order_id=order.pk, by="anna"),
    "approve": approve,
    "send_back": lambda order: purchase_orders.send_back(order_id=order.pk, reason="why"),
    "order": lambda order: purchase_orders.order(order_id=order.pk, now=NOON),
    "receive": lambda order: purchasing.receive(order, (order.lines.get().product, 11)),
    "close_short": lambda order: purchase_orders.close_short(order_id=order.pk, reason="why"),
    "close": lambda order: purchase_orders.close(order_id=order.pk),
    "cancel": lambda order: purchase_orders.cancel(order_id=order.pk, reason="why"),
    "hold": lambda order: purchase_orders.hold(order_id=order.pk, reason="why"),
    "resume": lambda order: purchase_orders.resume(order_id=order.pk),
}


def test_each_event_of_the_machine_has_its_verb():
    assert set(VERBS) == set(PURCHASE_ORDER.moves)


@pytest.mark.parametrize(("state", "event"), machines.pairs(PURCHASE_ORDER))
def test_each_verb_takes_its_step_or_changes_nothing(store, bread, state, event):
    order = purchasing.walked(purchasing.draft(store, (bread, 10, 2)), to=state)
    if event not in PURCHASE_ORDER.events(state):
        machines.check_refused(
            order, lambda: VERBS[event](order), watching=[PurchaseReceipt, StockMovement]
        )
        line = order.lines.get()
        assert (line.received, line.cancelled) == (0, 0)
        return

    VERBS[event](order)

    order.refresh_from_db()
    last = changes_of(order).last()
    assert (last.from_state, last.event, last.to_state) == (state, event, order.state)


def test_the_database_knows_the_machine_and_no_other_way(store, bread):
    machines.check_trigger(PURCHASE_ORDER, PurchaseOrder)
    machines.check_no_other_way(
        PURCHASE_ORDER,
        {
            state: purchasing.walked(purchasing.draft(store, (bread, 10, 2)), to=state)
            for state in PURCHASE_ORDER.states
        },
    )
    seller = purchasing.supplier()
    machines.check_beginning(
        PURCHASE_ORDER,
        lambda state: PurchaseOrder.objects.create(
            supplier=seller, store=store, state=state, currency="EUR", stock_currency="EUR",
            created_at=NOON, created_by="anna", ordered_at=NOON,
        ),
    )  # fmt: skip


# --- drafts ----------------------------------------------------------------------------------


def test_an_order_takes_the_suppliers_number_pack_and_the_price_for_its_quantity(store, bread):
    seller = purchasing.supplier()
    purchasing.supplied(
        seller, bread, supplier_sku="BR-6", pack_size=6, price="2.50", breaks=[(12, "2.40")]
    )

    order = purchasing.draft(store, (bread, 12), seller=seller)

    line = order.lines.get()
    assert (line.supplier_sku, line.pack_size, line.unit_cost) == ("BR-6", D(6), D("2.40"))
    assert (line.incoming, line.surplus) == (12, 0)
    assert (order.state, order.currency, order.created_by) == ("draft", "EUR", "anna")
    assert order.number == f"PO-{order.pk:06d}"


def test_a_broken_pack_is_refused_with_what_is_possible_or_rounded_up_when_asked(store, bread):
    seller = purchasing.supplier()
    purchasing.supplied(seller, bread, pack_size=6, minimum_quantity=12)

    with pytest.raises(NotWholePacks) as refused:
        purchasing.draft(store, (bread, 7), seller=seller)
    assert refused.value.facts["lines"] == [{"product": bread.pk, "asked": "7", "possible": "12"}]
    assert PurchaseOrder.objects.count() == 0

    order = purchasing.draft(store, (bread, 13), seller=seller, round_up=True)
    assert order.lines.get().ordered == 18


def test_lines_that_make_no_order_are_refused(store, bread):
    for lines in ([], [(bread, 1), (bread, 2)], [(bread, 0)], [(bread, 1, -1)]):
        with pytest.raises(OrderLinesRefused):
            purchasing.draft(store, *lines)
    dozen = purchasing.supplier()
    purchasing.supplied(dozen, bread, pack_size=12)
    with pytest.raises(OrderLinesRefused):
        purchasing.draft(store, (bread, 999_999_999), seller=dozen, round_up=True)
    bread.pk = 10**15
    with pytest.raises(OrderLinesRefused):
        purchasing.draft(store, (bread, 1))
    assert PurchaseOrder.objects.count() == 0


def test_nothing_is_ordered_from_a_supplier_that_is_not_active(store, bread):
    with pytest.raises(SupplierInactive):
        purchasing.draft(store, (bread, 1), seller=purchasing.supplier(is_active=False))
    assert PurchaseOrder.objects.count() == 0


def test_a_draft_is_edited_whole_and_counts_a_version(store, bread):
    milk = chain.product()
    order = purchasing.draft(store, (bread, 10, 2))

    purchase_orders.edit(
        order_id=order.pk,
        lines=[purchasing.wanted(milk, 5, "1.5")],
        terms=Terms(expected_on=date(2025, 4, 7), note="ring first"),
    )

    order.refresh_from_db()
    assert lines_of(order) == [(milk.pk, D(5), D("1.5"))]
    assert (order.version, order.expected_on, order.note) == (1, date(2025, 4, 7), "ring first")


def test_what_was_submitted_is_edited_neither_by_the_service_nor_in_the_database(store, bread):
    order = purchasing.draft(store, (bread, 10, 2))
    purchase_orders.submit(order_id=order.pk, by="anna")

    with pytest.raises(OrderSettled):
        purchase_orders.edit(order_id=order.pk, lines=[purchasing.wanted(bread, 1)], terms=Terms())
    line = PurchaseOrderLine.objects.filter(order=order)
    for act in (
        lambda: line.update(ordered=D(11)),
        lambda: line.update(unit_cost=D(9)),
        line.delete,
        lambda: PurchaseOrderLine.objects.create(
            order=order, product=chain.product(), ordered=D(1)
        ),
    ):
        with (
            pytest.raises(IntegrityError, match="its lines are settled"),
            transaction.atomic(),
        ):
            act()
    with pytest.raises(IntegrityError, match="follows from its deliveries"), transaction.atomic():
        line.update(received=D(1))
    assert lines_of(order) == [(bread.pk, D(10), D(2))]


def test_an_order_that_is_not_there_is_missing():
    with pytest.raises(NoSuchOrder):
        purchase_orders.submit(order_id=4711, by="anna")


# --- currency --------------------------------------------------------------------------------


def test_a_foreign_supplier_needs_a_rate_before_its_order_is_submitted(store, bread):
    seller = purchasing.supplier(currency="USD")
    order = purchasing.draft(store, (bread, 10, 2), seller=seller)

    with pytest.raises(ExchangeRateRefused):
        purchase_orders.submit(order_id=order.pk, by="anna")
    order.refresh_from_db()
    assert (order.state, order.submitted_by) == ("draft", "")

    purchase_orders.edit(
        order_id=order.pk,
        lines=[purchasing.wanted(bread, 10, 2)],
        terms=Terms(exchange_rate=D("0.92")),
    )
    order = purchase_orders.submit(order_id=order.pk, by="anna")
    assert order.state == "submitted"
    assert purchase_approval.worth_of(order) == D("18.40")


@pytest.mark.parametrize(
    ("currency", "rate"), [("EUR", "1.1"), ("USD", "0"), ("USD", "-1"), ("USD", "1e6")]
)
def test_a_rate_that_makes_no_sense_is_refused(store, bread, currency, rate):
    with pytest.raises(ExchangeRateRefused):
        purchasing.draft(
            store,
            (bread, 1),
            seller=purchasing.supplier(currency=currency),
            exchange_rate=D(rate),
        )
    assert PurchaseOrder.objects.count() == 0


# --- approval --------------------------------------------------------------------------------


@pytest.fixture
def limits():
    ApprovalLimit.objects.create(role=Role.MANAGER, currency="EUR", amount=D(100))
    ApprovalLimit.objects.create(role=Role.REGIONAL, currency="EUR", amount=D(1000))


def submitted(store, bread, cost, *, by="anna"):
    order = purchasing.draft(store, (bread, 10, cost))
    return purchase_orders.submit(order_id=order.pk, by=by)


@pytest.mark.parametrize(
    ("role", "cost", "passes"),
    [
        (Role.MANAGER, "10", True),
        (Role.MANAGER, "10.001", False),
        (Role.REGIONAL, "100", True),
        (Role.REGIONAL, "100.001", False),
        (Role.DIRECTOR, "100000", True),
        (Role.ANALYST, "1", False),
        (Role.CASHIER, "1", False),
        (Role.MANAGER, None, False),
        (Role.DIRECTOR, None, True),
    ],
)
@pytest.mark.usefixtures("limits")
def test_a_role_approves_up_to_its_limit_and_no_unknown_sum(store, bread, role, cost, passes):
    order = submitted(store, bread, cost)
    person = chain.person(role, stores=[store])

    if passes:
        purchase_orders.approve(order_id=order.pk, by=person.username, approver=person)
    else:
        with pytest.raises(ApprovalRefused):
            purchase_orders.approve(order_id=order.pk, by=person.username, approver=person)

    order.refresh_from_db()
    expected = ("approved", person.username) if passes else ("submitted", "")
    assert (order.state, order.approved_by) == expected


@pytest.mark.usefixtures("limits")
def test_what_only_a_director_may_approve_takes_another_than_its_submitter(store, bread):
    dora, carl = (chain.person(Role.DIRECTOR, whole_chain=True) for _ in range(2))
    large = submitted(store, bread, "100.001", by=dora.username)
    small = submitted(store, bread, "100", by=dora.username)

    with pytest.raises(ApprovalRefused):
        purchase_orders.approve(order_id=large.pk, by=dora.username, approver=dora)

    purchase_orders.approve(order_id=large.pk, by=carl.username, approver=carl)
    purchase_orders.approve(order_id=small.pk, by=dora.username, approver=dora)
    large.refresh_from_db()
    assert (large.state, large.submitted_by, large.approved_by) == (
        "approved", dora.username, carl.username,
    )  # fmt: skip


@pytest.mark.usefixtures("limits")
@pytest.mark.parametrize("way", ["key", "renamed"])
def test_four_eyes_are_two_people_whatever_their_names(store, bread, way):
    dora = chain.person(Role.DIRECTOR, whole_chain=True)
    order, name = purchasing.draft(store, (bread, 1, 1001)), dora.username
    submitter = dora
    if way == "key":
        key, _text = chain.api_key(scopes=["read"], stores=[store])
        ApiKey.objects.filter(pk=key.pk).update(created_by=dora)
        submitter, name = SimpleNamespace(key_id=key.pk), f"key {key.name}"
    purchase_orders.submit(order_id=order.pk, by=name, submitter=submitter)
    dora.username = "dora-now"
    dora.save()

    with pytest.raises(ApprovalRefused):
        purchase_orders.approve(order_id=order.pk, by="dora-now", approver=dora)

    order.refresh_from_db()
    assert (order.state, order.submitter) == ("submitted", dora)


def test_without_a_limit_only_a_director_approves_and_a_machine_never(store, bread):
    order = submitted(store, bread, "0.01")
    manager = chain.person(Role.MANAGER, stores=[store])

    for approver in (manager, object()):
        with pytest.raises(ApprovalRefused):
            purchase_orders.approve(order_id=order.pk, by="x", approver=approver)

    order.refresh_from_db()
    assert order.state == "submitted"


def test_what_is_sent_back_is_a_draft_that_nobody_has_approved(store, bread):
    order = submitted(store, bread, "1")
    approve(order)

    purchase_orders.send_back(order_id=order.pk, reason="too much bread")

    order.refresh_from_db()
    assert (order.state, order.submitted_by, order.approved_by) == ("draft", "", "")
    assert changes_of(order).last().reason == "too much bread"


# --- ordered, on hold, over ------------------------------------------------------------------


def test_an_order_is_expected_after_the_longest_lead_time_in_the_stores_days(bread):
    tokyo = chain.store(timezone="Asia/Tokyo")
    seller, milk = purchasing.supplier(lead_time_days=3), chain.product()
    purchasing.supplied(seller, milk, lead_time_days=10)

    order = purchasing.ordered(
        tokyo, (bread, 1, 2), (milk, 1, 1), seller=seller,
        now=datetime(2025, 3, 31, 20, 0, tzinfo=UTC),
    )  # fmt: skip

    assert order.expected_on == date(2025, 4, 11)
    assert order.ordered_at == datetime(2025, 3, 31, 20, 0, tzinfo=UTC)


def test_a_lead_time_nobody_knows_leaves_the_day_open_and_a_day_given_stays(store, bread):
    assert purchasing.ordered(store, (bread, 1, 2)).expected_on is None
    day = date(2025, 5, 1)
    seller = purchasing.supplier(lead_time_days=3)
    given = purchasing.ordered(store, (bread, 1, 2), seller=seller, expected_on=day)
    assert given.expected_on == day


def test_an_order_on_hold_goes_on_where_it_was(store, bread):
    order = purchasing.ordered(store, (bread, 10, 2))
    purchasing.receive(order, (bread, 4))
    purchase_orders.hold(order_id=order.pk, reason="dispute")

    with pytest.raises(InvalidTransition):
        purchasing.receive(order, (bread, 1))
    assert purchase_orders.resume(order_id=order.pk).state == "partially_received"
    assert order.lines.get().received == 4


def test_closing_short_cancels_what_has_not_come_and_keeps_what_has(store, bread):
    milk = chain.product()
    order = purchasing.ordered(store, (bread, 10, 2), (milk, 5, 1))
    purchasing.receive(order, (bread, 4), (milk, 6))

    with pytest.raises(ReasonMissing):
        purchase_orders.close_short(order_id=order.pk, reason=" ")
    purchase_orders.close_short(order_id=order.pk, reason="out of flour")

    rows = order.lines.order_by("pk").values_list("received", "cancelled", "incoming", "surplus")
    assert list(rows) == [(4, 6, 0, 0), (6, 0, 0, 1)]
    order.refresh_from_db()
    assert order.state == "closed"


def test_cancelling_takes_everything_off_what_is_to_come(store, bread):
    order = purchasing.ordered(store, (bread, 10, 2))
    anna = chain.person(Role.MANAGER, stores=[store])
    assert [each.quantity for each in questions.incoming(principal=anna)] == [10]

    purchase_orders.cancel(order_id=order.pk, reason="ordered twice")

    assert questions.incoming(principal=anna) == []
    line = order.lines.get()
    assert (line.cancelled, line.incoming) == (10, 0)


def test_no_more_is_cancelled_than_is_to_come_even_by_sql(store, bread):
    order = purchasing.ordered(store, (bread, 10, 2))
    purchasing.receive(order, (bread, 4))

    with (
        pytest.raises(IntegrityError, match="cancels_only_what_is_to_come"),
        transaction.atomic(),
    ):
        order.lines.update(cancelled=7)
    assert order.lines.get().incoming == 6


# --- who sees what ---------------------------------------------------------------------------


def test_orders_and_what_is_to_come_of_other_stores_are_absent(store, bread):
    mine, theirs = purchasing.ordered(store, (bread, 10, 2)), chain.store()
    foreign = purchasing.ordered(theirs, (bread, 7, 2), expected_on=date(2025, 4, 2))
    purchasing.draft(store, (bread, 100, 2))
    anna = chain.person(Role.MANAGER, stores=[store])
    boss = chain.person(Role.DIRECTOR, whole_chain=True)

    assert list(questions.orders_visible_to(anna).filter(state="ordered")) == [mine]
    assert [(each.store_id, each.quantity) for each in questions.incoming(principal=anna)] == [
        (store.pk, D(10))
    ]
    assert [
        (each.store_id, each.product_id, each.quantity, each.first_on)
        for each in questions.incoming(principal=boss, store_ids=[theirs.pk])
    ] == [(theirs.pk, bread.pk, D(7), date(2025, 4, 2))]
    assert foreign not in questions.orders_visible_to(anna)


def test_what_is_to_come_counts_what_is_on_hold_only_if_it_was_ordered(store, bread):
    anna = chain.person(Role.MANAGER, stores=[store])
    sent = purchasing.ordered(store, (bread, 10, 2))
    purchasing.receive(sent, (bread, 4))
    purchase_orders.hold(order_id=sent.pk, reason="dispute")
    waiting = submitted(store, bread, "1")
    purchase_orders.hold(order_id=waiting.pk, reason="budget")

    assert [each.quantity for each in questions.incoming(principal=anna)] == [6]
    assert PurchaseOrderState(waiting.state) == PurchaseOrderState.SUBMITTED
