from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from inventory.models.stock import StockLevel


class StockRepair(models.Model):
    """A level that differed from its ledger and was put right: from what, to what. Never edited."""

    level = models.ForeignKey(
        StockLevel, on_delete=models.PROTECT, related_name="repairs", verbose_name=_("stock level")
    )
    before = models.JSONField(_("before"))
    after = models.JSONField(_("after"))
    repaired_at = models.DateTimeField(_("repaired at"), db_default=Now())
    actor = models.CharField(_("by"), max_length=150)

    class Meta:
        verbose_name = _("stock repair")
        verbose_name_plural = _("stock repairs")

    def __str__(self) -> str:
        return f"{self.level_id}: {self.before} → {self.after}"
