"""What the back office shows of the tills."""

import csv
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.utils import timezone

from epm.access.models import Role
from sales.models import Override, Ticket, TillPolicy
from sales.services import parking
from sales.services.till.basket import Discount, Sold
from tests.factories import chain, tills

pytestmark = pytest.mark.django_db


@pytest.fixture
def till():
    return tills.register(store=chain.store(code="PARIS", vat_regime="FR"))


@pytest.fixture
def bread(till):
    return tills.stocked(till, chain.product(sku="BREAD", sale_price=Decimal("10.00")))


@pytest.fixture
def office(till):
    return chain.signed_in(chain.person(Role.MANAGER, stores=[till.store]))


def text(client, path):
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_only_tickets_with_discrepancies_are_listed(till, bread, office):
    tills.sell(till, [(bread, 1)], [("card", "10")])
    cheap = [Sold(bread.pk, Decimal(1), discount=Discount("goodwill", share=Decimal("0.5")))]
    late = timezone.now() - timedelta(minutes=5)
    odd = tills.sell(till, cheap, [("card", "5")], offline=True, sold_at=late)

    page = text(office, "/admin/sales/ticket/")

    assert "T1-00000002" in page
    assert "T1-00000001" not in page
    said = "beyond the cashier&#x27;s limit: discount"
    assert said in page
    assert said in text(office, f"/admin/sales/ticket/{odd.sale_id}/change/")
    plain = Ticket.objects.get(number=1)
    assert office.get(f"/admin/sales/ticket/{plain.pk}/change/").status_code == 404


@pytest.mark.parametrize(
    ("role", "who", "whom"),
    [(Role.MANAGER, "zoe.martin", "C-4711"), (Role.ANALYST, "…", "…")],
)
def test_a_file_tells_discrepancies_as_the_page_does(till, bread, role, who, whom):
    noted = [
        {"kind": "cashier-unknown", "of": "zoe.martin"},
        {"kind": "customer-unknown", "of": "C-4711"},
    ]
    tills.sell(till, [(bread, 1)], [("card", "10")], offline=True, noted=noted)
    client = chain.signed_in(chain.person(role, stores=[till.store]))
    french = {"accept-language": "fr"}

    answer = client.get("/admin/sales/ticket/export.csv", headers=french)
    rows = list(csv.reader(answer.getvalue().decode().splitlines()))
    told = f"personne du magasin ne s’appelle {who}; client inconnu : {whom}"
    assert rows[1][-1].replace("\N{NO-BREAK SPACE}", " ") == told

    sheet = client.get("/admin/sales/ticket/export.xlsx")
    with ZipFile(BytesIO(sheet.getvalue())) as parts:
        kept = b"".join(parts.read(name) for name in parts.namelist()).decode(errors="ignore")
    assert ("C-4711" in kept, "zoe.martin" in kept) == (role == Role.MANAGER,) * 2
    assert "nobody of the store is called" in kept


def test_overrides_by_store_kind_and_cashier(till, bread, office):
    zoe = chain.person(Role.CASHIER, stores=[till.store])
    lines = [Sold(bread.pk, Decimal(1), discount=Discount("goodwill", share=Decimal("0.1")))]
    tills.sell(till, lines, [("card", "9")], cashier_id=zoe.pk)
    assert Override.objects.count() == 1

    for asked, there in (
        ("", True),
        (f"?register__store__id__exact={till.store_id}", True),
        ("?kind__exact=discount", True),
        ("?kind__exact=price", False),
        (f"?q={zoe.username}", True),
        ("?q=nobody", False),
    ):
        assert ("€1.00" in text(office, f"/admin/sales/override/{asked}")) is there, asked
    stranger = chain.signed_in(chain.person(Role.MANAGER, stores=[chain.store()]))
    assert "€1.00" not in text(stranger, "/admin/sales/override/")


def test_a_director_says_what_a_store_s_tills_may(till):
    boss = chain.signed_in(chain.person(Role.DIRECTOR, whole_chain=True))
    said = {
        "store": till.store_id, "cash_rounding": "0.05", "refunds": "credit",
        "unreceipted_refunds": "credit", "receipt_header": "Hello", "receipt_footer": "",
    }  # fmt: skip
    assert boss.post("/admin/sales/tillpolicy/add/", said).status_code == 302
    policy = TillPolicy.objects.get()
    assert (policy.cash_rounding, policy.receipt_header) == (Decimal("0.050"), "Hello")
    manager = chain.signed_in(chain.person(Role.MANAGER, stores=[till.store]))
    assert manager.post("/admin/sales/tillpolicy/add/", said).status_code == 403


def test_parked_tickets_are_looked_at(till, office):
    parking.park(register=till, basket={}, label="red coat")
    assert "red coat" in text(office, "/admin/sales/parkedticket/")
