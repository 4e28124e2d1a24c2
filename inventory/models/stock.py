"""How much of a product a store has. A projection: what is true is the ledger of movements."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from epm.organization.models import Store
from inventory.models.product import Product


class NegativeStock(models.TextChoices):
    """What a store does when its books say less than what leaves."""

    FORBID = "forbid", _("Forbid")
    WARN = "warn", _("Book it and warn")
    ALLOW = "allow", _("Book it silently")


class StockPolicy(models.Model):
    """How a store keeps its stock. A store without one forbids negative stock."""

    store = models.OneToOneField(
        Store, on_delete=models.PROTECT, related_name="+", verbose_name=_("store")
    )
    negative = models.CharField(
        _("negative stock"),
        max_length=8,
        choices=NegativeStock,
        default=NegativeStock.FORBID,
        help_text=_("What happens when more leaves than the books say is there."),
    )

    class Meta:
        verbose_name = _("stock policy")
        verbose_name_plural = _("stock policies")
        constraints = [
            models.CheckConstraint(
                condition=Q(negative__in=NegativeStock.values), name="stock_policy_negative_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.store} · {self.get_negative_display()}"


class StockLevel(models.Model):
    """One product in one store, as its movements and reservations leave it.

    available = on_hand − reserved − unavailable. Triggers on the ledger and on reservations are
    the only writers (inventory/sql/stock.v1.sql); any other write is refused. `shortfall` is what
    is missing for what was promised or handed over: only facts, and stores that allow negative
    stock, make it more than 0.

    Value and cost are excl. tax in the store's currency. `costed` is how much of on_hand has a
    known cost; `average_cost` (moving average, kpis.md 4.4) is the last one known, or NULL.
    """

    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("store")
    )
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="stock_levels", verbose_name=_("product")
    )
    on_hand = models.DecimalField(_("on hand"), max_digits=12, decimal_places=3, default=0)
    reserved = models.DecimalField(_("reserved"), max_digits=12, decimal_places=3, default=0)
    unavailable = models.DecimalField(_("unavailable"), max_digits=12, decimal_places=3, default=0)
    shortfall = models.DecimalField(_("shortfall"), max_digits=12, decimal_places=3, default=0)
    costed = models.DecimalField(
        _("on hand with a known cost"), max_digits=12, decimal_places=3, default=0
    )
    value = models.DecimalField(_("value excl. tax"), max_digits=20, decimal_places=6, default=0)
    average_cost = models.DecimalField(
        _("average cost excl. tax"), max_digits=18, decimal_places=6, null=True, blank=True
    )
    position = models.BigIntegerField(_("movements"), default=0)
    changed_at = models.DateTimeField(_("changed at"), null=True)
    changed_in = models.BigIntegerField(default=0, editable=False)
    """The transaction that changed it last: what a feed of changes reads (selectors/feed.py)."""

    class Meta:
        verbose_name = _("stock level")
        verbose_name_plural = _("stock levels")
        constraints = [
            models.UniqueConstraint(
                fields=["store", "product"], name="stock_level_one_per_store_and_product"
            ),
            models.CheckConstraint(
                condition=Q(shortfall__gte=0)
                & Q(on_hand__gte=F("reserved") + F("unavailable") - F("shortfall")),
                name="stock_level_never_oversold",
            ),
            models.CheckConstraint(
                condition=Q(reserved__gte=0, unavailable__gte=0),
                name="stock_level_reserved_and_unavailable_not_negative",
            ),
        ]
        # Both change seldom, so that most changes of a level touch no index at all.
        indexes = [
            models.Index(
                fields=["store", "product"],
                condition=Q(shortfall__gt=0),
                name="stock_level_short_idx",
            ),
            models.Index(
                fields=["store", "product"],
                condition=Q(unavailable__gt=0),
                name="stock_level_unavailable_idx",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} · {self.store}"


class UnavailableReason(models.TextChoices):
    """Why goods on hand cannot be sold."""

    DAMAGED = "damaged", _("Damaged")
    QUALITY = "quality", _("Quality control")
    QUARANTINE = "quarantine", _("Quarantine")
    SAFETY = "safety", _("Safety stock")
    DISPLAY = "display", _("On display")
    OTHER = "other", _("Other")


class UnavailableStock(models.Model):
    """How much of a level cannot be sold for one reason. Kept by the ledger's trigger."""

    level = models.ForeignKey(
        StockLevel, on_delete=models.PROTECT, related_name="unavailable_by_reason"
    )
    reason = models.CharField(_("reason"), max_length=16, choices=UnavailableReason)
    quantity = models.DecimalField(_("quantity"), max_digits=12, decimal_places=3, default=0)

    class Meta:
        verbose_name = _("unavailable stock")
        verbose_name_plural = _("unavailable stock")
        constraints = [
            models.UniqueConstraint(
                fields=["level", "reason"], name="unavailable_stock_one_per_level_and_reason"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=0), name="unavailable_stock_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(reason__in=UnavailableReason.values),
                name="unavailable_stock_reason_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.level_id} {self.reason}: {self.quantity}"
