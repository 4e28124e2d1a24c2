"""As known at a moment: closed reports stay what they were, and late documents are the change."""

import csv
import io
import json
import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from epm.access.models import Role
from epm.organization.models import Store
from reporting.kpis.registry import NOT_AS_KNOWN, REGISTRY
from reporting.models import SavedView
from reporting.selectors import known, kpis
from reporting.selectors.known import NotSettled, NotYetKnown
from reporting.services import facts
from sales.models import Sale, StoreTarget
from tests.concurrency import in_its_own_connection
from tests.factories import chain, ledger
from tests.factories.chain import NOON
from tests.factories.ledger import item
from tests.imports_support import imported, reasons
from tests.reporting.pages import get, links, rows, words

__all__ = ["imported"]
pytestmark = pytest.mark.django_db
ON_TIME = NOON + timedelta(hours=1)
DAY = "2025-04-03"
AT = datetime(2025, 4, 3, 23, 59, 59, 999999, tzinfo=UTC)
LATE = AT + timedelta(microseconds=1)
MARCH = ("--from", "2025-03-01", "--to", "2025-03-31")
QUERY = "from=2025-03-01&to=2025-03-31"
KNOWN = f"{QUERY}&known_at={DAY}"
CONSOLIDATION, LATE_PAGE = "/dashboards/consolidation", "/dashboards/late"
IMPORT = {
    "ticket": "no", "store": "store", "sold_at": "at", "product": "sku",
    "quantity": "qty", "amount": "amount",
}  # fmt: skip


@pytest.fixture
def house():
    """March in two stores, and the months that it is compared with, all recorded on time."""
    food = chain.category(code="FOOD", name="Food")
    bread, soap = chain.product(sku="BREAD", category=food), chain.product(sku="SOAP")
    region = chain.region(code="N", name="North")
    paris = chain.store(code="PAR", name="Paris", region=region, opened_on=date(2020, 1, 1))
    lyon = chain.store(code="LYO", name="Lyon", opened_on=date(2020, 1, 1))
    house = {"bread": bread, "soap": soap, "paris": paris, "lyon": lyon}
    sell(paris, item(bread, 2, "24.00", cost=4), external_ref="P1")
    sell(paris, item(soap, 1, "12.00", shelf="1.20"), days=3, external_ref="P2")
    sell(lyon, item(bread, 1, "12.00"), days=1, external_ref="L1")
    for days in (40, 364, 400):
        sell(paris, item(bread, 1, "6.00", cost=4), days=days)
    StoreTarget.objects.create(store=paris, month=date(2025, 3, 1), amount=Decimal(310))
    return house


@pytest.fixture
def director():
    return chain.person(Role.DIRECTOR, whole_chain=True)


def sell(store, *lines, days=0, recorded_at=ON_TIME, **fields):
    at = NOON - timedelta(days=days)
    return chain.sale(store=store, at=at, lines=lines, recorded_at=recorded_at, **fields)


def later(house):
    """A ticket that was offline, one of last year, a correction with its revision, a fee."""
    late = sell(house["lyon"], item(house["soap"], 1, "6.00"), days=2, recorded_at=LATE)
    sell(house["lyon"], item(house["bread"], 5, "60.00"), days=365, recorded_at=LATE)
    wrong = Sale.objects.get(external_ref="P1")
    correction = ledger.correction_of(wrong, recorded_at=LATE + timedelta(hours=1))
    revision = sell(
        house["paris"], item(house["bread"], 3, "36.00", cost=4), external_ref="P1", revision=2,
        recorded_at=LATE + timedelta(hours=1),
    )  # fmt: skip
    fee = sell(house["lyon"], item(house["soap"], 1, "3.60", kind="fee"), recorded_at=LATE)
    return {late, correction, revision, fee}


def said(*options):
    out = io.StringIO()
    call_command("kpis", *options, stdout=out)
    return out.getvalue()


def total(principal, *, known_at=None, code="net_sales", **more):
    start, end = date(2025, 3, 1), date(2025, 3, 31)
    report = kpis.report(
        principal=principal, start=start, end=end, kpis=[code], known_at=known_at, **more
    )
    return report.total[code]


