"""The ledger of stock: what came, what went, why, and by whom."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from epm.organization.models import Store
from epm.platform import shown
from inventory.models.product import Product
from inventory.models.stock import UnavailableReason


class MovementKind(models.TextChoices):
    OPENING = "opening", _("Opening stock")
    RECEIPT = "receipt", _("Receipt")
    SALE = "sale", _("Sale")
    RETURN = "return", _("Customer return")
    SUPPLIER_RETURN = "supplier_return", _("Return to supplier")
    TRANSFER_OUT = "transfer_out", _("Transfer out")
    TRANSFER_IN = "transfer_in", _("Transfer in")
    ADJUSTMENT = "adjustment", _("Adjustment")
    COUNT = "count", _("Count")
    DAMAGE = "damage", _("Damage")
    EXPIRY = "expiry", _("Expiry")
    THEFT = "theft", _("Theft")
    LOSS = "loss", _("Loss")
    STATUS = "status", _("Change of availability")


INCOMING = (MovementKind.RECEIPT, MovementKind.RETURN, MovementKind.TRANSFER_IN)
OUTGOING = (MovementKind.SALE, MovementKind.SUPPLIER_RETURN, MovementKind.TRANSFER_OUT)
SHRINK = (MovementKind.DAMAGE, MovementKind.EXPIRY, MovementKind.THEFT, MovementKind.LOSS)
"""Known shrink, positive where reversed; the unknown kind is what a count finds (kpis.md 4.4)."""


class StockMovement(models.Model):
    """One change of one level. Append-only: a mistake is put right by another movement.

    Its trigger (inventory/sql/stock.v1.sql) locks the level, works out what the movement is worth
    and writes both together; a generated column `mark` there serves the proof of the whole ledger.
    `position` counts the movements of a level from 1; `balance` is what was on hand after this one,
    `worth` what that was worth. `value` and `costed` are by how much the level's value and its
    quantity of known cost changed. `unit_cost` is what one unit came for, or was worth as it left
    (NULL: unknown). Excl. tax, in the store's currency.

    `blocked` moves goods on hand out of sale (or, negative, back) for `reason`. `posting` is the
    act that wrote it: the same act again writes nothing. `forced`: the goods had left already, so
    it was booked whatever the store's policy.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False,
        verbose_name=_("store"),
    )  # fmt: skip
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False,
        verbose_name=_("product"),
    )  # fmt: skip
    position = models.BigIntegerField(_("number"), editable=False)
    kind = models.CharField(_("kind"), max_length=16, choices=MovementKind)
    quantity = models.DecimalField(_("quantity"), max_digits=12, decimal_places=3)
    blocked = models.DecimalField(
        _("taken out of sale"), max_digits=12, decimal_places=3, default=0
    )
    reason = models.CharField(_("reason"), max_length=16, choices=UnavailableReason, blank=True)
    unit_cost = models.DecimalField(
        _("unit cost excl. tax"), max_digits=18, decimal_places=6, null=True
    )
    value = models.DecimalField(_("value excl. tax"), max_digits=20, decimal_places=6)
    costed = models.DecimalField(_("with a known cost"), max_digits=12, decimal_places=3)
    balance = models.DecimalField(_("on hand after"), max_digits=12, decimal_places=3)
    worth = models.DecimalField(_("value after excl. tax"), max_digits=20, decimal_places=6)
    average_cost = models.DecimalField(
        _("average cost after"), max_digits=18, decimal_places=6, null=True
    )
    occurred_at = models.DateTimeField(_("happened at"))
    business_date = models.DateField(_("business date"))
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now())
    posting = models.UUIDField(_("posting"))
    line_no = models.IntegerField(_("line"), default=1)
    document_kind = models.CharField(_("document"), max_length=24, blank=True)
    document_ref = models.CharField(_("document number"), max_length=64, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    actor = models.CharField(_("by"), max_length=150)
    door = models.CharField(_("door"), max_length=32, blank=True)
    forced = models.BooleanField(_("whatever the policy"), default=False)

    class Meta:
        verbose_name = _("stock movement")
        verbose_name_plural = _("stock movements")
        constraints = [
            models.UniqueConstraint(
                fields=["store", "product", "position"], name="stock_movement_one_per_position"
            ),
            models.UniqueConstraint(
                fields=["posting", "line_no"], name="stock_movement_once_per_posting"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=MovementKind.values), name="stock_movement_kind_known"
            ),
            models.CheckConstraint(
                condition=~Q(quantity=0) | ~Q(blocked=0), name="stock_movement_moves_something"
            ),
            models.CheckConstraint(
                condition=(Q(kind__in=INCOMING) & Q(quantity__gt=0))
                | (Q(kind__in=OUTGOING) & Q(quantity__lt=0))
                | (Q(kind=MovementKind.STATUS) & Q(quantity=0))
                | Q(
                    kind__in=[
                        MovementKind.OPENING,
                        MovementKind.ADJUSTMENT,
                        MovementKind.COUNT,
                        *SHRINK,
                    ]
                ),
                name="stock_movement_sign_of_its_kind",
            ),
            models.CheckConstraint(
                condition=Q(blocked=0, reason="") | Q(reason__in=UnavailableReason.values),
                name="stock_movement_blocks_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(unit_cost__isnull=True) | Q(unit_cost__gte=0),
                name="stock_movement_cost_not_negative",
            ),
            models.CheckConstraint(condition=~Q(actor=""), name="stock_movement_has_an_actor"),
        ]
        indexes = [
            models.Index(fields=["store", "business_date"], name="stock_movement_day_idx"),
            models.Index(fields=["store", "-id"], name="stock_movement_newest_idx"),
            models.Index(
                fields=["kind", "-id"],
                condition=~Q(kind__in=["sale", "receipt", "return", "opening"]),
                name="stock_movement_seldom_idx",
            ),
            models.Index(
                fields=["store", "product"],
                condition=~Q(blocked=0),
                name="stock_movement_blocked_idx",
            ),
            models.Index(
                fields=["document_kind", "document_ref"],
                condition=~Q(document_ref=""),
                name="stock_movement_document_idx",
            ),
        ]

    def __str__(self) -> str:
        return (
            f"{self.product.sku} @ {self.store.code} #{self.position}: {shown.exact(self.quantity)}"
        )

    @property
    def gives_back(self) -> bool:
        """Whether the ledger wrote it: a posted count had taken off what a till tells only now."""
        return self.line_no < 0
