"""Key figures of stock: the same on every door, and what the ledger says, to the cent."""

import csv
import io
import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from epm.access.models import Role
from epm.access.selectors import rights
from epm.organization.models import StoreKind
from inventory.models import MovementKind, NegativeStock, StockMovement, StockPolicy
from inventory.selectors.stock import worth_on
from inventory.services import stock_alerts
from reporting.kpis import stock as kpis_of_stock
from reporting.selectors import kpis
from reporting.selectors.freshness import data_version, with_stock
from tests.factories import chain, stock
from tests.factories.chain import NOON
from tests.reporting.pages import get, rows, words

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
TODAY = NOON.date()
CENT = Decimal("0.01")


def director():
    return chain.person(Role.DIRECTOR, whole_chain=True)


def asked(*codes, start=TODAY, end=TODAY, **words_):
    return kpis.report(
        principal=director(), start=start, end=end, kpis=codes or sorted(kpis_of_stock.CODES),
        **words_,
    )  # fmt: skip


def total(code, **words_):
    return asked(code, **words_).total[code]


def lenient(store):
    return StockPolicy.objects.create(store=store, negative=NegativeStock.ALLOW)


class TestFormulas:
    def test_what_is_on_hand_and_worth_as_each_day_ended(self):
        store, bread = chain.store(), chain.product()
        stock.received(store, bread, 10, 5, at=NOON - 2 * DAY)
        stock.book(MovementKind.SALE, (store, bread, -4), at=NOON - DAY)
        stock.received(store, bread, 1, 5, at=NOON)

        found = asked("stock_value", "stock_units", start=TODAY - 3 * DAY, by="day")

        assert [(row.key, *row.kpis.values()) for row in found.rows] == [
            ((TODAY - 2 * DAY).isoformat(), "50.00", "10.000"),
            ((TODAY - DAY).isoformat(), "30.00", "6.000"),
            (TODAY.isoformat(), "35.00", "7.000"),
        ]
        assert dict(found.total) == {"stock_value": "35.00", "stock_units": "7.000"}

    def test_turn_days_and_margin_on_stock(self):
        """Closings 100, 60, 70; cost of what left 40: 40 / (230 / 3) × 365 / 3."""
        store, bread = chain.store(), chain.product()
        stock.received(store, bread, 10, 10, at=NOON - 2 * DAY)
        stock.book(MovementKind.SALE, (store, bread, -4), at=NOON - DAY)
        stock.received(store, bread, 1, 10, at=NOON)
        chain.sale(
            store=store, at=NOON - DAY,
            lines=[{"product": bread, "quantity": 4, "net_ttc": "72.00", "net_ht": "60.00",
                    "vat": "12.00", "unit_cost": 10}],
        )  # fmt: skip

        found = asked(start=TODAY - 2 * DAY).total

        assert found["stock_average"] == "76.67"
        assert found["stock_cogs"] == "40.00"
        assert found["stock_turn"] == f"{Decimal(40 * 365) / 230:.10f}"
        assert found["stock_days"] == "5.7500000000"
        assert found["gmroi"] == f"{Decimal(20 * 365) / 230:.10f}"
        assert found["stock_cogs_coverage"] == "1.0000000000"

    def test_sell_through_is_of_what_was_there_and_came(self):
        """Began with 60, received 40, moved 20 on: 40 of 80."""
        store, bread = chain.store(), chain.product()
        stock.received(store, bread, 60, 1, at=NOON - DAY)
        stock.received(store, bread, 40, 1)
        stock.book(MovementKind.TRANSFER_OUT, (store, bread, -20))
        stock.book(MovementKind.SALE, (store, bread, -45))
        stock.book(MovementKind.RETURN, (store, bread, 5, 1))

        assert total("sell_through") == "0.5000000000"

    def test_shrink_is_positive_where_goods_are_lost(self):
        store, bread = chain.store(), chain.product()
        stock.received(store, bread, 100, 2)
        stock.book(MovementKind.DAMAGE, (store, bread, -3))
        stock.book(MovementKind.THEFT, (store, bread, -2))
        stock.book(MovementKind.COUNT, (store, bread, -4))
        stock.book(MovementKind.COUNT, (store, bread, 1))
        stock.book(MovementKind.ADJUSTMENT, (store, bread, -7))
        chain.sale(store=store, lines=[{"product": bread, "net_ttc": "160.00"}])

        found = asked().total

        assert (found["shrink_known"], found["shrink_unknown"]) == ("10.00", "6.00")
        assert found["shrink_rate"] == f"{Decimal(16) / _net_sales():.10f}"

    def test_what_nothing_is_known_of_is_not_told(self):
        store, bread = chain.store(), chain.product()
        stock.received(store, bread, 5)
        stock.book(MovementKind.SALE, (store, bread, -1))
        stock.book(MovementKind.DAMAGE, (store, bread, -1))

        found = asked().total

        assert found["stock_units"] == "3.000"
        assert found["stock_cost_coverage"] == "0.0000000000"
        unknown = ("stock_value", "stock_average", "stock_cogs", "stock_turn", "gmroi",
                   "shrink_known", "shrink_rate", "days_of_cover")  # fmt: skip
        assert {found[code] for code in unknown} == {None}

    def test_before_the_first_movement_nothing_is_known(self):
        store, bread = chain.store(), chain.product()
        stock.received(store, bread, 5, 1)

        assert set(asked(start=TODAY - 9 * DAY, end=TODAY - DAY).total.values()) == {None}
        assert total("stock_average", start=TODAY - 9 * DAY) == "5.00"

    def test_cover_and_stock_outs(self):
        """Sold 2 a day for ten days, then two days without: 3 left after the truck came."""
        store, bread = chain.store(), chain.product()
        stock.received(store, bread, 20, 1, at=NOON - 12 * DAY)
        for back in range(12, 2, -1):
            stock.book(MovementKind.SALE, (store, bread, -2), at=NOON - back * DAY)
        other = chain.product()
        stock.received(store, other, 99, 1, at=NOON - 12 * DAY)
        for back in range(12, -1, -1):
            stock.book(MovementKind.SALE, (store, other, -1), at=NOON - back * DAY)
        stock.received(store, bread, 3, 1)
        stock_alerts.refresh(now=timezone.now())

        found = asked(start=TODAY - 12 * DAY, by="product")

        told = {row.key: row.kpis for row in found.rows}[bread.sku]
        assert told["stock_out_rate"] == f"{Decimal(2) / 13:.10f}"
        assert found.total["on_shelf_availability"] == f"{1 - Decimal(2) / 26:.10f}"
        assert told["stock_units"] == "3.000"
        assert told["days_of_cover"] == f"{3 / Decimal('1.818182'):.10f}"

    def test_cover_is_not_known_where_nothing_sells(self):
        store, bread = chain.store(), chain.product()
        stock.received(store, bread, 20, 1, at=NOON - 40 * DAY)
        stock_alerts.refresh(now=timezone.now())

        assert total("days_of_cover") is None

    def test_weighed_goods_are_no_pieces_but_count_by_themselves(self):
        store = chain.store()
        bread, flour = chain.product(), chain.product(unit="kg")
        stock.received(store, bread, 2, 1)
        stock.received(store, flour, "1.250", 4)

        assert total("stock_units") == "2.000"
        assert total("stock_units", product=flour.sku) == "1.250"
        assert total("stock_value") == "7.00"

    def test_several_currencies_are_not_added_up(self):
        bread = chain.product()
        stock.received(chain.store(code="A", currency="EUR"), bread, 1, 1)
        stock.received(chain.store(code="B", currency="USD"), bread, 2, 1)

        found = asked("stock_value", "stock_units", by="store")

        assert found.total == {"stock_value": None, "stock_units": "3.000"}
        assert [row.kpis["stock_value"] for row in found.rows] == ["1.00", "2.00"]