def api(path, status=200, client=None):
    answer = (client or chain.api_client()).get(path)
    assert answer.status_code == status, answer.content
    return answer.json()


class TestClosed:
    @pytest.mark.parametrize("clean", [False, True])
    @pytest.mark.parametrize(
        "by", ["store", "region", "category", "product", "day", "week", "retail_month", "month"]
    )
    def test_a_report_is_byte_identical_after_whatever_came_later(self, house, clean, by):
        codes = [word for code in REGISTRY for word in ("--kpi", code)]
        options = (*MARCH, "--json", "--by", by, "--known-at", DAY, *codes)
        before = said(*options)
        if clean:
            facts.refresh()

        later(house)

        assert said(*options) == before
        if clean:
            facts.refresh()
            assert said(*options) == before
        told = json.loads(before)
        assert (told["as_of"], told["known_at"]) == (AT.isoformat(),) * 2
        assert told["total"]["net_sales"] == "39.00"
        assert json.loads(said(*MARCH, "--json"))["total"]["net_sales"] == "54.00"

    def test_an_import_of_changed_tickets_leaves_it_as_it_was(self, house, imported):
        Store.objects.filter(code="PAR").update(vat_regime="none")
        before = said(*MARCH, "--json", "--by", "day", "--known-at", DAY)

        run = imported(
            "sales", "no,store,at,sku,qty,amount\nP2,PAR,2025-03-28 14:00,SOAP,1,99.00\n",
            columns=IMPORT, options={"changed_tickets": "correct"},
        )  # fmt: skip

        assert run.account["rows"]["applied"] == 1, reasons(run)
        assert Sale.objects.filter(external_ref="P2").count() == 2
        assert said(*MARCH, "--json", "--by", "day", "--known-at", DAY) == before
        assert json.loads(said(*MARCH, "--json"))["total"]["net_sales"] != "39.00"

    def test_what_is_recorded_at_the_moment_itself_is_known(self, house, director):
        sell(house["paris"], item(house["soap"], 1, "1.20"), recorded_at=AT)
        assert total(director, known_at=AT) == "40.00"
        assert total(director, known_at=AT - timedelta(microseconds=1)) == "39.00"
        assert total(director, known_at=ON_TIME - timedelta(hours=1)) == "0.00"

    def test_what_it_is_compared_with_is_as_known_too(self, house, director):
        def growth(code, known_at, **more):
            return total(director, code=code, known_at=known_at, stores=["PAR"], **more)

        codes = ("growth_previous", "growth_last_year", "like_for_like")
        before = [growth(code, None) for code in codes]
        sell(house["paris"], item(house["bread"], 1, "6.00"), days=41, recorded_at=LATE)
        sell(house["paris"], item(house["bread"], 1, "6.00"), days=370, recorded_at=LATE)
        assert before == [growth(code, AT) for code in codes] == ["4.8000000000"] * 3
        assert [growth(code, None) for code in codes] == ["1.9000000000"] * 3

    def test_a_base_that_came_later_is_none(self, house, director):
        """The first day of the ledger as known, too: of a store that began with late tickets."""
        new = chain.store(code="NEW", opened_on=date(2020, 1, 1))
        sell(new, item(house["bread"], 1, "12.00"))
        sell(new, item(house["bread"], 1, "6.00"), days=364, recorded_at=LATE)
        sell(new, item(house["bread"], 1, "6.00"), days=500, recorded_at=LATE)
        for code in ("growth_last_year", "like_for_like"):
            assert total(director, code=code, stores=["NEW"]) == "1.0000000000"
            assert total(director, code=code, stores=["NEW"], known_at=AT) is None
            assert total(director, code=code, known_at=AT) is not None

    def test_a_target_or_a_stock_of_then_is_not_known(self, house, director):
        report = kpis.report(
            principal=director, start=date(2025, 3, 1), end=date(2025, 3, 31), by="store",
            kpis=list(REGISTRY), known_at=AT,
        )  # fmt: skip
        told = [report.total, *(row.kpis for row in report.rows)]
        assert all(set(each) == set(REGISTRY) for each in told)
        assert {each[code] for each in told for code in NOT_AS_KNOWN} == {None}
        assert {"target", "attainment", "projection", "stock_value", "gmroi"} < NOT_AS_KNOWN
        assert total(director, code="target") == "310.00"
        assert total(director, code="stock_value", known_at=AT) is None

    def test_money_of_stores_that_traded_later_is_no_second_currency(self, house, director):
        abroad = chain.store(code="GVA", currency="CHF")
        sell(abroad, item(house["bread"], 1, "12.00"), recorded_at=LATE)
        StoreTarget.objects.create(store=abroad, month=date(2025, 3, 1), amount=Decimal(31))
        assert total(director) is None
        assert total(director, known_at=AT) == "39.00"

    def test_a_manager_is_told_of_her_store_only(self, house):
        later(house)
        manager = chain.person(Role.MANAGER, stores=[house["lyon"]])
        assert (total(manager, known_at=AT), total(manager)) == ("10.00", "15.00")


