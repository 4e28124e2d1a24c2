"""A ticket is found by number, product, customer and amount, and by no reading of all history."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from epm.access.models import Role
from epm.platform.calendars import Period
from reporting.selectors import places, tickets
from reporting.selectors.tickets import Asked
from sales.models import Customer
from sales.selectors.customers import customers_named
from tests.factories import chain
from tests.factories.chain import NOON
from tests.reporting.pages import get, rows, words

MARCH = Period(date(2025, 3, 1), date(2025, 3, 31))
ALL = "/dashboards/tickets?period=free&from=2025-03-01&to=2025-03-31"
pytestmark = pytest.mark.django_db


@pytest.fixture
def house():
    bread, soap = chain.product(sku="BREAD"), chain.product(sku="SOAP")
    mine, other = chain.store(code="MINE"), chain.store(code="OTHER")
    ann = Customer.objects.create(code="C-1", name="Ann Example")
    bob = Customer.objects.create(code="C-2", name="Bob 100% Sample")
    sold = [
        ("T-1", mine, bread, "12.00", ann),
        ("T-2", mine, soap, "12.01", bob),
        ("T-3", mine, bread, "50.00", None),
        ("T-4", other, soap, "12.00", ann),
    ]
    for hour, (reference, store, product, net, customer) in enumerate(sold, 1):
        chain.sale(
            store=store, external_ref=reference, at=NOON - timedelta(hours=hour),
            customer=customer, lines=[{"product": product, "quantity": 1, "net_ttc": net}],
        )  # fmt: skip
    return {"mine": mine, "ann": ann, "bob": bob, "bread": bread}


@pytest.fixture
def director():
    return chain.person(Role.DIRECTOR, whole_chain=True)


def found(user, query, **more):
    text = get(user, ALL + query, **more).text_of_it
    return [row[0] for row in rows(text)] if '<table class="figures">' in text else []


class TestThePage:
    @pytest.mark.parametrize(
        ("query", "references"),
        [
            ("", ["T-1", "T-2", "T-3", "T-4"]),
            ("&amount_from=12.01", ["T-2", "T-3"]),
            ("&amount_to=12", ["T-1", "T-4"]),
            ("&amount_from=12,01&amount_to=12,01", ["T-2"]),
            ("&customer=c-1", ["T-1", "T-4"]),
            ("&customer=example", ["T-1", "T-4"]),
            ("&customer=100%25 s", ["T-2"]),
            ("&customer=xam&store=MINE", ["T-1"]),
            ("&customer=an", []),
            ("&customer=nobody", []),
            ("&customer=C-1&amount_from=13", []),
        ],
    )
    def test_tells_those_of_an_amount_or_a_customer(self, house, director, query, references):
        assert found(director, query) == references

    def test_adds_up_what_it_tells(self, house, director):
        text = words(get(director, ALL + "&customer=C-1").text_of_it)

        assert "Net sales incl. tax €24.00" in text
        assert "Transactions 2" in text

    def test_finds_a_product_by_its_sku(self, house, director):
        answer = get(director, ALL + "&sku=bread&amount_from=13", status=302)

        address = answer.headers["Location"]
        assert address.endswith(f"&amount_from=13&product={house['bread'].pk}")
        assert [row[0] for row in rows(get(director, address).text_of_it)] == ["T-3"]

    def test_says_so_where_there_is_no_such_product(self, house, director):
        text = words(get(director, ALL + "&sku=NOPE").text_of_it)

        assert "There is no product “NOPE”: these are tickets of all products." in text

    def test_an_amount_that_is_none_is_told_and_nothing_shown(self, house, director):
        answer = get(director, ALL + "&amount_from=1e9", status=400)

        assert "“1e9” is not an amount: write it as 12.50." in words(answer.text_of_it)
        assert "T-1" not in answer.text_of_it

    def test_keeps_what_was_asked_when_days_or_lines_change(self, house, director):
        text = get(director, ALL + "&customer=C-1&amount_from=5").text_of_it

        bar = text[text.index('class="filters"') :].partition("</form>")[0]
        assert '<input type="hidden" name="customer" value="C-1">' in bar
        assert '<input type="hidden" name="amount_from" value="5">' in bar
        assert "customer=C-1&amp;amount_from=5&amp;having=returns" in text

    def test_the_file_holds_the_same(self, house, director):
        address = ALL.replace("tickets?", "tickets.csv?")

        text = get(director, address + "&amount_from=12.01").text_of_it
        lines = text.strip().splitlines()

        assert [line.split(",")[0] for line in lines[1:]] == ["T-2", "T-3"]
        assert get(director, address + "&amount_from=x", status=400)


class TestWhoMayNotKnowTheBuyer:
    def test_does_not_find_her_by_name(self, house):
        analyst = chain.person(Role.ANALYST, whole_chain=True)

        assert 'name="customer"' not in get(analyst, ALL).text_of_it
        assert get(analyst, ALL + "&customer=C-1", status=403)
        assert get(analyst, ALL.replace("tickets?", "tickets.csv?") + "&customer=C-1", status=403)

    def test_a_manager_finds_her_own_stores_tickets_only(self, house):
        manager = chain.person(Role.MANAGER, stores=[house["mine"]])

        assert found(manager, "&customer=C-1") == ["T-1"]


def plan_of(sql, parameters):
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute(f"EXPLAIN {sql}", parameters)
        return "\n".join(row[0] for row in cursor.fetchall())


@pytest.fixture
def years(house):
    """Ten years of sales, of which a question of one month may read one month."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO sales_sale (id, store_id, sold_at, business_date, currency, total_ttc,
                                    total_ht, total_vat, is_pure_return, is_correction, revision,
                                    customer_id)
            SELECT epm_uuid7_floor(at), %s, at, at::date, 'EUR', n %% 200, n %% 200, 0,
                   false, false, 1, CASE WHEN n %% 1000 = 0 THEN %s::bigint END
            FROM (SELECT n, timestamptz '2015-03-01 10:00Z' + n * interval '3 hours' AS at
                  FROM generate_series(1, 30000) n) made
            """,
            [house["mine"].pk, house["ann"].pk],
        )


class TestWhatIsRead:
    """No history: of the days asked for, by the key; of a customer, by her own index."""

    def asked(self, user, **narrowed):
        where = places.chosen(principal=user, stores=(), regions=())
        return Asked(principal=user, places=where, period=MARCH, **narrowed)

    @pytest.mark.parametrize("template", ["", tickets.TOTALS])
    @pytest.mark.parametrize("by", ["amount", "customer"])
    def test_of_the_dashboards(self, years, house, director, by, template):
        narrowed = (
            {"at_least": Decimal(199), "at_most": Decimal(199)}
            if by == "amount"
            else {"customer_ids": [house["ann"].pk]}
        )
        sql, words = tickets._statement(
            self.asked(director, **narrowed), before=None, template=template
        )

        plan = plan_of(sql if template else f"{sql} LIMIT 51", words)

        assert "Seq Scan on sales_sale " not in plan
        assert ("sales_sale_pkey" if by == "amount" else "sale_customer_day_idx") in plan

    @pytest.mark.parametrize(
        ("query", "index"),
        [
            ("total_ttc_from=199&total_ttc_to=199", "sales_sale_pkey"),
            ("total_ttc_from=199&business_date_from=2020-03-01&business_date_to=2020-03-31",
             "sales_sale_pkey"),
            ("buyer=C-1", "sale_customer_day_idx"),
        ],
    )  # fmt: skip
    def test_of_the_administration(
        self, years, director, query, index, django_assert_max_num_queries
    ):
        client = chain.signed_in(director)

        with django_assert_max_num_queries(20) as asked:
            assert client.get(f"/admin/sales/sale/?{query}").status_code == 200

        (listed,) = [
            q["sql"] for q in asked.captured_queries
            if 'FROM "sales_sale"' in q["sql"] and "LIMIT" in q["sql"]
        ]  # fmt: skip
        plan = plan_of(listed, None)
        assert "Seq Scan on sales_sale " not in plan
        assert index in plan

    def test_of_customers(self, director):
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO sales_customer (code, name, email, attributes, is_placeholder)"
                " SELECT 'K' || n, md5(n::text), '', '{}', false FROM generate_series(1, 20000) n"
            )
        sql, words = customers_named(director, text="abcd").query.sql_with_params()

        plan = plan_of(sql, words)

        assert "Seq Scan" not in plan
        assert "customer_code_unique_ci" in plan
        assert "customer_name_trigram_idx" in plan
