"""Which taxes are known of a tax class, in which regime, and who pays none."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError

from epm.access.models import Role
from sales.models import Customer, TaxClass, TaxRate, TaxRegime
from sales.reckoning import Tax
from sales.selectors import taxes
from sales.selectors.customers import is_exempt
from tests.factories import chain

pytestmark = pytest.mark.django_db


@pytest.fixture
def rates():
    """20 % from 2020, 21 % from 2025-04-01."""
    goods = TaxClass.objects.create(code="Goods", name="Goods")
    for rate, since in (("0.2", date(2020, 1, 1)), ("0.21", date(2025, 4, 1))):
        TaxRate.objects.create(tax_class=goods, regime="XX", rate=Decimal(rate), valid_from=since)


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (date(2019, 12, 31), {}),
        (date(2020, 1, 1), {"goods": Decimal("0.2")}),
        (date(2025, 3, 31), {"goods": Decimal("0.2")}),
        (date(2025, 4, 1), {"goods": Decimal("0.21")}),
    ],
)
def test_is_the_latest_that_began(rates, on, expected):
    assert taxes.rates_of(classes={"goods", "other"}, regime="XX", on=on) == expected


def test_is_nothing_where_no_vat_is(rates):
    assert taxes.rates_of(classes={"any"}, regime="none", on=date(2025, 1, 1)) == {"any": 0}


def test_is_not_known_of_another_regime(rates):
    assert taxes.rates_of(classes={"goods"}, regime="YY", on=date(2025, 1, 1)) == {}


def test_is_within_a_price_only_where_prices_include_it():
    """Québec adds GST 5 % and QST 9.975 % at the till: of a price of 100.00 nothing is tax."""
    words = {"classes": {"Standard", "other"}, "on": date(2025, 1, 1)}

    assert taxes.rates_of(regime="CA-QC", **words) == {"Standard": Decimal("0.14975")}
    assert taxes.rates_within(regime="CA-QC", **words) == {"Standard": 0, "other": 0}
    assert taxes.rates_within(regime="FR", **words) == {"Standard": Decimal("0.2")}
    assert taxes.rates_within(regime="none", **words) == {"Standard": 0, "other": 0}


@pytest.fixture
def two(rates):
    """GST 5 %, and QST: 9.5 % from 2012, 9.975 % from 2013, none from 2030."""
    goods = TaxClass.objects.get(code="Goods")
    for tax, rate, since in (
        ("qst", "0.095", date(2012, 1, 1)),
        ("QST", "0.09975", date(2013, 1, 1)),
        ("QST", "0", date(2030, 1, 1)),
        ("GST", "0.05", date(2012, 1, 1)),
    ):
        TaxRate.objects.create(
            tax_class=goods, regime="TWO", tax=tax, rate=Decimal(rate), valid_from=since
        )


GST = Tax("GST", Decimal("0.05"))


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (date(2011, 12, 31), {}),
        (date(2012, 12, 31), {"goods": (GST, Tax("qst", Decimal("0.095")))}),
        (date(2013, 1, 1), {"goods": (GST, Tax("QST", Decimal("0.09975")))}),
        (date(2030, 1, 1), {"goods": (GST,)}),
    ],
)
def test_several_taxes_of_a_class_each_follow_their_dates(two, on, expected):
    assert taxes.taxes_in(regime="TWO", on=on) == expected


def test_are_asked_in_one_query(two, django_assert_num_queries):
    with django_assert_num_queries(1):
        taxes.taxes_in(regime="TWO", on=date(2025, 1, 1))
    with django_assert_num_queries(1):
        taxes.taxes_in(regime="none", on=date(2025, 1, 1))


def test_several_taxes_are_one_rate_for_figures(two):
    known = taxes.rates_of(classes={"GOODS", "other"}, regime="TWO", on=date(2025, 1, 1))

    assert known == {"GOODS": Decimal("0.14975")}


def test_no_class_bears_tax_where_none_is():
    known = taxes.taxes_in(regime="none", on=date(2025, 1, 1))

    assert known["standard"] == known["whatever"] == ()


def test_of_a_class_that_bears_nothing_that_is_known():
    assert taxes.taxes_in(regime="FR", on=date(2025, 1, 1))["exempt"] == ()


@pytest.mark.parametrize(
    ("regime", "inclusive", "tax_class", "expected"),
    [
        ("FR", True, "standard", [("TVA", "0.2")]),
        ("FR", True, "reduced", [("TVA", "0.055")]),
        ("FR-DOM", True, "standard", [("TVA", "0.085")]),
        ("FR-DOM", True, "reduced", [("TVA", "0.021")]),
        ("FR-DOM", True, "super-reduced", [("TVA", "0.0105")]),
        ("CA-QC", False, "standard", [("GST", "0.05"), ("QST", "0.09975")]),
        ("NP", True, "standard", [("VAT", "0.13")]),
    ],
)
def test_every_system_knows_some_regimes(regime, inclusive, tax_class, expected):
    known = taxes.taxes_in(regime=regime, on=date(2026, 1, 1))

    assert taxes.regime_of(regime).prices_include_tax is inclusive
    assert known[tax_class] == tuple(Tax(code, Decimal(rate)) for code, rate in expected)
    assert known["exempt"] == ()


def test_a_regime_that_is_not_there_or_not_active_is_none_to_sell_by():
    TaxRegime.objects.filter(code="NP").update(is_active=False)

    assert taxes.regime_of("NP") is None
    assert taxes.regime_of("XX") is None
    assert taxes.regime_of("none").prices_include_tax


@pytest.mark.parametrize(
    ("wrong", "law"),
    [
        ({"tax": "tva"}, "tax_rate_one_per_day"),
        ({"tax": ""}, "tax_rate_tax_not_empty"),
    ],
)
def test_a_tax_has_one_name_and_one_rate_a_day(wrong, law):
    standard = TaxClass.objects.get(code="standard")

    with pytest.raises(IntegrityError, match=law):
        TaxRate.objects.create(
            tax_class=standard, regime="FR", rate=0, valid_from=date(2014, 1, 1), **wrong
        )


@pytest.mark.parametrize(
    ("code", "law"),
    [
        ("fr", "tax_regime_code_unique_ci"),
        ("none", "tax_regime_has_tax"),
        ("", "tax_regime_code_not_empty"),
    ],
)
def test_a_regime_has_a_code_of_its_own(code, law):
    with pytest.raises(IntegrityError, match=law):
        TaxRegime.objects.create(code=code, name="Again")


@pytest.mark.parametrize(
    ("number", "until", "expected"),
    [
        ("", None, False),
        ("A-1", None, True),
        ("A-1", date(2026, 1, 1), True),
        ("A-1", date(2025, 12, 31), False),
    ],
)
def test_an_exemption_holds_through_its_last_day(number, until, expected):
    customer = Customer(tax_exempt_number=number, tax_exempt_until=until)

    assert is_exempt(customer, date(2026, 1, 1)) is expected


def test_only_an_exemption_with_a_number_ends():
    with pytest.raises(IntegrityError, match="customer_exemption_has_number"):
        Customer.objects.create(code="A", tax_exempt_until=date(2026, 1, 1))


class TestTheAdministration:
    @pytest.fixture
    def client(self):
        return chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))

    def test_keeps_a_regime_s_code(self, client):
        quebec = TaxRegime.objects.get(code="CA-QC")
        client.post(
            f"/admin/sales/taxregime/{quebec.pk}/change/",
            {"code": "X", "name": "Quebec", "is_active": "on"},
        )

        quebec.refresh_from_db()
        assert (quebec.code, quebec.name) == ("CA-QC", "Quebec")
        assert (
            "Quebec" in client.get(f"/admin/sales/taxregime/{quebec.pk}/history/").content.decode()
        )

    @pytest.mark.parametrize(("regime", "made"), [("NP", 1), ("NOWHERE", 0)])
    def test_takes_rates_of_regimes_that_there_are(self, client, regime, made):
        books = TaxClass.objects.create(code="books", name="Books")
        answer = client.post(
            f"/admin/sales/taxclass/{books.pk}/change/",
            {
                "code": "books", "name": "Books", "rates-TOTAL_FORMS": 1,
                "rates-INITIAL_FORMS": 0, "rates-0-regime": regime, "rates-0-tax": "VAT",
                "rates-0-rate": "0.05", "rates-0-valid_from": "2026-01-01",
            },
        )  # fmt: skip

        assert answer.status_code == (302 if made else 200)
        assert TaxRate.objects.filter(tax_class=books, regime=regime, tax="VAT").count() == made
        assert TaxRate.objects.filter(tax_class=books).count() == made

    def test_says_why_an_exemption_without_number_does_not_end(self, client):
        ann = Customer.objects.create(code="ANN")
        text = client.post(
            f"/admin/sales/customer/{ann.pk}/change/",
            {"code": "ANN", "attributes": "{}", "tax_exempt_until": "2026-01-01"},
        ).content.decode()

        ann.refresh_from_db()
        assert "Only an exemption with a number ends." in text
        assert ann.tax_exempt_until is None
