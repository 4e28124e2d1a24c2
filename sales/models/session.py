"""A register from its opening to its closing, and what went through its drawer besides sales."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from epm.organization.models import Store
from sales.models.register import CashRegister
from sales.states import RegisterSessionState


class RegisterSession(models.Model):
    """What a register sold between its opening and its closing, by tickets.

    One regular session of a register is not closed, at most: the database holds that. A ticket that
    came after the session it belonged to had been closed is in a late one, of its business date;
    the next Z report of the register takes that in and closes it.

    Amounts are in the store's currency. `counted` is what was found at the close, by kind of
    tender, before anybody saw what was expected.
    """

    register = models.ForeignKey(
        CashRegister, on_delete=models.PROTECT, related_name="+", db_index=False,
        verbose_name=_("cash register"),
    )  # fmt: skip
    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("store")
    )
    state = models.CharField(
        _("state"), max_length=8, choices=RegisterSessionState, default=RegisterSessionState.OPEN
    )
    version = models.BigIntegerField(_("version"), default=0)
    is_late = models.BooleanField(_("late"), default=False)
    business_date = models.DateField(_("business date"))
    opened_at = models.DateTimeField(_("opened at"), db_default=Now())
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True,
        related_name="+", db_index=False, verbose_name=_("opened by"),
    )  # fmt: skip
    opening_float = models.DecimalField(_("float"), max_digits=16, decimal_places=3, default=0)
    counted = models.JSONField(_("counted"), null=True, blank=True)
    count_note = models.CharField(_("note on the count"), max_length=300, blank=True)
    counted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True,
        related_name="+", db_index=False, verbose_name=_("counted by"),
    )  # fmt: skip
    closing_at = models.DateTimeField(_("closing since"), null=True, blank=True)
    last_number = models.BigIntegerField(_("last ticket"), null=True, blank=True)
    """The last ticket of its Z report, fixed when the closing began."""
    closing_failed = models.CharField(_("why closing failed"), max_length=300, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("register session")
        verbose_name_plural = _("register sessions")
        constraints = [
            models.UniqueConstraint(
                fields=["register"],
                condition=Q(is_late=False) & ~Q(state="closed"),
                name="register_session_one_open",
            ),
            models.UniqueConstraint(
                fields=["register", "business_date"],
                condition=Q(is_late=True) & ~Q(state="closed"),
                name="register_session_one_late_per_day",
            ),
            models.CheckConstraint(
                condition=Q(opening_float__gte=0), name="register_session_float_not_negative"
            ),
        ]
        indexes = [
            models.Index(fields=["store", "business_date"], name="register_session_day_idx"),
            models.Index(fields=["register", "-id"], name="register_session_register_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.register} · {self.business_date}"


class DrawerMovementKind(models.TextChoices):
    PAY_IN = "pay_in", _("Pay-in")
    PAY_OUT = "pay_out", _("Pay-out")
    NO_SALE = "no_sale", _("Opened without a sale")


class DrawerMovement(models.Model):
    """Cash put into a drawer or taken out without a ticket, or a mere opening. Append-only."""

    session = models.ForeignKey(
        RegisterSession, on_delete=models.PROTECT, related_name="drawer_movements",
        verbose_name=_("register session"),
    )  # fmt: skip
    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("store")
    )
    kind = models.CharField(_("kind"), max_length=8, choices=DrawerMovementKind)
    amount = models.DecimalField(_("amount"), max_digits=16, decimal_places=3, default=0)
    reason = models.CharField(_("reason"), max_length=200)
    moved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True,
        related_name="+", db_index=False, verbose_name=_("by"),
    )  # fmt: skip
    moved_at = models.DateTimeField(_("at"), db_default=Now())

    class Meta:
        verbose_name = _("drawer movement")
        verbose_name_plural = _("drawer movements")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="pay_in", amount__gt=0)
                | Q(kind="pay_out", amount__lt=0)
                | Q(kind="no_sale", amount=0),
                name="drawer_movement_sign_of_its_kind",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="drawer_movement_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"
