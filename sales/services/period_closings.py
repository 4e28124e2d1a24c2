"""Close the days, months and years of registers: each closing sums Z reports, none of them twice.

A period is closed when it is over in the store, by its time zone and cut-off hour, and no session
of it is still to be closed. What comes later all the same goes into the next closing of the kind.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import structlog
from django.db import connection, transaction

from inventory.selectors.prices import business_day
from sales.models import CashRegister, Closing, ClosingKind
from sales.selectors.session_figures import summed
from sales.selectors.sessions import running

logger = structlog.get_logger(__name__)

SUMS: Final = (
    "tickets", "late_tickets", "sales_ttc", "returns_ttc", "total_ttc", "total_ht", "total_vat",
)  # fmt: skip
# Registers with Z reports that are in no closing of a kind yet.
WAITING: Final = """
    SELECT c.register_id, k.kind
    FROM sales_registerchain c
    CROSS JOIN unnest(ARRAY['day', 'month', 'year']) WITH ORDINALITY k (kind, place)
    CROSS JOIN LATERAL (SELECT number FROM sales_closing
                        WHERE register_id = c.register_id AND kind = 'session'
                        ORDER BY number DESC LIMIT 1) z
    LEFT JOIN LATERAL (SELECT (totals #>> '{closings,last}')::bigint AS number FROM sales_closing
                       WHERE register_id = c.register_id AND kind = k.kind
                       ORDER BY number DESC LIMIT 1) taken ON true
    WHERE z.number > coalesce(taken.number, 0)
    ORDER BY c.register_id, k.place
"""


@dataclass(frozen=True, slots=True)
class Closed:
    """How many closings were made, and of how many registers and kinds they could not be."""

    made: int
    failed: int


def close_periods(*, now: datetime) -> Closed:
    """Close every day, month and year of every register that is over; again makes nothing more.

    What fails with one register is logged and keeps no other waiting.
    """
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        waiting = cursor.fetchall()
    made = failed = 0
    for register_id, kind in waiting:
        try:
            while close_next(register_id=register_id, kind=ClosingKind(kind), now=now):
                made += 1
        except Exception:
            logger.exception("period_not_closed", register=register_id, kind=kind)
            failed += 1
    return Closed(made, failed)


@transaction.atomic
def close_next(*, register_id: int, kind: ClosingKind, now: datetime) -> Closing | None:
    """The next closing of this kind, if there is one to make. Amounts in the store's currency."""
    rows = CashRegister.objects.select_related("store").select_for_update(of=("self",), no_key=True)
    register = rows.get(pk=register_id)
    before = _closings(register_id, kind).last()
    taken = before.totals["closings"]["last"] if before else 0
    reports = list(_closings(register_id, ClosingKind.SESSION).filter(number__gt=taken))
    if not reports:
        return None
    day = reports[0].last_day
    if before:
        day = max(day, before.last_day + timedelta(days=1))
    first, last = period_of(kind=kind, day=day)
    open_still = running(register_id)
    if last >= business_day(register.store, at=now) or (
        open_still is not None and open_still.business_date <= last
    ):
        return None
    within = list(_leading(reports, until=last))
    made = Closing.objects.create(
        register=register,
        store_id=register.store_id,
        kind=kind,
        number=before.number + 1 if before else 1,
        first_day=first,
        last_day=last,
        first_number=within[0].first_number,
        last_number=within[-1].last_number,
        totals=_totals(within),
        grand_total=within[-1].grand_total,
        closed_at=now,
        **{name: sum(getattr(each, name) for each in within) for name in SUMS},
    )
    made.refresh_from_db()
    return made


def period_of(*, kind: ClosingKind, day: date) -> tuple[date, date]:
    """The first and the last day of the day, month or year that holds `day`."""
    if kind == ClosingKind.DAY:
        return day, day
    if kind == ClosingKind.YEAR:
        return day.replace(month=1, day=1), day.replace(month=12, day=31)
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _closings(register_id: int, kind: ClosingKind) -> Any:
    return Closing.objects.filter(register=register_id, kind=kind).order_by("number")


def _leading(reports: Sequence[Closing], *, until: date) -> Iterable[Closing]:
    """Those up to the first one of a later day: the numbers of their tickets have no gap."""
    for report in reports:
        if report.last_day > until:
            return
        yield report


def _totals(reports: Sequence[Closing]) -> dict[str, Any]:
    told = [report.totals for report in reports]
    return {
        "closings": {"first": reports[0].number, "last": reports[-1].number},
        "taxes": _taxes(told),
        "tenders": _each(each["tenders"] for each in told),
        "late": {
            "total_ttc": str(sum(Decimal(each["late"]["total_ttc"]) for each in told)),
            "tenders": _each(each["late"]["tenders"] for each in told),
        },
        "discounts": _each(each["discounts"] for each in told),
        "variance": _variance([each["variance"] for each in told]),
    }


def _taxes(told: Iterable[dict[str, Any]]) -> list[dict[str, str]]:
    sums: dict[tuple[str, str], dict[str, Decimal]] = {}
    for tax in (tax for each in told for tax in each["taxes"]):
        key = (tax["tax"], tax["rate"])
        amounts = {name: Decimal(tax[name]) for name in ("base", "amount")}
        sums[key] = summed((sums.get(key, {}), amounts))
    return [
        {"tax": tax, "rate": rate, "base": str(sums["base"]), "amount": str(sums["amount"])}
        for (tax, rate), sums in sorted(
            sums.items(), key=lambda each: (each[0][0], Decimal(each[0][1]))
        )
    ]


def _each(parts: Iterable[dict[str, str]]) -> dict[str, str]:
    amounts = ({name: Decimal(amount) for name, amount in part.items()} for part in parts)
    return {name: str(amount) for name, amount in summed(amounts).items()}


def _variance(parts: Sequence[dict[str, str | None]]) -> dict[str, str | None]:
    """What was not counted once is unknown of the whole."""
    names = sorted({name for part in parts for name in part})
    said = {name: [part[name] for part in parts if name in part] for name in names}
    return {
        name: None if None in amounts else str(sum(Decimal(str(each)) for each in amounts))
        for name, amounts in said.items()
    }
