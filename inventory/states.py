"""The states of inventory's documents, and what leads from one to another."""

from typing import Final

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


class StockAlertState(models.TextChoices):
    """open → acknowledged, or snoozed until a day; resolved when the figures say so."""

    OPEN = "open", _("Open")
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")
    SNOOZED = "snoozed", _("Snoozed")
    RESOLVED = "resolved", _("Resolved")


_A = StockAlertState
_HOLDS = (_A.OPEN, _A.ACKNOWLEDGED, _A.SNOOZED)
STOCK_ALERT: Final = Machine(
    initial=_A.OPEN,
    moves={
        "acknowledge": dict.fromkeys((_A.OPEN, _A.SNOOZED), (_A.ACKNOWLEDGED,)),
        "snooze": dict.fromkeys((_A.OPEN, _A.ACKNOWLEDGED), (_A.SNOOZED,)),
        "wake": {_A.SNOOZED: (_A.OPEN,)},
        "resolve": dict.fromkeys(_HOLDS, (_A.RESOLVED,)),
    },
)


class PurchaseOrderState(models.TextChoices):
    """draft → submitted → approved → ordered → partially received → received or over-received →
    closed; cancelled before anything came. Closed and cancelled are the end."""

    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    APPROVED = "approved", _("Approved")
    ORDERED = "ordered", _("Ordered")
    PARTIALLY_RECEIVED = "partially_received", _("Partially received")
    RECEIVED = "received", _("Received")
    OVER_RECEIVED = "over_received", _("Over-received")
    CLOSED = "closed", _("Closed")
    CANCELLED = "cancelled", _("Cancelled")
    ON_HOLD = "on_hold", _("On hold")


_P = PurchaseOrderState
_HELD = (_P.SUBMITTED, _P.APPROVED, _P.ORDERED, _P.PARTIALLY_RECEIVED)
PURCHASE_ORDER: Final = Machine(
    initial=_P.DRAFT,
    moves={
        "submit": {_P.DRAFT: (_P.SUBMITTED,)},
        "approve": {_P.SUBMITTED: (_P.APPROVED,)},
        "send_back": {_P.SUBMITTED: (_P.DRAFT,), _P.APPROVED: (_P.DRAFT,)},
        "order": {_P.APPROVED: (_P.ORDERED,)},
        # A delivery of which nothing was accepted leaves the order where it was.
        "receive": {
            _P.ORDERED: (_P.ORDERED, _P.PARTIALLY_RECEIVED, _P.RECEIVED, _P.OVER_RECEIVED),
            _P.PARTIALLY_RECEIVED: (_P.PARTIALLY_RECEIVED, _P.RECEIVED, _P.OVER_RECEIVED),
            _P.RECEIVED: (_P.RECEIVED, _P.OVER_RECEIVED),
            _P.OVER_RECEIVED: (_P.OVER_RECEIVED,),
        },
        "close_short": {_P.PARTIALLY_RECEIVED: (_P.CLOSED,)},
        "close": {_P.RECEIVED: (_P.CLOSED,), _P.OVER_RECEIVED: (_P.CLOSED,)},
        "cancel": dict.fromkeys((_P.DRAFT, _P.SUBMITTED, _P.APPROVED, _P.ORDERED), (_P.CANCELLED,)),
        "hold": dict.fromkeys(_HELD, (_P.ON_HOLD,)),
        "resume": {_P.ON_HOLD: _HELD},
    },
    reasons=frozenset({"send_back", "close_short", "cancel", "hold"}),
)


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


class StocktakeState(models.TextChoices):
    SCHEDULED = "scheduled", _("Scheduled")
    COUNTING = "counting", _("Counting")
    REVIEW = "review", _("Under review")
    APPROVED = "approved", _("Approved")
    POSTED = "posted", _("Posted")
    CANCELLED = "cancelled", _("Cancelled")


STOCKTAKE: Final = Machine(
    initial=StocktakeState.SCHEDULED,
    moves={
        "start": {StocktakeState.SCHEDULED: (StocktakeState.COUNTING,)},
        "review": {StocktakeState.COUNTING: (StocktakeState.REVIEW,)},
        "recount": {StocktakeState.REVIEW: (StocktakeState.COUNTING,)},
        "approve": {StocktakeState.REVIEW: (StocktakeState.APPROVED,)},
        "post": {StocktakeState.APPROVED: (StocktakeState.POSTED,)},
        "cancel": {
            StocktakeState.SCHEDULED: (StocktakeState.CANCELLED,),
            StocktakeState.COUNTING: (StocktakeState.CANCELLED,),
            StocktakeState.REVIEW: (StocktakeState.CANCELLED,),
            StocktakeState.APPROVED: (StocktakeState.CANCELLED,),
        },
    },
    reasons=frozenset({"cancel"}),
)
