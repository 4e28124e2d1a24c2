from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from epm.organization.models import Store
from sales.models.register import CashRegister
from sales.models.session import RegisterSession


class ClosingKind(models.TextChoices):
    SESSION = "session", _("Z report")
    DAY = "day", _("Day")
    MONTH = "month", _("Month")
    YEAR = "year", _("Year")


class Closing(models.Model):
    """What a register had sold when a period of it was closed. Append-only, chained by hashes.

    The closings of one kind follow one another without a gap: each takes in the tickets from the
    one after the last closing's to `last_number`. Amounts are in the store's currency; by tax and
    by tender they are in `totals`. `grand_total` is that of the last ticket: the one of the closing
    before + `total_ttc`.
    """

    register = models.ForeignKey(
        CashRegister, on_delete=models.PROTECT, related_name="+", db_index=False,
        verbose_name=_("cash register"),
    )  # fmt: skip
    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("store")
    )
    kind = models.CharField(_("kind"), max_length=8, choices=ClosingKind)
    number = models.BigIntegerField(_("number"))
    session = models.OneToOneField(
        RegisterSession, on_delete=models.PROTECT, null=True, related_name="closing",
        verbose_name=_("register session"),
    )  # fmt: skip
    first_day = models.DateField(_("from"))
    last_day = models.DateField(_("to"))
    first_number = models.BigIntegerField(_("first ticket"))
    last_number = models.BigIntegerField(_("last ticket"))
    tickets = models.BigIntegerField(_("tickets"))
    late_tickets = models.BigIntegerField(_("late tickets"), default=0)
    sales_ttc = models.DecimalField(_("sold incl. tax"), max_digits=20, decimal_places=3)
    returns_ttc = models.DecimalField(_("returned incl. tax"), max_digits=20, decimal_places=3)
    total_ttc = models.DecimalField(_("total incl. tax"), max_digits=20, decimal_places=3)
    total_ht = models.DecimalField(_("total excl. tax"), max_digits=20, decimal_places=3)
    total_vat = models.DecimalField(_("VAT"), max_digits=20, decimal_places=3)
    totals = models.JSONField(_("by tax and by tender"))
    grand_total = models.DecimalField(_("grand total incl. tax"), max_digits=20, decimal_places=3)
    closed_at = models.DateTimeField(_("closed at"), db_default=Now())
    previous_hash = models.BinaryField(max_length=32, editable=False)
    hash = models.BinaryField(max_length=32, editable=False)

    class Meta:
        verbose_name = _("closing")
        verbose_name_plural = _("closings")
        constraints = [
            models.UniqueConstraint(
                fields=["register", "kind", "number"], name="closing_number_once_per_register"
            ),
            models.CheckConstraint(
                condition=Q(total_ttc=F("sales_ttc") - F("returns_ttc")),
                name="closing_total_is_sales_less_returns",
            ),
            models.CheckConstraint(
                condition=Q(total_ttc=F("total_ht") + F("total_vat")),
                name="closing_ttc_is_ht_plus_vat",
            ),
            models.CheckConstraint(
                condition=Q(tickets=F("last_number") - F("first_number") + 1),
                name="closing_tickets_without_a_gap",
            ),
        ]
        indexes = [models.Index(fields=["store", "last_day"], name="closing_store_day_idx")]

    def __str__(self) -> str:
        return f"{self.register} · {self.get_kind_display()} {self.number}"
