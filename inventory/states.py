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


class StockAlertState(models.TextChoices):
    """open → acknowledged, or snoozed until a day; resolved when the figures say so."""

    OPEN = "open", _("Open")
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")
    SNOOZED = "snoozed", _("Snoozed")
    RESOLVED = "resolved", _("Resolved")


STOCK_ALERT = Machine(
    initial=StockAlertState.OPEN.value,
    moves={
        "acknowledge": {
            "open": ("acknowledged",),
            "snoozed": ("acknowledged",),
        },
        "snooze": {
            "open": ("snoozed",),
            "acknowledged": ("snoozed",),
        },
        "wake": {"snoozed": ("open",)},
        "resolve": {
            "open": ("resolved",),
            "acknowledged": ("resolved",),
            "snoozed": ("resolved",),
        },
    },
)
