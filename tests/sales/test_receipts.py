"""Receipts: counted without a gap, the same on paper, as PDF and in a browser."""

import uuid
from decimal import Decimal
from io import BytesIO

import pytest
from django.utils.translation import override
from pypdf import PdfReader
from reportlab.lib.units import mm

from epm.access.models import Role
from sales.models import Ticket, TicketPrint, TillPolicy
from sales.selectors.slip import slip_of
from sales.services import receipts
from sales.services.till.basket import Discount, Sold
from tests.concurrency import run_behind
from tests.factories import chain, tills

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return chain.store(
        code="PARIS", name="Épicerie", vat_regime="FR", address="1 rue d'Ésope",
        postal_code="75001", city="Paris",
    )  # fmt: skip


@pytest.fixture
def till(store):
    TillPolicy.objects.create(
        store=store, takes_tips=True, receipt_header="SIRET 1\nOuvert", receipt_footer="Merci !"
    )
    return tills.register(store=store)


@pytest.fixture
def bread(till):
    product = chain.product(sku="BREAD", name="Brioche à l'œuf", sale_price=Decimal("9.99"))
    return tills.stocked(till, product)


@pytest.fixture
def cashier(store):
    return chain.person(Role.CASHIER, stores=[store], first_name="Zoé")


@pytest.fixture
def ask(cashier):
    return tills.Client(chain.signed_in(cashier))


@pytest.fixture
def sold(till, bread, cashier):
    lines = [Sold(bread.pk, Decimal(3), discount=Discount("goodwill", amount=Decimal(2)))]
    return tills.sell(
        till, lines, [("cash", "40")], cashier_id=cashier.pk, tip=Decimal(1)
    )  # fmt: skip


def printed(ask, sold, way="paper", language="fr", **more):
    return ask.client.post(
        f"/api/v1/tickets/{sold.sale_id}/prints",
        {"way": way},
        content_type="application/json",
        headers={"idempotency-key": f"key-{uuid.uuid4()}", "accept-language": language},
        **more,
    )


def test_the_first_is_the_original_and_the_next_a_duplicate(ask, sold, cashier):
    first, second = printed(ask, sold), printed(ask, sold, way="pdf")

    assert (first.status_code, second.status_code) == (201, 201)
    told = first.json()
    assert (told["copy"], told["is_duplicate"], told["duplicate"]) == (0, False, 0)
    again = second.json()
    assert (again["copy"], again["is_duplicate"], again["duplicate"]) == (1, True, 1)
    assert not any("DUPLICATA" in line for line in told["lines"])
    assert "DUPLICATA 1" in [line.strip() for line in again["lines"]]
    assert [
        (one.copy, one.way, one.printed_by) for one in TicketPrint.objects.order_by("copy")
    ] == [
        (0, "paper", cashier),
        (1, "pdf", cashier),
    ]


def test_what_stands_on_it(ask, sold, till):
    lines = printed(ask, sold).json()["lines"]
    plain = [line.replace("\u202f", " ").replace("\xa0", " ").strip() for line in lines]

    assert plain[:5] == ["Épicerie", "1 rue d'Ésope", "75001 Paris", "SIRET 1", "Ouvert"]
    assert "Ticket T1-00000001" in plain
    assert "Servi par Zoé" in plain
    assert f"Brioche à l'œuf{'29,97 €':>27}" in plain
    assert "3 × 9,99" in plain
    wide = {" ".join(line.split()) for line in plain}
    assert {
        "Remise −2,00 €", "Pourboire 1,00 €", "Total TTC 28,97 €",
        "TVA 20,0 % sur 23,31 € 4,66 €", "Espèces 40,00 €", "Rendu 11,03 €", "Merci !",
    } <= wide, wide  # fmt: skip
    assert max(map(len, lines)) <= receipts.COLUMNS


def test_a_gift_receipt_says_no_price_and_is_no_duplicate(ask, sold):
    gift = printed(ask, sold, way="gift").json()
    assert (gift["copy"], gift["duplicate"]) == (0, 0)
    text = "\n".join(gift["lines"])
    assert "TICKET CADEAU" in text
    assert "Brioche" in text
    assert "€" not in text
    assert "9,99" not in text
    paper = printed(ask, sold).json()
    assert (paper["copy"], paper["is_duplicate"]) == (1, False)


def test_the_pdf_is_of_that_copy(ask, sold, till):
    printed(ask, sold)
    again = printed(ask, sold).json()

    answer = ask.client.get(again["pdf"], headers={"accept-language": "fr"})

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    (page,) = PdfReader(BytesIO(answer.content)).pages
    text = page.extract_text()
    assert "DUPLICATA 1" in text
    assert "Brioche à l'œuf" in text
    assert "T1-00000001" in text
    assert round(float(page.mediabox.width) / mm) == 80
    assert ask.client.get(again["pdf"].replace("copy=1", "copy=2")).status_code == 404
    first = ask.client.get(again["pdf"].replace("copy=1", "copy=0"))
    assert "DUPLICATA" not in PdfReader(BytesIO(first.content)).pages[0].extract_text()


def test_the_qr_code_holds_the_uuid(ask, sold):
    told = printed(ask, sold).json()
    ticket = slip_ticket(sold)
    assert told["qr"] == str(ticket.uuid)
    modules = receipts.qr_of(text=told["qr"])
    assert len(modules) == len(modules[0]) >= 25


def slip_ticket(sold):
    return Ticket.objects.select_related("sale__store", "sale__cashier", "register").get(
        pk=sold.sale_id
    )


def test_in_english(ask, sold):
    printed(ask, sold)
    with override("en"):
        slip = slip_of(slip_ticket(sold), TicketPrint.objects.get())
        text = "\n".join(receipts.as_text(slip=slip))
    assert "Served by Zoé" in text
    assert "€28.97" in text


def test_the_page_for_a_browser(ask, sold):
    page = printed(ask, sold).json()["page"]
    answer = ask.client.get(page, headers={"accept-language": "fr"})
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "Brioche à l&#x27;œuf" in text
    assert '<path d="M' in text
    assert "style=" not in text
    assert ask.client.get(page.replace("copy=0", "copy=7")).status_code == 404
    assert ask.client.get(page.replace("copy=0", "copy=x")).status_code == 404


def test_another_stores_is_like_none(sold):
    stranger = tills.Client(chain.signed_in(chain.person(Role.CASHIER, stores=[chain.store()])))
    nowhere = uuid.uuid4()
    for path in ("api/v1/tickets/{}/receipt.pdf", "till/receipt/{}/"):
        for key in (sold.sale_id, nowhere):
            assert stranger.client.get("/" + path.format(key)).status_code == 404
    theirs = printed(stranger, sold)
    assert theirs.status_code == 404
    assert TicketPrint.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_two_at_once_have_two_numbers(sold):
    def count():
        return receipts.count(sale_id=sold.sale_id, way="paper", printed_by_id=None)

    second = run_behind(count, count)

    assert second.result().copy == 1
    assert sorted(TicketPrint.objects.values_list("copy", flat=True)) == [0, 1]
