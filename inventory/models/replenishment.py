from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from epm.organization.models import Store
from epm.platform import shown
from inventory.models.product import Product
from inventory.models.supplier import Supplier


class Route(models.TextChoices):
    TRANSFER = "transfer", _("Transfer")
    ORDER = "order", _("Purchase order")
    NONE = "none", _("No way known")


class ReplenishmentRun(models.Model):
    """One look at what all levels need. Its proposals stand until the next one replaces them."""

    made_at = models.DateTimeField(_("made at"))
    as_of = models.DateField(_("as of"))
    actor = models.CharField(_("by"), max_length=150)

    class Meta:
        verbose_name = _("replenishment run")
        verbose_name_plural = _("replenishment runs")

    def __str__(self) -> str:
        return f"{self.pk} · {self.as_of}"


class ReplenishmentProposal(models.Model):
    """So much of a product for a store: from another store, or from the supplier.

    The figures it was made of stay with it, in the product's unit; `suggested` is what they say,
    `quantity` what people made of it. `document_kind` and `document_ref` name the draft that it
    became, which it becomes once.
    """

    run = models.ForeignKey(ReplenishmentRun, on_delete=models.CASCADE, related_name="proposals")
    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("store")
    )
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="+", verbose_name=_("product")
    )
    route = models.CharField(_("route"), max_length=8, choices=Route)
    source = models.ForeignKey(
        Store, on_delete=models.PROTECT, related_name="+", null=True, blank=True,
        verbose_name=_("from store"),
    )  # fmt: skip
    supplier = models.ForeignKey(
        Supplier, on_delete=models.PROTECT, related_name="+", null=True, blank=True,
        verbose_name=_("supplier"),
    )  # fmt: skip
    quantity = models.DecimalField(_("quantity"), max_digits=12, decimal_places=3)
    suggested = models.DecimalField(_("suggested"), max_digits=12, decimal_places=3)
    pack = models.DecimalField(_("pack"), max_digits=12, decimal_places=3, default=1)
    ads = models.DecimalField(_("daily sales"), max_digits=14, decimal_places=6, null=True)
    sigma = models.DecimalField(_("deviation"), max_digits=14, decimal_places=6, null=True)
    days = models.PositiveSmallIntegerField(_("days in stock"), default=0)
    position = models.DecimalField(_("available and incoming"), max_digits=12, decimal_places=3)
    reorder_point = models.DecimalField(_("reorder point"), max_digits=14, decimal_places=3)
    maximum = models.DecimalField(_("maximum"), max_digits=14, decimal_places=3)
    document_kind = models.CharField(_("document"), max_length=24, blank=True)
    document_ref = models.CharField(_("document number"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("replenishment proposal")
        verbose_name_plural = _("replenishment proposals")
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gt=0, suggested__gt=0, pack__gt=0),
                name="replenishment_quantity_positive",
                violation_error_message=_("The quantity must be more than 0."),
            ),
            models.CheckConstraint(
                condition=Q(route=Route.TRANSFER, source__isnull=False)
                | (~Q(route=Route.TRANSFER) & Q(source__isnull=True)),
                name="replenishment_source_iff_transfer",
                violation_error_message=_("A transfer comes from a store, nothing else does."),
            ),
            models.CheckConstraint(
                condition=Q(source__isnull=True) | ~Q(source=F("store")),
                name="replenishment_from_another_store",
            ),
            models.CheckConstraint(
                condition=Q(route=Route.ORDER, supplier__isnull=False)
                | (~Q(route=Route.ORDER) & Q(supplier__isnull=True)),
                name="replenishment_supplier_iff_order",
                violation_error_message=_("An order goes to a supplier, nothing else does."),
            ),
            models.CheckConstraint(
                condition=Q(route__in=Route.values), name="replenishment_route_known"
            ),
        ]
        indexes = [
            models.Index(fields=["store", "product"], name="replenishment_store_idx"),
        ]

    def __str__(self) -> str:
        return f"{shown.exact(self.quantity)} × {self.product.sku} → {self.store.code}"
