"""Goods on their way from one store to another, and what arrived of them."""

from decimal import Decimal
from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from epm.organization.models import Store
from inventory.models.product import Product
from inventory.states import TransferState


class Transfer(models.Model):
    """From `source` to `destination`; what may happen to it says `inventory.states.TRANSFER`.

    A ready one keeps its goods back at the source by the reservation `hold`. Both stores have one
    currency (inventory/sql/transfer.v1.sql): what goods cost crosses as it is.
    """

    source = models.ForeignKey(
        Store, on_delete=models.PROTECT, related_name="+", verbose_name=_("from")
    )
    destination = models.ForeignKey(
        Store, on_delete=models.PROTECT, related_name="+", verbose_name=_("to")
    )
    state = models.CharField(
        _("state"), max_length=24, choices=TransferState, default=TransferState.DRAFT
    )
    version = models.BigIntegerField(_("version"), default=0)
    note = models.CharField(_("note"), max_length=300, blank=True)
    expected_on = models.DateField(_("expected on"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), db_default=Now())
    shipped_at = models.DateTimeField(_("shipped at"), null=True, blank=True)
    key = models.UUIDField(default=uuid4, unique=True, editable=False)
    """Of the act that made it: the same act again makes no second one."""
    hold = models.UUIDField(null=True, editable=False)

    class Meta:
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=TransferState.values), name="transfer_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(source=F("destination")), name="transfer_between_two_stores"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-id"], name="transfer_state_idx"),
        ]

    def __str__(self) -> str:
        return _("Transfer %(number)s") % {"number": self.pk}


class TransferLine(models.Model):
    """One product of a transfer. shipped = accepted + rejected + lost + returned + in transit.

    `shipped` is what left the source: what came beyond what was told is in it, and in `over` by
    itself. What is in transit belongs to the transfer: `costed` of it has a known cost and is
    worth `value`, excl. tax in the stores' currency; `shipped_value` is what all of it was worth.
    """

    transfer = models.ForeignKey(Transfer, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="+", verbose_name=_("product")
    )
    quantity = models.DecimalField(_("planned"), max_digits=12, decimal_places=3)
    shipped = models.DecimalField(_("shipped"), max_digits=12, decimal_places=3, default=0)
    accepted = models.DecimalField(_("accepted"), max_digits=12, decimal_places=3, default=0)
    rejected = models.DecimalField(_("rejected"), max_digits=12, decimal_places=3, default=0)
    lost = models.DecimalField(_("lost"), max_digits=12, decimal_places=3, default=0)
    returned = models.DecimalField(_("returned"), max_digits=12, decimal_places=3, default=0)
    over = models.DecimalField(_("more than sent"), max_digits=12, decimal_places=3, default=0)
    in_transit = models.GeneratedField(
        expression=F("shipped") - F("accepted") - F("rejected") - F("lost") - F("returned"),
        output_field=models.DecimalField(_("in transit"), max_digits=12, decimal_places=3),
        db_persist=True,
    )
    costed = models.DecimalField(
        _("in transit with a known cost"), max_digits=12, decimal_places=3, default=0
    )
    value = models.DecimalField(
        _("value in transit excl. tax"), max_digits=20, decimal_places=6, default=0
    )
    shipped_value = models.DecimalField(
        _("value shipped excl. tax"), max_digits=20, decimal_places=6, default=0
    )
    unit_cost = models.DecimalField(
        _("unit cost excl. tax"), max_digits=18, decimal_places=6, null=True, blank=True
    )

    class Meta:
        verbose_name = _("line")
        verbose_name_plural = _("lines")
        constraints = [
            models.UniqueConstraint(
                fields=["transfer", "product"], name="transfer_line_one_per_product"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="transfer_line_plans_goods"),
            models.CheckConstraint(
                condition=Q(
                    accepted__gte=0, rejected__gte=0, lost__gte=0, returned__gte=0, over__gte=0,
                    shipped__gte=F("accepted") + F("rejected") + F("lost") + F("returned"),
                    over__lte=F("shipped"),
                ),
                name="transfer_line_nothing_from_nowhere",
            ),
            models.CheckConstraint(
                condition=Q(costed__gte=0, value__gte=0)
                & Q(costed__lte=F("shipped") - F("accepted") - F("rejected") - F("lost")
                    - F("returned"))
                & (Q(costed__gt=0) | Q(value=0)),
                name="transfer_line_worth_of_what_is_on_the_way",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["product"], condition=Q(in_transit__gt=0), name="transfer_line_incoming_idx"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product.sku} · {self.product.name}"

    def left(self) -> Decimal:
        """What is still on the way, as the row stands before it is saved."""
        return self.shipped - self.accepted - self.rejected - self.lost - self.returned


class RejectReason(models.TextChoices):
    """Why the destination did not take goods that came."""

    DAMAGED = "damaged", _("Damaged")
    EXPIRED = "expired", _("Expired")
    WRONG = "wrong", _("Wrong article")
    OTHER = "other", _("Other")


class Disposition(models.TextChoices):
    """What happens to rejected goods. None of them reaches the shelf."""

    WRITE_OFF = "write_off", _("Write off")
    QUARANTINE = "quarantine", _("Keep here, out of sale")
    RETURN = "return", _("Send back")


class Remainder(models.TextChoices):
    """What becomes of goods still on the way when a transfer ends without them."""

    BACK = "back", _("Back to the source")
    WRITE_OFF = "write_off", _("Write off as lost")


class TransferReceipt(models.Model):
    """One delivery of a transfer, as it was counted. Never edited."""

    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, related_name="receipts")
    posting = models.UUIDField(unique=True, editable=False)
    received_at = models.DateTimeField(_("received at"))
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")

    def __str__(self) -> str:
        return f"{self.transfer_id} · {self.received_at:%Y-%m-%d %H:%M}"


class TransferReceiptLine(models.Model):
    """What came of one line: so much accepted, so much rejected and why. `over` of it were more
    than had been sent."""

    receipt = models.ForeignKey(TransferReceipt, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey(TransferLine, on_delete=models.PROTECT, related_name="arrivals")
    accepted = models.DecimalField(_("accepted"), max_digits=12, decimal_places=3, default=0)
    rejected = models.DecimalField(_("rejected"), max_digits=12, decimal_places=3, default=0)
    over = models.DecimalField(_("more than sent"), max_digits=12, decimal_places=3, default=0)
    reason = models.CharField(_("reason"), max_length=16, choices=RejectReason, blank=True)
    disposition = models.CharField(_("disposition"), max_length=16, choices=Disposition, blank=True)

    class Meta:
        verbose_name = _("delivered line")
        verbose_name_plural = _("delivered lines")
        constraints = [
            models.CheckConstraint(
                condition=Q(accepted__gte=0, rejected__gte=0, over__gte=0)
                & (Q(accepted__gt=0) | Q(rejected__gt=0))
                & Q(over__lte=F("accepted") + F("rejected")),
                name="transfer_receipt_line_brings_something",
            ),
            models.CheckConstraint(
                condition=Q(rejected=0, reason="", disposition="")
                | Q(
                    rejected__gt=0,
                    reason__in=RejectReason.values,
                    disposition__in=Disposition.values,
                ),
                name="transfer_receipt_line_says_why_rejected",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_id}: {self.accepted} + {self.rejected}"
