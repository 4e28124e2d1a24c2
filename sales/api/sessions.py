"""Registers, their sessions and closings over the API."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from epm.access.models import User
from epm.access.selectors import rights
from epm.access.selectors.scope import Principal
from epm.platform.endpoints import LARGEST_ID, Endpoint, Listing, one_row, same_names
from epm.platform.writes import Answer, WriteEndpoint
from sales.api.filters import ClosingFilters, RegisterFilters
from sales.api.session_bodies import (
    CloseIn,
    ClosingOut,
    DrawerIn,
    DrawerMovementOut,
    OneClosingOut,
    OpenIn,
    RegisterOut,
    SessionOut,
    XReportOut,
)
from sales.models import CashRegister, Closing, DrawerMovement, RegisterSession
from sales.selectors import sessions as asked
from sales.selectors.registers import registers_visible_to
from sales.selectors.session_figures import so_far
from sales.services import sessions
from sales.services.session_refusals import NoOpenSession

REGISTER: Final = {
    "id": "id", "store": "store__code", "code": "code", "name": "name", "is_active": "is_active",
    "session": "session_id", "state": "session_state", "business_date": "session_business_date",
    "opened_at": "session_opened_at",
}  # fmt: skip
CLOSING: Final = same_names(ClosingOut) | {
    "register": "register_id", "store": "store__code", "session": "session_id",
    "currency": "store__currency",
}  # fmt: skip
MOVEMENT: Final = same_names(DrawerMovementOut) | {"session": "session_id"}
MOVES: Final[Mapping[str, Callable[..., DrawerMovement]]] = {
    "pay_in": sessions.pay_in, "pay_out": sessions.pay_out, "no_sale": sessions.no_sale,
}  # fmt: skip


class Registers(Listing):
    """Cash registers of your stores, each with the session that is running."""

    right = rights.SALES
    serializer_class = RegisterOut
    filterset_class = RegisterFilters
    columns = REGISTER
    orderings = {"id": "pk"}
    default_ordering = "id"

    def get_queryset(self) -> QuerySet[CashRegister]:
        return asked.registers_with_session(self.request.user)


class OpenSession(WriteEndpoint):
    """Open a register."""

    write_right = rights.TILLS_WRITE
    body = OpenIn
    serializer_class = SessionOut

    def write(self, said: dict[str, Any], *args: Any, **address: Any) -> Answer:
        session = sessions.open_session(
            register_id=register_of(self.request.user, address["pk"]).pk,
            opening_float=said["opening_float"],
            by=_person(self.request.user),
            now=timezone.now(),
        )
        return Answer(201, told_of(self.request.user, session))


class CurrentSession(Endpoint):
    """The session of a register that is not closed; 404 where there is none."""

    right = rights.SALES
    serializer_class = SessionOut

    def get(self, request: Request, *, pk: int) -> Response:
        session = asked.running(register_of(request.user, pk).pk)
        if session is None:
            raise Http404
        return Response(told_of(request.user, session))


class Drawer(WriteEndpoint):
    """Put cash into the drawer of an open register, take some out, or just open it."""

    write_right = rights.TILLS_WRITE
    body = DrawerIn
    serializer_class = DrawerMovementOut

    def write(self, said: dict[str, Any], *args: Any, **address: Any) -> Answer:
        if isinstance(by := self.request.user, User) and not by.has_perm(
            "sales.add_drawermovement"
        ):
            raise PermissionDenied
        session = _running(self.request.user, address["pk"])
        kind, given = said["kind"], {}
        if kind != "no_sale":
            if "amount" not in said:
                raise ValidationError({"amount": [_("Say how much.")]})
            given["amount"] = said["amount"]
        elif said.get("amount", Decimal(0)):
            raise ValidationError({"amount": [_("Opened without a sale, nothing is moved.")]})
        moved = MOVES[kind](
            session_id=session.pk,
            reason=said["reason"],
            by=_person(by),
            now=timezone.now(),
            **given,
        )
        rows = asked.movements_visible_to(by)
        return Answer(201, one_row(rows, pk=moved.pk, columns=MOVEMENT))


class XReport(Endpoint):
    """What the open session comes to until now; nothing is closed, nothing kept."""

    right = rights.SALES
    serializer_class = XReportOut

    def get(self, request: Request, *, pk: int) -> Response:
        register = register_of(request.user, pk)
        if not asked.sees_expected(request.user):
            raise PermissionDenied
        session = asked.running(register.pk)
        if session is None:
            raise Http404
        return Response({"session": session.pk, **x_report(session)})


class CloseSession(WriteEndpoint):
    """Count blind and close, with a Z report. “closing” tells that it is still to be made: it will
    be by itself, within minutes."""

    write_right = rights.TILLS_WRITE
    body = CloseIn
    serializer_class = SessionOut
    success = 200

    def write(self, said: dict[str, Any], *args: Any, **address: Any) -> Answer:
        session = _running(self.request.user, address["pk"])
        closed = sessions.close(
            session_id=session.pk,
            counted=said["counted"],
            note=said.get("note", ""),
            by=_person(self.request.user),
            now=timezone.now(),
        )
        return Answer(200, told_of(self.request.user, closed))


class Closings(Listing):
    """Z reports and closings of days, months and years of your stores, latest first."""

    right = rights.SALES
    serializer_class = ClosingOut
    filterset_class = ClosingFilters
    columns = CLOSING
    orderings = {"id": "pk", "last_day": "last_day"}
    default_ordering = "-id"

    def get_queryset(self) -> QuerySet[Closing]:
        refuse_blind(self.request.user)
        return asked.closings_visible_to(self.request.user)


class OneClosing(Endpoint):
    right = rights.SALES
    serializer_class = OneClosingOut

    def get(self, request: Request, *, pk: int) -> Response:
        refuse_blind(request.user)
        columns = {**CLOSING, "totals": "totals", "hash": "hash", "previous_hash": "previous_hash"}
        row = one_row(asked.closings_visible_to(request.user), pk=pk, columns=columns)
        links = {name: bytes(row[name]).hex() for name in ("hash", "previous_hash")}
        return Response({**row, **links})


def x_report(session: RegisterSession) -> dict[str, Any]:
    """The figures of a session up to the last ticket there is."""
    figures = so_far(session)
    return asdict(figures) | {"total_ttc": figures.total_ttc}


def told_of(principal: Principal, session: RegisterSession) -> dict[str, Any]:
    """A session as this principal may know it."""
    told: dict[str, Any] = {
        "id": session.pk,
        "register": session.register_id,
        "store": session.store.code,
        "state": session.state,
        "version": session.version,
        "business_date": session.business_date,
        "opened_at": session.opened_at,
        "opening_float": session.opening_float,
        "counted": session.counted,
        "note": session.count_note,
        "closing_at": session.closing_at,
        "closing_failed": session.closing_failed,
        "closed_at": session.closed_at,
        "closing": Closing.objects.filter(session=session).values_list("pk", flat=True).first(),
    }
    if rights.sees_people(principal):
        for name in ("opened_by", "counted_by"):
            person = getattr(session, name)
            told[name] = person.get_username() if person else None
    if _person(principal) is not None and asked.sees_expected(principal):
        told["expected"] = x_report(session)["totals"]["expected"]
    return told


def register_of(principal: Principal, pk: int) -> CashRegister:
    """A visible register. Raise Http404."""
    found = registers_visible_to(principal).filter(pk=pk).first() if pk <= LARGEST_ID else None
    if found is None:
        raise Http404
    return found


def _running(principal: Principal, pk: int) -> RegisterSession:
    session = asked.running(register_of(principal, pk).pk)
    if session is None:
        raise NoOpenSession(_("Open the cash register first."))
    return session


def _person(principal: Any) -> User | None:
    return principal if isinstance(principal, User) else None


def refuse_blind(principal: Principal) -> None:
    """Raise PermissionDenied for who counts drawers blind: closings say what was expected."""
    if isinstance(principal, User) and not principal.has_perm("sales.view_closing"):
        raise PermissionDenied
