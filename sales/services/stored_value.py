"""Gift cards and store credit: issue, load, redeem, refund, adjust, block, and what expires.

Amounts are tax included, in the currency of the account. What is written is put down to whoever
acts (epm.platform.actor). A till's own SQL may insert into the ledger itself: the laws are there
(sales/sql/stored_value.v1.sql).
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from epm.platform.actor import acting_as
from epm.platform.transitions import ReasonMissing
from inventory.services.movements import await_twins
from sales import value_codes
from sales.models import EntryKind, StoredValue, StoredValueEntry, StoredValueKind
from sales.services.stored_value_refusals import (
    UnknownValue,
    ValuePostingReused,
    refused_by_law,
)

EXPIRED_AT_ONCE: Final = 500
CALENDAR: Final = "calendar"
"""To whom it is put down that value expired."""

OPEN: Final = """
    INSERT INTO sales_storedvalue
        (kind, code, currency, store_id, customer_id, issued_at, expires_on)
    VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (code) DO NOTHING RETURNING id
"""
INSERT: Final = """
    INSERT INTO sales_storedvalueentry
        (posting, line_no, kind, account_id, amount, sale_id, store_id, note, occurred_at)
    SELECT %(posting)s, line_no, %(kind)s, account_id, amount, %(sale)s, %(store)s, %(note)s, %(at)s
    FROM unnest(%(lines)s::int[], %(accounts)s::bigint[], %(amounts)s::numeric[])
         asked (line_no, account_id, amount)
    ORDER BY account_id, line_no
    RETURNING id, line_no, kind, account_id, position, amount, balance, sale_id, store_id,
              business_date
"""
# The value of an account whose last day is over where it was issued. What was given back after that
# day is not taken away again: it waits for somebody to let the account run for longer.
DUE: Final = """
    a.balance > 0 AND a.expires_on <= (%(now)s AT TIME ZONE 'UTC')::date + 1
    AND a.expires_on < (%(now)s AT TIME ZONE s.timezone
                        - make_interval(hours => s.day_cutoff_hour))::date
    AND NOT EXISTS (SELECT FROM sales_storedvalueentry e WHERE e.account_id = a.id
                    AND e.kind = 'refund' AND e.business_date > a.expires_on)
"""
LOCK_DUE: Final = f"""
    SELECT a.id FROM sales_storedvalue a JOIN organization_store s ON s.id = a.store_id
    WHERE {DUE} ORDER BY a.id LIMIT %(most)s FOR NO KEY UPDATE OF a SKIP LOCKED
"""  # noqa: S608
# Looks again: until the lock was had, somebody may have given back or paid.
EXPIRE: Final = f"""
    INSERT INTO sales_storedvalueentry (posting, kind, account_id, amount, store_id, occurred_at)
    SELECT epm_uuid7(clock_timestamp()), 'expire', a.id, -a.balance, a.store_id, %(now)s
    FROM sales_storedvalue a JOIN organization_store s ON s.id = a.store_id
    WHERE a.id = ANY(%(accounts)s) AND {DUE} ORDER BY a.id
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Act:
    """Where, when and by which key something is done, for which sale; `note` says why."""

    store_id: int
    posting: UUID
    at: datetime
    sale_id: UUID | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """What one account has to do with an act: how much, tax included, in its currency."""

    account_id: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Booked:
    """An entry as the ledger has it: `amount` is signed, `balance` what is left after it."""

    id: UUID
    line_no: int
    kind: str
    account_id: int
    position: int
    amount: Decimal
    balance: Decimal
    sale_id: UUID | None
    store_id: int
    business_date: date


def account_of(*, code: str) -> StoredValue:
    """The account of a whole code, as typed or scanned. Raises UnknownValue."""
    plain = value_codes.read(code)
    if not value_codes.is_right(plain):
        raise UnknownValue(_("The code is mistyped: look at its digits again."))
    account = StoredValue.objects.filter(code=plain).first()
    if account is None:
        raise UnknownValue(_("No card has this code."))
    return account


@transaction.atomic
def issue(
    *,
    act: Act,
    kind: StoredValueKind,
    amount: Decimal,
    currency: str,
    expires_on: date | None = None,
    customer_id: int | None = None,
) -> StoredValue:
    """Open an account with `amount`, more than 0, in the store's currency; it has its code.

    Again with the same posting returns the account there is. Raises CurrencyMismatch,
    """
    await_twins(posting=act.posting)
    if known := booked(posting=act.posting):
        account = StoredValue.objects.get(pk=known[0].account_id)
        _refuse_others(known, act=act, kind=EntryKind.ISSUE, parts=[Part(account.pk, amount)])
        if (account.kind, account.currency) != (kind, currency):
            raise _reused()
        return account
    opened = None
    with refused_by_law(), connection.cursor() as cursor:
        while opened is None:
            code = value_codes.made()
            cursor.execute(
                OPEN, [kind, code, currency, act.store_id, customer_id, act.at, expires_on]
            )
            opened = cursor.fetchone()
    _insert(act, EntryKind.ISSUE, [Part(opened[0], amount)])
    return StoredValue.objects.get(pk=opened[0])


