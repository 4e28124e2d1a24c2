"""The states of sales' documents, and what leads from one to another."""

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from epm.platform.transitions import Machine


class RegisterSessionState(models.TextChoices):
    """open → closing → closed. A closing that failed is taken up again; nothing opens again."""

    OPEN = "open", _("Open")
    CLOSING = "closing", _("Closing")
    CLOSED = "closed", _("Closed")


_S = RegisterSessionState
REGISTER_SESSION: Final = Machine(
    initial=_S.OPEN,
    moves={
        "close": {_S.OPEN: (_S.CLOSING,)},
        "finish": {_S.CLOSING: (_S.CLOSED,)},
        # A late session has no drawer to count: the register's next Z report takes it in.
        "take_in": {_S.OPEN: (_S.CLOSED,)},
    },
)


class ParkedTicketState(models.TextChoices):
    """parked → resumed or discarded."""

    PARKED = "parked", _("Parked")
    RESUMED = "resumed", _("Resumed")
    DISCARDED = "discarded", _("Discarded")


_P = ParkedTicketState
PARKED_TICKET: Final = Machine(
    initial=_P.PARKED,
    moves={
        "resume": {_P.PARKED: (_P.RESUMED,)},
        "discard": {_P.PARKED: (_P.DISCARDED,)},
    },
    reasons=frozenset({"discard"}),
)


class RefusedTicketState(models.TextChoices):
    """waiting → booked or dismissed."""

    WAITING = "waiting", _("To be settled")
    BOOKED = "booked", _("Booked")
    DISMISSED = "dismissed", _("Dismissed")


_R = RefusedTicketState
REFUSED_TICKET: Final = Machine(
    initial=_R.WAITING,
    moves={
        "book": {_R.WAITING: (_R.BOOKED,)},
        "dismiss": {_R.WAITING: (_R.DISMISSED,)},
    },
    reasons=frozenset({"dismiss"}),
)
