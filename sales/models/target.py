from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from epm.organization.models import Store


class Phasing(models.TextChoices):
    """What makes one day of a month weigh more than another."""

    EVEN = "even", _("Evenly")
    WEIGHTS = "weights", _("By given weights")
    LAST_YEAR = "last_year", _("By last year's weekdays")


class Profile(models.TextChoices):
    """Whose sales of last year a month was spread by."""

    STORE = "store", _("the store's own")
    REGION = "region", _("its region's")
    CHAIN = "chain", _("the chain's")
    NONE = "none", _("none is known: every open day alike")


class StoreTarget(models.Model):
    """What a store should sell in a month, excl. tax, in its currency.

    Saving it spreads the amount over the days (sales/sql/store_target.v1.sql) to the cent.
    `phasing` says where the weights come from, `profile` whose last year they are.
    """

    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, related_name="+", verbose_name=_("store")
    )
    month = models.DateField(_("month"), help_text=_("Its first day."))
    amount = models.DecimalField(_("target excl. tax"), max_digits=16, decimal_places=3)
    phasing = models.CharField(
        _("spread"),
        max_length=16,
        choices=Phasing,
        default=Phasing.EVEN,
        help_text=_("Last year's sales are looked at whenever the target is saved."),
    )
    day_weights = ArrayField(
        models.DecimalField(max_digits=12, decimal_places=6),
        verbose_name=_("day weights"),
        null=True,
        blank=True,
        help_text=_("Seven, Monday first, or one for each day; for a spread by weights."),
    )
    profile = models.CharField(
        _("profile"), max_length=16, choices=Profile, blank=True, default="", editable=False
    )

    class Meta:
        verbose_name = _("store target")
        verbose_name_plural = _("store targets")
        constraints = [
            models.UniqueConstraint(fields=["store", "month"], name="store_target_one_per_month"),
            models.CheckConstraint(condition=Q(month__day=1), name="store_target_month_first_day"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="store_target_not_negative"),
            models.CheckConstraint(
                condition=Q(phasing="even", day_weights__isnull=True, profile="")
                | Q(phasing="weights", day_weights__isnull=False, profile="")
                | Q(
                    phasing="last_year",
                    day_weights__isnull=False,
                    profile__in=["store", "region", "chain", "none"],
                ),
                name="store_target_phasing_tells_weights",
            ),
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
