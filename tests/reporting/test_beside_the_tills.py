"""Visitors, hours worked and floor areas beside what the tills took."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from epm.access.models import Role
from reporting.selectors import kpis
from reporting.selectors.freshness import data_version
from reporting.services import facts
from sales.models import StoreFootfall, StoreLabour
from tests.factories import chain
from tests.factories.ledger import item

pytestmark = pytest.mark.django_db

CODES = ("footfall", "conversion", "labour_hours", "sales_per_labour_hour")
JUNE = {"start": date(2026, 6, 1), "end": date(2026, 6, 30)}
NOTHING = dict.fromkeys(CODES)


@pytest.fixture
def director():
    return chain.person(Role.DIRECTOR, whole_chain=True)


@pytest.fixture
def paris():
    return chain.store(code="PAR", region=chain.region(code="NORTH"))


def sold(store, day, *nets, product=None):
    for net in nets:
        at = datetime(2026, 6, day, 10, tzinfo=UTC)
        chain.sale(store=store, at=at, lines=[item(product or chain.product(), 1, net, rate="0")])


def came(store, day, visitors, **fields):
    StoreFootfall.objects.create(
        store=store, business_date=date(2026, 6, day), visitors=visitors, **fields
    )


def worked(store, day, hours, **fields):
    StoreLabour.objects.create(store=store, business_date=date(2026, 6, day), hours=hours, **fields)


def told(principal, *, codes=CODES, **words):
    return kpis.report(principal=principal, **{**JUNE, **words, "kpis": codes})


@pytest.mark.parametrize("clean", [False, True], ids=["dirty", "clean"])
def test_the_vector(director, paris, clean):
    """Day 1: 3 tickets, 120.00, of 10 visitors in 8 h. Day 2: 1 ticket, 30.00, of 10 in 2 h.

    Day 3 sold 500.00 and nobody counted; it enters neither. (3 + 1) / 20; 150.00 / 10 h.
    """
    sold(paris, 1, "50", "40", "30")
    sold(paris, 2, "30")
    sold(paris, 3, "500")
    for day in (1, 2):
        came(paris, day, 10)
    worked(paris, 1, "8.00")
    worked(paris, 2, "2.00")
    if clean:
        facts.refresh()

    assert told(director).total == {
        "footfall": "20",
        "conversion": "0.2000000000",
        "labour_hours": "10.00",
        "sales_per_labour_hour": "15.0000000000",
    }


def test_a_refreshed_day_and_one_that_is_not_tell_the_same(director, paris):
    """A day that was refreshed and sold on since: both parts count once."""
    for day in (1, 2):
        sold(paris, day, "50")
        came(paris, day, 10)
        worked(paris, day, 4)
    facts.refresh()
    sold(paris, 2, "70")
    dirty = [told(director, by=by) for by in (None, "store", "region", "day", "week", "month")]

    facts.refresh()

    clean = [told(director, by=by) for by in (None, "store", "region", "day", "week", "month")]
    assert [each.total for each in dirty] == [each.total for each in clean]
    assert [each.rows for each in dirty] == [each.rows for each in clean]
    assert clean[0].total["conversion"] == "0.1500000000"  # 3 / 20
    assert clean[0].total["sales_per_labour_hour"] == "21.2500000000"  # 170 / 8


def test_of_hours_of_a_day_the_day_is_their_sum(director, paris):
    sold(paris, 1, "50", "50")
    for hour in (9, 10):
        came(paris, 1, 4, hour=hour)
        worked(paris, 1, "1.25", hour=hour)

    assert told(director).total == {
        "footfall": "8", "conversion": "0.2500000000",
        "labour_hours": "2.50", "sales_per_labour_hour": "40.0000000000",
    }  # fmt: skip


def test_sums_are_divided_last(director, paris):
    """Paris 1 of 10, Lyon 9 of 20: 10 / 30, not the mean of 10 % and 45 %."""
    lyon = chain.store(code="LYO")
    sold(paris, 1, "10")
    sold(lyon, 1, *["10"] * 9)
    came(paris, 1, 10)
    came(lyon, 1, 20)

    report = told(director, by="store", codes=["conversion"])

    assert {row.key: row.kpis["conversion"] for row in report.rows} == {
        "PAR": "0.1000000000", "LYO": "0.4500000000",
    }  # fmt: skip
    assert report.total["conversion"] == "0.3333333333"


def test_a_returned_ticket_takes_from_the_hour_and_is_no_transaction(director, paris):
    sold(paris, 1, "100")
    chain.sale(
        store=paris, at=datetime(2026, 6, 1, 11, tzinfo=UTC), is_pure_return=True,
        lines=[item(chain.product(), -1, "-40", rate="0")],
    )  # fmt: skip
    came(paris, 1, 2)
    worked(paris, 1, 3)

    assert told(director).total["conversion"] == "0.5000000000"
    assert told(director).total["sales_per_labour_hour"] == "20.0000000000"


class TestWhatIsNotKnown:
    def test_is_told_of_nobody_counted(self, director, paris):
        sold(paris, 1, "100")

        assert told(director).total == NOTHING

    def test_no_visitors_are_known_and_divide_nothing(self, director, paris):
        sold(paris, 1, "100")
        came(paris, 1, 0)
        worked(paris, 1, 0)

        assert told(director).total == NOTHING | {"footfall": "0", "labour_hours": "0.00"}

    def test_a_day_without_sales_between_others_converted_nobody(self, director, paris):
        sold(paris, 1, "100")
        sold(paris, 3, "100")
        for day in (1, 2, 3):
            came(paris, day, 2)

        assert told(director).total["conversion"] == "0.3333333333"

    def test_days_after_the_last_sale_have_not_come_in_yet(self, director, paris):
        sold(paris, 1, "100")
        for day in (1, 2):
            came(paris, day, 2)
            worked(paris, day, 5)

        report = told(director, by="day")

        assert report.total == {
            "footfall": "4", "conversion": "0.5000000000",
            "labour_hours": "10.00", "sales_per_labour_hour": "20.0000000000",
        }  # fmt: skip
        assert [list(row.kpis.values()) for row in report.rows] == [
            ["2", "0.5000000000", "5.00", "20.0000000000"],
            ["2", None, "5.00", None],
        ]

    def test_nothing_is_exact_of_some_goods(self, director, paris):
        product = chain.product(category=chain.category(code="FOOD"))
        sold(paris, 1, "100", product=product)
        came(paris, 1, 2)
        codes = [*CODES, "sales_density"]

        for words in ({"category": "FOOD"}, {"product": product.sku}, {"by": "product"}):
            report = told(director, codes=codes, **words)
            figures = report.rows[0].kpis if "by" in words else report.total
            assert set(figures.values()) == {None}

    def test_nothing_is_told_of_another_store(self, director, paris):
        sold(paris, 1, "100")
        came(paris, 1, 2)
        worked(paris, 1, 2)
        manager = chain.person(Role.MANAGER, stores=[chain.store()])

        assert told(manager).total == NOTHING
        assert told(manager, by="store").rows == []


class TestDensity:
    CODE = "sales_density"

    def test_is_of_the_stores_that_sold_and_have_an_area(self, director, paris):
        """Paris 1 000.00 on 50 m², Lyon 200.00 on 30 m²; Nice's is unknown, one sold nothing."""
        lyon, nice = chain.store(code="LYO"), chain.store(code="NCE")
        chain.store(floor_area_m2=1000)
        for store, area in ((paris, 50), (lyon, 30)):
            store.floor_area_m2 = area
            store.save()
        sold(paris, 1, "600")
        sold(paris, 2, "400")
        sold(lyon, 2, "200")
        sold(nice, 2, "9999")

        by_store = told(director, codes=[self.CODE], by="store")
        by_day = told(director, codes=[self.CODE], by="day")

        assert by_store.total == by_day.total == {self.CODE: "15.0000000000"}  # 1 200 / 80
        assert {row.key: row.kpis[self.CODE] for row in by_store.rows} == {
            "PAR": "20.0000000000", "LYO": "6.6666666667", "NCE": None,
        }  # fmt: skip
        assert [row.kpis[self.CODE] for row in by_day.rows] == [
            "12.0000000000", "7.5000000000",  # 600 / 50, then 600 / 80
        ]  # fmt: skip

    @pytest.mark.parametrize("by", ["region", "week", "retail_month", "month", "quarter"])
    def test_a_store_counts_once_in_each_row(self, director, paris, by):
        paris.floor_area_m2 = Decimal("50.00")
        paris.save()
        for day in (1, 2, 3):
            sold(paris, day, "100")

        (row,) = told(director, codes=[self.CODE], by=by).rows

        assert row.kpis[self.CODE] == "6.0000000000"

    def test_is_not_known_without_sales_or_area(self, director, paris):
        sold(paris, 1, "100")

        assert told(director, codes=[self.CODE]).total == {self.CODE: None}


def test_money_of_two_currencies_is_not_added(director, paris):
    dollars = chain.store(currency="USD")
    for store in (paris, dollars):
        sold(store, 1, "100")
        came(store, 1, 4)
        worked(store, 1, 5)

    figures = told(director).total

    assert figures == {
        "footfall": "8", "conversion": "0.2500000000", "labour_hours": "10.00",
        "sales_per_labour_hour": None,
    }  # fmt: skip


def test_is_read_in_the_same_statement(director, paris, django_assert_num_queries):
    sold(paris, 1, "100")
    came(paris, 1, 4)
    told(director)  # knows the scope of its user from now on

    for by in (None, "store", "week"):
        with django_assert_num_queries(2):
            told(director, by=by, codes=[*CODES, "sales_density", "net_sales", "attainment"])


def test_a_change_gives_the_data_another_version(paris):
    seen = [data_version()]
    came(paris, 1, 4)
    seen.append(data_version())
    StoreFootfall.objects.update(visitors=5)
    seen.append(data_version())
    worked(paris, 1, 5)
    seen.append(data_version())

    assert len(set(seen)) == 4