class TestRefused:
    @pytest.mark.parametrize("seconds", [60, 0, -25])
    def test_a_moment_to_come_or_just_over(self, house, director, seconds):
        with pytest.raises(NotYetKnown):
            total(director, known_at=timezone.now() + timedelta(seconds=seconds))
        assert total(director, known_at=timezone.now() - timedelta(seconds=35)) == "39.00"

    @pytest.mark.django_db(transaction=True)
    def test_a_moment_before_which_a_sale_is_still_being_written(
        self, house, director, monkeypatch
    ):
        """A till's transaction that is open at the moment and commits after it."""
        monkeypatch.setattr(known, "MARGIN_SECONDS", 0)
        before, written, go_on = _moment(), threading.Event(), threading.Event()

        def till():
            with transaction.atomic():
                chain.sale(store=house["paris"], lines=[item(house["bread"], 1, "1.20")])
                written.set()
                assert go_on.wait(30)

        writer = threading.Thread(target=in_its_own_connection, args=(till,))
        writer.start()
        try:
            assert written.wait(30)
            meanwhile = _moment()
            with pytest.raises(NotSettled):
                total(director, known_at=meanwhile)
            assert total(director, known_at=before) == "39.00"
        finally:
            go_on.set()
            writer.join()

        assert total(director, known_at=meanwhile) == "40.00"
        assert total(director, known_at=before) == "39.00"

    @pytest.mark.parametrize("path", ["v1/kpis", "v1/kpis/late", "consolide", "central"])
    def test_over_the_api(self, house, path):
        future = api(f"/api/{path}?known_at=2199-01-01", status=422)
        assert future["code"] == "reporting/not-yet-known"
        for word in (
            "yesterday", "2025-04-03T10:00", "20250403", "2025-02-30", "1999-12-31", "2200-01-01",
            "2000-01-01T00:00%2B14:00", "9999-12-31T23:59-14:00",
        ):  # fmt: skip
            answer = api(f"/api/{path}?known_at={word}", status=400)
            assert answer["errors"][0]["pointer"] == "/known_at"

    def test_on_the_command_line(self, house):
        with pytest.raises(CommandError, match="can be told 30 seconds after it"):
            said(*MARCH, "--known-at", "2199-01-01")
        with pytest.raises(CommandError, match="no moment"):
            said(*MARCH, "--known-at", "2025-04-03T10:00")

    def test_on_pages(self, house, director):
        for page in (CONSOLIDATION, LATE_PAGE, "/dashboards/tickets"):
            text = get(director, f"{page}?{QUERY}&known_at=2199-01-01", status=400).text_of_it
            assert "can be told 30 seconds after it" in words(text)
            get(director, f"{page}?{QUERY}&known_at=then", status=400)
        product = f"/dashboards/products/{house['bread'].pk}"
        for page in ("/dashboards/", "/dashboards/stores/PAR", product):
            text = get(director, f"{page}?{KNOWN}", status=400).text_of_it
            assert "This page tells what is known now" in words(text)
        for file in (f"{CONSOLIDATION}.csv", f"{LATE_PAGE}.csv", "/dashboards/tickets.csv"):
            get(director, f"{file}?{QUERY}&known_at=2199-01-01", status=400)
        get(director, f"{LATE_PAGE}.csv?{QUERY}", status=400)


