from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from epm.organization.models import Store
from sales.models.register import CashRegister
from sales.states import ParkedTicketState


class ParkedTicket(models.Model):
    """A basket put aside at a till, to be taken up at any till of the store. It is no sale yet.

    `basket` is what the till would have sent, as it was.
    """

    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("store")
    )
    register = models.ForeignKey(
        CashRegister, on_delete=models.PROTECT, related_name="+", db_index=False,
        verbose_name=_("cash register"),
    )  # fmt: skip
    state = models.CharField(
        _("state"), max_length=12, choices=ParkedTicketState, default=ParkedTicketState.PARKED
    )
    version = models.BigIntegerField(_("version"), default=0)
    label = models.CharField(_("name"), max_length=80, blank=True)
    basket = models.JSONField(_("basket"))
    parked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+",
        db_index=False, verbose_name=_("parked by"),
    )  # fmt: skip
    parked_at = models.DateTimeField(_("parked at"), db_default=Now())

    class Meta:
        verbose_name = _("parked ticket")
        verbose_name_plural = _("parked tickets")
        indexes = [models.Index(fields=["store", "-id"], name="parked_ticket_store_idx")]

    def __str__(self) -> str:
        return self.label or str(self.pk)
