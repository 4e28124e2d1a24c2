"""New prices out of old ones."""

from decimal import Decimal

import pytest

from inventory.selectors.price_formulas import (
    BadFormula,
    Basis,
    Ending,
    Formula,
    How,
    Note,
    ended,
    margin_rate,
)

FREE = {"may_sell_below_cost": True}


def new(price, how, value, ending=Ending.NONE, *, cost=None, rate="0.2", currency="EUR", **more):
    basis = Basis(*(None if text is None else Decimal(text) for text in (price, cost, rate)))
    return Formula(how, Decimal(value), ending, **more).applied(basis, currency=currency)


@pytest.mark.parametrize(
    ("price", "ending", "expected"),
    [
        ("10.30", Ending.NINETY_NINE, "9.99"),
        ("10.48", Ending.NINETY_NINE, "9.99"),
        ("10.49", Ending.NINETY_NINE, "10.99"),  # as near to 9.99: up
        ("10.485", Ending.NINETY_NINE, "9.99"),
        ("10.99", Ending.NINETY_NINE, "10.99"),
        ("0.20", Ending.NINETY_NINE, "0.99"),
        ("10.44", Ending.NINETY_FIVE, "9.95"),
        ("10.45", Ending.NINETY_FIVE, "10.95"),
        ("10.39", Ending.NINETY, "9.90"),
        ("10.40", Ending.NINETY, "10.90"),
        ("1.22", Ending.FIVE_CENTS, "1.20"),
        ("1.225", Ending.FIVE_CENTS, "1.25"),
        ("1.23", Ending.FIVE_CENTS, "1.25"),
        ("0.01", Ending.FIVE_CENTS, "0.05"),
        ("0", Ending.NINETY_NINE, "0"),
        ("1.234", Ending.NONE, "1.23"),
        ("1.235", Ending.NONE, "1.24"),
    ],
)
def test_a_price_ends_at_the_nearest_and_of_two_as_near_at_the_higher(price, ending, expected):
    assert ended(Decimal(price), ending, currency="EUR") == Decimal(expected)


@pytest.mark.parametrize(
    ("price", "how", "value", "ending", "expected"),
    [
        ("2.00", How.PERCENT, "3", Ending.NONE, "2.06"),
        ("2.49", How.PERCENT, "3", Ending.NONE, "2.56"),  # 2.5647
        ("1.50", How.PERCENT, "3", Ending.NONE, "1.55"),  # 1.545, half up
        ("14.99", How.PERCENT, "3", Ending.NINETY_NINE, "14.99"),  # 15.4397
        ("15.10", How.PERCENT, "3", Ending.NINETY_NINE, "15.99"),  # 15.553
        ("8.00", How.PERCENT, "-25", Ending.NONE, "6.00"),
        ("8.00", How.PERCENT, "-100", Ending.NONE, "0.00"),
        ("8.00", How.AMOUNT, "0.50", Ending.NONE, "8.50"),
        ("8.00", How.AMOUNT, "-1.20", Ending.NINETY_FIVE, "6.95"),
    ],
)
def test_todays_price_is_changed(price, how, value, ending, expected):
    assert new(price, how, value, ending) == (Decimal(expected), None)


def test_a_margin_is_reached_excl_tax():
    assert new(None, How.MARGIN, "40", cost="6") == (Decimal("12.00"), None)
    assert margin_rate(Decimal("12.00"), Basis(None, Decimal(6), Decimal("0.2"))) == Decimal("0.4")


def test_a_coefficient_is_of_cost_and_gives_the_price_incl_tax():
    assert new(None, How.COEFFICIENT, "2.5", Ending.NINETY, cost="4") == (Decimal("9.90"), None)


def test_a_currency_without_cents_is_rounded_to_whole_units():
    assert new("100", How.PERCENT, "3.5", currency="JPY") == (Decimal(104), None)


class TestBelowCost:
    def test_no_rounding_ends(self):
        """10.30 would end at 9.99, below 8.50 with VAT: 10.20."""
        assert new("10", How.PERCENT, "3", Ending.NINETY_NINE, cost="8.50") == (
            Decimal("10.99"),
            None,
        )

    def test_no_price_is_put(self):
        assert new("12", How.PERCENT, "-50", cost="8.50") == (None, Note.BELOW_COST)

    def test_a_price_is_put_for_who_wants_it(self):
        assert new("12", How.PERCENT, "-50", cost="8.50", **FREE) == (Decimal("6.00"), None)
        assert new("10", How.PERCENT, "3", Ending.NINETY_NINE, cost="8.50", **FREE) == (
            Decimal("9.99"),
            None,
        )

    def test_is_measured_without_vat_where_no_rate_is_known(self):
        assert new("12", How.AMOUNT, "-3", cost="8.50", rate=None) == (Decimal("9.00"), None)
        assert new("12", How.AMOUNT, "-4", cost="8.50", rate=None) == (None, Note.BELOW_COST)

    def test_a_margin_of_nothing_is_not(self):
        assert new(None, How.MARGIN, "0", cost="7", rate="0.055") == (Decimal("7.39"), None)

    def test_a_typed_price_is_not_taken(self):
        basis = Basis(Decimal(12), Decimal("8.50"), Decimal("0.2"))
        assert Formula().typed(Decimal("10.19"), basis) == (None, Note.BELOW_COST)
        assert Formula().typed(Decimal("10.20"), basis) == (Decimal("10.20"), None)


@pytest.mark.parametrize(
    ("_case", "given", "note"),
    [
        ("no price", {"price": None, "how": How.PERCENT, "value": "3"}, Note.UNKNOWN),
        ("no cost", {"price": "9", "how": How.MARGIN, "value": "30"}, Note.UNKNOWN),
        (
            "no rate",
            {"price": "9", "how": How.MARGIN, "value": "30", "cost": "5", "rate": None},
            Note.NO_RATE,
        ),
        ("below 0", {"price": "9", "how": How.AMOUNT, "value": "-10"}, Note.OUT_OF_RANGE),
        (
            "too high",
            {"price": "999999999999", "how": How.PERCENT, "value": "1"},
            Note.OUT_OF_RANGE,
        ),
    ],
)
def test_what_cannot_be_told_leaves_the_price(_case, given, note):
    assert new(**given) == (None, note)


@pytest.mark.parametrize(
    ("how", "value"),
    [
        (How.PERCENT, "-100.01"),
        (How.MARGIN, "100"),
        (How.COEFFICIENT, "0"),
        (How.AMOUNT, "1e13"),
    ],
)
def test_senseless_formulas_are_refused(how, value):
    with pytest.raises(BadFormula):
        Formula(how, Decimal(value))
