from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from epm.access.models import Role


class ApprovalLimit(models.Model):
    """Up to how much a role may approve a purchase order: excl. tax, in the store's currency.

    Without a limit of its own a role approves nothing in that currency. Directors need none.
    """

    role = models.CharField(
        _("role"),
        max_length=16,
        choices=[(role.value, role.label) for role in (Role.REGIONAL, Role.MANAGER)],
    )
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    amount = models.DecimalField(_("up to, excl. tax"), max_digits=16, decimal_places=3)

    class Meta:
        verbose_name = _("approval limit")
        verbose_name_plural = _("approval limits")
        constraints = [
            models.UniqueConstraint(
                fields=["role", "currency"], name="approval_limit_one_per_role_and_currency"
            ),
            models.CheckConstraint(
                condition=Q(role__in=[Role.REGIONAL, Role.MANAGER]),
                name="approval_limit_role_known",
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="approval_limit_currency_iso_4217"
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=0), name="approval_limit_amount_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()}: {self.amount} {self.currency}"
