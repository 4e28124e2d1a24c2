"""Registers are opened, sessions counted and closings read in the back office."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from epm.access.models import Role
from sales.models import Closing, RegisterSession
from sales.services import sessions
from tests.factories import chain, tickets
from tests.factories.chain import NOON

pytestmark = pytest.mark.django_db
PAGE = "/admin/sales/registersession"


@pytest.fixture(autouse=True)
def _at_noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def till():
    return tickets.register(chain.store(code="NORTH"), code="T1", name="Front")


def of(role, till):
    return chain.signed_in(chain.person(role, stores=[till.store]))


@pytest.fixture
def boss(till):
    return of(Role.MANAGER, till)


def text(answer):
    assert answer.status_code == 200
    return answer.content.decode()


def step(client, session, event, **said):
    session.refresh_from_db()
    body = {"key": str(uuid4()), "version": session.version, **said}
    return client.post(f"{PAGE}/{session.pk}/step/{event}/", body)


def failing(monkeypatch):
    def fail(*_args, **_how):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(sessions.session_figures, "figures_of", fail)


def test_a_register_is_opened_at_its_page(till, boss):
    address = f"/admin/sales/cashregister/{till.pk}"
    assert f"{address}/open/" in text(boss.get(f"{address}/change/"))

    answer = boss.post(f"{address}/open/", {"opening_float": "99.50"})

    session = RegisterSession.objects.get()
    assert answer.headers["Location"] == f"{PAGE}/{session.pk}/change/"
    assert (session.opening_float, session.register) == (Decimal("99.50"), till)
    assert f"{PAGE}/{session.pk}/change/" in text(boss.get(f"{address}/change/"))
    again = text(boss.post(f"{address}/open/", {"opening_float": "1"}))
    assert "has to be closed first" in again
    assert RegisterSession.objects.count() == 1


def test_only_who_may_opens_it(till):
    analyst = of(Role.ANALYST, till)
    stranger = chain.signed_in(chain.person(Role.MANAGER, stores=[chain.store()]))
    address = f"/admin/sales/cashregister/{till.pk}/open/"

    assert analyst.post(address, {"opening_float": "1"}).status_code in {403, 404}
    assert stranger.post(address, {"opening_float": "1"}).status_code == 404
    assert not RegisterSession.objects.exists()


def test_a_session_is_counted_and_closed(till, boss):
    session = tickets.opened(till, opening_float=100)
    tickets.ticket(till, "12.00")
    sessions.pay_out(
        session_id=session.pk, amount=Decimal("2.50"), reason="milk", by=None, now=NOON
    )
    page = text(boss.get(f"{PAGE}/{session.pk}/change/"))
    assert "X report" in page
    assert "€109.50" in page
    assert "milk" in page

    assert "€" not in text(boss.get(f"{PAGE}/{session.pk}/step/close/"))
    assert step(boss, session, "close", cash="109.00", note="a coin").status_code == 302

    z = Closing.objects.get(session=session)
    assert z.totals["variance"] == {"cash": "-0.50"}
    assert z.session.count_note == "a coin"
    page = text(boss.get(f"{PAGE}/{session.pk}/change/"))
    assert "Z report" in page
    assert "−€0.50" in page
    assert "−€0.50" in text(boss.get(f"{PAGE}/"))
    page = text(boss.get(f"/admin/sales/closing/{z.pk}/change/"))
    assert bytes(z.hash).hex() in page
    assert "−€0.50" in page
    assert "Z report 1" in text(boss.get("/admin/sales/closing/"))


def test_a_bad_count_is_told_in_the_form(till, boss):
    session = tickets.opened(till)

    for wrong in ("-1", "0.001", "x"):
        assert step(boss, session, "close", cash=wrong).status_code == 200
    session.refresh_from_db()
    assert (session.state, session.counted) == ("open", None)


def test_a_closing_that_failed_is_red_and_can_be_finished(till, boss, monkeypatch):
    session = tickets.opened(till)
    with monkeypatch.context() as patched:
        failing(patched)
        step(boss, session, "close", cash="0")
    assert "Closing failed" in text(boss.get(f"{PAGE}/"))
    page = text(boss.get(f"{PAGE}/{session.pk}/change/"))
    assert "RuntimeError: the disk is full" in page
    assert f"{PAGE}/{session.pk}/step/finish/" in page

    step(boss, session, "finish")

    session.refresh_from_db()
    assert (session.state, session.closing_failed) == ("closed", "")


def test_a_cashier_looks_without_what_is_expected(till):
    session = tickets.opened(till, opening_float=100)
    tickets.ticket(till, "12.00")
    cashier = of(Role.CASHIER, till)

    page = text(cashier.get(f"{PAGE}/{session.pk}/change/"))
    assert "112.00" not in page
    assert "X report" not in page
    assert step(cashier, session, "close", cash="1").status_code == 403
    sessions.close(session_id=session.pk, counted={}, by=None, now=NOON)
    assert "cash variance" not in text(cashier.get(f"{PAGE}/")).lower()
    assert "112.00" not in text(cashier.get(f"{PAGE}/{session.pk}/change/"))
    assert cashier.get("/admin/sales/closing/").status_code == 403


def test_a_session_is_never_edited_by_hand(till, boss):
    session = tickets.opened(till, opening_float=100)

    boss.post(f"{PAGE}/{session.pk}/change/", {"opening_float": "1", "state": "closed"})
    boss.post(f"{PAGE}/{session.pk}/delete/", {"post": "yes"})

    session.refresh_from_db()
    assert (session.opening_float, session.state) == (100, "open")
    assert boss.get(f"{PAGE}/add/").status_code == 403


def test_a_late_session_has_no_step(till, boss):
    tickets.ticket(till, "12.00", at=NOON - timedelta(days=1), offline=True)
    late = RegisterSession.objects.get()

    assert "step/close" not in text(boss.get(f"{PAGE}/{late.pk}/change/"))
    assert step(boss, late, "close", cash="1").status_code == 403


def test_in_french(till, boss):
    session = tickets.opened(till)
    tickets.ticket(till, "12.00")
    sessions.close(session_id=session.pk, counted={"cash": Decimal(11)}, by=None, now=NOON)

    page = text(
        boss.get(
            f"/admin/sales/closing/{Closing.objects.get().pk}/change/",
            headers={"Accept-Language": "fr"},
        )
    )
    assert "Moyens de paiement" in page
    assert "Grand total" in page
    assert "−1,00\N{NO-BREAK SPACE}€" in page
