from datetime import date, timedelta
from decimal import Decimal

import pytest
from model_bakery import baker

from epm.access.models import Role
from sales.models import CashRegister, Customer, StoreTarget
from tests.factories import chain
from tests.factories.chain import NOON

pytestmark = pytest.mark.django_db


def ids(answer):
    assert answer.status_code == 200, answer.content
    return [one["id"] for one in answer.json()["results"]]


@pytest.fixture
def paris():
    return chain.store(code="PAR")


class TestOneSale:
    def test_shows_lines_and_tenders(self, paris, django_assert_num_queries):
        till = baker.make(CashRegister, store=paris, code="T1")
        ann = baker.make(Customer, code="ANN", name="Ann Example", email="ann@example.org")
        food = chain.category(code="FOOD")
        bread = chain.product(sku="BREAD", name="Bread", category=food)
        ticket = chain.sale(
            store=paris,
            register=till,
            customer=ann,
            external_ref="T-77",
            lines=[
                {
                    "product": bread,
                    "quantity": 2,
                    "net_ttc": "10.80",
                    "gross_ttc": Decimal("12.00"),
                    "discount_loyalty": Decimal("1.20"),
                    "unit_price": Decimal("6.00"),
                    "unit_cost": Decimal("2.5"),
                },
                {"product": bread, "quantity": "-1", "net_ttc": "-6.00", "kind": "item"},
            ],
            tenders=[("card", Decimal("4.80"))],
        )
        first, second = ticket.lines.order_by("line_no")
        client = chain.api_client()
        client.get("/api/v1/sales")

        with django_assert_num_queries(4):
            answer = client.get(f"/api/v1/sales/{ticket.pk}")

        ticket.refresh_from_db()
        shown = answer.json()
        assert shown == {
            "id": str(ticket.pk),
            "store": "PAR",
            "register": "T1",
            "external_ref": "T-77",
            "ticket": None,
            "revision": 1,
            "sold_at": "2025-03-31T12:00:00Z",
            "business_date": "2025-03-31",
            "recorded_at": shown["recorded_at"],
            "currency": "EUR",
            "is_correction": False,
            "is_pure_return": False,
            "corrects": None,
            "customer": "ANN",
            "total_ttc": "4.80",
            "total_ht": "4.00",
            "total_vat": "0.80",
            "import_run": None,
            "lines": [
                {
                    "id": str(first.pk),
                    "line_no": 1,
                    "product": "BREAD",
                    "product_name": "Bread",
                    "category": "FOOD",
                    "kind": "item",
                    "quantity": "2.00",
                    "unit_price": "6.00",
                    "gross_ttc": "12.00",
                    "discount_shelf": "0.00",
                    "discount_loyalty": "1.20",
                    "discount_coupon": "0.00",
                    "discount_manual": "0.00",
                    "net_ttc": "10.80",
                    "net_ht": "9.00",
                    "vat": "1.80",
                    "tax_rate": "0.20",
                    "taxes": None,
                    "unit_cost": "2.50",
                    "origin_line": None,
                    "disposition": None,
                    "returned": "0",
                },
                {
                    "id": str(second.pk),
                    "line_no": 2,
                    "product": "BREAD",
                    "product_name": "Bread",
                    "category": "FOOD",
                    "kind": "item",
                    "quantity": "-1.00",
                    "unit_price": None,
                    "gross_ttc": "-6.00",
                    "discount_shelf": "0.00",
                    "discount_loyalty": "0.00",
                    "discount_coupon": "0.00",
                    "discount_manual": "0.00",
                    "net_ttc": "-6.00",
                    "net_ht": "-5.00",
                    "vat": "-1.00",
                    "tax_rate": "0.20",
                    "taxes": None,
                    "unit_cost": None,
                    "origin_line": None,
                    "disposition": None,
                    "returned": "0",
                },
            ],
            "tenders": [{"line_no": 1, "kind": "card", "amount": "4.80", "reference": ""}],
        }
        assert "Ann Example" not in answer.content.decode()
        assert "ann@example.org" not in answer.content.decode()

    def test_hides_costs_and_customers_by_role(self, paris):
        ann = baker.make(Customer, code="ANN")
        ticket = chain.sale(
            store=paris, customer=ann, lines=[{"product": chain.product(), "net_ttc": "6"}]
        )
        path = f"/api/v1/sales/{ticket.pk}"
        cashier = chain.signed_in(chain.person(Role.CASHIER, stores=[paris]))
        analyst = chain.signed_in(chain.person(Role.ANALYST, stores=[paris]))

        for_cashier, for_analyst = cashier.get(path).json(), analyst.get(path).json()

        assert for_cashier["customer"] == "ANN"
        assert "unit_cost" not in for_cashier["lines"][0]
        assert "customer" not in for_analyst
        assert "unit_cost" in for_analyst["lines"][0]
        assert "customer" not in analyst.get("/api/v1/sales").json()["results"][0]
        assert analyst.get("/api/v1/sales?customer=ANN").json()["code"] == "permission-denied"

    @pytest.mark.parametrize("pk", ["0", "x", "00000000-0000-0000-0000-000000000000"])
    def test_an_absent_one_is_not_found(self, pk):
        assert chain.api_client().get(f"/api/v1/sales/{pk}").json()["code"] == "not-found"


