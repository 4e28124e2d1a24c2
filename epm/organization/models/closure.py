from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from epm.organization.models.store import Store


class StoreClosure(models.Model):
    """Business days on which a store that trades stayed shut; both days are included.

    Like-for-like sales leave them out in both years. A store that shuts for good has `closed_on`.
    """

    store = models.ForeignKey(
        Store, on_delete=models.CASCADE, related_name="closures", verbose_name=_("store")
    )
    first_day = models.DateField(_("first day closed"))
    last_day = models.DateField(_("last day closed"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("temporary closure")
        verbose_name_plural = _("temporary closures")
        constraints = [
            models.UniqueConstraint(
                fields=["store", "first_day"], name="store_closure_one_per_first_day"
            ),
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")),
                name="store_closure_ends_after_it_begins",
                violation_error_message=_("The last day is before the first."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.store_id} {self.first_day}..{self.last_day}"
