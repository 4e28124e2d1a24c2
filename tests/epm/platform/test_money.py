"""Amounts: the worked vectors of the canon, and what must hold for any amount."""

from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from epm.platform import money

TWENTY, FIVE_AND_A_HALF = Decimal("0.20"), Decimal("0.055")
weights = st.lists(st.decimals("0", "1000", places=2), min_size=1, max_size=12).filter(any)


def cents(*amounts):
    return [Decimal(amount) for amount in amounts]


def test_vat_is_rounded_once_for_a_ticket_and_rate():
    """Vector A: rounded line by line it would be 5.01."""
    vat = money.vat_of(3 * Decimal("9.99"), rate=TWENTY, currency="EUR")

    assert vat == Decimal("5.00")
    assert 3 * money.vat_of(Decimal("9.99"), rate=TWENTY, currency="EUR") == Decimal("5.01")


def test_an_order_discount_is_shared_over_the_lines_before_tax():
    """Vector B."""
    lines = cents("60.00", "30.00", "10.00")
    discounts = money.allocated(Decimal("10.00"), weights=lines, currency="EUR")
    at_twenty = lines[0] - discounts[0] + lines[2] - discounts[2]
    reduced = lines[1] - discounts[1]

    assert discounts == cents("6.00", "3.00", "1.00")
    assert at_twenty == Decimal("63.00")
    assert money.vat_of(at_twenty, rate=TWENTY, currency="EUR") == Decimal("10.50")
    assert reduced == Decimal("27.00")
    assert money.vat_of(reduced, rate=FIVE_AND_A_HALF, currency="EUR") == Decimal("1.41")


def test_the_cent_that_is_left_goes_to_the_first_of_equals():
    """Vector C."""
    shares = money.allocated(
        Decimal("10.00"), weights=cents("33.33", "33.33", "33.33"), currency="EUR"
    )

    assert shares == cents("3.34", "3.33", "3.33")


@given(total=st.decimals("-9999", "9999", places=2), weights=weights)
def test_shares_sum_to_the_total_and_stay_within_a_cent_of_exact(total, weights):
    shares = money.allocated(total, weights=weights, currency="EUR")

    assert sum(shares) == total
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share - total * weight / sum(weights)) < Decimal("0.01")


@pytest.mark.parametrize("bad", [[], [Decimal(0)], [Decimal(1), Decimal(-1)]])
def test_weights_that_are_none_are_refused(bad):
    with pytest.raises(ValueError, match=r"weights|empty"):
        money.allocated(Decimal(1), weights=bad, currency="EUR")


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"),
    [
        ("0.125", "EUR", "0.13"),
        ("-0.125", "EUR", "-0.13"),
        ("0.5", "JPY", "1"),
        ("0.1235", "TND", "0.124"),
    ],
)
def test_rounds_half_away_from_zero_to_what_the_currency_holds(amount, currency, rounded):
    assert money.rounded(Decimal(amount), currency=currency) == Decimal(rounded)


@pytest.mark.django_db
def test_the_database_knows_the_same_currencies():
    codes = [*money.EXPONENTS, "EUR", "USD", "XXX"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT c, epm_currency_exponent(c) FROM unnest(%s::text[]) c", [codes])
        known = dict(cursor.fetchall())

    assert known == {code: money.exponent(code) for code in codes}