class TestSales:
    def test_a_page_costs_two_queries(self, paris, django_assert_num_queries):
        for minute in range(25):
            chain.sale(store=paris, at=NOON + timedelta(minutes=minute))
        client = chain.api_client()
        client.get("/api/v1/sales")

        with django_assert_num_queries(2):
            assert len(ids(client.get("/api/v1/sales"))) == 20

    def test_latest_first_and_narrowed(self, paris):
        lyon = chain.store(code="LYO", region=chain.region(code="S"))
        ann = baker.make(Customer, code="Ann")
        early = chain.sale(store=paris, at=NOON - timedelta(days=40), external_ref="E")
        late = chain.sale(store=lyon, at=NOON, customer=ann)
        back = chain.sale(store=paris, at=NOON - timedelta(days=1), is_pure_return=True)
        client = chain.api_client()

        def found(query):
            return ids(client.get(f"/api/v1/sales?{query}"))

        assert found("") == [str(late.pk), str(back.pk), str(early.pk)]
        assert found("ordering=id") == [str(early.pk), str(back.pk), str(late.pk)]
        assert found("store=lyo") == [str(late.pk)]
        assert found("region=s") == [str(late.pk)]
        assert found("from=2025-03-30") == [str(late.pk), str(back.pk)]
        assert found("to=2025-03-30") == [str(back.pk), str(early.pk)]
        assert found("from=2025-03-30&to=2025-03-30") == [str(back.pk)]
        assert found("from=0001-01-01&to=9999-12-31") == [str(late.pk), str(back.pk), str(early.pk)]
        assert found("from=9999-12-31") == found("to=0001-01-01") == []
        assert found("external_ref=E") == [str(early.pk)]
        assert found("customer=aNN") == [str(late.pk)]
        assert found("is_pure_return=true") == [str(back.pk)]
        assert found("is_correction=true") == []
        assert found(f"import_run={2**63 - 1}") == []

    @pytest.mark.parametrize(
        ("timezone", "cutoff", "sold_at", "day"),
        [
            ("Etc/GMT+12", 23, "2025-04-02T10:59:59+00:00", date(2025, 3, 31)),
            ("Pacific/Kiritimati", 0, "2025-03-30T10:00:00+00:00", date(2025, 3, 31)),
        ],
    )
    def test_days_of_the_farthest_stores_are_found_by_key(self, timezone, cutoff, sold_at, day):
        far = chain.store(timezone=timezone, day_cutoff_hour=cutoff)
        at = chain.datetime.fromisoformat(sold_at)
        ticket = chain.sale(store=far, at=at, business_date=day)

        answer = chain.api_client().get(f"/api/v1/sales?from={day}&to={day}")

        assert ids(answer) == [str(ticket.pk)]


class TestTargets:
    def test_shows_days_that_sum_to_the_month(self, paris, django_assert_num_queries):
        march = StoreTarget.objects.create(
            store=paris, month=date(2025, 3, 1), amount=Decimal("1000.00")
        )
        client = chain.api_client()
        client.get("/api/v1/targets")

        with django_assert_num_queries(3):
            shown = client.get(f"/api/v1/targets/{march.pk}").json()

        days = shown.pop("days")
        assert shown == {
            "id": march.pk,
            "store": "PAR",
            "month": "2025-03-01",
            "amount": "1000.00",
            "currency": "EUR",
            "phasing": "even",
            "profile": "",
        }
        assert [one["day"] for one in days] == [f"2025-03-{day:02}" for day in range(1, 32)]
        assert sum(Decimal(one["amount"]) for one in days) == Decimal("1000.00")

    def test_latest_month_first_and_narrowed(self, paris):
        made = {
            month: StoreTarget.objects.create(store=paris, month=date(2025, month, 1), amount=1).pk
            for month in (1, 2, 3)
        }
        client = chain.api_client()

        assert ids(client.get("/api/v1/targets")) == [made[3], made[2], made[1]]
        assert ids(client.get("/api/v1/targets?ordering=month&from=2025-02-01")) == [
            made[2],
            made[3],
        ]
        assert ids(client.get("/api/v1/targets?to=2025-01-31&store=PAR")) == [made[1]]