def _net_sales():
    return Decimal(asked("net_sales").total["net_sales"])


MOVES = st.lists(
    st.tuples(
        st.integers(0, 1), st.integers(0, 2), st.integers(0, 6),
        st.sampled_from(["receipt", "sale", "return", "count", "damage", "adjustment"]),
        st.integers(1, 30), st.none() | st.decimals("0.01", "9.99", places=4),
    ),
    min_size=1, max_size=25,
)  # fmt: skip
OUT = frozenset({"sale", "damage"})


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(moves=MOVES, start=st.integers(0, 6), length=st.integers(0, 6))
def test_stock_is_what_the_ledger_says(moves, start, length):
    """On random ledgers: value and units by store, category, product and day."""
    from django.db import transaction

    with transaction.atomic():
        region = chain.region()
        stores = [chain.store(region=region) for _ in range(2)]
        for store in stores:
            lenient(store)
        goods = [chain.product(category=chain.category()) for _ in range(3)]
        for where, what, back, kind, quantity, cost in moves:
            signed = -quantity if kind in OUT else quantity
            stock.book(
                MovementKind(kind), (stores[where], goods[what], signed, cost),
                at=NOON - back * DAY,
            )  # fmt: skip
        first, last = TODAY - max(start, length) * DAY, TODAY - min(start, length) * DAY
        begun = StockMovement.objects.earliest("business_date").business_date
        _compare(stores, goods, first, last, known=begun <= last)
        transaction.set_rollback(True)


