from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from epm.organization.models import Store


class StoreTarget(models.Model):
    """What a store should sell in a month, excl. tax, in its currency.

    Saving it spreads the amount over the days (sales/sql/store_target.v1.sql) to the cent.
    """

    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, related_name="+", verbose_name=_("store")
    )
    month = models.DateField(_("month"), help_text=_("Its first day."))
    amount = models.DecimalField(_("target excl. tax"), max_digits=16, decimal_places=3)
    day_weights = ArrayField(
        models.DecimalField(max_digits=12, decimal_places=6),
        verbose_name=_("day weights"),
        null=True,
        blank=True,
        help_text=_("One weight for each day of the month; empty spreads it evenly."),
    )

    class Meta:
        verbose_name = _("store target")
        verbose_name_plural = _("store targets")
        constraints = [
            models.UniqueConstraint(fields=["store", "month"], name="store_target_one_per_month"),
            models.CheckConstraint(condition=Q(month__day=1), name="store_target_month_first_day"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="store_target_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.store} · {self.month:%Y-%m}"


class StoreDayTarget(models.Model):
    """A day's share of its month's target. Kept by the database; Σ days = the month exactly."""

    target = models.ForeignKey(
        StoreTarget,
        on_delete=models.CASCADE,
        related_name="days",
        verbose_name=_("store target"),
    )
    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, related_name="+", verbose_name=_("store")
    )
    day = models.DateField(_("day"))
    amount = models.DecimalField(_("target excl. tax"), max_digits=16, decimal_places=3)

    class Meta:
        verbose_name = _("day target")
        verbose_name_plural = _("day targets")
        constraints = [
            models.UniqueConstraint(fields=["store", "day"], name="store_day_target_one_per_day"),
        ]

    def __str__(self) -> str:
        return f"{self.store_id} {self.day}: {self.amount}"
