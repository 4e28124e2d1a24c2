from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from epm.organization.models import Store
from inventory.models.product import Product
from inventory.states import StockAlertState


class StockAlertKind(models.TextChoices):
    LOW = "low", _("Low")
    OUT = "out", _("Out of stock")
    NEGATIVE = "negative", _("Below zero")
    DEAD = "dead", _("Dead")
    AGED = "aged", _("Aged")


class StockAlert(models.Model):
    """A level that needs somebody. One of a kind per level at a time: opened and resolved by the
    figures (inventory/services/stock_alerts.py), acknowledged or snoozed by people.

    `available` and `threshold` are in the product's unit; `days` how long without a sale (dead) or
    old (aged). `value` is the stock at cost, `lost_per_day` what a day without the product costs
    in sales; both excl. tax in the store's currency, NULL: not known, or not of this kind.
    """

    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("store")
    )
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="+", verbose_name=_("product")
    )
    kind = models.CharField(_("kind"), max_length=8, choices=StockAlertKind)
    state = models.CharField(
        _("state"), max_length=12, choices=StockAlertState, default=StockAlertState.OPEN
    )
    version = models.IntegerField(default=0, editable=False)
    opened_at = models.DateTimeField(_("opened at"))
    snoozed_until = models.DateField(_("snoozed until"), null=True, blank=True)
    resolved_at = models.DateTimeField(_("resolved at"), null=True, blank=True)
    available = models.DecimalField(_("available"), max_digits=12, decimal_places=3)
    threshold = models.DecimalField(_("threshold"), max_digits=14, decimal_places=3, null=True)
    days = models.IntegerField(_("days"), null=True)
    value = models.DecimalField(
        _("stock value excl. tax"), max_digits=20, decimal_places=6, null=True
    )
    lost_per_day = models.DecimalField(
        _("sales lost a day excl. tax"), max_digits=18, decimal_places=6, null=True
    )

    class Meta:
        verbose_name = _("stock alert")
        verbose_name_plural = _("stock alerts")
        constraints = [
            models.UniqueConstraint(
                fields=["store", "product", "kind"],
                condition=~Q(state=StockAlertState.RESOLVED),
                name="stock_alert_never_doubled",
            ),
            models.CheckConstraint(
                condition=Q(state__in=StockAlertState.values), name="stock_alert_state_known"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=StockAlertKind.values), name="stock_alert_kind_known"
            ),
            models.CheckConstraint(
                condition=~Q(state=StockAlertState.SNOOZED) | Q(snoozed_until__isnull=False),
                name="stock_alert_snoozed_until_a_day",
            ),
            models.CheckConstraint(
                condition=Q(state=StockAlertState.RESOLVED, resolved_at__isnull=False)
                | (~Q(state=StockAlertState.RESOLVED) & Q(resolved_at__isnull=True)),
                name="stock_alert_resolved_at_iff_resolved",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "kind", "state"], name="stock_alert_store_idx"),
            models.Index(fields=["-opened_at", "-id"], name="stock_alert_latest_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.product.sku} @ {self.store.code}"
