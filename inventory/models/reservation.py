"""Goods promised to somebody who has not got them yet."""

from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from epm.organization.models import Store
from epm.platform import shown
from inventory.models.product import Product
from inventory.states import ReservationState

LONGEST_HOLD = timedelta(hours=1)
MOST_EXTENSIONS = 3


class Reservation(models.Model):
    """One product of one basket, kept back for it.

    An active one ends by itself at `expires_at`: from then on it counts nowhere, whether or not
    anybody has swept it. A committed one belongs to an order and has no end. Triggers
    (inventory/sql/reservation.v1.sql) keep `StockLevel.reserved` and refuse a wrong step.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    basket = models.UUIDField(_("basket"))
    store = models.ForeignKey(
        Store, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False,
        verbose_name=_("store"),
    )  # fmt: skip
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False,
        verbose_name=_("product"),
    )  # fmt: skip
    quantity = models.DecimalField(_("quantity"), max_digits=12, decimal_places=3)
    consumed = models.DecimalField(_("handed over"), max_digits=12, decimal_places=3, default=0)
    state = models.CharField(
        _("state"), max_length=12, choices=ReservationState, default=ReservationState.ACTIVE
    )
    holder = models.CharField(_("held by"), max_length=64)
    document_kind = models.CharField(_("document"), max_length=24, blank=True)
    document_ref = models.CharField(_("document number"), max_length=64, blank=True)
    held_at = models.DateTimeField(_("held at"))
    expires_at = models.DateTimeField(_("expires at"), null=True)
    extensions = models.PositiveSmallIntegerField(_("extensions"), default=0)
    closed_at = models.DateTimeField(_("closed at"), null=True)
    actor = models.CharField(_("by"), max_length=150)

    class Meta:
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        constraints = [
            models.UniqueConstraint(
                fields=["basket", "product"], name="reservation_one_per_basket_and_product"
            ),
            models.CheckConstraint(
                condition=Q(state__in=ReservationState.values), name="reservation_state_known"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0) & Q(consumed__gte=0) & Q(consumed__lte=F("quantity")),
                name="reservation_quantity_positive",
            ),
            models.CheckConstraint(
                condition=~Q(state=ReservationState.ACTIVE) | Q(expires_at__isnull=False),
                name="reservation_active_ends",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True)
                | Q(expires_at__lte=F("held_at") + LONGEST_HOLD),
                name="reservation_not_extended_for_ever",
            ),
            models.CheckConstraint(
                condition=Q(extensions__lte=MOST_EXTENSIONS), name="reservation_extensions_capped"
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=[ReservationState.ACTIVE, ReservationState.COMMITTED],
                    closed_at__isnull=True,
                )
                | Q(
                    state__in=[
                        ReservationState.CONSUMED,
                        ReservationState.RELEASED,
                        ReservationState.EXPIRED,
                    ],
                    closed_at__isnull=False,
                ),
                name="reservation_closed_at_iff_over",
            ),
        ]
        indexes = [
            models.Index(
                fields=["store", "product", "expires_at"],
                condition=Q(state=ReservationState.ACTIVE),
                name="reservation_active_idx",
            ),
            models.Index(
                fields=["holder"],
                condition=Q(state=ReservationState.ACTIVE),
                name="reservation_holder_idx",
            ),
            models.Index(
                fields=["store", "product"],
                condition=Q(state=ReservationState.COMMITTED),
                name="reservation_committed_idx",
            ),
        ]

    def __str__(self) -> str:
        return f"{shown.exact(self.quantity)} × {self.product.sku} ({self.basket})"
