from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from sales.models.ticket import TicketPrint


class TicketMailState(models.TextChoices):
    """queued → sending → sent; back to queued, or failed, when it could not be handed over."""

    QUEUED = "queued", _("Waiting")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")


class TicketMail(models.Model):
    """A copy of a receipt that is to be sent, or was. The queue knows its id, never the address.

    `sending` is written before anything is handed over: what a crash leaves there may have been
    sent, and is not sent again by itself.
    """

    printed = models.OneToOneField(
        TicketPrint, on_delete=models.PROTECT, related_name="mail", verbose_name=_("copy")
    )
    to = models.EmailField(_("to"))
    language = models.CharField(_("language"), max_length=8)
    state = models.CharField(
        _("state"), max_length=8, choices=TicketMailState, default=TicketMailState.QUEUED
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.CharField(_("why it failed"), max_length=300, blank=True)
    asked_at = models.DateTimeField(_("asked at"), db_default=Now())
    due_at = models.DateTimeField(_("next attempt"), db_default=Now())
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)

    class Meta:
        verbose_name = _("receipt by mail")
        verbose_name_plural = _("receipts by mail")
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=["queued", "sending"]),
                name="ticket_mail_due_idx",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.printed_id} · {self.get_state_display()}"
