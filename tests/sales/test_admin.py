"""The ledger to look at, and targets to set."""

import csv
import io
from decimal import Decimal

import pytest
from django.db import IntegrityError

from epm.access.models import Role
from sales.models import Customer, Sale, SaleLine, StoreDayTarget, StoreTarget
from tests.factories import chain, tickets

pytestmark = pytest.mark.django_db


@pytest.fixture
def paris():
    return chain.store(code="PAR")


@pytest.fixture
def ticket(paris):
    ann = Customer.objects.create(code="ANN", name="Ann Example")
    bread = chain.product(sku="BREAD", name="Bread")
    return chain.sale(
        store=paris,
        external_ref="T-77",
        customer=ann,
        lines=[
            {"product": bread, "quantity": 2, "net_ttc": "1234.56"},
            {"product": bread, "quantity": 1, "net_ttc": "12.00"},
        ],
        tenders=[("card", Decimal("1246.56"))],
    )


def own_queries(queries):
    """Those about sales: the rest is session, user, scope."""
    return [q["sql"] for q in queries if 'FROM "sales_' in q["sql"]]


class TestASale:
    def test_shows_lines_and_tenders_in_three_queries(
        self, paris, ticket, django_assert_max_num_queries
    ):
        client = chain.signed_in(chain.person(Role.MANAGER, stores=[paris]))

        with django_assert_max_num_queries(15) as queries:
            text = client.get(f"/admin/sales/sale/{ticket.pk}/change/").content.decode()

        assert len(own_queries(queries.captured_queries)) == 3
        assert text.count("Bread") == 2
        assert "€1,246.56" in text
        assert "Ann Example" in text

    def test_hides_the_customer_from_an_analyst(self, ticket):
        client = chain.signed_in(chain.person(Role.ANALYST, whole_chain=True))

        text = client.get(f"/admin/sales/sale/{ticket.pk}/change/").content.decode()

        assert "Ann" not in text
        assert "Hidden" in text

    def test_is_not_found_by_customer_by_who_may_not_know_her(self, ticket):
        client = chain.signed_in(chain.person(Role.ANALYST, whole_chain=True))

        answer = client.get(f"/admin/sales/sale/?customer={ticket.customer_id}")

        assert answer.status_code == 400

    @pytest.mark.parametrize("role", [Role.DIRECTOR, Role.MANAGER])
    def test_is_never_written(self, paris, ticket, role):
        client = chain.signed_in(chain.person(role, whole_chain=True))
        before = Sale.objects.values().get()

        answers = [
            client.get("/admin/sales/sale/add/"),
            client.post("/admin/sales/sale/add/", {"external_ref": "X"}),
            client.post(f"/admin/sales/sale/{ticket.pk}/change/", {"external_ref": "X"}),
            client.post(f"/admin/sales/sale/{ticket.pk}/delete/", {"post": "yes"}),
        ]

        assert [answer.status_code for answer in answers] == [403, 403, 403, 403]
        assert Sale.objects.values().get() == before
        assert SaleLine.objects.count() == 2

    def test_of_a_foreign_store_is_as_absent_as_none(self, ticket):
        client = chain.signed_in(chain.person(Role.MANAGER, stores=[chain.store()]))

        there = client.get(f"/admin/sales/sale/{ticket.pk}/change/")
        never = client.get("/admin/sales/sale/not-a-key/change/")

        assert there.status_code == never.status_code == 404
        assert there.content == never.content

    def test_is_found_by_reference_and_by_key(self, paris, ticket):
        other = chain.sale(store=paris, external_ref="T-78")
        client = chain.signed_in(chain.person(Role.CASHIER, stores=[paris]))

        for term in ("T-77", str(ticket.pk)):
            text = client.get("/admin/sales/sale/", {"q": term}).content.decode()
            assert "T-77" in text
            assert other.external_ref not in text

    def test_list_counts_no_rows(self, paris, ticket, django_assert_max_num_queries):
        client = chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))

        with django_assert_max_num_queries(15) as queries:
            client.get("/admin/sales/sale/?_facets=True")

        assert [q for q in own_queries(queries.captured_queries) if "COUNT(" in q] == []
        assert len(own_queries(queries.captured_queries)) == 1


NO_DAYS = {"days-TOTAL_FORMS": 0, "days-INITIAL_FORMS": 0, "phasing": "even"}


