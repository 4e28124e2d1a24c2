"""Rows by week, retail month and quarter, each compared as its calendar says."""

from datetime import UTC, date, datetime, time

import pytest

from epm.access.models import Role
from epm.platform.calendars import RetailCalendar
from reporting.selectors import kpis
from reporting.services import facts
from tests.factories import chain
from tests.factories.ledger import item

pytestmark = pytest.mark.django_db

CODES = ("net_sales", "growth_previous", "growth_last_year")


@pytest.fixture
def director():
    return chain.person(Role.DIRECTOR, whole_chain=True)


@pytest.fixture
def store():
    return chain.store(code="PAR", opened_on=date(2015, 1, 1))


@pytest.fixture(params=["dirty", "clean"])
def trade(request, store):
    """Sell amounts excl. tax on days, in facts or not yet."""

    def sell(**amounts):
        bread = chain.product(category=chain.category(code="FOOD"))
        for day, net in amounts.items():
            at = datetime.combine(
                date.fromisoformat(day.strip("_").replace("_", "-")), time(12), UTC
            )
            chain.sale(store=store, at=at, lines=[item(bread, 1, net, rate="0")])
        if request.param == "clean":
            facts.refresh()

    return sell


def rows(principal, by, start, end, **words):
    report = kpis.report(
        principal=principal,
        start=date.fromisoformat(start),
        end=date.fromisoformat(end),
        by=by,
        **{"kpis": CODES} | words,
    )
    assert all(row.label == row.key for row in report.rows)
    return {row.key: tuple(row.kpis.values()) for row in report.rows}


def test_weeks_are_iso_weeks(director, trade):
    trade(_2025_11_10=50, _2025_11_17=80, _2026_11_09=100, _2026_11_15=20, _2026_11_16=150)

    assert rows(director, "week", "2026-11-09", "2026-11-22") == {
        "2026-W46": ("120.00", None, "1.4000000000"),
        "2026-W47": ("150.00", "0.2500000000", "0.8750000000"),
    }
    # a part of a week has nothing before it, and the same part a year before
    assert rows(director, "week", "2026-11-10", "2026-11-18") == {
        "2026-W46": ("20.00", None, None),
        "2026-W47": ("150.00", None, "0.8750000000"),
    }


@pytest.mark.parametrize(
    ("last_year", "growths"),
    [
        # W52 of 2019, W01 of 2020, W02 of 2020
        ("weekday", ("1.0000000000", "2.0000000000", "7.0000000000")),
        # W52 of 2019 twice, W01 of 2020
        ("date", ("1.0000000000", "-0.2500000000", "3.0000000000")),
    ],
)
def test_week_53_meets_week_1_or_52(director, trade, last_year, growths):
    trade(
        _2019_12_01=1, _2019_12_23=40, _2019_12_30=10, _2020_01_06=5,
        _2020_12_21=80, _2020_12_28=30, _2021_01_04=40,
    )  # fmt: skip

    told = rows(
        director, "week", "2020-12-21", "2021-01-10", kpis=["growth_last_year"], last_year=last_year
    )

    assert told == dict(
        zip(("2020-W52", "2020-W53", "2021-W01"), [(growth,) for growth in growths], strict=True)
    )


def test_retail_months_follow_the_setting(director, trade, settings):
    trade(_2026_01_31=5, _2026_02_01=10, _2026_02_28=20, _2026_03_01=60, _2026_04_04=60)

    assert rows(director, "retail_month", "2026-02-01", "2026-04-04", kpis=CODES[:2]) == {
        "2026-P01": ("30.00", None),
        "2026-P02": ("60.00", "1.0000000000"),
        "2026-P03": ("60.00", None),
    }
    settings.EPM_RETAIL_CALENDAR = RetailCalendar.read("5-4-4")
    assert rows(director, "retail_month", "2026-02-01", "2026-04-04", kpis=CODES[:2]) == {
        "2026-P01": ("90.00", None),
        "2026-P02": ("60.00", "-0.3333333333"),
    }


def test_after_53_weeks_retail_months_are_restated_or_not(director, trade):
    """P01 of 2024 is 4 February to 2 March; of 2023 it began on 29 January."""
    trade(_2022_12_01=1, _2023_01_29=50, _2023_02_05=20, _2023_02_26=80, _2024_02_04=200)

    def growth(last_year):
        told = rows(
            director,
            "retail_month",
            "2024-02-04",
            "2024-03-02",
            kpis=["growth_last_year"],
            last_year=last_year,
        )
        return told["2024-P01"][0]

    assert growth("weekday") == "1.0000000000"  # 20 + 80
    assert growth("date") == "1.8571428571"  # 50 + 20


def test_quarters(director, trade):
    trade(_2025_06_30=1, _2025_10_01=50, _2025_12_31=50, _2026_07_01=200, _2026_10_01=300)

    told = rows(director, "quarter", "2026-07-01", "2026-12-31", last_year="date")

    assert told == {
        "2026-Q3": ("200.00", None, None),
        "2026-Q4": ("300.00", "0.5000000000", "2.0000000000"),
    }


@pytest.mark.parametrize("by", ["week", "retail_month", "quarter"])
def test_of_a_category_are_those_of_its_goods(director, trade, by):
    trade(_2024_10_01=1, _2024_10_05=9, _2025_10_04=10, _2025_10_06=40, _2025_11_29=30)

    of_all = rows(director, by, "2025-10-01", "2025-12-31", kpis=CODES)

    assert rows(director, by, "2025-10-01", "2025-12-31", kpis=CODES, category="FOOD") == of_all
    assert len(of_all) > 0
