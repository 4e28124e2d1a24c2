"""How a store sells by hour, cashier and register, and how today goes against its target."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from epm.access.selectors import rights
from epm.organization.models import Store
from epm.platform import shown
from reporting.selectors import performance
from reporting.selectors.performance import Sums
from reporting.views import links
from reporting.views.charts.table import Cell, Column, Table, TableRow
from reporting.views.frame import Frame, framed
from reporting.views.page import Cost, dashboard_page
from reporting.views.store import crumbs, store_of
from sales.selectors.register_sessions import Register, cash_variances, registers_of
from sales.states import RegisterSessionState


@dashboard_page
def performance_page(request: HttpRequest, cost: Cost, *, code: str) -> HttpResponse:
    """Of a visible store by its code; 404 for any other."""
    store = store_of(request, code)
    return framed(
        request, cost, template="reporting/performance.html",
        figures=partial(_figures, store=store), narrow=lambda state: state.of_store(store.code),
    )  # fmt: skip


def _figures(frame: Frame, *, store: Store) -> dict[str, Any]:
    found = performance.performance(store, period=frame.period)
    by_day = performance.daily(store, period=frame.period)
    now = timezone.now()
    registers = registers_of(store.pk)
    frame.known_as_of(now)
    return {
        "store": store,
        "watched_url": links.to("dashboard-cashiers", frame.state)
        if rights.watches_cashiers(frame.principal)
        else "",
        "crumbs": crumbs(frame, store),
        "today": _today(performance.today(store, now=now), store),
        "hours": _table(
            _("By hour"), _("Hour"),
            [(_("%(hour)d h") % {"hour": hour}, "", each) for hour, each in found.hours.items()],
            store,
        ),
        "cashiers": _cashiers(frame, found.cashiers, store),
        "registers": _table(
            _("By register"), _("Register"),
            [
                *((each.name or each.code, _state(each), found.registers.get(each.id, Sums()))
                  for each in registers),
                *_unregistered(found.registers),
            ],
            store,
        ),
        "daily": _daily(frame, by_day, registers, store),
    }  # fmt: skip


def _today(found: performance.Today, store: Store) -> list[tuple[str, str]]:
    def money(amount: Decimal | None) -> str:
        return shown.amount(amount, currency=store.currency)

    gap = None if found.expected_ht is None else found.net_ht - found.expected_ht
    return [
        (_("Business day"), shown.day(found.day)),
        (_("Net sales excl. tax so far"), money(found.net_ht)),
        (_("Target of the day"), money(found.target_ht)),
        (_("Part of it due by now"), money(found.expected_ht)),
        (_("Net sales less what is due"), money(gap)),
    ]


def _cashiers(frame: Frame, found: Mapping[int | None, Sums], store: Store) -> Table | None:
    if not rights.sees_people(frame.principal):
        return None
    names = performance.names_of(found)
    rows = [(names.get(pk, _("Not known")) if pk else _("Not known"), "", each)
            for pk, each in found.items()]  # fmt: skip
    rows.sort(key=lambda row: -row[2].net_ht)
    return _table(_("By cashier"), _("Person"), rows, store)


def _unregistered(found: Mapping[int | None, Sums]) -> list[tuple[str, str, Sums]]:
    return [(_("Without a register"), "", found[None])] if None in found else []


def _state(register: Register) -> str:
    if register.state is None:
        return _("Not open")
    label = str(RegisterSessionState(register.state).label)
    return f"{label} · {shown.day(register.business_date)}" if register.business_date else label


def _table(caption: str, first: str, rows: list[tuple[str, str, Sums]], store: Store) -> Table:
    names = [first, _("Transactions"), _("Net excl. tax"), _("Net incl. tax"),
             _("Returned incl. tax")]  # fmt: skip
    return Table(
        caption=caption,
        columns=[Column(name) for name in names],
        rows=[TableRow(label, _cells(sums, store), note=note) for label, note, sums in rows],
    )


def _cells(sums: Sums, store: Store) -> list[Cell]:
    amounts = (sums.net_ht, sums.net_ttc, sums.returned_ttc)
    return [
        Cell(shown.number(Decimal(sums.transactions), places=0)),
        *(Cell(shown.amount(amount, currency=store.currency)) for amount in amounts),
    ]


def _daily(
    frame: Frame,
    found: Mapping[tuple[int | None, date], Sums],
    registers: list[Register],
    store: Store,
) -> Table:
    """A row for each register's day, latest first."""
    period = frame.period
    names = {each.id: each.name or each.code for each in registers}
    missing = cash_variances(list(names), start=period.start, end=period.end)
    keys = sorted(found, key=lambda key: (key[1], names.get(key[0] or 0, "")), reverse=True)
    return Table(
        caption=_("Registers by day"),
        columns=[
            Column(name)
            for name in (
                _("Day"), _("Transactions"), _("Net excl. tax"), _("Net incl. tax"),
                _("Returned incl. tax"), _("Cash counted less expected"),
            )
        ],
        rows=[
            TableRow(
                shown.day(day),
                [
                    *_cells(found[pk, day], store),
                    Cell(shown.amount(missing.get((pk or 0, day)), currency=store.currency)),
                ],
                note=names.get(pk or 0, _("Without a register")),
            )
            for pk, day in keys
        ],
    )  # fmt: skip
