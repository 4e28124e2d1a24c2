"""Baskets put aside at a till."""

from collections.abc import Mapping
from typing import Any, Final

import orjson
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from epm.access.filters import StoresFilter
from epm.access.models import User
from epm.access.selectors import rights
from epm.platform.bodies import IdField, NoteField, StrictSerializer, not_found
from epm.platform.endpoints import Listing
from epm.platform.filters import StrictFilterSet
from epm.platform.renderers import as_json
from epm.platform.transitions import LONGEST_REASON
from epm.platform.writes import Answer, WriteEndpoint
from sales.models import ParkedTicket
from sales.selectors.parked import parked_visible_to
from sales.selectors.registers import registers_visible_to
from sales.services import parking
from sales.states import ParkedTicketState

LARGEST: Final = 64 * 1024
COLUMNS: Final = {
    "id": "id", "store": "store__code", "register": "register_id",
    "register_code": "register__code", "label": "label", "parked_by": "parked_by__username",
    "parked_at": "parked_at",
}  # fmt: skip


class ParkedIn(StrictSerializer):
    register = IdField()
    label = NoteField(max_length=80, required=False)  # type: ignore[assignment]
    basket = serializers.DictField(
        help_text=_("What the till wants back; at most 64 KB. Decimals come back as text.")
    )

    def validate_basket(self, basket: dict[str, Any]) -> dict[str, Any]:
        try:
            written = as_json(basket)
        except TypeError as wrong:  # a whole number of more than 64 bits
            raise ValidationError(_("It is out of range."), code="out-of-range") from wrong
        if len(written) > LARGEST:
            raise ValidationError(_("At most 64 KB."), code="too-large")
        kept: dict[str, Any] = orjson.loads(written)
        return kept


class DiscardIn(StrictSerializer):
    reason = NoteField(max_length=LONGEST_REASON)


class ParkedOut(serializers.Serializer):
    id = serializers.IntegerField()
    store = serializers.CharField(help_text="Store code.")
    register = serializers.IntegerField(help_text="Where it was parked.")
    register_code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    parked_by = serializers.CharField(allow_null=True)
    parked_at = serializers.DateTimeField()


class OneParkedOut(ParkedOut):
    state = serializers.ChoiceField(ParkedTicketState.choices)
    basket = serializers.DictField()


class ParkedFilters(StrictFilterSet):
    store = StoresFilter(field_name="store", label="Store codes.")


class ParkedTickets(WriteEndpoint, Listing):
    """What is parked in your stores, latest first; park one."""

    http_method_names = ["get", "head", "post"]
    right = rights.SALES
    write_right = rights.TILLS_WRITE
    body = ParkedIn
    serializer_class = ParkedOut
    filterset_class = ParkedFilters
    orderings = {"id": "pk"}
    default_ordering = "-id"

    def get_queryset(self) -> QuerySet[ParkedTicket]:
        return parked_visible_to(self.request.user).filter(state=ParkedTicketState.PARKED)

    def get_columns(self) -> Mapping[str, str]:
        """Who parked it is not for everybody."""
        people = rights.sees_people(self.request.user)
        return {name: path for name, path in COLUMNS.items() if people or name != "parked_by"}

    def write(self, said: dict[str, Any], **address: Any) -> Answer:
        principal = self.request.user
        register = registers_visible_to(principal).filter(pk=said["register"]).first()
        if register is None:
            told: dict[str, list[ErrorDetail]] = {"register": not_found()}
            raise ValidationError(told)
        parked = parking.park(
            register=register,
            basket=said["basket"],
            label=said.get("label", ""),
            by_id=principal.pk if isinstance(principal, User) else None,
        )
        parked.refresh_from_db(fields=["parked_at"])
        return Answer(201, _told(parked, principal))


class Resume(WriteEndpoint):
    """Take the basket up: one till gets it, any other is told that it is gone."""

    right = rights.SALES
    write_right = rights.TILLS_WRITE
    serializer_class = OneParkedOut
    success = 200

    def write(self, said: dict[str, Any], **address: Any) -> Answer:
        parked = parking.resume(principal=self.request.user, parked_id=address["pk"])
        return Answer(200, _told(parked, self.request.user))


class Discard(WriteEndpoint):
    """Let the basket go, and say why."""

    right = rights.SALES
    write_right = rights.TILLS_WRITE
    body = DiscardIn
    serializer_class = OneParkedOut
    success = 200

    def write(self, said: dict[str, Any], **address: Any) -> Answer:
        parked = parking.discard(
            principal=self.request.user, parked_id=address["pk"], reason=said["reason"]
        )
        return Answer(200, _told(parked, self.request.user))


def _told(parked: ParkedTicket, principal: Any) -> dict[str, Any]:
    by = parked.parked_by.get_username() if parked.parked_by else None
    return {
        "id": parked.pk,
        "store": parked.store.code,
        "register": parked.register_id,
        "register_code": parked.register.code,
        "label": parked.label,
        **({"parked_by": by} if rights.sees_people(principal) else {}),
        "parked_at": parked.parked_at,
        "state": parked.state,
        "basket": parked.basket,
    }
