from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import Case, Q, SmallIntegerField, UniqueConstraint, Value, When
from django.utils.translation import gettext_lazy as _

from epm.organization.models import Store

IS_WHOLE = Case(
    When(hour__isnull=True, then=Value(1)), default=Value(0), output_field=SmallIntegerField()
)


class _OfStoreDay(models.Model):
    """Something counted beside the tills: of a whole business day, or of each of its hours.

    An hour is the store's local one, on its business day. A day without a row is not known.
    """

    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, related_name="+", verbose_name=_("store"), db_index=False
    )
    business_date = models.DateField(_("business date"))
    hour = models.PositiveSmallIntegerField(
        _("hour"), null=True, blank=True, help_text=_("0 to 23; empty: of the whole day.")
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        hour = "" if self.hour is None else f" {self.hour} h"
        return f"{self.store_id} · {self.business_date}{hour}"


def _laws(name: str) -> list[models.constraints.BaseConstraint]:
    """One row for each store, day and hour; a day is told by hour or as a whole, never both."""
    return [
        UniqueConstraint(
            fields=["store", "business_date", "hour"],
            name=f"{name}_one_per_hour",
            nulls_distinct=False,
            violation_error_message=_("This day or hour of the store is there already."),
        ),
        models.CheckConstraint(
            condition=Q(hour__isnull=True) | Q(hour__lte=23),
            name=f"{name}_hour_of_a_day",
            violation_error_message=_("An hour is 0 to 23."),
        ),
        ExclusionConstraint(
            name=f"{name}_whole_or_by_hour",
            expressions=[("store", "="), ("business_date", "="), (IS_WHOLE, "<>")],
            violation_error_message=_("This day is told the other way: by hour, or as a whole."),
        ),
    ]


class StoreFootfall(_OfStoreDay):
    """Visitors that a store counted, staff left out."""

    visitors = models.PositiveIntegerField(_("visitors"))

    class Meta:
        verbose_name = _("visitors of a store")
        verbose_name_plural = _("visitors")
        constraints: ClassVar = _laws("store_footfall")


class StoreLabour(_OfStoreDay):
    """Hours that people worked in a store, all of them together."""

    hours = models.DecimalField(_("hours worked"), max_digits=8, decimal_places=2)

    class Meta:
        verbose_name = _("hours worked in a store")
        verbose_name_plural = _("hours worked")
        constraints: ClassVar = [
            *_laws("store_labour"),
            models.CheckConstraint(
                condition=Q(hours__gte=0),
                name="store_labour_not_negative",
                violation_error_message=_("Hours are not negative."),
            ),
        ]