class TestATarget:
    @pytest.fixture
    def client(self):
        return chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))

    def test_is_spread_over_its_days(self, client, paris):
        form = {"store": paris.pk, "month": "2025-02-14", "amount": "100.00"}

        answer = client.post("/admin/sales/storetarget/add/", form | NO_DAYS)

        assert answer.status_code == 302
        target = StoreTarget.objects.get()
        assert str(target.month) == "2025-02-01"
        shares = list(StoreDayTarget.objects.order_by("day").values_list("amount", flat=True))
        assert len(shares) == 28
        assert sum(shares) == Decimal("100.00")
        page = client.get(f"/admin/sales/storetarget/{target.pk}/change/").content.decode()
        assert "Saturday 1 February 2025" in page
        assert "€3.58" in page

    @pytest.mark.parametrize(
        ("_case", "changed", "said"),
        [
            (
                "too few weights",
                {"phasing": "weights", "day_weights": "1,2,3"},
                "Give one weight for each day",
            ),
            (
                "all zero",
                {"phasing": "weights", "day_weights": ",".join("0" * 28)},
                "Give one weight for each day",
            ),
            ("none", {"phasing": "weights", "day_weights": ""}, "Give one weight for each day"),
            ("too fine", {"amount": "100.005"}, "more decimals than the store"),
        ],
    )
    def test_the_database_refuses_comes_back_with_the_reason(
        self, client, paris, _case, changed, said
    ):
        form = {"store": paris.pk, "month": "2025-02-01", "amount": "100"}

        answer = client.post("/admin/sales/storetarget/add/", form | NO_DAYS | changed)

        assert answer.status_code == 200
        assert said in answer.content.decode()
        assert changed.get("day_weights", "100") in answer.content.decode()
        assert not StoreTarget.objects.exists()

    def test_refused_for_another_reason_says_what_postgresql_said(self, client, paris, monkeypatch):
        def refuse(*_args, **_kwargs):
            raise IntegrityError("some law")

        monkeypatch.setattr(StoreTarget, "save", refuse)
        form = {"store": paris.pk, "month": "2025-02-01", "amount": "100"}

        answer = client.post("/admin/sales/storetarget/add/", form | NO_DAYS)

        assert "The database refused: some law" in answer.content.decode()

    def test_is_read_with_a_french_comma(self, client, paris):
        client.cookies["django_language"] = "fr"
        form = {"store": paris.pk, "month": "01/02/2025", "amount": "100,50"}

        client.post("/admin/sales/storetarget/add/", form | NO_DAYS)

        target = StoreTarget.objects.get()
        assert target.amount == Decimal("100.50")
        page = client.get(f"/admin/sales/storetarget/{target.pk}/change/").content.decode()
        assert 'value="100,50"' in page
        assert "samedi 1er février 2025" in page

    def test_takes_seven_weights_for_all_its_days(self, client, paris):
        form = {"store": paris.pk, "month": "2026-02-01", "amount": "28"}
        weights = {"phasing": "weights", "day_weights": "1,1,1,1,1,2,0"}

        client.post("/admin/sales/storetarget/add/", form | NO_DAYS | weights)

        target = StoreTarget.objects.get()
        assert (target.phasing, target.profile) == ("weights", "")
        assert target.day_weights[:7] == [0, 1, 1, 1, 1, 1, 2]  # it begins on a Sunday
        assert len(target.day_weights) == 28

    def test_says_whose_last_year_it_was_spread_by(self, client, paris):
        form = {"store": paris.pk, "month": "2026-02-01", "amount": "28", "phasing": "last_year"}

        client.post("/admin/sales/storetarget/add/", NO_DAYS | form)

        target = StoreTarget.objects.get()
        assert (target.phasing, target.profile) == ("last_year", "none")
        for address in ("", f"{target.pk}/change/"):
            page = client.get(f"/admin/sales/storetarget/{address}").content.decode()
            assert "none is known: every open day alike" in page

    def test_of_a_month_the_store_is_closed_all_of_is_not_spread_by_last_year(self, client):
        store = chain.store(closed_on="2026-01-31")
        form = {"store": store.pk, "month": "2026-02-01", "amount": "28", "phasing": "last_year"}

        answer = client.post("/admin/sales/storetarget/add/", NO_DAYS | form)

        assert "The store is closed on every day of the month" in answer.content.decode()
        assert not StoreTarget.objects.exists()


class TestSpreadAnew:
    @pytest.fixture
    def client(self):
        return chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))

    @pytest.fixture
    def target(self, paris):
        return StoreTarget.objects.create(store=paris, month="2026-02-01", amount=28)

    def url(self, target):
        return f"/admin/sales/storetarget/{target.pk}/spread/"

    def test_shows_each_day_now_and_then_and_writes_nothing(self, client, target):
        said = {"phasing": "weights", "day_weights": "1,1,1,1,1,2,0"}

        first = client.get(self.url(target)).content.decode()
        page = client.post(self.url(target), said | {"show": ""}).content.decode()

        assert "By last year&#x27;s weekdays: none is known" in first
        assert "Saturday 7 February 2026" in page
        assert page.count("€2.00") == 4  # its Saturdays
        assert page.count("€1.00") == 28 + 20  # all of now, then those from Monday to Friday
        target.refresh_from_db()
        assert target.phasing == "even"

    def test_does_what_was_seen(self, client, target):
        said = {"phasing": "weights", "day_weights": "1,1,1,1,1,2,0", "spread": ""}

        answer = client.post(self.url(target), said | {"seen": "weights 1,1,1,1,1,2,0"})

        assert answer.status_code == 302
        target.refresh_from_db()
        assert target.phasing == "weights"
        assert target.days.get(day="2026-02-07").amount == 2

    def test_shows_another_choice_before_it_is_done(self, client, target):
        said = {"phasing": "last_year", "day_weights": "", "spread": "", "seen": "weights 1,1"}

        assert client.post(self.url(target), said).status_code == 200
        target.refresh_from_db()
        assert target.phasing == "even"

    @pytest.mark.parametrize("weights", ["", "1,2", "0,0,0,0,0,0,0", "1,1,1,1,1,1,-1", "x"])
    def test_tells_what_is_wrong_with_weights(self, client, target, weights):
        said = {"phasing": "weights", "day_weights": weights, "spread": ""}

        answer = client.post(self.url(target), said | {"seen": f"weights {weights}"})

        assert answer.status_code == 200
        assert 'aria-invalid="true"' in answer.content.decode()
        target.refresh_from_db()
        assert target.phasing == "even"

    def test_is_for_who_may_change_targets(self, paris, target):
        client = chain.signed_in(chain.person(Role.MANAGER, stores=[paris]))

        assert client.post(self.url(target), {"phasing": "last_year"}).status_code == 403
        assert client.get(self.url(target)).status_code == 403


