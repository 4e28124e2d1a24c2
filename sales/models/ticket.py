"""The fiscal trail: tickets numbered without a gap and chained by hashes, by register."""

from django.conf import settings
from django.db import models
from django.db.models import CharField, Func, Q, Value
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_lazy as _

from sales.models.register import CashRegister
from sales.models.sale import Sale
from sales.models.session import RegisterSession

IF_SET = Value(True)  # noqa: FBT003 - a value of SQL's
ACTOR = Coalesce(
    Func(Value("epm.actor"), IF_SET, function="current_setting", output_field=CharField()),
    Value(""),
)
"""To whom what is written is put down (epm/platform/actor.py)."""


class RegisterChain(models.Model):
    """Where a register's tickets have got to. Its row is locked last by whoever sells on it, and
    by whoever opens or closes a session: so a ticket is in a session or it is not.

    Written by sales_record_ticket() and the sessions only (sales/sql/ticket.v1.sql).
    """

    register = models.OneToOneField(
        CashRegister, on_delete=models.CASCADE, primary_key=True, related_name="chain",
        verbose_name=_("cash register"),
    )  # fmt: skip
    session = models.ForeignKey(
        RegisterSession, on_delete=models.PROTECT, null=True, related_name="+", db_index=False,
        verbose_name=_("open session"),
    )  # fmt: skip
    number = models.BigIntegerField(_("last ticket"), default=0)
    last_hash = models.BinaryField(default=b"", editable=False)
    grand_total = models.DecimalField(
        _("grand total incl. tax"), max_digits=20, decimal_places=3, default=0
    )

    class Meta:
        verbose_name = _("register chain")
        verbose_name_plural = _("register chains")

    def __str__(self) -> str:
        return f"{self.register_id}: {self.number}"


class Ticket(models.Model):
    """What makes a sale of a till a ticket: its number, its session and its link in the chain.

    `uuid` is the till's own name for it, and `digest` of what the till sent under that name: the
    same again is the same ticket. `hash` covers the hash of the ticket before, the number, the
    grand total and every figure of sale, lines and tenders (sales_ticket_content() in
    sales/sql/ticket.v1.sql). `grand_total` is the sum of all tickets of the register up to this
    one, incl. tax. `taxes` are those of the whole ticket by tax and rate.

    `sent_by` is the user name, or “key …” and the name of the key, that brought it: who served
    where no cashier is named.

    `told_at`: what the till's clock said, where it was wrong. `discrepancies`: what a
    ticket that could not be refused any more brought along (goods the books did not have, prices of
    another day).
    """

    sale = models.OneToOneField(
        Sale, on_delete=models.PROTECT, primary_key=True, related_name="ticket",
        verbose_name=_("sale"),
    )  # fmt: skip
    register = models.ForeignKey(
        CashRegister, on_delete=models.PROTECT, related_name="+", db_index=False,
        verbose_name=_("cash register"),
    )  # fmt: skip
    session = models.ForeignKey(
        RegisterSession, on_delete=models.PROTECT, related_name="tickets", db_index=False,
        verbose_name=_("register session"),
    )  # fmt: skip
    number = models.BigIntegerField(_("ticket number"))
    uuid = models.UUIDField(unique=True)
    digest = models.BinaryField(max_length=32, editable=False)
    taxes = models.JSONField(_("taxes"))
    is_offline = models.BooleanField(_("sold offline"), default=False)
    told_at = models.DateTimeField(_("time by the till's clock"), null=True)
    sent_by = models.CharField(_("sent by"), max_length=150, db_default=ACTOR)
    discrepancies = models.JSONField(_("discrepancies"), null=True)
    grand_total = models.DecimalField(_("grand total incl. tax"), max_digits=20, decimal_places=3)
    previous_hash = models.BinaryField(max_length=32, editable=False)
    hash = models.BinaryField(max_length=32, editable=False)

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        constraints = [
            models.UniqueConstraint(
                fields=["register", "number"], name="ticket_number_once_per_register"
            ),
            models.CheckConstraint(condition=Q(number__gt=0), name="ticket_number_positive"),
        ]
        indexes = [
            models.Index(
                fields=["sale"],
                condition=Q(discrepancies__isnull=False),
                name="ticket_discrepancies_idx",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.register.code}-{self.number:08d}"


class TicketPrint(models.Model):
    """Each time a ticket was printed or sent: the first is the original, all others duplicates."""

    sale = models.ForeignKey(
        Sale, on_delete=models.PROTECT, related_name="prints", db_index=False,
        verbose_name=_("sale"),
    )  # fmt: skip
    copy = models.PositiveIntegerField(_("copy"), help_text=_("0 is the original."))
    way = models.CharField(
        _("way"), max_length=8,
        choices=[("paper", _("Paper")), ("pdf", "PDF"), ("mail", _("E-mail")),
                 ("gift", _("Gift receipt"))],
    )  # fmt: skip
    printed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+",
        db_index=False, verbose_name=_("by"),
    )  # fmt: skip
    printed_at = models.DateTimeField(_("at"), db_default=Now())

    class Meta:
        verbose_name = _("print of a ticket")
        verbose_name_plural = _("prints of tickets")
        constraints = [
            models.UniqueConstraint(fields=["sale", "copy"], name="ticket_print_counted_once"),
        ]

    def __str__(self) -> str:
        return f"{self.sale_id} · {self.copy}"
