"""Which VAT rate is known of a tax class."""

from datetime import date
from decimal import Decimal

import pytest

from sales.models import TaxClass, TaxRate
from sales.selectors import taxes

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
