"""A month's target is spread over its days by the database, to the cent."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from epm.platform import money
from sales.models import StoreDayTarget, StoreTarget
from tests.factories import chain

pytestmark = pytest.mark.django_db
APRIL = date(2025, 4, 1)


def spread(amount, weights=None, *, store=None):
    target = StoreTarget.objects.create(
        store=store or chain.store(), month=APRIL, amount=Decimal(amount), day_weights=weights,
        phasing="weights" if weights else "even",
    )  # fmt: skip
    days = StoreDayTarget.objects.filter(target=target).order_by("day")
    return list(days.values_list("amount", flat=True))


def test_evenly_when_no_weights_are_given_the_cents_left_to_the_first_days():
    days = spread("100.00")

    assert days == [Decimal("3.34")] * 10 + [Decimal("3.33")] * 20


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    amount=st.decimals("0", "999999", places=2),
    weights=st.lists(st.integers(0, 1000).map(Decimal), min_size=30, max_size=30).filter(any),
)
def test_by_weight_like_the_largest_remainder_of_money(db, amount, weights):
    with transaction.atomic():
        days = spread(amount, weights)
        transaction.set_rollback(True)

    assert sum(days) == amount
    assert days == money.allocated(amount, weights=weights, currency="EUR")


def test_in_the_smallest_unit_of_the_currency():
    days = spread("100", store=chain.store(currency="JPY"))

    assert days == [Decimal(4)] * 10 + [Decimal(3)] * 20


def test_a_changed_target_is_spread_again():
    store = chain.store()
    spread("100.00", store=store)

    target = StoreTarget.objects.get(store=store)
    target.amount = Decimal("30.00")
    target.save()

    assert set(StoreDayTarget.objects.values_list("amount", flat=True)) == {Decimal("1.00")}


@pytest.mark.parametrize(
    ("_case", "amount", "weights"),
    [
        ("too few weights", "100.00", [Decimal(1)] * 29),
        ("nothing to go by", "100.00", [Decimal(0)] * 30),
        ("a negative weight", "100.00", [Decimal(-1), *[Decimal(1)] * 29]),
        ("more decimals than the currency", "100.001", None),
    ],
)
def test_refuses_what_cannot_be_spread(_case, amount, weights):
    with pytest.raises(IntegrityError), transaction.atomic():
        spread(amount, weights)

    assert not StoreTarget.objects.exists()
