from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from epm.organization.models import Store
from sales.models.register import CashRegister
from sales.models.sale import Sale
from sales.states import RefusedTicketState


class RefusedTicket(models.Model):
    """A ticket that was sold offline and could not be taken, until somebody settles it.

    `uuid` and `digest` as of a Ticket: sent again, or booked by a person, it is one ticket. `body`
    is what the till sent; NULL where it might hold the number of a payment card. It may hold codes
    of gift cards: it is shown to nobody. `problem`: why it was refused the last time. `came_at` and
    `clock` (the till's, as it sent) put `sold_at` right.
    """

    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("store")
    )
    register = models.ForeignKey(
        CashRegister, on_delete=models.PROTECT, related_name="+", db_index=False,
        verbose_name=_("cash register"),
    )  # fmt: skip
    uuid = models.UUIDField()
    digest = models.BinaryField(max_length=32, editable=False)
    state = models.CharField(
        _("state"), max_length=12, choices=RefusedTicketState, default=RefusedTicketState.WAITING
    )
    version = models.BigIntegerField(_("version"), default=0)
    body = models.JSONField(null=True, editable=False)
    problem = models.JSONField(_("why it was refused"))
    sent_by = models.CharField(_("sent by"), max_length=150)
    cashier = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+",
        db_index=False, verbose_name=_("cashier"),
    )  # fmt: skip
    clock = models.DateTimeField(_("time by the till's clock"), null=True)
    came_at = models.DateTimeField(_("last sent at"))
    first_at = models.DateTimeField(_("first sent at"), db_default=Now())
    tries = models.PositiveIntegerField(_("times sent"), default=1)
    sale = models.OneToOneField(
        Sale, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("sale")
    )

    class Meta:
        verbose_name = _("refused offline ticket")
        verbose_name_plural = _("refused offline tickets")
        constraints = [
            models.UniqueConstraint(
                fields=["register", "uuid"], name="refused_ticket_once_per_register"
            ),
        ]
        indexes = [
            models.Index(fields=["store", "-id"], name="refused_ticket_store_idx"),
            models.Index(
                fields=["store"],
                condition=models.Q(state=RefusedTicketState.WAITING),
                name="refused_ticket_waiting_idx",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.register.code} · {self.uuid}"
