"""Receipts by mail, to a server in a process of its own: sent once, and tried again."""

import subprocess
import sys
import time
from datetime import timedelta
from email import message_from_bytes, policy
from io import BytesIO
from pathlib import Path

import pytest
from django.utils import timezone
from pypdf import PdfReader

from epm.access.models import Role
from epm.platform.queue import app
from sales.models import TicketMail, TicketPrint
from sales.services import mailing
from sales.tasks import send_mail, send_mails
from tests import smtp_sink
from tests.concurrency import run_behind
from tests.factories import chain, tills

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def sink(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sink")
    with subprocess.Popen([sys.executable, smtp_sink.__file__, str(folder)]) as process:
        until = time.monotonic() + 15
        while not (folder / "port").exists() and time.monotonic() < until:
            time.sleep(0.02)
        yield folder
        process.terminate()


@pytest.fixture
def post(sink, settings):
    """Where the messages arrive."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int((sink / "port").read_text())
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EPM_SENDS_MAIL = True
    settings.DEFAULT_FROM_EMAIL = "shop@example.com"
    for one in (*sink.glob("*.eml"), *sink.glob("busy")):
        one.unlink()
    return sink


@pytest.fixture
def asked_for(monkeypatch):
    """What went to the broker."""
    sent = []
    monkeypatch.setattr(app, "send_task", lambda name, kwargs: sent.append((name, kwargs)))
    return sent


@pytest.fixture
def till():
    return tills.register(store=chain.store(code="PARIS", name="Paris", vat_regime="FR"))


@pytest.fixture
def ask(till):
    return tills.Client(chain.signed_in(chain.person(Role.CASHIER, stores=[till.store])))


@pytest.fixture
def sold(till):
    bread = tills.stocked(till, chain.product(name="Brioche", sale_price=10))
    return tills.sell(till, [(bread, 1)], [("card", "10")])


def arrived(folder):
    return [
        message_from_bytes(Path(one).read_bytes(), policy=policy.default)
        for one in sorted(folder.glob("*.eml"))
    ]


def wanted(sold, **more):
    return mailing.ask(sale_id=sold.sale_id, to="ann@example.com", asked_by_id=None, **more)


def test_it_is_sent_with_the_pdf_once(
    post, ask, sold, asked_for, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        answer = ask.post(f"/api/v1/tickets/{sold.sale_id}/mail", {"to": "ann@example.com"})
    assert answer.status_code == 202, answer.content
    mail = TicketMail.objects.get()
    assert answer.json() == {"id": mail.pk, "copy": 0, "state": "queued"}
    assert asked_for == [("sales.send_mail", {"mail_id": mail.pk})]

    send_mail(mail_id=mail.pk)
    send_mail(mail_id=mail.pk)
    send_mails()

    (message,) = arrived(post)
    assert (message["To"], message["From"]) == ("ann@example.com", "shop@example.com")
    assert "T1-00000001" in message["Subject"]
    (file,) = message.iter_attachments()
    assert file.get_content_type() == "application/pdf"
    assert "Brioche" in PdfReader(BytesIO(file.get_content())).pages[0].extract_text()
    mail.refresh_from_db()
    assert (mail.state, mail.attempts, mail.error) == ("sent", 1, "")
    assert TicketPrint.objects.get().way == "mail"


def test_what_fails_is_tried_again_and_seen(post, sold):
    mail = wanted(sold)
    now = timezone.now() + timedelta(seconds=1)
    (post / "busy").touch()
    assert not mailing.send(mail_id=mail.pk, now=now)
    mail.refresh_from_db()
    assert (mail.state, mail.attempts) == ("queued", 1)
    assert "451" in mail.error
    assert mailing.send_due(now=now) == 0
    mail.refresh_from_db()
    assert mail.attempts == 1

    (post / "busy").unlink()
    assert mailing.send_due(now=now + timedelta(minutes=1)) == 1
    mail.refresh_from_db()
    assert (mail.state, mail.attempts, mail.error) == ("sent", 2, "")
    assert len(arrived(post)) == 1


def test_after_five_times_it_has_failed(post, sold):
    mail = wanted(sold)
    (post / "busy").touch()
    now = timezone.now()
    for _time in range(6):
        now += timedelta(hours=3)
        mailing.send_due(now=now)
    mail.refresh_from_db()
    assert (mail.state, mail.attempts) == ("failed", 5)
    assert arrived(post) == []


def test_without_a_server_that_answers(post, sold, settings):
    settings.EMAIL_PORT = 1
    mail = wanted(sold)
    assert not mailing.send(mail_id=mail.pk, now=timezone.now() + timedelta(seconds=1))
    mail.refresh_from_db()
    assert (mail.state, mail.attempts) == ("queued", 1)


def test_what_was_interrupted_is_not_sent_twice(post, sold):
    mail = wanted(sold)
    now = timezone.now()
    TicketMail.objects.update(state="sending", due_at=now - timedelta(minutes=11))
    assert mailing.send_due(now=now) == 0
    mail.refresh_from_db()
    assert (mail.state, mail.error) == ("failed", "interrupted: it may have been sent")
    assert arrived(post) == []


def test_where_no_mail_is_sent_it_is_refused(ask, sold, settings):
    settings.EPM_SENDS_MAIL = False
    answer = ask.post(f"/api/v1/tickets/{sold.sale_id}/mail", {"to": "ann@example.com"})
    assert (answer.status_code, answer.json()["code"]) == (409, "sales/mail-not-set-up")
    assert (TicketMail.objects.count(), TicketPrint.objects.count()) == (0, 0)


def test_not_for_ever(post, ask, sold):
    for _time in range(mailing.MOST):
        wanted(sold)
    answer = ask.post(f"/api/v1/tickets/{sold.sale_id}/mail", {"to": "ann@example.com"})
    assert (answer.status_code, answer.json()["code"]) == (429, "sales/too-many-mails")
    assert TicketPrint.objects.count() == TicketMail.objects.count() == mailing.MOST


@pytest.mark.parametrize("to", ["ann", "ann@example.com\nBcc: all@example.com", ["a@b.fr"], ""])
def test_only_to_an_address(post, ask, sold, to):
    answer = ask.post(f"/api/v1/tickets/{sold.sale_id}/mail", {"to": to})
    assert answer.status_code == 422
    assert TicketPrint.objects.count() == 0


def test_another_stores_is_like_none(post, sold):
    stranger = tills.Client(chain.signed_in(chain.person(Role.CASHIER, stores=[chain.store()])))
    answer = stranger.post(f"/api/v1/tickets/{sold.sale_id}/mail", {"to": "ann@example.com"})
    assert answer.status_code == 404
    assert TicketMail.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_it_once(post, sold):
    mail = wanted(sold)
    now = timezone.now() + timedelta(seconds=1)

    def send():
        return mailing.send(mail_id=mail.pk, now=now)

    second = run_behind(send, send)

    assert second.result() is False
    assert len(arrived(post)) == 1
