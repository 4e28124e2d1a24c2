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
