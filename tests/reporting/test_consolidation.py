"""Chain, region, store, category, product, ticket: each level adds up, and so do its files."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest

from epm.access.models import Role
from reporting.selectors import kpis
from tests.factories import chain
from tests.factories.chain import NOON
from tests.reporting.pages import get, links, rows, words

pytestmark = pytest.mark.django_db
WEEK = "from=2025-03-25&to=2025-03-31"
PATH = "/dashboards/consolidation"


@pytest.fixture
def house():
    """Two regions with a store each; bread in a category within food, soap in none."""
    food = chain.category(code="FOOD", name="Food")
    bakery = chain.category(code="BAKERY", name="Bakery", parent=food)
    bread = chain.product(sku="BREAD", name="Bread", category=bakery)
    soap = chain.product(sku="SOAP", name="Soap", category=None)
    paris = chain.store(code="PAR", name="Paris", region=chain.region(code="IDF", name="Capital"))
    lyon = chain.store(code="LYO", name="Lyon", region=chain.region(code="ARA", name="Alps"))
    for store, product, net, days in (
        (paris, bread, "120.00", 0), (paris, soap, "36.00", 1), (lyon, bread, "60.00", 0),
        (paris, bread, "96.00", 7), (lyon, bread, "120.00", 7), (paris, bread, "12.00", 60),
    ):  # fmt: skip
        lines = [{"product": product, "quantity": 2, "net_ttc": net, "unit_cost": Decimal(5)}]
        chain.sale(store=store, at=NOON - timedelta(days=days), lines=lines)
    return {"paris": paris, "lyon": lyon, "bread": bread, "soap": soap}


@pytest.fixture
def director():
    return chain.person(Role.DIRECTOR, whole_chain=True)


def test_regions_first_then_stores_categories_products_tickets(house, director):
    text = get(director, f"{PATH}?{WEEK}").text_of_it
    table = rows(text)
    assert [row[:5] for row in table] == [
        ["1", "Capital", "€130", "+62.5%", "72.2%"],
        ["2", "Alps", "€50", "−50.0%", "27.8%"],
    ]
    assert rows(text, part="tfoot")[0][1:5] == ["Total", "€180", "0.0%", "100.0%"]

    of_the_change = get(director, links(text)["+62.5%"]).text_of_it
    assert sorted(row[5] for row in rows(of_the_change)) == ["€100.00", "€30.00"]
    assert links(text)["72.2%"] == links(text)["+62.5%"]

    text = get(director, links(text)["Capital"]).text_of_it
    assert [row[1:3] for row in rows(text)] == [["Paris", "€130"]]
    text = get(director, links(text)["Paris"]).text_of_it
    assert [row[1:3] for row in rows(text)] == [["Food", "€100"], ["(no category)", "€30"]]
    text = get(director, links(text)["Food"]).text_of_it
    assert [row[1:3] for row in rows(text)] == [["Bakery", "€100"]]
    text = get(director, links(text)["Bakery"]).text_of_it
    assert [row[1:3] for row in rows(text)] == [["Bread BREAD", "€100"]]
    assert "Whole chain Paris Food Bakery" in words(text)
    text = get(director, links(text)["€100"]).text_of_it
    assert len(rows(text)) == 1
    assert rows(text)[0][5] == "€100.00"


def test_rows_in_time_are_compared_place_by_place(house, director):
    text = get(director, f"{PATH}?{WEEK}&by=day").text_of_it
    table = rows(text)
    assert [row[0] for row in (table[0], table[-1])] == ["25 March 2025", "31 March 2025"]
    assert [row[1:3] for row in table] == [
        *[["n/a", "n/a"]] * 5,
        ["€30", "n/a"],  # nothing was sold on the Sunday before
        ["€150", "−16.7%"],
    ]


def test_any_column_sorts_either_way_and_unknown_comes_last(house, director):
    by_name = get(director, f"{PATH}?{WEEK}&by=store&sort=name").text_of_it
    assert [row[1] for row in rows(by_name)] == ["Lyon", "Paris"]
    by_change = get(director, f"{PATH}?{WEEK}&by=store&sort=change").text_of_it
    assert [row[1] for row in rows(by_change)] == ["Lyon", "Paris"]
    by_target = get(director, f"{PATH}?{WEEK}&by=store&sort=-target").text_of_it
    assert len(rows(by_target)) == 2
    get(director, f"{PATH}?{WEEK}&sort=password", status=400)


def test_a_manager_sees_her_store_and_no_trace_of_another(house):
    manager = chain.person(Role.MANAGER, stores=[house["paris"]])
    text = get(manager, f"{PATH}?{WEEK}&by=store").text_of_it
    assert [row[1:3] for row in rows(text)] == [["Paris", "€130"]]
    assert "Lyon" not in text
    assert "Alps" not in text
    absent = get(manager, f"{PATH}?{WEEK}&store=NONE", status=400).text_of_it
    foreign = get(manager, f"{PATH}?{WEEK}&store=LYO", status=400).text_of_it
    assert "LYO" not in words(foreign.replace("LYO", "NONE")).replace(words(absent), "")


def test_csv_holds_the_rows_of_the_screen_in_their_order_and_the_registrys_figures(house, director):
    text = get(director, f"{PATH}.csv?{WEEK}&by=store").text_of_it
    table = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    said = kpis.report(
        principal=director, start=NOON.date() - timedelta(days=6), end=NOON.date(), by="store",
        kpis=["net_sales", "atv"],
    )  # fmt: skip
    by_code = {row.key: row.kpis for row in said.rows}
    assert [row["Code"] for row in table] == ["PAR", "LYO", ""]
    for row in table:
        expected = by_code[row["Code"]] if row["Code"] else said.total
        assert Decimal(row["Net sales excl. tax [net_sales@1]"]) == Decimal(expected["net_sales"])
        assert Decimal(row["Average basket excl. tax [atv@1]"]) == Decimal(expected["atv"])
    assert [row["Net sales excl. tax, compared with [net_sales@1]"] for row in table] == [
        "80.00", "100.00", "180.00",
    ]  # fmt: skip
    assert table[0]["Target excl. tax [target@1]"] == "n/a"
    whole = Decimal(said.total["net_sales"])
    for row in table:
        now = Decimal(row["Net sales excl. tax [net_sales@1]"])
        then = Decimal(row["Net sales excl. tax, compared with [net_sales@1]"])
        assert abs(Decimal(row["Change in net sales"]) - (now - then) / then) < Decimal("1E-9")
        assert abs(Decimal(row["Share of net sales"]) - now / whole) < Decimal("1E-9")


def test_of_several_currencies_each_row_has_its_own_and_the_total_none(house, director):
    swiss = chain.region(code="CH", name="Leman")
    geneva = chain.store(code="GEN", name="Geneva", currency="CHF", region=swiss)
    for days, net in ((0, "96.00"), (7, "48.00")):
        line = {"product": house["bread"], "quantity": 1, "net_ttc": net}
        chain.sale(store=geneva, at=NOON - timedelta(days=days), lines=[line])

    text = get(director, f"{PATH}?{WEEK}&by=store").text_of_it
    assert [row[1:5] for row in rows(text)] == [
        ["Geneva", "80 CHF", "+100.0%", "n/a"],
        ["Lyon", "€50", "−50.0%", "n/a"],
        ["Paris", "€130", "+62.5%", "n/a"],
    ]
    assert rows(text, part="tfoot")[0][1:5] == ["Total", "n/a", "n/a", "n/a"]
    assert "<canvas" not in text

    text = get(director, f"{PATH}.csv?{WEEK}&by=region").text_of_it
    table = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert [
        (row["Region"], row["Currency"], row["Net sales excl. tax [net_sales@1]"]) for row in table
    ] == [("Alps", "EUR", "50.00"), ("Capital", "EUR", "130.00"), ("Leman", "CHF", "80.00"),
          ("Total", "", "n/a")]  # fmt: skip


def test_the_sheet_can_be_read_back(house, director, tmp_path):
    import python_calamine

    client = chain.signed_in(director)
    answer = client.get(f"{PATH}.xlsx?{WEEK}&by=store")
    file = tmp_path / "sheet.xlsx"
    file.write_bytes(b"".join(answer.streaming_content))
    sheet = python_calamine.CalamineWorkbook.from_path(file).get_sheet_by_index(0).to_python()
    assert [row[:3] for row in sheet[1:]] == [
        ["PAR", "Paris", 130.0], ["LYO", "Lyon", 50.0], ["", "Total", 180.0],
    ]  # fmt: skip


def test_costs_are_not_told_to_whom_they_are_hidden(house):
    cashier = chain.person(Role.CASHIER, stores=[house["paris"]])
    get(cashier, f"{PATH}?{WEEK}", status=403)


@pytest.mark.parametrize("query", ["from=never", "sort=password", "store=NONE", "by=hour"])
def test_no_file_of_what_cannot_be_shown(house, director, query):
    get(director, f"{PATH}.csv?{query}", status=400)
    get(
        director,
        f"/dashboards/tickets.csv?{query}",
        status=200 if "=hour" in query or "sort" in query else 400,
    )


def test_no_file_of_an_empty_house(director):
    get(director, f"{PATH}.xlsx", status=400)


class TestOtherPeriods:
    def test_a_part_of_a_month_is_compared_with_as_long_a_part_or_nothing(self, house, director):
        text = get(director, f"{PATH}?from=2025-03-24&to=2025-03-31&by=month").text_of_it
        assert [row[:3] for row in rows(text)] == [["March 2025", "€360", "n/a"]]

    def test_a_base_before_the_first_sale_is_none(self, house, director):
        text = get(director, f"{PATH}?from=2025-01-01&to=2025-03-31&by=store").text_of_it
        assert [row[1:4] for row in rows(text)] == [
            ["Paris", "€220", "n/a"],
            ["Lyon", "€150", "n/a"],
        ]

    def test_what_is_sold_no_more_sold_nothing(self, house, director):
        text = get(director, f"{PATH}?from=2025-03-31&to=2025-03-31&by=product").text_of_it
        assert [row[1:3] for row in rows(text)] == [["Bread BREAD", "€150"], ["Soap SOAP", "€0"]]