class TestApi:
    def test_every_door_of_the_figures_takes_it(self, house):
        later(house)
        for path in ("v1/kpis", "consolide", "central"):
            now = api(f"/api/{path}?{QUERY}&kpi=net_sales")
            as_known = api(f"/api/{path}?{KNOWN}&kpi=net_sales")
            assert (now["total"], as_known["total"]) == (
                {"net_sales": "54.00"}, {"net_sales": "39.00"},
            )  # fmt: skip
            assert "known_at" not in now
            assert as_known["known_at"] == as_known["as_of"] == AT.isoformat()
        moment = "known_at=2025-04-04T02:00:00%2B02:00"  # one microsecond later: of LATE
        told = api(f"/api/central?{QUERY}&kpi=net_sales&{moment}")
        assert told["total"] == {"net_sales": "44.00"}

    def test_late_documents_add_up_to_the_change(self, house):
        late = later(house)
        found = api(f"/api/v1/kpis/late?{KNOWN}")["results"]

        assert {row["id"] for row in found} == {str(sale.pk) for sale in late}
        assert [row["recorded_at"] for row in found] == sorted(
            (row["recorded_at"] for row in found), reverse=True
        )
        assert sum(Decimal(row["net_ht"]) for row in found) == Decimal("15.00")
        assert sum(Decimal(row["net_ttc"]) for row in found) == Decimal("18.00")
        correction = next(row for row in found if row["is_correction"])
        wrong = Sale.objects.get(external_ref="P1", revision=1)
        counter = Sale.objects.get(corrects=wrong)
        assert correction == {
            "id": str(counter.pk), "store": "PAR", "external_ref": None, "revision": 1,
            "business_date": "2025-03-31", "sold_at": correction["sold_at"],
            "recorded_at": correction["recorded_at"], "is_correction": True,
            "corrects": str(wrong.pk), "currency": "EUR",
            "net_ht": "-20.00", "net_ttc": "-24.00",
        }  # fmt: skip

    def test_page_by_page_nothing_is_lost_or_doubled(self, house):
        late, walked = later(house), []
        path = f"/api/v1/kpis/late?{KNOWN}&page_size=1"
        while path:
            answer = api(path)
            walked += [row["id"] for row in answer["results"]]
            path = answer["next"]
        assert sorted(walked) == sorted(str(sale.pk) for sale in late)

    @pytest.mark.parametrize(
        ("narrow", "change"),
        [("store=PAR", "10.00"), ("region=N", "10.00"), ("category=FOOD", "10.00"),
         ("product=SOAP", "5.00"), ("product=BREAD&store=LYO", "0")],
    )  # fmt: skip
    def test_of_some_places_and_goods(self, house, narrow, change):
        later(house)
        found = api(f"/api/v1/kpis/late?{KNOWN}&{narrow}")["results"]
        now, then = (
            Decimal(api(f"/api/central?{query}&kpi=net_sales&{narrow}")["total"]["net_sales"])
            for query in (QUERY, KNOWN)
        )
        added = sum((Decimal(row["net_ht"]) for row in found), Decimal(0))
        assert added == now - then == Decimal(change)

    def test_scope(self, house):
        later(house)
        manager = chain.signed_in(chain.person(Role.MANAGER, stores=[house["lyon"]]))
        found = api(f"/api/v1/kpis/late?{KNOWN}", client=manager)["results"]
        assert {row["store"] for row in found} == {"LYO"}
        assert api(f"/api/v1/kpis/late?{KNOWN}&store=PAR", 404, manager)["code"] == (
            "reporting/unknown-store"
        )
        assert api("/api/v1/kpis/late", 400)["errors"][0]["pointer"] == "/known_at"
        figures_only = chain.api_client(scopes=["kpis:read"])
        assert api(f"/api/v1/kpis/late?{KNOWN}", 403, figures_only)["code"] == "permission-denied"


