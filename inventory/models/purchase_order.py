"""What was ordered from a supplier for a store."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest, Mod
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from epm.access.models import User
from epm.organization.models import Store
from epm.platform import shown
from inventory.models.product import Product
from inventory.models.supplier import Supplier
from inventory.states import PurchaseOrderState

HIGHEST_RATE = 1_000_000


class PurchaseOrder(models.Model):
    """One order to one supplier for one store, in the supplier's currency, excl. tax.

    `exchange_rate` is what one unit of that currency is worth in `stock_currency`, the store's;
    NULL where they are the same, or while a draft waits for it. `submitter` is the person behind
    `submitted_by`, a name that may change or be an API key's.
    """

    supplier = models.ForeignKey(
        Supplier, on_delete=models.PROTECT, related_name="orders", db_index=False,
        verbose_name=_("supplier"),
    )  # fmt: skip
    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("store")
    )
    state = models.CharField(
        _("state"),
        max_length=24,
        choices=PurchaseOrderState,
        default=PurchaseOrderState.DRAFT,
        editable=False,
    )
    version = models.BigIntegerField(_("version"), default=0, editable=False)
    currency = models.CharField(_("currency"), max_length=3, editable=False)
    stock_currency = models.CharField(_("store's currency"), max_length=3, editable=False)
    exchange_rate = models.DecimalField(
        _("exchange rate"),
        max_digits=18,
        decimal_places=8,
        null=True,
        blank=True,
        help_text=_("The store's currency for one of the supplier's, if different."),
    )
    expected_on = models.DateField(
        _("expected on"),
        null=True,
        blank=True,
        help_text=_("Empty: worked out from the lead times when it is ordered."),
    )
    note = models.CharField(_("note"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("created at"), editable=False)
    created_by = models.CharField(_("created by"), max_length=150, editable=False)
    submitted_by = models.CharField(_("submitted by"), max_length=150, blank=True, editable=False)
    submitter = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, editable=False, related_name="+",
        db_index=False, verbose_name=_("submitter"),
    )  # fmt: skip
    approved_by = models.CharField(_("approved by"), max_length=150, blank=True, editable=False)
    ordered_at = models.DateTimeField(_("ordered at"), null=True, editable=False)

    class Meta:
        verbose_name = _("purchase order")
        verbose_name_plural = _("purchase orders")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=PurchaseOrderState.values), name="purchase_order_state_known"
            ),
            models.CheckConstraint(
                condition=Q(currency=F("stock_currency"), exchange_rate__isnull=True)
                | (
                    ~Q(currency=F("stock_currency"))
                    & (
                        Q(exchange_rate__gt=0, exchange_rate__lt=HIGHEST_RATE)
                        | Q(
                            exchange_rate__isnull=True,
                            state__in=[PurchaseOrderState.DRAFT, PurchaseOrderState.CANCELLED],
                        )
                    )
                ),
                name="purchase_order_rate_where_currencies_differ",
            ),
            models.CheckConstraint(
                condition=Q(ordered_at__isnull=False)
                | ~Q(
                    state__in=[
                        PurchaseOrderState.ORDERED,
                        PurchaseOrderState.PARTIALLY_RECEIVED,
                        PurchaseOrderState.RECEIVED,
                        PurchaseOrderState.OVER_RECEIVED,
                        PurchaseOrderState.CLOSED,
                    ]
                ),
                name="purchase_order_knows_when_it_was_ordered",
            ),
        ]
        indexes = [
            models.Index(fields=["store", "id"], name="purchase_order_store_idx"),
            models.Index(
                fields=["store"],
                condition=Q(
                    ordered_at__isnull=False,
                    state__in=[
                        PurchaseOrderState.ORDERED,
                        PurchaseOrderState.PARTIALLY_RECEIVED,
                        PurchaseOrderState.ON_HOLD,
                    ],
                ),
                name="purchase_order_incoming_idx",
            ),
            models.Index(fields=["supplier", "expected_on"], name="purchase_order_due_idx"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """What people and suppliers call it."""
        return f"PO-{self.pk:06d}" if self.pk else str(_("New purchase order"))


class PurchaseOrderLine(models.Model):
    """So much of one product. `incoming` is what is still to come, `surplus` what came too much.

    Quantities in the product's unit, `unit_cost` excl. tax in the order's currency (NULL: not
    known). `received` is the sum of what deliveries were accepted: a trigger keeps it
    (inventory/sql/purchasing.v1.sql). Pack and supplier's SKU are those of the day of the order.
    """

    order = models.ForeignKey(
        PurchaseOrder,
        on_delete=models.CASCADE,
        related_name="lines",
        db_index=False,
        verbose_name=_("purchase order"),
    )
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="+", verbose_name=_("product")
    )
    supplier_sku = models.CharField(_("supplier's SKU"), max_length=64, blank=True)
    pack_size = models.DecimalField(_("pack"), max_digits=12, decimal_places=3, default=1)
    ordered = models.DecimalField(_("ordered"), max_digits=12, decimal_places=3)
    unit_cost = models.DecimalField(
        _("unit cost excl. tax"), max_digits=18, decimal_places=6, null=True, blank=True
    )
    received = models.DecimalField(_("received"), max_digits=12, decimal_places=3, default=0)
    cancelled = models.DecimalField(_("cancelled"), max_digits=12, decimal_places=3, default=0)
    incoming = models.GeneratedField(
        expression=Greatest(F("ordered") - F("received") - F("cancelled"), 0),
        output_field=models.DecimalField(_("incoming"), max_digits=12, decimal_places=3),
        db_persist=True,
    )
    surplus = models.GeneratedField(
        expression=Greatest(F("received") + F("cancelled") - F("ordered"), 0),
        output_field=models.DecimalField(_("surplus"), max_digits=12, decimal_places=3),
        db_persist=True,
    )

    class Meta:
        verbose_name = _("line of a purchase order")
        verbose_name_plural = _("lines of a purchase order")
        constraints = [
            models.UniqueConstraint(
                fields=["order", "product"], name="purchase_order_line_one_per_product"
            ),
            models.CheckConstraint(
                condition=Q(ordered__gt=0, pack_size__gt=0), name="purchase_order_line_positive"
            ),
            models.CheckConstraint(
                condition=Exact(Mod(F("ordered"), F("pack_size")), 0),
                name="purchase_order_line_whole_packs",
            ),
            models.CheckConstraint(
                condition=Q(received__gte=0, cancelled__gte=0),
                name="purchase_order_line_received_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(cancelled=0) | Q(ordered__gte=F("received") + F("cancelled")),
                name="purchase_order_line_cancels_only_what_is_to_come",
            ),
            models.CheckConstraint(
                condition=Q(unit_cost__isnull=True) | Q(unit_cost__gte=0),
                name="purchase_order_line_cost_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{shown.exact(self.ordered)} × {self.product.sku}"
