"""What a supplier delivered, delivery by delivery. Never edited: it is what came that day."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from epm.platform import shown
from inventory.models.purchase_order import PurchaseOrder, PurchaseOrderLine


class RejectionReason(models.TextChoices):
    """Why delivered goods were not taken."""

    DAMAGED = "damaged", _("Damaged")
    EXPIRED = "expired", _("Expired")
    WRONG = "wrong", _("Wrong goods")
    TOO_MANY = "too_many", _("Too many")
    OTHER = "other", _("Other")


class ChargeSplit(models.TextChoices):
    """By what freight and duty are shared among the lines of a delivery."""

    VALUE = "value", _("Value")
    QUANTITY = "quantity", _("Quantity")
    WEIGHT = "weight", _("Weight")


class PurchaseReceipt(models.Model):
    """One delivery of an order. `key` is the act: the same again receives nothing twice.

    Freight and duty are excl. tax in the store's currency; they raise the cost of what was
    accepted and cannot come later: by then it may be sold.
    """

    order = models.ForeignKey(
        PurchaseOrder,
        on_delete=models.PROTECT,
        related_name="receipts",
        verbose_name=_("purchase order"),
    )
    key = models.UUIDField(_("key"), unique=True)
    received_at = models.DateTimeField(_("received at"))
    received_by = models.CharField(_("received by"), max_length=150)
    delivery_note = models.CharField(_("delivery note"), max_length=64, blank=True)
    freight = models.DecimalField(
        _("freight excl. tax"), max_digits=16, decimal_places=3, default=0
    )
    duty = models.DecimalField(_("duty"), max_digits=16, decimal_places=3, default=0)
    split_by = models.CharField(
        _("shared by"), max_length=8, choices=ChargeSplit, default=ChargeSplit.VALUE
    )

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.CheckConstraint(
                condition=Q(freight__gte=0, duty__gte=0), name="purchase_receipt_charges_positive"
            ),
            models.CheckConstraint(
                condition=Q(split_by__in=ChargeSplit.values), name="purchase_receipt_split_known"
            ),
        ]
        indexes = [
            models.Index(fields=["-received_at", "-id"], name="purchase_receipt_latest_idx"),
        ]

    def __str__(self) -> str:
        return self.delivery_note or f"#{self.pk}"


class PurchaseReceiptLine(models.Model):
    """What of an ordered product was taken and what was not.

    `charges` is its share of freight and duty, `unit_cost` what one accepted unit costs with it:
    excl. tax in the store's currency, NULL where the price is not known.
    """

    receipt = models.ForeignKey(
        PurchaseReceipt,
        on_delete=models.PROTECT,
        related_name="lines",
        db_index=False,
        verbose_name=_("delivery"),
    )
    line = models.ForeignKey(
        PurchaseOrderLine,
        on_delete=models.PROTECT,
        related_name="deliveries",
        verbose_name=_("line of a purchase order"),
    )
    accepted = models.DecimalField(_("accepted"), max_digits=12, decimal_places=3)
    rejected = models.DecimalField(_("rejected"), max_digits=12, decimal_places=3, default=0)
    reason = models.CharField(_("reason"), max_length=16, choices=RejectionReason, blank=True)
    weight_kg = models.DecimalField(
        _("weight (kg)"), max_digits=12, decimal_places=3, null=True, blank=True
    )
    charges = models.DecimalField(_("freight and duty"), max_digits=16, decimal_places=3, default=0)
    unit_cost = models.DecimalField(
        _("landed unit cost excl. tax"), max_digits=18, decimal_places=6, null=True
    )

    class Meta:
        verbose_name = _("line of a delivery")
        verbose_name_plural = _("lines of a delivery")
        constraints = [
            models.UniqueConstraint(
                fields=["receipt", "line"], name="purchase_receipt_line_once_per_receipt"
            ),
            models.CheckConstraint(
                condition=Q(accepted__gte=0, rejected__gte=0)
                & (Q(accepted__gt=0) | Q(rejected__gt=0)),
                name="purchase_receipt_line_delivers_something",
            ),
            models.CheckConstraint(
                condition=Q(rejected=0, reason="")
                | Q(rejected__gt=0, reason__in=RejectionReason.values),
                name="purchase_receipt_line_rejects_for_a_reason",
            ),
            models.CheckConstraint(
                condition=(Q(weight_kg__isnull=True) | Q(weight_kg__gt=0)) & Q(charges__gte=0),
                name="purchase_receipt_line_amounts_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"{shown.exact(self.accepted)} × {self.line.product.sku}"
