"""A register's sessions: open, put in and take out cash, count blind, close with a Z report.

Whoever opens or closes locks the register's chain first, as does whoever sells on it: so every
ticket is in a session or after it. Amounts are in the store's currency.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

import structlog
from django.db import transaction
from django.utils.translation import gettext as _

from epm.access.models import User
from epm.organization.selectors.stores import has_closed
from epm.platform import money
from epm.platform.transitions import ReasonMissing, move
from inventory.selectors.prices import business_day
from sales.models import (
    CashRegister,
    Closing,
    ClosingKind,
    DrawerMovement,
    DrawerMovementKind,
    RegisterChain,
    RegisterSession,
    TenderKind,
)
from sales.selectors import session_figures
from sales.selectors.sessions import running
from sales.services.session_refusals import (
    AmountNotInCurrency,
    LateSession,
    MoreThanInDrawer,
    NoOpenSession,
    NoSuchSession,
    RegisterOutOfUse,
    SessionAlreadyOpen,
)
from sales.states import REGISTER_SESSION, RegisterSessionState

logger = structlog.get_logger(__name__)
LARGEST: Final = Decimal(10) ** 13
PATIENCE: Final = timedelta(minutes=1)
"""How long whoever closes has the finishing to himself."""
LONGEST: Final = 300


@transaction.atomic
def open_session(
    *, register_id: int, opening_float: Decimal, by: User | None, now: datetime
) -> RegisterSession:
    """Open a register with `opening_float` in its drawer, on the store's business day.

    Raises RegisterOutOfUse, SessionAlreadyOpen, AmountNotInCurrency.
    """
    chain = lock_chain(register_id=register_id)
    register = CashRegister.objects.select_related("store").get(pk=register_id)
    store = register.store
    _refuse_amount(opening_float, currency=store.currency)
    if not register.is_active or has_closed(store.pk, at=now):
        raise RegisterOutOfUse(_("The cash register or its store is not in use any more."))
    if (other := running(register_id)) is not None:
        raise SessionAlreadyOpen(
            _("Its session of %(day)s has to be closed first.") % {"day": other.business_date},
            session=other.pk,
            state=other.state,
        )
    session = RegisterSession.objects.create(
        register=register,
        store=store,
        business_date=business_day(store, at=now),
        opened_at=now,
        opened_by=by,
        opening_float=opening_float,
    )
    chain.session = session
    chain.save(update_fields=["session"])
    return session


def pay_in(
    *, session_id: int, amount: Decimal, reason: str, by: User | None, now: datetime
) -> DrawerMovement:
    """Put cash into the drawer. Raises NoOpenSession, AmountNotInCurrency, ReasonMissing."""
    return _moved(DrawerMovementKind.PAY_IN, session_id, amount, reason, by, now)


def pay_out(
    *, session_id: int, amount: Decimal, reason: str, by: User | None, now: datetime
) -> DrawerMovement:
    """Take cash out, `amount` without a sign; never more than should be in the drawer.

    Raises NoOpenSession, AmountNotInCurrency, ReasonMissing, MoreThanInDrawer.
    """
    return _moved(DrawerMovementKind.PAY_OUT, session_id, amount, reason, by, now)


def no_sale(*, session_id: int, reason: str, by: User | None, now: datetime) -> DrawerMovement:
    """Note that the drawer was opened without a sale. Raises NoOpenSession, ReasonMissing."""
    return _moved(DrawerMovementKind.NO_SALE, session_id, Decimal(0), reason, by, now)


@transaction.atomic
def begin_close(
    *, session_id: int, counted: Mapping[str, Decimal], by: User | None, now: datetime,
    note: str = "",
) -> RegisterSession:  # fmt: skip
    """End the session: its tickets are those up to the chain's last, no other ever.

    `counted` is what was found, by kind of tender, before anybody saw what was expected; a kind
    left out is unknown, not 0. Late sessions end here too, so that each is in one Z report whole.
    Raises InvalidTransition, LateSession, AmountNotInCurrency.
    """
    found = _found(session_id)
    if found.is_late:
        raise LateSession(_("The next Z report of the register takes it in by itself."))
    chain = lock_chain(register_id=found.register_id)
    session = _locked(session_id)
    REGISTER_SESSION.check(session.state, "close")
    currency = session.store.currency
    for kind, amount in counted.items():
        _refuse_amount(amount, currency=currency, below_zero=kind != TenderKind.CASH)
    RegisterSession.objects.filter(pk=session.pk).update(
        counted={
            TenderKind(kind).value: format(money.rounded(amount, currency=currency), "f")
            for kind, amount in counted.items()
        },
        count_note=note,
        counted_by=by,
        closing_at=now,
        last_number=chain.number,
    )
    _take_in(session.register_id, now=now)
    chain.session = None
    chain.save(update_fields=["session"])
    move(REGISTER_SESSION, session, event="close")
    session.refresh_from_db()
    return session


@transaction.atomic
def finish_close(*, session_id: int, now: datetime) -> Closing:
    """Make the Z report of a session that is closing. Again gives the same one.

    Raises InvalidTransition, LateSession.
    """
    session = _locked(session_id)
    if session.is_late:
        raise LateSession(_("The next Z report of the register takes it in by itself."))
    if session.state == RegisterSessionState.CLOSED:
        return Closing.objects.get(session=session)
    REGISTER_SESSION.check(session.state, "finish")
    last = session.last_number or 0
    figures = session_figures.figures_of(session, last_number=last)
    before = Closing.objects.filter(register=session.register_id, kind=ClosingKind.SESSION)
    previous = before.order_by("-number").first()
    closing = Closing.objects.create(
        register_id=session.register_id,
        store_id=session.store_id,
        kind=ClosingKind.SESSION,
        number=previous.number + 1 if previous else 1,
        session=session,
        first_day=session.business_date,
        last_day=session.business_date,
        first_number=figures.first_number,
        last_number=last,
        tickets=figures.tickets,
        late_tickets=figures.late_tickets,
        sales_ttc=figures.sales_ttc,
        returns_ttc=figures.returns_ttc,
        total_ttc=figures.total_ttc,
        total_ht=figures.total_ht,
        total_vat=figures.total_vat,
        totals=figures.totals,
        grand_total=(previous.grand_total if previous else 0) + figures.total_ttc,
        closed_at=now,
    )
    RegisterSession.objects.filter(pk=session.pk).update(closed_at=now, closing_failed="")
    move(REGISTER_SESSION, session, event="finish")
    closing.refresh_from_db()
    return closing


def close(
    *, session_id: int, counted: Mapping[str, Decimal], by: User | None, now: datetime,
    note: str = "",
) -> RegisterSession:  # fmt: skip
    """Begin and finish, one transaction each where the caller has none of his own.

    What fails in the second leaves the session closing, says why, and is taken up again by
    `finish_pending`. Raises as begin_close does.
    """
    session = begin_close(session_id=session_id, counted=counted, note=note, by=by, now=now)
    try_to_finish(session_id=session.pk, now=now)
    session.refresh_from_db()
    return session


def try_to_finish(*, session_id: int, now: datetime) -> bool:
    """Whether the Z report could be made; why not stands in the session."""
    try:
        finish_close(session_id=session_id, now=now)
    except Exception as failure:
        logger.exception("register_session_not_closed", session=session_id)
        why = f"{type(failure).__name__}: {failure}"[:LONGEST]
        closing = RegisterSession.objects.filter(pk=session_id, state=RegisterSessionState.CLOSING)
        closing.update(closing_failed=why)
        return False
    return True


def finish_pending(*, now: datetime) -> int:
    """Finish what has been closing for a minute; how many were finished."""
    pending = RegisterSession.objects.filter(
        state=RegisterSessionState.CLOSING, closing_at__lt=now - PATIENCE
    )
    keys = list(pending.order_by("pk").values_list("pk", flat=True))
    return sum(try_to_finish(session_id=key, now=now) for key in keys)


def lock_chain(*, register_id: int) -> RegisterChain:
    """The chain of a register, with nobody selling on it until the transaction ends."""
    return RegisterChain.objects.select_for_update().get(pk=register_id)


def _take_in(register_id: int, *, now: datetime) -> None:
    late = RegisterSession.objects.select_for_update(no_key=True).filter(
        register=register_id, is_late=True, state=RegisterSessionState.OPEN
    )
    for session in late.order_by("pk"):
        RegisterSession.objects.filter(pk=session.pk).update(closed_at=now)
        move(REGISTER_SESSION, session, event="take_in")


@transaction.atomic
def _moved(
    kind: DrawerMovementKind,
    session_id: int,
    amount: Decimal,
    reason: str,
    by: User | None,
    now: datetime,
) -> DrawerMovement:
    session = _locked(session_id)
    if session.is_late:
        raise LateSession(_("The next Z report of the register takes it in by itself."))
    if session.state != RegisterSessionState.OPEN:
        raise NoOpenSession(_("Its session was closed meanwhile."), state=session.state)
    if not reason.strip():
        raise ReasonMissing(_("Say why the drawer was opened."))
    if kind != DrawerMovementKind.NO_SALE:
        _refuse_amount(amount, currency=session.store.currency)
        if not amount:
            raise AmountNotInCurrency(_("An amount of 0 moves nothing."))
    if kind == DrawerMovementKind.PAY_OUT:
        if amount > session_figures.cash_in_drawer(session):
            raise MoreThanInDrawer(_("By the books there is less than that in the drawer."))
        amount = -amount
    return DrawerMovement.objects.create(
        session=session,
        store_id=session.store_id,
        kind=kind,
        amount=amount,
        reason=reason.strip(),
        moved_by=by,
        moved_at=now,
    )


def _refuse_amount(amount: Decimal, *, currency: str, below_zero: bool = False) -> None:
    if abs(amount) >= LARGEST or money.rounded(amount, currency=currency) != amount:
        raise AmountNotInCurrency(
            _("An amount in %(currency)s has %(places)d decimals at most.")
            % {"currency": currency, "places": money.exponent(currency)},
            currency=currency,
        )
    if amount < 0 and not below_zero:
        raise AmountNotInCurrency(_("An amount in a drawer is not below 0."))


def _found(session_id: int) -> RegisterSession:
    found = RegisterSession.objects.filter(pk=session_id).first()
    if found is None:
        raise NoSuchSession(_("No register session has this number."))
    return found


def _locked(session_id: int) -> RegisterSession:
    rows = RegisterSession.objects.select_related("store")
    found = rows.select_for_update(of=("self",), no_key=True).filter(pk=session_id).first()
    if found is None:
        raise NoSuchSession(_("No register session has this number."))
    return found