class TestTheListOfSales:
    @pytest.fixture
    def seller(self, paris):
        """Of the one ticket of the till; a sale that was imported is beside it."""
        seller = chain.person(Role.CASHIER, stores=[paris])
        till = tickets.register(paris, code="T7", name="Till seven")
        tickets.opened(till)
        sold = tickets.doc(till, "12.00")
        sold["sale"]["cashier_id"] = seller.pk
        tickets.record(sold)
        bread = chain.product(sku="BREAD")
        chain.sale(
            store=paris,
            external_ref="IMPORTED",
            customer=Customer.objects.create(code="ANN", name="Ann Example"),
            lines=[{"product": bread, "quantity": 1, "net_ttc": "99.00"}],
        )
        return seller

    @pytest.fixture
    def manager(self, paris, seller):
        return chain.signed_in(chain.person(Role.MANAGER, stores=[paris]))

    @pytest.fixture
    def analyst(self, seller):
        return chain.signed_in(chain.person(Role.ANALYST, whole_chain=True))

    def test_names_ticket_register_and_cashier(self, manager, seller):
        text = manager.get("/admin/sales/sale/").content.decode()

        assert "T7-00000001" in text
        assert "Till seven" in text
        assert seller.username in text

    def test_names_no_cashier_to_an_analyst(self, analyst, seller):
        text = analyst.get("/admin/sales/sale/").content.decode()

        assert "Till seven" in text
        assert seller.username not in text

    def test_the_export_says_the_tickets_number(self, manager, analyst, seller):
        told = [
            list(csv.DictReader(io.StringIO(file.getvalue().decode("utf-8-sig"))))
            for file in (exported(manager), exported(analyst))
        ]

        assert {
            (row["Reference"], row["Ticket number"], row["Cash register · code"],
             row["Cashier · username"])
            for row in told[0]
        } == {("IMPORTED", "", "", ""), ("", "T7-00000001", "T7", seller.username)}  # fmt: skip
        assert "Cashier · username" not in told[1][0]

    @pytest.mark.parametrize(
        ("query", "references"),
        [
            ("total_ttc_from=12&total_ttc_to=12", {"T7-00000001"}),
            ("total_ttc_from=12.01", {"IMPORTED"}),
            ("total_ttc_from=1&total_ttc_to=2", set()),
            ("total_ttc_from=&total_ttc_to=&buyer=", {"T7-00000001", "IMPORTED"}),
            ("buyer=ann", {"IMPORTED"}),
            ("buyer=exam", {"IMPORTED"}),
            ("buyer=xa", set()),
        ],
    )
    def test_finds_by_amount_and_customer(self, manager, query, references):
        days = "business_date_from=2025-03-01&business_date_to=2025-03-31"

        text = manager.get(f"/admin/sales/sale/?{query}&{days}").content.decode()

        assert {each for each in ("T7-00000001", "IMPORTED") if each in text} == references

    def test_looks_for_amounts_in_the_last_90_days_only_unless_told(self, manager):
        """Those of the fixture are older."""
        text = manager.get("/admin/sales/sale/?total_ttc_from=12").content.decode()

        assert "IMPORTED" not in text
        assert "T7-00000001" not in text

    def test_an_amount_that_is_none_finds_nothing(self, manager):
        answer = manager.get("/admin/sales/sale/?total_ttc_from=x")

        assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/sales/sale/?e=1")

    def test_who_may_not_know_the_buyer_does_not_find_her(self, analyst):
        assert analyst.get("/admin/sales/sale/?buyer=ANN").status_code == 403
        assert "buyer" not in analyst.get("/admin/sales/sale/").content.decode()


def exported(client):
    answer = client.get("/admin/sales/sale/export.csv")
    return io.BytesIO(b"".join(answer.streaming_content))