def _compare(stores, goods, first, last, *, known):
    of_store = {store.code: worth_on(store_id=store.pk, day=last) for store in stores}
    found = asked("stock_value", "stock_units", start=first, end=last, by="store")
    units = sum(worth.quantity for worth in of_store.values())
    assert found.total["stock_units"] == (f"{units:.3f}" if known else None)
    _same_value(found.total["stock_value"], list(of_store.values()))
    for row in found.rows:
        if row.kpis["stock_units"] is not None:
            assert Decimal(row.kpis["stock_units"]) == of_store[row.key].quantity
            _same_value(row.kpis["stock_value"], [of_store[row.key]])
    for row in asked("stock_units", start=first, end=last, by="product").rows:
        (product,) = [each for each in goods if each.sku == row.key]
        there = [
            worth_on(store_id=store.pk, day=last, product_id=product.pk).quantity
            for store in stores
        ]
        if known:
            assert Decimal(row.kpis["stock_units"]) == sum(there)
    days = asked("stock_value", "stock_units", start=first, end=last, by="day").rows
    closings = []
    for row in days:
        day = date.fromisoformat(row.key)
        each = [worth_on(store_id=store.pk, day=day) for store in stores]
        assert Decimal(row.kpis["stock_units"]) == sum(worth.quantity for worth in each)
        _same_value(row.kpis["stock_value"], each)
        closings.append(sum(worth.value for worth in each))
    average = asked("stock_average", start=first, end=last).total["stock_average"]
    if average is not None:
        assert abs(Decimal(average) - sum(closings) / len(closings)) <= CENT / 2


def _same_value(told, worths):
    value = sum(worth.value for worth in worths)
    if told is not None:
        assert abs(Decimal(told) - value) <= CENT / 2
    else:
        assert value == 0


