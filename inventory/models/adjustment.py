"""Single acts on stock that no delivery, sale or count explains, each a small document."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from epm.organization.models import Store
from epm.platform import shown
from inventory.models.movement import SHRINK, MovementKind
from inventory.models.product import Product
from inventory.models.stock import UnavailableReason

ADJUSTMENTS = (MovementKind.ADJUSTMENT, MovementKind.STATUS, *SHRINK)


class StockAdjustment(models.Model):
    """An adjustment, a write-off or a change of availability. Posted as it is made, never edited:
    a mistake is put right by a document that `reverses` it.

    `posting` is the key of the act and of its movements.
    """

    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, related_name="+", verbose_name=_("store")
    )
    kind = models.CharField(_("kind"), max_length=16, choices=MovementKind)
    note = models.CharField(_("reason"), max_length=200, blank=True)
    posting = models.UUIDField(unique=True, editable=False)
    reverses = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reversed_by",
        verbose_name=_("reverses"),
    )
    happened_at = models.DateTimeField(_("happened at"))
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now())
    actor = models.CharField(_("by"), max_length=150)

    class Meta:
        verbose_name = _("stock adjustment")
        verbose_name_plural = _("stock adjustments")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=ADJUSTMENTS), name="stock_adjustment_kind_known"
            ),
            models.CheckConstraint(
                condition=~Q(kind=MovementKind.ADJUSTMENT) | ~Q(note=""),
                name="stock_adjustment_says_why",
            ),
            models.CheckConstraint(condition=~Q(actor=""), name="stock_adjustment_has_an_actor"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class StockAdjustmentLine(models.Model):
    """What it did to one product: `quantity` on hand and `blocked` out of sale, both signed, in
    the product's unit; what a unit was worth excl. tax in the store's currency (NULL: unknown)."""

    adjustment = models.ForeignKey(StockAdjustment, on_delete=models.PROTECT, related_name="lines")
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="+", verbose_name=_("product")
    )
    quantity = models.DecimalField(_("quantity"), max_digits=12, decimal_places=3)
    blocked = models.DecimalField(_("taken out of sale"), max_digits=12, decimal_places=3)
    reason = models.CharField(
        _("why unavailable"), max_length=16, choices=UnavailableReason, blank=True
    )
    unit_cost = models.DecimalField(
        _("unit cost excl. tax"), max_digits=18, decimal_places=6, null=True
    )
    value = models.DecimalField(_("value excl. tax"), max_digits=20, decimal_places=6)

    class Meta:
        verbose_name = _("line of a stock adjustment")
        verbose_name_plural = _("lines of a stock adjustment")

    def __str__(self) -> str:
        return f"{shown.exact(self.quantity)} × {self.product.sku}"
