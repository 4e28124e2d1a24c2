"""Receipts by mail: asked for in a transaction, sent after it, once."""

from datetime import datetime, timedelta
from smtplib import SMTPException
from typing import Final
from uuid import UUID

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q
from django.utils.translation import get_language, gettext_lazy, override
from django.utils.translation import gettext as _

from epm.platform.jobs import enqueue_on_commit
from epm.platform.refusals import Kind, Refusal
from sales.models import Ticket, TicketMail, TicketMailState
from sales.selectors.slip import slip_of
from sales.services import receipts

MOST: Final = 10
WAITS: Final = (1, 5, 30, 120)
"""Minutes until the next attempt; after the last one it has failed."""
INTERRUPTED: Final = timedelta(minutes=10)
AT_ONCE: Final = 100
logger = structlog.get_logger(__name__)


class MailNotSetUp(Refusal):
    code = "sales/mail-not-set-up"
    title = gettext_lazy("No mail is sent from here")


class TooManyMails(Refusal):
    code = "sales/too-many-mails"
    title = gettext_lazy("The receipt was sent often enough")
    kind = Kind.TOO_MANY


@transaction.atomic
def ask(*, sale_id: UUID, to: str, asked_by_id: int | None) -> TicketMail:
    """Count a copy and have it sent once this is committed. Raise MailNotSetUp, TooManyMails."""
    if not settings.EPM_SENDS_MAIL:
        raise MailNotSetUp(_("Print the receipt instead, or have EPM_MAIL_URL set."))
    printed = receipts.count(sale_id=sale_id, way="mail", printed_by_id=asked_by_id)
    if TicketMail.objects.filter(printed__sale=sale_id).count() >= MOST:
        raise TooManyMails(_("A receipt is sent at most %(most)d times.") % {"most": MOST})
    mail = TicketMail.objects.create(
        printed=printed, to=to, language=get_language() or settings.LANGUAGE_CODE
    )
    enqueue_on_commit("sales.send_mail", mail_id=mail.pk)
    return mail


def send(*, mail_id: int, now: datetime) -> bool:
    """Send one that waits; whether it was sent. Two who try at once send it once."""
    mail = _claimed(mail_id, now)
    if mail is None:
        return False
    try:
        _message(mail).send()
    except (SMTPException, OSError) as failed:
        _put_down(mail, failed, now=now)
        return False
    mail.state, mail.sent_at, mail.error = TicketMailState.SENT, now, ""
    mail.save(update_fields=["state", "sent_at", "error"])
    return True


def send_due(*, now: datetime) -> int:
    """Send all that are due, some at a time; how many were. Give up what was interrupted."""
    TicketMail.objects.filter(
        state=TicketMailState.SENDING, due_at__lt=now - INTERRUPTED
    ).update(
        state=TicketMailState.FAILED, error="interrupted: it may have been sent"
    )  # fmt: skip
    due = TicketMail.objects.filter(state=TicketMailState.QUEUED, due_at__lte=now)
    return sum(
        send(mail_id=mail_id, now=now)
        for mail_id in due.order_by("due_at").values_list("pk", flat=True)[:AT_ONCE]
    )


def _claimed(mail_id: int, now: datetime) -> TicketMail | None:
    """From here on nobody else sends it."""
    waits = Q(pk=mail_id, state=TicketMailState.QUEUED, due_at__lte=now)
    with transaction.atomic():
        mail = TicketMail.objects.select_for_update(no_key=True).filter(waits).first()
        if mail is not None:
            mail.state, mail.due_at = TicketMailState.SENDING, now
            mail.attempts += 1
            mail.save(update_fields=["state", "due_at", "attempts"])
    return mail


def _message(mail: TicketMail) -> EmailMessage:
    printed = mail.printed
    ticket = Ticket.objects.select_related("sale__store", "sale__cashier", "register").get(
        pk=printed.sale_id
    )
    with override(mail.language):
        slip = slip_of(ticket, printed)
        words = {"reference": slip.reference, "store": ticket.sale.store.name}
        message = EmailMessage(
            subject=_("Your receipt %(reference)s, %(store)s") % words,
            body="\n".join(receipts.as_text(slip=slip)),
            to=[mail.to],
            headers={"Message-ID": f"<{printed.sale_id}.{printed.copy}@epm>"},
        )
        message.attach(f"{slip.reference}.pdf", receipts.as_pdf(slip=slip), "application/pdf")
    return message


def _put_down(mail: TicketMail, failed: Exception, *, now: datetime) -> None:
    """Try again later, unless it was the last time. What is said of it holds no address."""
    again = mail.attempts <= len(WAITS)
    mail.state = TicketMailState.QUEUED if again else TicketMailState.FAILED
    if again:
        mail.due_at = now + timedelta(minutes=WAITS[mail.attempts - 1])
    mail.error = str(failed).replace(mail.to, "…")[:300]
    mail.save(update_fields=["state", "due_at", "error"])
    logger.warning(
        "receipt_not_sent", mail=mail.pk, attempts=mail.attempts, kind=type(failed).__name__
    )
