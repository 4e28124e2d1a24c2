"""The states of inventory's documents, and what leads from one to another."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ReservationState(models.TextChoices):
    """active → committed → consumed; released or expired instead. The last three are the end."""

    ACTIVE = "active", _("Active")
    COMMITTED = "committed", _("Committed")
    CONSUMED = "consumed", _("Consumed")
    RELEASED = "released", _("Released")
    EXPIRED = "expired", _("Expired")