class TestDoors:
    @pytest.fixture
    def shop(self):
        store = chain.store(code="PAR", name="Paris", region=chain.region())
        bread = chain.product(category=chain.category(code="FOOD"))
        stock.received(store, bread, 7, "3.3333", at=NOON - DAY)
        stock.book(MovementKind.SALE, (store, bread, -2))
        return store, bread

    def test_screen_api_command_and_file_tell_the_same(self, shop):
        store, _bread = shop
        period = f"from={TODAY - DAY}&to={TODAY}"
        worth = worth_on(store_id=store.pk, day=TODAY)
        exact = f"{worth.value.quantize(CENT)}"

        api = chain.api_client().get(f"/api/v1/kpis?{period}&by=store&kpi=stock_value").json()
        out = io.StringIO()
        call_command(
            "kpis", "--from", str(TODAY - DAY), "--to", str(TODAY), "--by", "store",
            "--kpi", "stock_value", "--json", stdout=out,
        )  # fmt: skip
        command = json.loads(out.getvalue())
        file = get(director(), f"/dashboards/inventory/stores.csv?{period}").text_of_it
        line = next(iter(csv.DictReader(io.StringIO(file.removeprefix("\ufeff")))))
        page = get(director(), f"/dashboards/inventory?{period}").text_of_it

        assert exact == "16.67"
        assert api["rows"][0]["kpis"]["stock_value"] == exact
        assert command["rows"] == api["rows"]
        assert line["Stock value at cost [stock_value@1]"] == exact
        assert rows(page)[0][:3] == ["1", "Paris", "€17"]

    def test_values_are_for_who_may_see_costs(self, shop):
        analyst = chain.signed_in(chain.person(Role.ANALYST, whole_chain=True))
        seen = rights.sees_costs(chain.person(Role.ANALYST, whole_chain=True))

        page = analyst.get("/dashboards/inventory").content.decode()
        file = b"".join(analyst.get("/dashboards/inventory/stores.csv").streaming_content)

        assert ("stock_value@1" in file.decode(), 'data-kpi="gmroi"' in page) == (seen, seen)
        assert 'data-kpi="stock_units"' in page

    def test_no_figure_of_stock_is_told_unasked(self, shop):
        told = chain.api_client().get(f"/api/v1/kpis?from={TODAY}&to={TODAY}").json()

        assert kpis_of_stock.CODES.isdisjoint(told["total"])

    def test_a_movement_makes_new_figures_of_stock_and_leaves_those_of_sales(self, shop):
        store, bread = shop
        client = chain.api_client()
        of_stock = f"/api/v1/kpis?from={TODAY}&to={TODAY}&kpi=stock_units"
        of_sales = f"/api/v1/kpis?from={TODAY}&to={TODAY}&kpi=net_sales"
        tags = {path: client.get(path).headers["ETag"] for path in (of_stock, of_sales)}
        before = data_version()

        stock.received(store, bread, 1, 1)

        assert data_version() == before
        assert client.get(of_stock).json()["total"] == {"stock_units": "6.000"}
        assert client.get(of_stock, headers={"if-none-match": tags[of_stock]}).status_code == 200
        assert client.get(of_sales, headers={"if-none-match": tags[of_sales]}).status_code == 304

    def test_holding_goods_changes_nothing(self, shop):
        store, bread = shop
        with with_stock(wanted=True):
            before = data_version()
            stock.hold(store, (bread, 1))
            assert data_version() == before


class TestPages:
    def test_a_warehouse_is_called_one(self):
        warehouse = chain.store(code="WH", name="Depot", kind=StoreKind.WAREHOUSE)
        stock.received(warehouse, chain.product(), 3, 2)

        page = get(director(), f"/dashboards/inventory?from={TODAY}&to={TODAY}").text_of_it

        assert rows(page)[0][1] == "Depot Warehouse"

    def test_without_stock_it_says_what_to_do(self):
        chain.store()

        page = get(director(), "/dashboards/inventory").text_of_it

        assert "No stock yet" in page

    def test_a_cell_leads_to_its_products(self):
        store, bread = chain.store(), chain.product(name="Bread")
        stock.received(store, bread, 3, 2, at=timezone.now())

        page = get(director(), "/dashboards/inventory/assortment?by=--").text_of_it

        assert "1 product · €6" in words(page)
        assert "Bread" in words(page)
        assert "0 products" in words(
            get(director(), "/dashboards/inventory/assortment?by=AX").text_of_it
        )
        get(director(), "/dashboards/inventory/assortment?by=QQ", status=400)

    @pytest.mark.parametrize(
        ("page", "most"),
        [("inventory", 12), ("inventory/assortment", 12), ("inventory/shortages", 12)],
    )
    def test_costs_few_queries(self, page, most):
        store, bread = chain.store(region=chain.region()), chain.product(category=chain.category())
        stock.received(store, bread, 3, 2, at=NOON)
        chain.sale(store=store, lines=[{"product": bread, "net_ttc": "12.00"}])
        client = chain.signed_in(director())
        client.get("/theme")

        with CaptureQueriesContext(connection) as cold:
            client.get(f"/dashboards/{page}?from={TODAY}&to={TODAY}")
        with CaptureQueriesContext(connection) as warm:
            client.get(f"/dashboards/{page}?from={TODAY}&to={TODAY}")

        assert len(cold) <= most, [query["sql"][:90] for query in cold]
        assert len(warm) == 3