def load(*, act: Act, account_id: int, amount: Decimal) -> Booked:
    """Put `amount`, more than 0, onto an account. Raises what `post` raises."""
    return post(act=act, kind=EntryKind.LOAD, parts=[Part(account_id, amount)])[0]


def redeem(*, act: Act, account_id: int, amount: Decimal) -> Booked:
    """Pay `amount`, more than 0, with an account. Raises what `post` raises."""
    return post(act=act, kind=EntryKind.REDEEM, parts=[Part(account_id, -amount)])[0]


def refund(*, act: Act, account_id: int, amount: Decimal) -> Booked:
    """Give `amount`, more than 0, back onto an account, be it blocked or expired: there it waits.

    Raises what `post` raises.
    """
    return post(act=act, kind=EntryKind.REFUND, parts=[Part(account_id, amount)])[0]


def adjust(*, act: Act, account_id: int, amount: Decimal) -> Booked:
    """Put a balance right by a signed amount; the note must say why.

    Raises ReasonMissing, and what `post` raises.
    """
    if not act.note.strip():
        raise ReasonMissing(_("Say why the balance was wrong."))
    return post(act=act, kind=EntryKind.ADJUST, parts=[Part(account_id, amount)])[0]


@transaction.atomic
def post(*, act: Act, kind: EntryKind, parts: Sequence[Part]) -> list[Booked]:
    """Book the signed `parts` of one act together, as its lines 1, 2 …, all or none.

    Again with the same posting and content changes nothing and returns what is there. Raises
    UnknownValue, InsufficientValue, ValueBlocked, ValueExpired, CurrencyMismatch, AmountNotPayable,
    ValuePostingReused.
    """
    await_twins(posting=act.posting)
    if known := booked(posting=act.posting):
        _refuse_others(known, act=act, kind=kind, parts=parts)
        return known
    return _insert(act, kind, parts)


def booked(*, posting: UUID) -> list[Booked]:
    """The entries of an act, by line; none when it never happened."""
    rows = StoredValueEntry.objects.filter(posting=posting).order_by("line_no")
    return [Booked(*row) for row in rows.values_list(*(each.name for each in fields(Booked)))]


@transaction.atomic
def block(*, account_id: int) -> StoredValue:
    """Let nothing be paid with an account any more. Again is harmless. Raises UnknownValue."""
    return _set(account_id, "is_blocked", value=True)


@transaction.atomic
def unblock(*, account_id: int) -> StoredValue:
    """Let it be used again. Again is harmless. Raises UnknownValue."""
    return _set(account_id, "is_blocked", value=False)


@transaction.atomic
def run_until(*, account_id: int, expires_on: date | None) -> StoredValue:
    """Let an account be used until that day, or for ever. What has expired stays taken.

    Raises UnknownValue.
    """
    return _set(account_id, "expires_on", value=expires_on)


def expire_due(*, now: datetime) -> int:
    """Take the value of up to 500 accounts whose last day is over off; of how many it was.

    Accounts that somebody is at are left for the next time.
    """
    with acting_as(CALENDAR), connection.cursor() as cursor:  # in one transaction
        cursor.execute(LOCK_DUE, {"now": now, "most": EXPIRED_AT_ONCE})
        if not (accounts := [account for (account,) in cursor.fetchall()]):
            return 0
        cursor.execute(EXPIRE, {"now": now, "accounts": accounts})
        return int(cursor.rowcount)


def _set(account_id: int, name: str, *, value: object) -> StoredValue:
    account = StoredValue.objects.select_for_update(no_key=True).filter(pk=account_id).first()
    if account is None:
        raise UnknownValue(_("No card has this code."))
    if getattr(account, name) != value:
        setattr(account, name, value)
        account.save(update_fields=[name])
    return account


def _insert(act: Act, kind: EntryKind, parts: Sequence[Part]) -> list[Booked]:
    with refused_by_law(), connection.cursor() as cursor:
        cursor.execute(
            INSERT,
            {
                "posting": act.posting,
                "kind": kind,
                "lines": list(range(1, len(parts) + 1)),
                "accounts": [part.account_id for part in parts],
                "amounts": [part.amount for part in parts],
                "sale": act.sale_id,
                "store": act.store_id,
                "note": act.note.strip(),
                "at": act.at,
            },
        )
        return sorted((Booked(*row) for row in cursor.fetchall()), key=_line)


def _line(entry: Booked) -> int:
    return entry.line_no


def _refuse_others(
    known: Sequence[Booked], *, act: Act, kind: EntryKind, parts: Sequence[Part]
) -> None:
    """The entries of a key are those of this very act."""
    asked = [(kind, part.account_id, part.amount, act.sale_id, act.store_id) for part in parts]
    if asked != [(e.kind, e.account_id, e.amount, e.sale_id, e.store_id) for e in known]:
        raise _reused()


def _reused() -> ValuePostingReused:
    return ValuePostingReused(_("The ledger has another entry of this key."))
