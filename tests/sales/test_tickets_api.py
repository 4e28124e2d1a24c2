"""Tills send tickets to /api/v1/sales, one by one or many that were sold offline."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from inventory.models import StockLevel
from sales.models import RegisterSession, Sale, SaleLine, Tender, Ticket
from tests.factories import chain, tills

pytestmark = pytest.mark.django_db


@pytest.fixture
def till():
    return tills.register(store=chain.store(code="PARIS", vat_regime="FR"))


@pytest.fixture
def bread(till):
    return tills.stocked(till, chain.product(sku="BREAD", sale_price=Decimal("9.99")))


@pytest.fixture
def ask(till):
    return tills.client(till.store)


def ticket(till, **more):
    return {
        "uuid": str(uuid.uuid4()),
        "register": till.pk,
        "lines": [{"sku": "BREAD", "quantity": "3"}],
        "tenders": [{"kind": "cash", "amount": "30"}],
        **more,
    }


def test_a_ticket_comes_back_numbered(till, bread, ask):
    said = ticket(till, total="29.97")
    answer = ask.post("/api/v1/sales", said)

    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert told == {
        **told,
        "uuid": said["uuid"],
        "store": "PARIS",
        "register": till.pk,
        "number": 1,
        "reference": "T1-00000001",
        "is_late": False,
        "total_ttc": "29.97",
        "total_ht": "24.97",
        "total_vat": "5.00",
        "change": "0.03",
        "taxes": [{"tax": "TVA", "rate": "0.200000", "base": "24.97", "amount": "5.00"}],
        "tenders": [
            {"kind": "cash", "amount": "30.00", "reference": ""},
            {"kind": "cash", "amount": "-0.03", "reference": ""},
        ],
    }
    assert answer["Location"] == f"/api/v1/sales/{told['id']}"
    assert Sale.objects.get().total_ttc == Decimal("29.970")


def test_the_same_request_again_is_answered_the_same(till, bread, ask):
    said = ticket(till)
    first = ask.post("/api/v1/sales", said, key="first-key")
    again = ask.post("/api/v1/sales", said, key="first-key")

    assert (again.status_code, again.content) == (201, first.content)
    assert again["Idempotency-Replayed"] == "true"
    other = ask.post("/api/v1/sales", said, key="second-key")
    assert (other.status_code, other.json()) == (200, first.json())
    changed = ask.post("/api/v1/sales", {**said, "tenders": [{"kind": "cash", "amount": "40"}]})
    assert (changed.status_code, changed.json()["code"]) == (422, "sales/ticket-reused")
    assert (Sale.objects.count(), StockLevel.objects.get().on_hand) == (1, 97)


def test_a_known_ticket_is_told_though_its_price_has_changed(till, bread, ask):
    said = ticket(till, lines=[{"sku": "BREAD", "quantity": "3", "unit_price": "9.99"}])
    first = ask.post("/api/v1/sales", said)
    bread.sale_price = Decimal("11.00")
    bread.save()

    again = ask.post("/api/v1/sales", said)
    assert (again.status_code, again.json()) == (200, first.json())
    new = ask.post("/api/v1/sales", {**said, "uuid": str(uuid.uuid4())})
    told = new.json()
    assert (new.status_code, told["code"], told["limit"]) == (
        403,
        "sales/beyond-limit",
        "price_change",
    )
    facts = (told["line"], told["product"], told["sku"], told["listed"])
    assert facts == (1, bread.pk, "BREAD", "11.00")
    assert Sale.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"lines": [{"sku": "BREAD", "quantity": "0"}]}, "/lines/0/quantity", "out-of-range"),
        ({"lines": [{"sku": "BREAD", "quantity": "-1"}]}, "/lines/0/quantity", "out-of-range"),
        ({"lines": [{"sku": "BREAD", "quantity": "1e3"}]}, "/lines/0/quantity", "invalid"),
        ({"lines": [{"sku": "BREAD", "quantity": True}]}, "/lines/0/quantity", "invalid"),
        ({"lines": [{"sku": "NONE", "quantity": "1"}]}, "/lines/0/sku", "not-found"),
        ({"lines": []}, "/lines", "empty"),
        ({"register": 10**9}, "/register", "not-found"),
        ({"currency": "USD"}, "/currency", "currency-mismatch"),
        ({"total_ttc": "1"}, "/total_ttc", "unknown-field"),
        ({"store_id": 7}, "/store_id", "unknown-field"),
        ({"tenders": [{"kind": "cash", "amount": "30.001"}]}, "/tenders/0/amount", "too-precise"),
        ({"tenders": [{"kind": "shells", "amount": "30"}]}, "/tenders/0/kind", "invalid_choice"),
        ({"discount": {"share": "1.01", "reason": "staff"}}, "/discount/share", "out-of-range"),
    ],
)
def test_what_is_not_valid_is_refused_by_name(till, bread, ask, change, pointer, code):
    answer = ask.post("/api/v1/sales", ticket(till, **change))

    assert answer.status_code == 422, answer.content
    found = [(error["pointer"], error["code"]) for error in answer.json()["errors"]]
    assert (pointer, code) in found
    assert (Sale.objects.count(), Tender.objects.count(), SaleLine.objects.count()) == (0, 0, 0)


def test_a_part_of_a_piece_is_not_sold(till, bread, ask):
    answer = ask.post("/api/v1/sales", ticket(till, lines=[{"sku": "BREAD", "quantity": "1.5"}]))
    assert (answer.status_code, answer.json()["code"]) == (422, "inventory/not-whole")


def test_two_lines_of_one_product_are_too_much_together(till, bread, ask):
    lines = [{"sku": "BREAD", "quantity": "60"}] * 2
    answer = ask.post(
        "/api/v1/sales", ticket(till, lines=lines, tenders=[{"kind": "card", "amount": "1198.80"}])
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "inventory/insufficient-stock")
    assert (Sale.objects.count(), StockLevel.objects.get().on_hand) == (0, 100)


def test_a_register_of_another_store_is_not_there(till, bread):
    foreign = tills.register(store=chain.store(code="ROME", vat_regime="FR"))
    mine = tills.client(till.store)
    answer = mine.post("/api/v1/sales", ticket(foreign))
    absent = mine.post("/api/v1/sales", ticket(foreign, register=10**9))
    assert (answer.status_code, answer.json()["errors"]) == (422, absent.json()["errors"])
    assert Ticket.objects.count() == 0


def test_what_was_sold_offline_comes_in_ticket_by_ticket(till, bread, ask):
    yesterday = timezone.now() - timedelta(days=1)
    good = ticket(till, sold_at=yesterday.isoformat())
    short = ticket(
        till,
        sold_at=yesterday.isoformat(),
        lines=[{"sku": "BREAD", "quantity": "120", "unit_price": "9.00"}],
        tenders=[{"kind": "card", "amount": "1080"}],
        total="1080",
    )
    bad = ticket(till, lines=[{"sku": "NONE", "quantity": "1"}])
    sent = {"tickets": [good, short, bad]}
    answer = ask.post("/api/v1/sales/batch", sent)

    assert answer.status_code == 200, answer.content
    results = answer.json()["results"]
    assert [result["status"] for result in results] == [201, 201, 422]
    assert [result["uuid"] for result in results] == [one["uuid"] for one in (good, short, bad)]
    assert results[1]["ticket"]["discrepancies"] == [{"kind": "beyond-limit", "of": "price_change"}]
    assert results[0]["ticket"]["is_late"]
    late = RegisterSession.objects.get(is_late=True)
    assert late.business_date.isoformat() == results[0]["ticket"]["business_date"]
    assert StockLevel.objects.get().on_hand == -23
    again = ask.post("/api/v1/sales/batch", sent)
    assert [result["status"] for result in again.json()["results"]] == [200, 200, 422]
    assert Sale.objects.count() == 2


def test_a_wrong_clock_is_put_right(till, bread, ask):
    now = timezone.now()
    wrong = now + timedelta(days=3)
    said = ticket(till, sold_at=(wrong - timedelta(minutes=5)).isoformat())
    answer = ask.post("/api/v1/sales/batch", {"clock": wrong.isoformat(), "tickets": [said]})

    told = answer.json()["results"][0]["ticket"]
    sold_at = datetime.fromisoformat(told["sold_at"])
    assert abs(sold_at - (now - timedelta(minutes=5))) < timedelta(seconds=30)
    kept = Ticket.objects.get()
    assert kept.told_at == datetime.fromisoformat(said["sold_at"])
    ahead = ask.post("/api/v1/sales", ticket(till, sold_at=wrong.astimezone(UTC).isoformat()))
    assert (ahead.status_code, ahead.json()["code"]) == (422, "sales/clock-ahead")


def test_a_quote_writes_nothing(till, bread, ask):
    said = ticket(till, tenders=[])
    answer = ask.post("/api/v1/sales/quote", said)
    assert (answer.status_code, answer.json()["total_ttc"]) == (200, "29.97")
    assert Sale.objects.count() == 0


@pytest.mark.parametrize(
    "number", ["4111111111111111", "paid by 4111 1111 1111 1111 !", "5500-0000-0000-0004"]
)
def test_the_number_of_a_payment_card_is_kept_nowhere(till, bread, ask, number):
    tenders = [{"kind": "card", "amount": "29.97", "reference": number}]
    answer = ask.post("/api/v1/sales", ticket(till, tenders=tenders))

    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == ("/tenders/0/reference", "card-data-not-allowed")
    assert number not in answer.text
    assert Tender.objects.count() == 0
    slip = [{"kind": "card", "amount": "29.97", "reference": "4111111111111112"}]
    assert ask.post("/api/v1/sales", ticket(till, tenders=slip)).status_code == 201
