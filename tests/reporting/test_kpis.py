"""The figures of a ledger made by hand, and who may be told them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from model_bakery import baker

from epm.access.models import Role
from epm.organization.models import Region
from reporting.kpis.kpi import Dimension
from reporting.kpis.registry import OF_SALES
from reporting.selectors import kpis, places
from reporting.services import facts
from sales.models import Customer, StoreTarget
from tests.factories import chain, ledger
from tests.factories.chain import NOON
from tests.factories.ledger import item

pytestmark = pytest.mark.django_db
DAY = NOON.date()


@pytest.fixture(params=["dirty", "clean"])
def freshness(request):
    """Every figure must be the same before and after a refresh."""

    def settle():
        if request.param == "clean":
            facts.refresh()

    return settle


@pytest.fixture
def director():
    return chain.person(Role.DIRECTOR, whole_chain=True)


def report(principal, **words):
    words = {"start": DAY, "end": DAY, "kpis": list(OF_SALES)} | words
    return kpis.report(principal=principal, **words)


def day_of_trade():
    """A sale with every discount, an exchange, a pure return, fuel, a fee, a zero and a mistake."""
    store = chain.store(code="PAR", name="Paris")
    food, fuels = chain.category(code="FOOD", name="Food"), chain.category(code="FUEL")
    bread = chain.product(sku="BREAD", category=food)
    wine = chain.product(sku="WINE")
    fuel = chain.product(sku="FUEL", category=fuels, unit="l")
    ann = baker.make(Customer, code="ANN")
    sale = [
        # 24.00 - 2.40 shelf - 1.20 loyalty - 0.60 coupon = 19.80 TTC, 16.50 HT; cost 2 x 4
        item(bread, 2, "25.20", shelf="2.40", loyalty="1.20", coupon="0.60", manual="1.20", cost=4),
        # 10.55 TTC at 5.5 % = 10.00 HT; cost unknown
        item(wine, 1, "10.55", rate="0.055"),
        item(wine, 1, "6.00", kind="fee"),
    ]
    chain.sale(store=store, lines=sale, customer=ann)
    # an exchange: one piece back, another out
    chain.sale(
        store=store, lines=[item(bread, -1, "-12.00", cost=4), item(wine, 1, "12.00", cost=5)]
    )
    # a pure return
    back = [item(bread, -1, "-6.00", shelf="-0.60", cost=4)]
    chain.sale(store=store, lines=back, is_pure_return=True, customer=ann)
    # fuel: litres are not pieces
    chain.sale(store=store, lines=[item(fuel, "30.5", "60.00", is_piece=False)])
    # an amount without quantity, sold and given back
    chain.sale(store=store, lines=[item(wine, 0, "1.20"), item(wine, 0, "-0.60")])
    # keyed wrongly, then corrected
    wrong = [item(bread, 9, "99.00", shelf="9.00", cost=4), item(bread, -1, "-1.20", cost=4)]
    mistake = chain.sale(store=store, lines=wrong, customer=baker.make(Customer, code="BOB"))
    ledger.correction_of(mistake)
    return store


@pytest.mark.parametrize("by", [None, "store", "day", "category", "product"])
def test_one_figure_alone_is_what_it_is_among_all(director, freshness, by):
    """Only the sums that a figure is made of are read."""
    day_of_trade()
    freshness()
    of_all = report(director, by=by)

    for code in OF_SALES:
        alone = report(director, by=by, kpis=[code])

        assert alone.total == {code: of_all.total[code]}
        assert [(row.key, row.kpis) for row in alone.rows] == [
            (row.key, {code: row.kpis[code]}) for row in of_all.rows
        ]


def test_rows_tell_only_what_they_are_asked_for(director):
    day_of_trade()
    of_all = report(director, by="store")

    found = report(director, by="store", of_rows=["net_sales"])

    assert found.total == of_all.total
    assert [row.kpis for row in found.rows] == [
        {"net_sales": row.kpis["net_sales"]} for row in of_all.rows
    ]


EXPECTED = {
    # sold HT: 16.50 + 10.00 + 10.00 + 50.00 + 1.00; discounts 2.00 + 1.00 + 0.50 + 1.00
    "gross_sales": "92.00",
    "discounts": "4.50",
    "discounts_shelf": "2.00",
    "discounts_loyalty": "1.00",
    "discounts_coupon": "0.50",
    "discounts_manual": "1.00",
    # 10.00 + (5.40 / 1.2 = 4.50) + 0.50
    "returns": "15.00",
    "net_sales": "72.50",
    # 19.80 + 10.55 + 0 - 5.40 + 60.00 + 0.60
    "net_sales_ttc": "85.55",
    "vat": "13.05",
    # 2 + 1 - 1 + 1 - 1
    "units": "2.000",
    # sale, exchange, fuel, zero; the return and the corrected one do not count
    "transactions": "4",
    "customers": "1",
    "atv": "18.1250000000",
    # (2 + 1 + 1) pieces over sale, exchange and the zero's ticket
    "upt": "1.3333333333",
    # 22.50 of pieces / 2
    "aur": "11.2500000000",
    # 8 - 4 + 5 - 4
    "cost": "5.00",
    # the covered lines sold 16.50, 10.00 back, 10.00, 4.50 back: 12.00
    "gross_margin": "7.00",
    "margin_rate": "0.5833333333",
    "cost_coverage": "0.1655172414",
    "return_rate": "0.1714285714",
    "discount_rate": "0.0489130435",
    "target": None,
    "attainment": None,
    "attainment_to_date": None,
    "target_gap": None,
    "projection": None,
    "projection_linear": None,
    "required_per_day": None,
    "required_per_weight": None,
    "footfall": None,
    "conversion": None,
    "labour_hours": None,
    "sales_per_labour_hour": None,
    "sales_density": None,
    "growth_previous": None,
    "growth_last_year": None,
    "like_for_like": None,
}


def test_every_figure_of_a_day_of_trade(director, freshness):
    day_of_trade()
    freshness()

    assert report(director).total == EXPECTED


@pytest.mark.parametrize("by", ["store", "day", "week", "retail_month", "month", "quarter"])
def test_the_only_row_is_the_total(director, freshness, by):
    day_of_trade()
    freshness()

    (row,) = report(director, by=by).rows

    assert row.kpis == EXPECTED


def test_by_product_and_category_each_counts_its_own_tickets(director, freshness):
    day_of_trade()
    freshness()
    codes = ["net_sales", "transactions", "units", "cost", "customers", "target"]

    by_product = report(director, by="product", kpis=codes)
    by_category = report(director, by="category", kpis=codes)

    assert {row.key: list(row.kpis.values()) for row in by_product.rows} == {
        "FUEL": ["50.00", "1", "0.000", None, None, None],
        "WINE": ["20.50", "3", "2.000", "5.00", None, None],
        "BREAD": ["2.00", "2", "0.000", "0.00", None, None],
    }
    assert [(row.key, *row.kpis.values()) for row in by_category.rows] == [
        ("FUEL", "50.00", "1", "0.000", None, None, None),
        (None, "20.50", "3", "2.000", "5.00", None, None),
        ("FOOD", "2.00", "2", "0.000", "0.00", None, None),
    ]
    assert by_product.total == by_category.total
    assert by_product.total == {code: EXPECTED[code] for code in codes}


def test_within_a_category_rows_are_its_children_and_what_lies_in_it(director, freshness):
    food = chain.category(code="FOOD", name="Food")
    fruit = chain.category(code="FRUIT", parent=food)
    apples = chain.category(code="APPLES", parent=fruit)
    other = chain.category(code="OTHER")
    store = chain.store()
    lines = [
        item(chain.product(category=category), 1, gross)
        for category, gross in ((food, "1.20"), (fruit, "2.40"), (apples, "4.80"), (other, "12.00"))
    ]
    chain.sale(store=store, lines=lines)
    freshness()
    codes = ["net_sales", "transactions"]

    inside = report(director, by="category", category="food", kpis=codes)
    top = report(director, by="category", kpis=codes)
    by_store = report(director, by="store", category="FRUIT", kpis=codes)

    assert {row.key: row.kpis["net_sales"] for row in inside.rows} == {
        "FRUIT": "6.00",
        "FOOD": "1.00",
    }
    assert inside.total == {"net_sales": "7.00", "transactions": "1"}
    assert {row.key: row.kpis["net_sales"] for row in top.rows} == {
        "OTHER": "10.00",
        "FOOD": "7.00",
    }
    assert [row.kpis for row in by_store.rows] == [by_store.total]
    assert by_store.total == {"net_sales": "6.00", "transactions": "1"}


class TestTargets:
    def test_attainment_is_of_the_store_days_that_have_a_target(self, director, freshness):
        paris, lyon = chain.store(code="PAR"), chain.store(code="LYO")
        for store in (paris, lyon):
            chain.sale(store=store, lines=[item(chain.product(), 1, "120.00")])
        StoreTarget.objects.create(store=paris, month=date(2025, 3, 1), amount=Decimal("310.00"))
        freshness()
        codes = ["net_sales", "target", "attainment"]

        told = report(director, by="store", kpis=codes)
        month = report(director, start=date(2025, 3, 1), kpis=codes)

        assert {row.key: tuple(row.kpis.values()) for row in told.rows} == {
            "LYO": ("100.00", None, None),
            "PAR": ("100.00", "10.00", "10.0000000000"),
        }
        assert told.total == {
            "net_sales": "200.00",
            "target": "10.00",
            "attainment": "10.0000000000",
        }
        assert month.total["attainment"] == "0.3225806452"

    def test_a_store_that_sold_nothing_still_has_its_target(self, director):
        store = chain.store(code="PAR")
        StoreTarget.objects.create(store=store, month=date(2025, 3, 1), amount=Decimal("310.00"))

        (row,) = report(director, by="store", kpis=["target", "attainment", "atv"]).rows

        assert row.kpis == {"target": "10.00", "attainment": "0.0000000000", "atv": None}


class TestGrowth:
    def grown(self, director, *days_and_amounts, **words):
        store = chain.store(code="PAR")
        for days, gross in days_and_amounts:
            at = NOON - timedelta(days=days)
            chain.sale(store=store, at=at, lines=[item(chain.product(), 1, gross)])
        return report(director, kpis=["growth_previous", "growth_last_year"], **words)

    def test_compares_with_the_day_before_and_the_weekday_a_year_ago(self, director):
        told = self.grown(director, (0, "120.00"), (1, "96.00"), (364, "240.00"), (365, "1.20"))

        assert told.total == {
            "growth_previous": "0.2500000000",
            "growth_last_year": "-0.5000000000",
        }

    def test_or_with_the_same_date(self, director):
        told = self.grown(director, (0, "120.00"), (365, "96.00"), last_year="date")

        assert told.total == {"growth_previous": None, "growth_last_year": "0.2500000000"}

    def test_each_day_with_its_own(self, director):
        told = self.grown(
            director,
            *((0, "120.00"), (1, "96.00"), (2, "48.00"), (364, "60.00"), (366, "1.20")),
            start=DAY - timedelta(days=1),
            by="day",
        )

        assert [tuple(row.kpis.values()) for row in told.rows] == [
            ("1.0000000000", None),
            ("0.2500000000", "1.0000000000"),
        ]

    def test_a_window_before_the_first_sale_is_no_base(self, director):
        told = self.grown(director, (0, "120.00"), (2, "96.00"), start=DAY - timedelta(days=1))

        assert told.total == {"growth_previous": None, "growth_last_year": None}

    def test_a_month_that_is_only_partly_in_the_period_has_no_month_before(self, director):
        told = self.grown(
            director,
            *((0, "120.00"), (31, "60.00"), (60, "30.00"), (90, "30.00")),
            start=date(2025, 2, 2),
            by="month",
        )

        assert [(row.key, row.kpis["growth_previous"]) for row in told.rows] == [
            ("2025-02", None),
            ("2025-03", "1.0000000000"),
        ]

    def test_nor_has_one_after_full_months(self, director):
        store = chain.store(code="PAR")
        for month, gross in ((8, "6.00"), (9, "48.00"), (10, "60.00"), (11, "120.00")):
            at = datetime(2026, month, 5, 12, tzinfo=UTC)
            chain.sale(store=store, at=at, lines=[item(chain.product(), 1, gross)])

        told = report(
            director,
            start=date(2026, 10, 1),
            end=date(2026, 11, 10),
            by="month",
            kpis=["growth_previous"],
        )

        assert [(row.key, row.kpis["growth_previous"]) for row in told.rows] == [
            ("2026-10", "0.2500000000"),
            ("2026-11", None),
        ]

    def test_by_category_the_total_is_that_of_the_category(self, director):
        food = chain.category(code="FOOD")
        bread, other = chain.product(category=food), chain.product()
        store = chain.store()
        for days, gross in ((0, "120.00"), (1, "60.00")):
            at = NOON - timedelta(days=days)
            chain.sale(store=store, at=at, lines=[item(bread, 1, gross), item(other, 1, "999.00")])

        told = report(director, category="FOOD", by="store", kpis=["growth_previous"])

        assert told.total == {"growth_previous": "1.0000000000"}
        assert told.rows[0].kpis == told.total


class TestCurrencies:
    def test_amounts_of_two_currencies_are_never_added(self, director, freshness):
        for code, currency in (("PAR", "EUR"), ("GVA", "CHF")):
            store = chain.store(code=code, currency=currency)
            chain.sale(store=store, lines=[item(chain.product(), 2, "24.00", shelf="2.40")])
        freshness()

        told = report(
            director,
            by="store",
            kpis=["net_sales", "atv", "discount_rate", "units", "transactions"],
        )

        assert told.currency is None
        assert list(told.total.values()) == [None, None, None, "4.000", "2"]
        assert [(row.key, row.currency, list(row.kpis.values())) for row in told.rows] == [
            ("GVA", "CHF", ["18.00", "18.0000000000", "0.1000000000", "2.000", "1"]),
            ("PAR", "EUR", ["18.00", "18.0000000000", "0.1000000000", "2.000", "1"]),
        ]
        assert report(director, stores=["GVA"], kpis=["net_sales"]).total == {"net_sales": "18.00"}

    def test_a_row_tells_amounts_where_its_own_stores_have_one(self, director, freshness):
        """Regions: CH has francs, IDF euros, MIX both. What is of all stores has none."""
        for code, currency, region in (
            ("GVA", "CHF", "CH"), ("PAR", "EUR", "IDF"), ("BAL", "CHF", "MIX"),
            ("MUL", "EUR", "MIX"),
        ):  # fmt: skip
            of = Region.objects.filter(code=region).first() or chain.region(code=region)
            store = chain.store(code=code, currency=currency, region=of)
            chain.sale(store=store, lines=[item(chain.product(), 1, "12.00")])
        freshness()

        def rows(by):
            told = report(director, by=by, kpis=["net_sales", "margin_rate", "units"])
            assert told.total == {"net_sales": None, "margin_rate": None, "units": "4.000"}
            return [(row.key, row.currency, row.kpis["net_sales"]) for row in told.rows]

        assert rows("region") == [
            ("CH", "CHF", "10.00"), ("IDF", "EUR", "10.00"), ("MIX", None, None),
        ]  # fmt: skip
        assert {row[1:] for row in rows("day")} == {(None, None)}
        assert {row[1:] for row in rows("product")} == {(None, None)}

    def test_an_amount_has_the_places_of_its_own_currency(self, director, freshness):
        for code, currency in (("PAR", "EUR"), ("TYO", "JPY")):
            store = chain.store(code=code, name=code, currency=currency)
            chain.sale(store=store, lines=[item(chain.product(), 1, "12.00")])
        freshness()

        told = report(director, by="store", kpis=["net_sales"]).as_json()

        assert told["rows"] == [
            {"key": "PAR", "label": "PAR", "currency": "EUR", "kpis": {"net_sales": "10.00"}},
            {"key": "TYO", "label": "TYO", "currency": "JPY", "kpis": {"net_sales": "10"}},
        ]

    @pytest.mark.parametrize("by", [None, *Dimension])
    def test_a_store_that_never_sold_brings_none(self, director, freshness, by):
        chain.store(code="GVA", currency="CHF")
        paris = chain.store(code="PAR")
        chain.sale(store=paris, lines=[item(chain.product(), 1, "12.00")])
        freshness()

        told = report(director, by=by, kpis=["net_sales", "units"])

        assert told.currency == "EUR"
        assert told.total == {"net_sales": "10.00", "units": "1.000"}
        assert [row.kpis["net_sales"] for row in told.rows] == (["10.00"] if by else [])

    def test_one_that_sold_in_days_read_together_does(self, director, freshness):
        """What is compared with each other is of the same currency; long ago is no matter."""
        geneva, paris = chain.store(code="GVA", currency="CHF"), chain.store(code="PAR")
        line = item(chain.product(), 1, "12.00")
        chain.sale(store=paris, lines=[line])
        chain.sale(store=geneva, at=NOON - timedelta(days=500), lines=[line])
        freshness()

        alone = report(director, kpis=["net_sales"])
        then = DAY - timedelta(days=500)
        asked = [kpis.Ask(start=day, end=day, kpis=["net_sales"]) for day in (DAY, then)]
        together = kpis.reports(principal=director, asked=asked)

        assert (alone.currency, alone.total) == ("EUR", {"net_sales": "10.00"})
        assert [(told.currency, told.total) for told in together] == [
            (None, {"net_sales": None}),
            (None, {"net_sales": None}),
        ]

    def test_so_does_one_with_a_target(self, director):
        geneva, paris = chain.store(code="GVA", currency="CHF"), chain.store(code="PAR")
        chain.sale(store=paris, lines=[item(chain.product(), 1, "12.00")])
        StoreTarget.objects.create(store=geneva, month=date(2025, 5, 1), amount=Decimal(310))
        assert report(director, kpis=["target"]).currency == "EUR"

        StoreTarget.objects.create(store=geneva, month=DAY.replace(day=1), amount=Decimal(310))

        assert report(director, kpis=["target"]).currency is None

    def test_of_nothing_at_all_there_is_none(self, director):
        chain.store(currency="CHF")
        chain.store(currency="EUR")

        assert report(director, kpis=["net_sales"]).currency is None

    def test_discounts_are_rounded_to_what_the_currency_holds(self, director, freshness):
        store = chain.store(currency="JPY")
        line = item(chain.product(), 1, 110, shelf=5, rate="0.1")
        chain.sale(store=store, lines=[line])
        freshness()

        told = report(director, kpis=["discounts", "net_sales"])

        assert told.total["discounts"] == "5"


class TestScope:
    @pytest.fixture
    def two_regions(self):
        north, south = chain.region(code="N"), chain.region(code="S")
        for code, region, gross in (("LIL", north, "12.00"), ("NIC", south, "24.00")):
            store = chain.store(code=code, region=region)
            chain.sale(store=store, lines=[item(chain.product(), 1, gross)])
        return north, south

    @pytest.mark.parametrize("by", [None, *Dimension])
    def test_a_regional_is_told_of_her_region_alone(self, two_regions, freshness, by):
        freshness()
        regional = chain.person(Role.REGIONAL, regions=two_regions[:1])

        told = report(regional, by=by, kpis=["net_sales", "customers", "growth_previous"])

        assert told.total["net_sales"] == "10.00"
        assert [row.kpis["net_sales"] for row in told.rows] == (["10.00"] if by else [])

    def test_nobody_is_told_nothing(self, two_regions):
        told = report(chain.person(Role.MANAGER), by="store")

        assert told.rows == []
        assert told.total["net_sales"] is None
        assert told.total["transactions"] == "0"

    def test_a_foreign_store_is_refused_like_an_absent_one(self, two_regions):
        regional = chain.person(Role.REGIONAL, regions=two_regions[:1])

        with pytest.raises(places.UnknownStore) as foreign:
            report(regional, stores=["NIC"])
        with pytest.raises(places.UnknownStore) as absent:
            report(regional, stores=["XXX"])

        assert foreign.value.detail.replace("NIC", "XXX") == absent.value.detail
        with pytest.raises(places.UnknownRegion):
            report(regional, regions=["S"])

    def test_stores_and_regions_narrow_each_other(self, two_regions, director):
        def net(**words):
            return report(director, kpis=["net_sales", "transactions"], **words).total

        assert net(stores=["lil", "NIC"])["net_sales"] == "30.00"
        assert net(regions=["n"])["net_sales"] == "10.00"
        assert net(stores=["NIC"], regions=["N"])["transactions"] == "0"


@pytest.mark.parametrize(
    ("_case", "words", "refusal"),
    [
        ("ends before it begins", {"end": DAY - timedelta(days=1)}, kpis.BadPeriod),
        ("before there were sales", {"start": date(1999, 12, 31)}, kpis.BadPeriod),
        ("no such rows", {"by": "planet"}, kpis.UnknownDimension),
        ("no such figure", {"kpis": ["net_salse"]}, kpis.UnknownKpi),
        ("no such category", {"category": "XXX"}, kpis.UnknownCategory),
    ],
)
def test_refuses_what_it_cannot_answer(director, _case, words, refusal):
    with pytest.raises(refusal):
        report(director, **words)


@pytest.mark.parametrize(
    ("by", "queries"),
    [(None, 2), ("store", 2), ("region", 2), ("day", 2), ("retail_month", 2), ("product", 3)],
)
def test_reads_the_stores_and_then_everything_in_one_statement(
    director, django_assert_num_queries, by, queries
):
    day_of_trade()
    report(director)  # knows the scope of its user from now on

    with django_assert_num_queries(queries):
        report(director, by=by)


def test_customers_are_counted_only_when_asked_for(director):
    assert set(OF_SALES) - set(report(director, kpis=None).total) == {"customers"}


class TestDaysOfFeesAlone:
    """They are written to the ledger and marked, but nothing was sold: as a refresh will find."""

    @staticmethod
    def fee(store, day):
        line = item(chain.product(), 1, "1.20", kind="fee")
        chain.sale(
            store=store, at=datetime(day.year, day.month, day.day, 9, tzinfo=UTC), lines=[line]
        )

    @staticmethod
    def sold(store, day, net_ttc):
        line = item(chain.product(), 1, net_ttc)
        chain.sale(
            store=store, at=datetime(day.year, day.month, day.day, 9, tzinfo=UTC), lines=[line]
        )

    def test_bring_no_currency(self, director, freshness):
        self.sold(chain.store(code="PAR"), DAY, "24.00")
        facts.refresh()
        self.fee(chain.store(code="NYC", currency="USD"), DAY)
        freshness()

        assert report(director, kpis=["net_sales"]).total == {"net_sales": "20.00"}

    def test_do_not_make_earlier_days_known(self, director, freshness):
        store, month = chain.store(code="PAR"), date(2025, 3, 1)
        StoreTarget.objects.create(store=store, month=month, amount=Decimal(3100))
        self.sold(store, date(2025, 3, 3), "24.00")
        facts.refresh()
        self.fee(store, date(2025, 3, 20))
        freshness()

        found = report(
            director, start=month, end=date(2199, 1, 1), kpis=["target_gap", "projection_linear"]
        )

        assert found.total == {"target_gap": "-280.00", "projection_linear": "206.67"}

    def test_are_no_first_day(self, director, freshness):
        store = chain.store(code="PAR")
        self.fee(store, date(2024, 1, 1))
        self.sold(store, date(2024, 2, 5), "12.00")
        self.sold(store, date(2024, 2, 15), "24.00")
        freshness()

        found = report(
            director, start=date(2024, 2, 10), end=date(2024, 2, 19), kpis=["growth_previous"]
        )

        assert found.total == {"growth_previous": None}