class TestPages:
    def test_the_consolidation_as_known(self, house, director):
        later(house)
        text = get(director, f"{CONSOLIDATION}?{KNOWN}&by=store").text_of_it

        assert [row[1:3] for row in rows(text)] == [["Paris", "€29"], ["Lyon", "€10"]]
        assert "As known on April 3, 2025" in words(text) or "As known on 3 April 2025" in words(
            text
        )
        assert 'name="known_at" value="2025-04-03"' in text
        assert "Target" not in words(text.partition("<tbody>")[0].rpartition("<thead>")[2])
        now = get(director, f"{CONSOLIDATION}{links(text)['As known now']}").text_of_it
        assert [row[1:3] for row in rows(now)] == [["Paris", "€39"], ["Lyon", "€15"]]
        assert "As known on" in words(now)  # the field
        assert "Without what was recorded later" not in words(now)

        of_paris = get(director, links(text)["Paris"]).text_of_it
        assert [row[1:3] for row in rows(of_paris)] == [["Food", "€20"], ["(no category)", "€9"]]
        tickets = get(director, links(text)["€29"]).text_of_it
        assert sorted(row[5] for row in rows(tickets)) == ["€20.00", "€9.00"]
        assert "known_at" not in links(text)["Overview"]
        assert f"known_at={DAY}" in links(text)["Tickets"]

    @pytest.mark.parametrize("by", ["product", "category", "day", "month", "region"])
    def test_every_level_and_file_keeps_to_it(self, house, director, by):
        page, file = f"{CONSOLIDATION}?{KNOWN}&by={by}", f"{CONSOLIDATION}.csv?{KNOWN}&by={by}"
        before, in_file = rows(get(director, page).text_of_it), get(director, file).text_of_it
        later(house)
        assert rows(get(director, page).text_of_it) == before
        assert get(director, file).text_of_it == in_file

    def test_a_saved_view_keeps_it(self, house, director):
        browser = chain.signed_in(director)
        query = f"{QUERY}&known_at={DAY}&by=store"
        browser.post("/dashboards/saved", {"name": "Q1", "path": CONSOLIDATION, "query": query})
        later(house)
        text = get(director, SavedView.objects.get().address).text_of_it
        assert [row[1:3] for row in rows(text)] == [["Paris", "€29"], ["Lyon", "€10"]]

    def test_what_came_in_later(self, house, director):
        late = later(house)
        text = get(director, f"{CONSOLIDATION}?{KNOWN}&by=store").text_of_it
        text = get(director, links(text)["What came in later"]).text_of_it

        assert rows(text)[:2] == [
            ["Net sales excl. tax", "€39.00", "€54.00", "€15.00"],
            ["Net sales incl. tax", "€46.80", "€64.80", "€18.00"],
        ]
        file = list(csv.DictReader(io.StringIO(get(director, links(text)["CSV"]).text_of_it)))
        assert len(file) == len(late)
        assert sorted(row["Document"] for row in file) == [
            "Correction", "New ticket", "New ticket", "Revision",
        ]  # fmt: skip
        assert sum(Decimal(row["Net excl. tax"]) for row in file) == Decimal("15.00")
        french = get(director, f"{LATE_PAGE}?{KNOWN}", language="fr").text_of_it
        assert "Connu au 3 avril 2025" in words(french)
        assert "Nouveau ticket" in words(french)

    def test_a_page_is_fifty_documents(self, house, director):
        for number in range(51):
            sell(
                house["lyon"], item(house["bread"], 1, "1.20"), recorded_at=LATE,
                external_ref=f"X{number}",
            )  # fmt: skip
        text = get(director, f"{LATE_PAGE}?{KNOWN}").text_of_it
        older = get(director, links(text)["Older documents"]).text_of_it
        assert text.count("New ticket") == 50
        assert older.count("New ticket") == 1

    def test_without_a_moment_it_asks_for_one(self, house, director):
        text = get(director, f"{LATE_PAGE}?{QUERY}").text_of_it
        assert "Choose a day in “As known on”" in words(text)

    def test_a_manager_sees_her_own_only(self, house):
        later(house)
        manager = chain.person(Role.MANAGER, stores=[house["lyon"]])
        text = get(manager, f"{LATE_PAGE}?{KNOWN}").text_of_it
        assert "Paris" not in words(text)
        assert rows(text)[0] == ["Net sales excl. tax", "€10.00", "€15.00", "€5.00"]


def _moment():
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]
