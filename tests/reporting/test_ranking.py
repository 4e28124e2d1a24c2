"""A page of products reads in full only what it shows: the rows of the file, in its order."""

import csv
import io
from datetime import timedelta

import pytest

from epm.access.models import Role
from epm.platform.calendars import Period
from reporting.selectors import kpis, ranking
from reporting.services import facts, goods
from reporting.views.consolidation import question
from tests.factories import chain
from tests.factories.chain import NOON
from tests.reporting.pages import get, rows

pytestmark = pytest.mark.django_db
PATH = "/dashboards/consolidation"
DAY = timedelta(days=1)
DAYS = f"from={(NOON - DAY).date()}&to={NOON.date()}"
SORTS = ("", "-net_sales", "net_sales", "change", "-change", "name", "-name", "-transactions")


@pytest.fixture
def trade():
    """Equal sales, sales of one period only, sales taken back."""
    store = chain.store(code="S")
    sold = {
        "Kiwi": ("24.00", "12.00"), "apple": ("24.00", "24.00"), "Banana": ("24.00", None),
        "Date": (None, "36.00"), "Élan": ("12.00", "48.00"), "fig": ("0.00", "12.00"),
        "Grape": (None, "36.00"),
    }  # fmt: skip
    for number, (name, amounts) in enumerate(sold.items()):
        product = chain.product(sku=f"P{9 - number}", name=name)
        for at, net in zip((NOON, NOON - 2 * DAY), amounts, strict=True):
            if net is not None:
                chain.sale(store=store, at=at, lines=[{"product": product, "net_ttc": net}])
    return store


@pytest.fixture
def director():
    return chain.person(Role.DIRECTOR, whole_chain=True)


def in_file(director, query):
    text = get(director, f"{PATH}.csv?{query}").text_of_it
    return [row["Product"] for row in csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))][:-1]


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("kept", [False, True], ids=["lines", "facts"])
@pytest.mark.parametrize("known", [False, True], ids=["alone", "compared"])
def test_page_by_page_it_is_the_file(trade, director, monkeypatch, sort, kept, known):
    if known:
        chain.sale(
            store=trade, at=NOON - 9 * DAY, lines=[{"product": chain.product(), "net_ttc": "12.00"}]
        )
    if kept:
        facts.refresh()
        goods.keep(today=(NOON + DAY).date())
    monkeypatch.setattr(question, "ROWS_PER_PAGE", 3)
    monkeypatch.setattr("reporting.views.consolidation.table.ROWS_PER_PAGE", 3)
    query = f"{DAYS}&by=product" + (f"&sort={sort}" if sort else "")

    shown = [
        row[1].split()[0]
        for page in ((1, 2, 3) if known else (1, 2))
        for row in rows(get(director, f"{PATH}?{query}&page={page}").text_of_it)
    ]

    assert shown == in_file(director, query)
    assert len(shown) == (7 if known else 5)
    last = [row[1] for row in rows(get(director, f"{PATH}?{query}&page=3").text_of_it)]
    assert [row[1] for row in rows(get(director, f"{PATH}?{query}&page=99").text_of_it)] == last


def test_some_rows_are_those_of_the_whole_report_with_its_total(trade, director):
    words = {"principal": director, "start": NOON.date() - DAY, "end": NOON.date(), "by": "product"}
    whole = kpis.report(**words)
    best = ranking.products(
        principal=director,
        now=Period(NOON.date() - DAY, NOON.date()),
        then=Period(NOON.date() - 3 * DAY, NOON.date() - 2 * DAY),
        stores=[],
        regions=[],
        orders=[("-net_sales", 0, 2), (ranking.LOST, 0, 2)],
    )

    some = kpis.report(**words, only=best[0].ids)

    assert [one.count for one in best] == [7, 4]
    by_key = {row.key: row for row in whole.rows}
    assert {row.key for row in some.rows} == {"P8", "P7"}
    assert [by_key[row.key] for row in some.rows] == list(some.rows)
    assert some.total == whole.total


def test_stores_of_two_currencies_have_no_order(trade, director):
    chain.store(currency="USD")
    day = Period(NOON.date(), NOON.date())

    assert ranking.products(
        principal=director, now=day, then=day, stores=[], regions=[], orders=[("name", 0, 9)]
    ) is None  # fmt: skip
