from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from inventory.models.product import Product


class PriceKind(models.TextChoices):
    SALE = "sale", _("Sale price")
    PURCHASE = "purchase", _("Purchase price")


class PriceChange(models.Model):
    """What a price was, what it became, when and by whom. A trigger writes it."""

    product = models.ForeignKey(
        Product,
        on_delete=models.CASCADE,
        related_name="price_changes",
        verbose_name=_("product"),
    )
    kind = models.CharField(_("kind"), max_length=8, choices=PriceKind)
    old = models.DecimalField(_("before"), max_digits=18, decimal_places=6, null=True)
    new = models.DecimalField(_("after"), max_digits=18, decimal_places=6, null=True)
    changed_at = models.DateTimeField(_("changed at"))
    actor = models.CharField(_("by"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("price change")
        verbose_name_plural = _("price changes")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=PriceKind.values), name="price_change_kind_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["product", "kind", "-changed_at"],
                name="price_change_history_idx",
            )
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.kind}: {self.old} → {self.new}"
