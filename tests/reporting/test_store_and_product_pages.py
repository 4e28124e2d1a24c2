"""The page of a store and that of a product say what the ledger says, to whom it may."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from epm.access.models import Role
from inventory.models import Product
from sales.models import StoreFootfall, StoreLabour, StoreTarget
from tests.factories import chain
from tests.factories.chain import NOON
from tests.reporting.pages import get, links, rows, words

pytestmark = pytest.mark.django_db
WEEK = "from=2025-03-25&to=2025-03-31"
APRIL_2 = datetime(2025, 4, 2, 12, tzinfo=UTC)


@pytest.fixture
def house():
    bread = chain.product(sku="BREAD", name="Bread", category=chain.category(name="Bakery"))
    soap = chain.product(sku="SOAP", name="Soap")
    paris = chain.store(code="PAR", name="Paris", city="Paris", floor_area_m2=Decimal("1250"))
    lyon = chain.store(code="LYO", name="Lyon")
    for store, product, net, days in (
        (paris, bread, "120.00", 0), (paris, bread, "48.00", 7), (paris, soap, "12.00", 0),
        (paris, soap, "36.00", 7), (lyon, bread, "60.00", 3), (paris, bread, "12.00", 21),
    ):  # fmt: skip
        lines = [{"product": product, "quantity": 2, "net_ttc": net, "unit_cost": Decimal(5)}]
        chain.sale(store=store, at=NOON - timedelta(days=days), lines=lines)
    StoreTarget.objects.create(store=paris, month="2025-03-01", amount=31000)
    return {"paris": paris, "lyon": lyon, "bread": bread, "soap": soap}


@pytest.fixture
def director():
    return chain.person(Role.DIRECTOR, whole_chain=True)


def section(text, title):
    """The words of the panel with that heading."""
    for found in re.findall(r"<section class=\"panel\".*?</section>", text, re.DOTALL):
        if title in words(found):
            return words(found)
    raise AssertionError(title)


def tile(text, code):
    return words(re.search(rf'data-kpi="{code}">(.*?)</article>', text, re.DOTALL)[1])


class TestStore:
    def test_conversion_and_sales_per_hour_where_visitors_and_hours_are_known(
        self, house, director
    ):
        words_of = {"store": house["paris"], "business_date": NOON.date()}
        StoreFootfall.objects.create(**words_of, visitors=16)
        StoreLabour.objects.create(**words_of, hours="5.5")

        text = get(director, f"/dashboards/stores/PAR?{WEEK}").text_of_it

        assert "12.5%" in tile(text, "conversion")  # 2 tickets
        assert "16 visitors" in tile(text, "conversion")
        assert "€20.00" in tile(text, "sales_per_labour_hour")  # 110.00 excl. tax
        assert "5.50 hours worked" in tile(text, "sales_per_labour_hour")

    def test_they_are_not_known_where_nobody_counted(self, house, director):
        text = get(director, f"/dashboards/stores/PAR?{WEEK}").text_of_it

        assert "visitors are not counted" in tile(text, "conversion")
        assert "hours worked are not known" in tile(text, "sales_per_labour_hour")

        some_goods = f"product={house['bread'].pk}"
        of_some_goods = get(director, f"/dashboards/stores/PAR?{WEEK}&{some_goods}").text_of_it
        assert "of whole stores" in tile(of_some_goods, "conversion")

    def test_tiles_target_products_and_facts(self, house, director):
        text = get(director, f"/dashboards/stores/PAR?{WEEK}").text_of_it
        assert "€110" in words(re.search(r'data-kpi="net_sales">(.*?)</p>', text, re.DOTALL)[1])
        assert "1,250 m²" in section(text, "The store")
        target = section(text, "On the way to the target of March 2025")
        assert "Target excl. tax €31,000" in target
        assert "Net sales excl. tax €190" in target
        top, flop = section(text, "Top products"), section(text, "Flop products")
        assert top.index("Bread €100") < top.index("Soap €10")
        assert "Soap €10 −€20 −66.7%" in flop
        assert "Bread" not in flop

    def test_the_heat_map_shows_the_mean_of_each_weekdays_hour(self, house, director):
        text = get(director, "/dashboards/stores/PAR?from=2025-03-24&to=2025-03-31").text_of_it
        heat = re.search(r'<table class="heat">(.*?)</table>', text, re.DOTALL)[1]
        monday = words(re.search(r"<tr>(<th scope=\"row\">Monday.*?)</tr>", heat, re.DOTALL)[1])
        # 70 at 13:00 in winter time, 110 at 14:00 in summer time, over two Mondays.
        assert monday == "Monday €35 €55"
        text = get(director, links(heat)["€55"]).text_of_it
        assert sorted(row[5] for row in rows(text)) == ["€10.00", "€100.00"]
        # The cell says 110 in two transactions, and so does the list it leads to.
        assert 'title="€110 in 2 transactions"' in heat
        assert "Net sales excl. tax €110.00" in section(text, "Tickets · Monday, 14:00 to 15:00")
        assert "Transactions 2" in section(text, "Tickets · Monday, 14:00 to 15:00")

    def test_the_heat_map_of_a_category_leads_to_all_its_tickets(self, house, director):
        bakery = house["bread"].category.code
        text = get(director, f"/dashboards/stores/PAR?{WEEK}&category={bakery}").text_of_it
        heat = re.search(r'<table class="heat">(.*?)</table>', text, re.DOTALL)[1]
        text = get(director, links(heat)["€110"]).text_of_it
        assert "Net sales excl. tax €110.00" in section(text, "Tickets")

    def test_every_figure_of_a_product_leads_on(self, house, director):
        text = get(director, f"/dashboards/stores/PAR?{WEEK}").text_of_it
        panels = re.findall(r"<section class=\"panel\".*?</section>", text, re.DOTALL)
        top, flop = (
            next(panel for panel in panels if title in words(panel))
            for title in ("Top products", "Flop products")
        )
        assert [row[5] for row in rows(get(director, links(top)["€100"]).text_of_it)] == ["€100.00"]
        assert [row[5] for row in rows(get(director, links(flop)["€10"]).text_of_it)] == ["€10.00"]
        beside = get(director, links(flop)["−66.7%"]).text_of_it
        assert rows(beside, part="tfoot")[0][1:3] == ["€10", "−66.7%"]
        assert links(flop)["−€20"] == links(flop)["−66.7%"]

    def test_a_foreign_store_is_as_absent_as_none(self, house):
        manager = chain.person(Role.MANAGER, stores=[house["paris"]])
        get(manager, "/dashboards/stores/PAR")
        foreign = get(manager, "/dashboards/stores/LYO", status=404)
        absent = get(manager, "/dashboards/stores/NONE", status=404)
        assert foreign.content == absent.content

    def test_the_path_wins_over_a_store_in_the_query(self, house, director):
        text = get(director, f"/dashboards/stores/PAR?{WEEK}&store=LYO").text_of_it
        assert "€110" in words(re.search(r'data-kpi="net_sales">(.*?)</p>', text, re.DOTALL)[1])


class TestProduct:
    @time_machine.travel(APRIL_2, tick=False)
    def test_sales_by_store_and_how_long_ago(self, house, director):
        url = f"/dashboards/products/{house['bread'].pk}?{WEEK}"
        text = get(director, url).text_of_it
        table = rows(text)
        assert [row[1:3] for row in table] == [["Paris", "€100"], ["Lyon", "€50"]]
        assert table[0][3] == "+150.0%"
        both = get(director, links(text)["+150.0%"]).text_of_it
        assert rows(both, part="tfoot")[0][1:3] == ["€100", "+150.0%"]
        assert [row[-1].rpartition("· ")[2] for row in table] == ["2 days ago", "5 days ago"]
        idle_first = rows(get(director, f"{url}&sort=-idle").text_of_it)
        assert [row[1] for row in idle_first] == ["Lyon", "Paris"]

    def test_price_and_cost_history_newest_first(self, house, director):
        Product.objects.filter(pk=house["bread"].pk).update(sale_price=Decimal(15))
        Product.objects.filter(pk=house["bread"].pk).update(purchase_price=Decimal(6))
        text = get(director, f"/dashboards/products/{house['bread'].pk}").text_of_it
        prices = section(text, "History of price and cost")
        assert prices.index("Purchase price 5.50 6.00 +9.1%") < prices.index(
            "Sale price 12.00 15.00 +25.0%"
        )

    def test_a_manager_sees_what_her_store_sells_of_it(self, house):
        manager = chain.person(Role.MANAGER, stores=[house["lyon"]])
        text = get(manager, f"/dashboards/products/{house['bread'].pk}?{WEEK}").text_of_it
        assert [row[1:3] for row in rows(text)] == [["Lyon", "€50"]]
        assert "Paris" not in text

    def test_no_such_product(self, director):
        get(director, "/dashboards/products/999999", status=404)
        get(director, f"/dashboards/products/{10**30}", status=404)


class TestTickets:
    def test_a_ticket_shows_lines_taxes_and_margin(self, house, director):
        text = get(director, f"/dashboards/tickets?{WEEK}&store=LYO").text_of_it
        (row,) = rows(text)
        text = get(director, links(text)[row[0]]).text_of_it
        assert "Bread BREAD 2" in section(text, "Lines")
        assert "20.0% €50.00 €10.00 €60.00" in section(text, "VAT by rate")
        assert "€40.00 · 80.0%" in section(text, "Paid with")

    def test_a_foreign_ticket_is_absent(self, house, director):
        manager = chain.person(Role.MANAGER, stores=[house["paris"]])
        text = get(director, f"/dashboards/tickets?{WEEK}&store=LYO").text_of_it
        foreign = get(manager, links(text)[rows(text)[0][0]], status=404)
        absent = "/dashboards/tickets/0195ec4e-0000-7000-8000-000000000000"
        assert foreign.content == get(manager, absent, status=404).content

    def test_the_file_holds_every_ticket(self, house, director):
        text = get(director, f"/dashboards/tickets.csv?{WEEK}").text_of_it
        lines = text.removeprefix("\ufeff").splitlines()
        assert len(lines) == 1 + 3
        assert lines[0].startswith("Ticket,Store,Store name,Business day,Sold at (store's time),")

    def test_is_found_by_its_number_in_ones_own_stores(self, house, director):
        manager = chain.person(Role.MANAGER, stores=[house["paris"]])
        sale = chain.sale(
            store=house["lyon"], lines=[{"product": house["bread"], "net_ttc": "1.00"}],
            external_ref="T-77",
        )  # fmt: skip
        found = get(director, "/dashboards/tickets?number=T-77", status=302)
        assert found.headers["Location"] == f"/dashboards/tickets/{sale.pk}"
        assert (
            "No ticket, or more than one"
            in get(manager, "/dashboards/tickets?number=T-77").text_of_it
        )
        get(director, "/dashboards/tickets?number=%00")
