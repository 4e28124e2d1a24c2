"""What every key figure says of itself."""

import pytest
from django.utils.functional import Promise

from reporting.kpis import stock
from reporting.kpis.figures import Figures
from reporting.kpis.registry import REGISTRY

CONTRACT = {
    "gross_sales", "discounts", "returns", "net_sales", "net_sales_ttc", "vat", "units",
    "transactions", "customers", "atv", "upt", "aur", "cost", "gross_margin", "margin_rate",
    "cost_coverage", "return_rate", "discount_rate", "target", "attainment", "growth_previous",
    "growth_last_year", "like_for_like", "attainment_to_date", "target_gap", "projection",
    "required_per_day",
}  # fmt: skip


def test_the_codes_that_clients_rely_on_are_there():
    assert set(REGISTRY) >= CONTRACT


@pytest.mark.parametrize("kpi", REGISTRY.values(), ids=list(REGISTRY))
def test_each_says_what_it_is_in_the_language_of_the_reader(kpi):
    for told in (kpi.name, kpi.formula, kpi.rounding):
        assert isinstance(told, Promise)
        assert str(told)
    assert kpi.version >= 1
    assert kpi.sources


def test_of_nothing_sums_are_zero_and_the_rest_is_not_known():
    known = {code for code, kpi in REGISTRY.items() if kpi.of(Figures()) is not None}

    assert all(REGISTRY[code].of(Figures()) == 0 for code in known)
    assert set(REGISTRY) - known == {
        "customers", "atv", "upt", "aur", "cost", "gross_margin", "margin_rate", "cost_coverage",
        "return_rate", "discount_rate", "target", "attainment", "growth_previous",
        "growth_last_year", "like_for_like", "attainment_to_date", "target_gap", "projection",
        "projection_linear", "required_per_day", "required_per_weight", "footfall", "conversion",
        "labour_hours", "sales_per_labour_hour", "sales_density",
    } | stock.CODES  # fmt: skip
