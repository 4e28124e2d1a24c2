"""Proposals: what a level needs, from whom, to the unit; and the drafts they become."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from epm.access.models import Role
from epm.access.selectors.scope import EVERYTHING
from inventory.models import (
    Category,
    MovementKind,
    PurchaseOrder,
    ReplenishmentProposal,
    StockNeed,
    StockRule,
    Supplier,
    SupplierProduct,
    Transfer,
    UnitOfMeasure,
)
from inventory.selectors import replenishment as asked
from inventory.services import replenishment, stock_alerts, transfers
from inventory.services.replenishment import (
    ProposalFromElsewhere,
    ProposalSettled,
    ProposalWithoutWay,
)
from tests.factories import chain, demand, stock

pytestmark = pytest.mark.django_db
D = Decimal
TODAY = date(2025, 3, 31)
NOW = demand.at(TODAY, 18)


class Everybody:
    is_authenticated = True
    scope = EVERYTHING


def ago(days):
    return TODAY - timedelta(days=days)


def store(**fields):
    return chain.store(timezone="UTC", **fields)


def rule(**fields):
    return StockRule.objects.create(**fields)


def selling(place, product, daily, *, left):
    """28 days of so many a day, and so much left."""
    demand.received(place, product, daily * 28 + left, ago(28), cost=2)
    demand.sold_daily(place, product, [daily] * 28, first=ago(28))
    if daily == 0:
        other = chain.product()
        demand.received(place, other, 100, ago(60))
        demand.sold_daily(place, other, [1] * 60, first=ago(60))


def supplied(product, *, pack=1, moq=0, lead=None, code="MILL"):
    supplier, _made = Supplier.objects.get_or_create(code=code, defaults={"name": code})
    SupplierProduct.objects.create(
        supplier=supplier, product=product, pack_size=pack, minimum_quantity=moq,
        lead_time_days=lead, is_preferred=True,
    )  # fmt: skip
    return supplier


def suggested(**how):
    stock_alerts.refresh(now=NOW, everything=True)
    found = asked.suggestions(principal=Everybody, **how)
    return [(s.store_id, s.route, s.source_id, s.quantity) for s in found]


def test_an_order_fills_up_to_the_maximum_by_whole_packs(bread):
    """2 a day, σ 0, lead 7: reorder point 14, maximum 28. 14 left: 14 are missing, 3 packs of 6."""
    here = store()
    selling(here, bread, 2, left=14)
    supplied(bread, pack=6)

    assert suggested() == [(here.pk, "order", None, 18)]


def test_nothing_is_proposed_above_the_reorder_point(bread):
    here = store()
    selling(here, bread, 2, left=15)
    supplied(bread)

    assert suggested() == []


def test_what_is_on_order_counts_and_the_suppliers_minimum_too(bread):
    here = store()
    selling(here, bread, 2, left=14)
    supplied(bread, pack=5, moq=22)
    assert suggested() == [(here.pk, "order", None, 25)]

    stock_alerts.refresh(now=NOW)
    run = replenishment.propose(principal=Everybody, by="ann", now=NOW)
    replenishment.draft(
        principal=Everybody,
        proposal_ids=run.proposals.values_list("pk", flat=True),
        by="ann",
        now=NOW,
    )
    assert suggested() == []


def test_the_suppliers_lead_time_counts_unless_a_rule_says_otherwise(bread):
    here = store()
    selling(here, bread, 2, left=10)
    supplied(bread, lead=3)  # reorder point 6
    assert suggested() == []

    rule(product=bread, lead_days=5)  # 10, and a week more: 24
    assert suggested() == [(here.pk, "order", None, 14)]


def test_unknown_demand_proposes_nothing_unless_a_rule_keeps_a_minimum(bread):
    here = store()
    stock.received(here, bread, 1, at=NOW)
    supplied(bread)
    assert suggested() == []
    [need] = asked.needs(principal=Everybody)
    assert (need.ads, need.cover, need.reorder_point, need.days) == (None, None, None, 0)

    rule(product=bread, minimum=4, maximum=9)
    assert suggested() == [(here.pk, "order", None, 8)]


def test_without_a_supplier_no_way_is_known(bread):
    here = store()
    selling(here, bread, 2, left=0)

    assert suggested() == [(here.pk, "none", None, 28)]


def test_the_most_specific_rule_that_states_a_figure_wins(bread):
    food = chain.category()
    rye = Category.objects.create(code="RYE", name="Rye", parent=food)
    bread.category = rye
    bread.save()
    here, there = store(), store()
    for place in (here, there):
        stock.received(place, bread, 1, at=NOW)

    def minimum(place=here):
        stock_alerts.refresh(now=NOW)
        need = StockNeed.objects.get(store=place, product=bread)
        return need.minimum, need.lead_days

    rule(minimum=1, lead_days=11)
    assert minimum() == (1, 11)
    rule(store=here, minimum=2)
    assert (minimum(), minimum(there)) == ((2, 11), (1, 11))
    rule(category=food, minimum=3)
    assert minimum() == (3, 11)
    rule(category=rye, minimum=4)
    assert minimum() == (4, 11)
    rule(category=rye, store=here, minimum=5)
    assert (minimum(), minimum(there)) == ((5, 11), (4, 11))
    rule(product=bread, minimum=6, lead_days=2)
    assert minimum() == (6, 2)
    rule(product=bread, store=here, minimum=7)
    assert (minimum(), minimum(there)) == ((7, 2), (6, 2))


def test_safety_days_stand_instead_of_the_service_factor(bread):
    here = store()
    demand.received(here, bread, 1000, ago(29))
    demand.sold_daily(here, bread, [1, 3] * 14, first=ago(28))
    rule(product=bread, safety_days=D("1.5"))
    stock_alerts.refresh(now=NOW)
    assert StockNeed.objects.get().reorder_point == 17  # 2 · 7 + 1.5 · 2

    StockRule.objects.update(safety_days=None, service_factor=2)
    stock_alerts.refresh(now=NOW)
    assert StockNeed.objects.get().reorder_point == D("19.292")  # 14 + 2 · √7


def test_a_transfer_comes_before_an_order_and_the_donor_keeps_its_maximum(bread):
    """The taker wants 28 − 0; the donor has 40 and keeps 28."""
    taker, donor = store(), store()
    selling(taker, bread, 2, left=0)
    selling(donor, bread, 2, left=40)
    supplied(bread)

    # With 12 the taker is still at its reorder point of 14 or below: it orders the rest.
    assert suggested() == [
        (taker.pk, "order", None, 16), (taker.pk, "transfer", donor.pk, 12),
    ]  # fmt: skip


def test_who_is_above_its_reorder_point_by_the_transfer_orders_nothing(bread):
    taker, donor = store(), store()
    selling(taker, bread, 2, left=0)
    selling(donor, bread, 2, left=43)
    supplied(bread)

    assert suggested() == [(taker.pk, "transfer", donor.pk, 15)]


def test_several_takers_share_a_donor_by_what_they_want_in_whole_units(bread):
    """28, 14 and 42 wanted; 20 to spare: 6.67, 3.33 and 10."""
    first, second, third, donor = store(), store(), store(), store()
    for place, daily in ((first, 2), (second, 1), (third, 3)):
        selling(place, bread, daily, left=0)
    selling(donor, bread, 1, left=34)

    assert [row for row in suggested() if row[1] == "transfer"] == [
        (first.pk, "transfer", donor.pk, 7),
        (second.pk, "transfer", donor.pk, 3),
        (third.pk, "transfer", donor.pk, 10),
    ]


def test_a_taker_can_be_filled_by_several_donors(bread):
    taker, small, large = store(), store(), store()
    selling(taker, bread, 2, left=0)
    selling(small, bread, 1, left=14 + 9)
    selling(large, bread, 1, left=14 + 13)

    assert [row for row in suggested() if row[1] == "transfer"] == [
        (taker.pk, "transfer", small.pk, 9), (taker.pk, "transfer", large.pk, 13),
    ]  # fmt: skip


def test_weighed_goods_are_shared_to_the_gram():
    flour = chain.product(unit=UnitOfMeasure.KILOGRAM)
    taker, donor = store(), store()
    selling(taker, flour, 2, left=0)
    selling(donor, flour, 2, left=D("28.0005") + D("12.3455"))

    assert ("transfer", donor.pk, D("12.346")) in [row[1:] for row in suggested()]


def test_goods_that_do_not_sell_are_given_away_wholly(bread):
    taker, shelf = store(), store()
    selling(taker, bread, 2, left=0)
    selling(shelf, bread, 0, left=30)

    assert suggested() == [(taker.pk, "transfer", shelf.pk, 28)]


@pytest.mark.parametrize(
    "why", ["unknown demand", "another currency", "promised to others", "closed"]
)
def test_who_gives_nothing(bread, why):
    taker = store()
    selling(taker, bread, 2, left=0)
    if why == "unknown demand":
        stock.received(store(), bread, 100, at=NOW)
    elif why == "another currency":
        selling(store(currency="USD"), bread, 1, left=100)
    elif why == "promised to others":
        donor = store()
        selling(donor, bread, 1, left=30)
        stock.hold(donor, (bread, 16))
    else:
        selling(store(closed_on=ago(1)), bread, 1, left=100)

    assert [row[1] for row in suggested()] == ["none"]


def test_chosen_proposals_become_one_draft_for_each_two_stores_and_each_supplier(bread):
    cake, salt = chain.product(), chain.product()
    taker, donor = store(), store()
    for product in (bread, cake):
        selling(taker, product, 2, left=0)
        selling(donor, product, 2, left=100)
    selling(taker, salt, 2, left=0)
    mill = supplied(salt, pack=6)
    stock_alerts.refresh(now=NOW)
    run = replenishment.propose(principal=Everybody, by="ann", now=NOW)
    one = run.proposals.get(product=salt)
    ReplenishmentProposal.objects.filter(pk=one.pk).update(quantity=7)  # by hand: no whole packs

    made = replenishment.draft(
        principal=Everybody,
        proposal_ids=run.proposals.values_list("pk", flat=True),
        by="ann",
        now=NOW,
    )

    transfer = Transfer.objects.get(pk=made.transfers[0])
    assert (transfer.source, transfer.destination, transfer.state) == (donor, taker, "draft")
    assert sorted(transfer.lines.values_list("product", "quantity")) == [
        (bread.pk, 28), (cake.pk, 28),
    ]  # fmt: skip
    order = PurchaseOrder.objects.get(pk=made.orders[0])
    assert (order.supplier, order.store, order.state) == (mill, taker, "draft")
    assert list(order.lines.values_list("product", "ordered")) == [(salt.pk, 12)]
    assert (len(made.transfers), len(made.orders)) == (1, 1)
    assert set(run.proposals.values_list("document_kind", "document_ref")) == {
        ("transfer", str(transfer.pk)), ("purchase_order", str(order.pk)),
    }  # fmt: skip
    # Drafts are counted as coming and going: only what 12 instead of 30 of salt leave open is.
    assert suggested() == [(taker.pk, "order", None, 18)]


def test_a_proposal_becomes_a_document_once(bread):
    here = store()
    selling(here, bread, 2, left=0)
    supplied(bread)
    stock_alerts.refresh(now=NOW)
    run = replenishment.propose(principal=Everybody, by="ann", now=NOW)
    ids = list(run.proposals.values_list("pk", flat=True))
    replenishment.draft(principal=Everybody, proposal_ids=ids, by="ann", now=NOW)

    with pytest.raises(ProposalSettled):
        replenishment.draft(principal=Everybody, proposal_ids=ids, by="ann", now=NOW)
    assert PurchaseOrder.objects.count() == 1


def test_nobody_drafts_a_transfer_out_of_a_store_that_is_not_hers(bread):
    donor, taker = store(), store()
    selling(taker, bread, 2, left=0)
    selling(donor, bread, 2, left=100)
    manager = chain.person(Role.MANAGER, stores=[taker])
    stock_alerts.refresh(now=NOW)
    run = replenishment.propose(principal=manager, by="ann", now=NOW)
    ids = list(run.proposals.values_list("pk", flat=True))

    with pytest.raises(ProposalFromElsewhere):
        replenishment.draft(principal=manager, proposal_ids=ids, by="ann", now=NOW)

    assert not Transfer.objects.exists()
    assert list(run.proposals.values_list("route", "document_ref")) == [("transfer", "")]


def test_a_draft_of_more_than_there_is_orders_no_more_than_that(bread):
    here, there = store(), store()
    selling(here, bread, 2, left=8)
    supplied(bread)
    transfers.create(
        key=uuid4(), source_id=here.pk, destination_id=there.pk,
        lines=[transfers.Planned(bread.pk, D(1000))], note="",
    )  # fmt: skip

    assert suggested() == [(here.pk, "order", None, 28)]


def test_what_has_no_way_becomes_no_document_and_neither_do_the_others(bread):
    cake, here = chain.product(), store()
    selling(here, bread, 2, left=0)
    selling(here, cake, 2, left=0)
    supplied(cake)
    stock_alerts.refresh(now=NOW)
    run = replenishment.propose(principal=Everybody, by="ann", now=NOW)

    with pytest.raises(ProposalWithoutWay):
        replenishment.draft(
            principal=Everybody,
            proposal_ids=run.proposals.values_list("pk", flat=True),
            by="ann",
            now=NOW,
        )
    assert not PurchaseOrder.objects.exists()
    assert set(run.proposals.values_list("document_ref", flat=True)) == {""}


def test_new_proposals_take_the_place_of_the_old_in_the_stores_in_scope_only(bread):
    here, there = store(), store()
    selling(here, bread, 2, left=0)
    selling(there, bread, 2, left=0)
    stock_alerts.refresh(now=NOW)
    first = replenishment.propose(principal=Everybody, by="ann", now=NOW)
    second = replenishment.propose(principal=chain.person(stores=[here]), by="bob", now=NOW)

    assert list(first.proposals.values_list("store", flat=True)) == [there.pk]
    assert list(second.proposals.values_list("store", flat=True)) == [here.pk]


def test_proposals_are_seen_by_who_sees_the_store_that_needs_the_goods(bread):
    taker, donor = store(), store()
    selling(taker, bread, 2, left=0)
    selling(donor, bread, 2, left=100)
    stock_alerts.refresh(now=NOW)
    replenishment.propose(principal=Everybody, by="ann", now=NOW)

    assert asked.proposals_visible_to(chain.person(stores=[taker])).get().source == donor
    assert not asked.proposals_visible_to(chain.person(stores=[donor])).exists()


def test_a_store_is_proposed_the_same_whoever_works_it_out(bread):
    """All stores give and take, also for a manager who sees one of them only."""
    taker, other, donor = store(), store(), store()
    selling(taker, bread, 2, left=0)
    selling(other, bread, 2, left=0)
    selling(donor, bread, 2, left=28 + 20)
    stock_alerts.refresh(now=NOW)

    def told():
        rows = ReplenishmentProposal.objects.order_by("store", "route")
        return list(rows.values_list("store", "route", "source", "quantity"))

    replenishment.propose(principal=Everybody, by="ann", now=NOW)
    of_director = told()
    replenishment.propose(principal=chain.person(stores=[taker]), by="bob", now=NOW)

    assert told() == of_director
    assert (taker.pk, "transfer", donor.pk, 10) in of_director


def test_rebalancing_lowers_what_will_be_lost_keeps_donors_fed_and_conserves_units(bread):
    """Five stores, 100 units: the next week's unmet demand falls from 49 to nothing."""
    places = [store() for _ in range(5)]
    daily = (3, 4, 1, 2, 0)
    left = (0, 0, 40, 29, 120)
    for place, sold, there in zip(places, daily, left, strict=True):
        selling(place, bread, sold, left=there)
    stock_alerts.refresh(now=NOW)

    def unmet(levels):
        return sum(max(0, 7 * D(sold) - there) for sold, there in zip(daily, levels, strict=True))

    moved = {place.pk: D(there) for place, there in zip(places, left, strict=True)}
    for each in asked.suggestions(principal=Everybody):
        assert each.route == "transfer"
        moved[each.source_id] -= each.quantity
        moved[each.store_id] += each.quantity

    after = [moved[place.pk] for place in places]
    assert (unmet(left), unmet(after)) == (49, 0)
    assert sum(after) == sum(left)
    for need, there, before in zip(
        asked.needs(principal=Everybody, product_ids=[bread.pk]), after, left, strict=True
    ):
        assert there >= before or there >= need.reorder_point


def test_a_movement_out_of_nothing_is_not_made_by_a_draft(bread):
    """Drafts move nothing: that is what documents do when they are shipped and received."""
    here = store()
    selling(here, bread, 2, left=0)
    supplied(bread)
    stock_alerts.refresh(now=NOW)
    run = replenishment.propose(principal=Everybody, by="ann", now=NOW)
    before = stock.ledger_of(here, bread)
    replenishment.draft(
        principal=Everybody,
        proposal_ids=run.proposals.values_list("pk", flat=True),
        by="ann",
        now=NOW,
    )

    assert stock.ledger_of(here, bread) == before
    assert before[0][0] == MovementKind.RECEIPT
