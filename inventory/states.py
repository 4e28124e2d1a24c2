"""The states of inventory's documents, and what leads from one to another."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from epm.platform.transitions import Machine


class ReservationState(models.TextChoices):
    """active → committed → consumed; released or expired instead. The last three are the end."""

    ACTIVE = "active", _("Active")
    COMMITTED = "committed", _("Committed")
    CONSUMED = "consumed", _("Consumed")
    RELEASED = "released", _("Released")
    EXPIRED = "expired", _("Expired")


class TransferState(models.TextChoices):
    """draft ↔ ready → in transit → partially received → received, or more than was sent."""

    DRAFT = "draft", _("Draft")
    READY = "ready", _("Ready to ship")
    IN_TRANSIT = "in_transit", _("In transit")
    PARTIALLY_RECEIVED = "partially_received", _("Partially received")
    RECEIVED = "received", _("Received")
    OVER_RECEIVED = "over_received", _("Received more than sent")
    CLOSED_SHORT = "closed_short", _("Closed short")
    CANCELLED = "cancelled", _("Cancelled")


_ARRIVED = (
    TransferState.PARTIALLY_RECEIVED.value,
    TransferState.RECEIVED.value,
    TransferState.OVER_RECEIVED.value,
)
TRANSFER = Machine(
    initial=TransferState.DRAFT.value,
    moves={
        "ready": {"draft": ("ready",)},
        "redraft": {"ready": ("draft",)},
        "ship": {"ready": ("in_transit",)},
        "receive": {"in_transit": _ARRIVED, "partially_received": _ARRIVED},
        "close_short": {"partially_received": ("closed_short",)},
        "cancel": {
            "draft": ("cancelled",),
            "ready": ("cancelled",),
            "in_transit": ("cancelled",),
        },
    },
    reasons=frozenset({"close_short", "cancel"}),
)
