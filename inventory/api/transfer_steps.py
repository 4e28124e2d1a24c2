"""The steps of a transfer over the API: ready, ship, receive, end."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final
from uuid import uuid4

from django.utils import timezone

from epm.access.selectors import rights
from epm.platform import versions
from epm.platform.bodies import Nothing, StrictSerializer
from epm.platform.writes import Answer
from inventory.api.naming import NamedWrite, products_of
from inventory.api.role_asked import RoleAsked
from inventory.api.transfer_bodies import EndIn, OneTransferOut, ReceiveIn, ShipIn
from inventory.api.transfers import planned, refuse_others, tag, told_of
from inventory.models import Disposition, RejectReason, Remainder
from inventory.services import transfer_endings, transfer_receipts, transfers
from inventory.services.transfer_receipts import NOTHING, Arrived


class Step(RoleAsked, NamedWrite):
    """A step of a transfer; If-Match may name the version you saw."""

    model = "transfer"
    write_right = rights.STOCK_WRITE
    body: ClassVar[type[StrictSerializer]] = Nothing
    serializer_class = OneTransferOut
    success = 200
    edits = True
    event: ClassVar[str]

    def write(self, said: dict[str, Any], *args: Any, **address: Any) -> Answer:
        user, pk = self.request.user, address["pk"]
        refuse_others(user, pk, self.event)
        locked = transfers.locked(transfer_id=pk)
        versions.refuse_stale(seen=self.seen, now=locked.version)
        self.take(pk, said)
        told = told_of(user, pk)
        return Answer(200, told, tag(told))

    def take(self, pk: int, said: dict[str, Any]) -> object:
        """The one call of the service."""
        raise NotImplementedError


class Ready(Step):
    """Keep its goods back at the source."""

    event = "ready"

    def take(self, pk: int, said: dict[str, Any]) -> object:
        return transfers.ready(transfer_id=pk)


class Redraft(Step):
    """Let go of its goods and plan again."""

    event = "redraft"

    def take(self, pk: int, said: dict[str, Any]) -> object:
        return transfers.redraft(transfer_id=pk)


class Ship(Step):
    """The goods leave the source: all that was planned, or less of it."""

    event = "ship"
    body = ShipIn

    def take(self, pk: int, said: dict[str, Any]) -> object:
        lines = said.get("lines")
        return transfers.ship(
            transfer_id=pk,
            key=uuid4(),
            at=timezone.now(),
            quantities=None
            if lines is None
            else {line.product_id: line.quantity for line in planned(self.request.user, lines)},
        )


class Receive(Step):
    """Book one delivery: what is accepted, what is rejected and why."""

    event = "receive"
    body = ReceiveIn

    def take(self, pk: int, said: dict[str, Any]) -> object:
        products = products_of(self.request.user, said["lines"])
        return transfer_receipts.receive(
            transfer_id=pk,
            key=uuid4(),
            at=timezone.now(),
            note=said.get("note", ""),
            more_than_sent=said.get("more_than_sent", False),
            arrived=[
                Arrived(
                    product,
                    line.get("accepted", NOTHING),
                    line.get("rejected", NOTHING),
                    RejectReason(line.get("reason", RejectReason.OTHER)),
                    Disposition(line.get("disposition", Disposition.WRITE_OFF)),
                )
                for product, line in zip(products, said["lines"], strict=True)
            ],
        )


class CloseShort(Step):
    """No more will come: what is on the way is written off, or comes back."""

    event = "close_short"
    body = EndIn

    def take(self, pk: int, said: dict[str, Any]) -> object:
        return transfer_endings.close_short(
            transfer_id=pk, reason=said["reason"], key=uuid4(), at=timezone.now(),
            remainder=Remainder(said.get("remainder", Remainder.WRITE_OFF)),
        )  # fmt: skip


class Cancel(Step):
    """Call it off: what is on the way comes back, or is written off."""

    event = "cancel"
    body = EndIn

    def take(self, pk: int, said: dict[str, Any]) -> object:
        return transfer_endings.cancel(
            transfer_id=pk, reason=said["reason"], key=uuid4(), at=timezone.now(),
            remainder=Remainder(said.get("remainder", Remainder.BACK)),
        )  # fmt: skip


STEPS: Final[Mapping[str, type[Step]]] = {
    "ready": Ready, "redraft": Redraft, "ship": Ship, "receive": Receive,
    "close-short": CloseShort, "cancel": Cancel,
}  # fmt: skip
