"""The steps of a transfer: each asks, then calls one service."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from epm.platform.admin_steps import Given, Step
from inventory.admin.transfer_forms import (
    CancelForm,
    CloseForm,
    ReceiveForm,
    ReceiveLine,
    ShipLine,
)
from inventory.models import Disposition, RejectReason, Remainder, Transfer
from inventory.selectors import transfers as selectors
from inventory.services import transfer_endings, transfer_receipts, transfers
from inventory.services.transfer_receipts import Arrived


def _lines(transfer: Transfer) -> Any:
    return selectors.lines_of(transfer.pk)


def _lines_sent(transfer: Transfer) -> Any:
    return selectors.lines_of(transfer.pk).filter(shipped__gt=0)


def _ready(transfer: Transfer, _given: Given) -> None:
    transfers.ready(transfer_id=transfer.pk)


def _redraft(transfer: Transfer, _given: Given) -> None:
    transfers.redraft(transfer_id=transfer.pk)


def _ship(transfer: Transfer, given: Given) -> None:
    transfers.ship(
        transfer_id=transfer.pk,
        key=given.key,
        at=given.at,
        quantities={line.product_id: said["quantity"] for line, said in given.lines},
    )


def _receive(transfer: Transfer, given: Given) -> None:
    transfer_receipts.receive(
        transfer_id=transfer.pk,
        key=given.key,
        at=given.at,
        note=given.fields["note"],
        more_than_sent=given.fields["more_than_sent"],
        arrived=[
            Arrived(
                line.product_id,
                said["accepted"],
                said["rejected"],
                RejectReason(said["reason"]),
                Disposition(said["disposition"]),
            )
            for line, said in given.lines
        ],
    )


def _end(act: Callable[..., Transfer], transfer: Transfer, given: Given) -> None:
    act(
        transfer_id=transfer.pk,
        reason=given.reason,
        key=given.key,
        at=given.at,
        remainder=Remainder(given.fields.get("remainder", Remainder.BACK)),
    )


def _for(event: str) -> Callable[[Any, Any], bool]:
    return lambda principal, transfer: selectors.may(principal, transfer, event)


STEPS: Final = {
    "ready": Step(
        _("Make ready"), _ready, variant="primary", may=_for("ready"),
        help=_("The goods are kept back at the source until they are shipped."),
        done=_("The goods are kept back."),
    ),
    "redraft": Step(
        _("Back to draft"), _redraft, may=_for("redraft"),
        help=_("The goods can be sold again, and the lines changed."),
    ),
    "ship": Step(
        _("Ship"), _ship, variant="primary", may=_for("ship"),
        line_form=ShipLine, lines=_lines,
        help=_("The goods leave the source now. What is not shipped can be sold there again."),
        done=_("The goods are on their way."),
    ),
    "receive": Step(
        _("Receive"), _receive, variant="primary", may=_for("receive"),
        form=ReceiveForm, line_form=ReceiveLine, lines=_lines_sent,
        help=_("Say what came. What has not come yet may come with a later delivery."),
        done=_("The delivery is booked."),
    ),
    "close_short": Step(
        _("Close short"), partial(_end, transfer_endings.close_short), variant="danger",
        may=_for("close_short"), form=CloseForm,
        help=_("No more will come. What is written off is the source's loss."),
    ),
    "cancel": Step(
        _("Cancel"), partial(_end, transfer_endings.cancel), variant="danger",
        may=_for("cancel"), form=CancelForm,
        help=_("The transfer ends here. What is written off is the source's loss."),
    ),
}  # fmt: skip
