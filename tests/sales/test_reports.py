"""X and Z reports on paper say what is kept, to the cent, and to nobody else."""

import re
from decimal import Decimal
from io import BytesIO

import pytest
from pypdf import PdfReader
from reportlab.lib.units import mm

from epm.access.models import Role
from sales.models import Closing
from sales.services import sessions
from sales.services.period_closings import close_periods
from tests.factories import chain, tickets
from tests.factories.chain import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def till():
    store = chain.store(code="NORTH", name="North Store", city="Lille")
    return tickets.register(store, code="T1", name="Front")


@pytest.fixture
def session(till):
    """1,234.56 and 12.00 in cash and by card, 6.00 back, 2.50 taken out of a drawer of 100."""
    session = tickets.opened(till, opening_float=100)
    tickets.ticket(
        till,
        {"net_ttc": "1234.56", "discount_manual": "5.00"},
        tenders=[("cash", "1000.00"), ("card", "234.56")],
    )
    tickets.ticket(till, {"net_ttc": "12.00", "tax_rate": "0.055"})
    tickets.ticket(till, "-6.00")
    sessions.pay_out(
        session_id=session.pk, amount=Decimal("2.50"), reason="milk", by=None, now=NOON
    )
    return session


@pytest.fixture
def z(session):
    sessions.close(
        session_id=session.pk, counted={"cash": Decimal("1103.00")}, note="", by=None, now=NOON
    )
    return Closing.objects.get(session=session)


@pytest.fixture
def key(till):
    return chain.api_client(scopes=["sales:read"], stores=[till.store])


def of(role, till):
    return chain.signed_in(chain.person(role, stores=[till.store]))


def paper(answer):
    """The one page: what it says, line by line, and how wide it is in millimetres."""
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    (page,) = PdfReader(BytesIO(answer.content)).pages
    text = re.sub(r"[\u00a0\u202f]", " ", page.extract_text())
    assert "?" not in text
    return [line.strip() for line in text.splitlines()], round(float(page.mediabox.width) / mm)


def test_a_z_report_says_the_figures_that_are_kept(z, key):
    lines, width = paper(key.get(f"/api/v1/closings/{z.pk}/report.pdf"))

    assert width == 80
    assert lines[:4] == ["North Store", "Lille", "Z report 1", "Cash register T1 · Front"]
    assert lines[lines.index("Sums") :] == [
        "Sums", "Sold incl. tax", "€1,246.56", "Returned incl. tax", "€6.00", "Total incl. tax",
        "€1,240.56", "Total excl. tax", "€1,035.17", "VAT", "€205.39", "Grand total incl. tax",
        "€1,240.56", "Tickets", "3 (1–3)", "Late tickets among them", "0",
        "Taxes", "VAT 5.50%", "Excl. tax", "€11.37", "Tax", "€0.63",
        "VAT 20.00%", "Excl. tax", "€1,023.80", "Tax", "€204.76",
        "Means of payment",
        "Cash", "Taken", "€1,006.00", "Expected", "€1,103.50", "Counted", "€1,103.00",
        "Variance", "−€0.50",
        "Card", "Taken", "€234.56", "Expected", "€234.56", "Counted", "–", "Variance", "–",
        "Discounts", "Shelf", "€0.00", "Loyalty", "€0.00", "Coupons", "€0.00",
        "Given at the till", "€5.00",
        "Drawer", "Float", "€100.00", "Pay-ins", "€0.00", "Pay-outs", "−€2.50",
        "Openings without a sale", "0",
        f"Fingerprint {bytes(z.hash).hex()[:16]}",
    ]  # fmt: skip
    assert (z.total_ttc, z.total_ht, z.total_vat) == (
        Decimal("1240.56"), Decimal("1035.17"), Decimal("205.39"),
    )  # fmt: skip
    assert z.totals["variance"] == {"card": None, "cash": "-0.50"}


def test_an_x_report_says_the_same_so_far_and_keeps_nothing(till, session, key):
    lines, width = paper(key.get(f"/api/v1/registers/{till.pk}/session/x-report.pdf"))

    assert width == 80
    assert "X report" in lines
    assert lines[lines.index("Total incl. tax") + 1] == "€1,240.56"
    assert lines[-1] == "The register is still open."
    assert "Counted" not in lines
    assert not Closing.objects.exists()


def test_a_day_says_its_sum(z, key):
    close_periods(now=NOON.replace(month=4, day=2))
    day = Closing.objects.get(kind="day")

    lines, _width = paper(key.get(f"/api/v1/closings/{day.pk}/report.pdf"))

    assert "Day 1" in lines
    assert lines[lines.index("Grand total incl. tax") + 1] == "€1,240.56"


def test_in_french(z, key):
    answer = key.get(f"/api/v1/closings/{z.pk}/report.pdf", headers={"accept-language": "fr"})

    lines, _width = paper(answer)
    assert {"Ticket Z 1", "Caisse T1 · Front", "Ouverte le", "1 240,56 €"} <= set(lines), lines


@pytest.mark.parametrize("what", ["closings/{z}/report.pdf", "registers/{t}/session/x-report.pdf"])
def test_who_counts_blind_or_is_from_elsewhere_gets_none(till, z, what):
    tickets.opened(till)
    stranger = chain.signed_in(chain.person(Role.MANAGER, stores=[chain.store()]))
    address = "/api/v1/" + what.format(z=z.pk, t=till.pk)

    assert of(Role.CASHIER, till).get(address).status_code == 403
    assert stranger.get(address).status_code == 404
    assert of(Role.MANAGER, till).get(address).status_code == 200


def test_without_a_session_there_is_no_x_report(till, z, key):
    assert key.get(f"/api/v1/registers/{till.pk}/session/x-report.pdf").status_code == 404


def test_the_pages_lead_to_it(till, session):
    boss = of(Role.MANAGER, till)
    page = f"/admin/sales/registersession/{session.pk}/change/"
    x = f'href="/api/v1/registers/{till.pk}/session/x-report.pdf"'
    assert x in boss.get(page).content.decode()

    sessions.close(session_id=session.pk, counted={}, note="", by=None, now=NOON)

    closing = Closing.objects.get(session=session)
    z = f'href="/api/v1/closings/{closing.pk}/report.pdf"'
    text = boss.get(page).content.decode()
    assert z in text
    assert x not in text
    assert z in boss.get(f"/admin/sales/closing/{closing.pk}/change/").content.decode()
    assert "report.pdf" not in of(Role.CASHIER, till).get(page).content.decode()
