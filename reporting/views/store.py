"""One store: how it does, whether it reaches its target, when and what it sells."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from epm.access.selectors.scope import scope_of, stores_visible_to
from epm.organization.models import Store
from epm.platform import shown
from reporting.kpis.registry import REGISTRY
from reporting.selectors import ranking
from reporting.selectors.hours import Hours, sales_by_hour
from reporting.views import links, run_rate
from reporting.views.asked import Answer, Wanted
from reporting.views.beside import ask_beside, compared, other_period, tiles_of
from reporting.views.charts import trend
from reporting.views.charts.heat import Heat, heat
from reporting.views.charts.table import Cell, Column, Table, TableRow
from reporting.views.frame import Frame, framed
from reporting.views.page import Cost, dashboard_page
from reporting.views.state import State
from reporting.views.tiles import (
    NO_SALES,
    OF_ONE_STORE,
    Form,
    codes_of,
    relative,
    told,
    tone_of,
)

LISTED: Final = 10
CODES: Final = codes_of(OF_ONE_STORE)
COMPARED: Final = compared(CODES)
GOODS: Final = ("net_sales", "units")


@dashboard_page
def store_page(request: HttpRequest, cost: Cost, *, code: str) -> HttpResponse:
    """A visible store by its code; 404 for any other."""
    store = store_of(request, code)

    def only_here(state: State) -> State:
        return state.of_store(store.code)

    return framed(
        request, cost, template="reporting/store.html", figures=partial(_figures, store=store),
        narrow=only_here,
    )  # fmt: skip


def store_of(request: HttpRequest, code: str) -> Store:
    """The visible store with that code. Raise Http404."""
    found = None
    if "\0" not in code:
        found = stores_visible_to(request.user).filter(code=code).first()
    if found is None:
        raise Http404
    return found


def _figures(frame: Frame, *, store: Store) -> dict[str, Any]:
    top, flop = _ranked(frame)
    found, (goods, goods_then, of_month) = ask_beside(
        frame,
        now=Wanted(frame.period, CODES),
        then=Wanted(frame.compared, COMPARED),
        other=Wanted(other_period(frame), COMPARED),
        course=CODES,
        more=[
            Wanted(frame.period, GOODS, "product", only=[*top, *flop]),
            Wanted(frame.compared, ("net_sales",), "product", only=flop),
            run_rate.wanted(frame),
        ],
    )
    ids = links.product_ids(
        frame.principal, [row.key for row in [*goods.rows, *goods_then.rows] if row.key]
    )
    return {
        "store": store,
        "crumbs": crumbs(frame, store),
        "performance_url": links.to("dashboard-performance", frame.state, store.code),
        "facts": _facts(store),
        "tiles": tiles_of(frame, found, plans=OF_ONE_STORE),
        "why_empty": NO_SALES,
        "trend": trend.chart_of(frame, found.course),
        "run": run_rate.of_store(frame, of_month),
        "heat": _heat(frame, sales_by_hour(store, period=frame.period), store=store),
        "top": _top(frame, goods, ids, top=top),
        "flop": _flop(frame, goods, goods_then, ids, flop=flop),
        "tickets_url": links.tickets(frame.state),
    }


def crumbs(frame: Frame, store: Store) -> list[tuple[str, str]]:
    whole = scope_of(frame.principal).all_stores
    everywhere = frame.state.grouped(None).everywhere
    found = [
        (
            _("Whole chain") if whole else _("My stores"),
            links.to("dashboard-consolidation", everywhere),
        )
    ]
    if store.region:
        in_region = everywhere.of_region(store.region.code).grouped("store")
        found.append((store.region.name, links.to("dashboard-consolidation", in_region)))
    return [*found, (store.name, "")]


def _facts(store: Store) -> list[tuple[str, str]]:
    found = [(_("Code"), store.code), (_("Kind"), str(store.get_kind_display()))]
    if store.region:
        found.append((_("Region"), store.region.name))
    if store.city:
        found.append((_("City"), store.city))
    if store.opened_on:
        found.append((_("Open since"), shown.day(store.opened_on)))
    if store.closed_on:
        found.append((_("Closed since"), shown.day(store.closed_on)))
    if store.floor_area_m2:
        found.append((_("Floor area"), f"{shown.number(store.floor_area_m2, places=0)} m²"))
    return [*found, (_("Time zone"), store.timezone)]


def _heat(frame: Frame, hours: Hours, *, store: Store) -> Heat | None:
    """Mean net sales of each weekday's hour; a cell leads to its tickets."""
    if not hours.cells:
        return None
    currency = store.currency
    weekdays = range(1, 8)
    of_all_goods = frame.state.grouped(None).of_category(None)

    def mean(weekday: int, hour: int) -> Decimal | None:
        cell, days = hours.cells.get((weekday, hour)), hours.days[weekday]
        return cell.net_ht / days if cell and days else None

    def title(row: int, column: int) -> str:
        cell = hours.cells.get((row + 1, hours.hours[column]))
        if cell is None:
            return ""
        total = told(cell.net_ht, "money", currency=currency)
        return ngettext(
            "%(total)s in %(count)d transaction",
            "%(total)s in %(count)d transactions",
            cell.transactions,
        ) % {"total": total, "count": cell.transactions}

    def href(row: int, column: int) -> str:
        when = {"weekday": str(row + 1), "hour": str(hours.hours[column])}
        known = (row + 1, hours.hours[column]) in hours.cells
        return links.to("dashboard-tickets", of_all_goods, **when) if known else ""

    return heat(
        _("Net sales by weekday and hour"),
        columns=[_("%(hour)d h") % {"hour": hour} for hour in hours.hours],
        rows=[
            (str(WEEKDAYS[weekday - 1]), [mean(weekday, hour) for hour in hours.hours])
            for weekday in weekdays
        ],
        told=lambda value: "" if value is None else told(value, "money", currency=currency),
        title=title,
        href=href,
    )


def _ranked(frame: Frame) -> tuple[list[int], list[int]]:
    """What sold most, and what lost most against the period compared with."""
    found = ranking.products(
        principal=frame.principal,
        now=frame.period,
        then=frame.compared if frame.knows(frame.compared) else None,
        stores=frame.state.stores,
        regions=frame.state.regions,
        orders=[(f"-{ranking.NET}", 0, LISTED), (ranking.LOST, 0, LISTED)],
    )
    if found is None:
        return [], []
    top, flop = found
    return top.ids, flop.ids


def _top(frame: Frame, goods: Answer, ids: Mapping[str, int], *, top: Sequence[int]) -> Table:
    """What sold most."""
    by_id = {ids[row.key]: row for row in goods.rows if row.key and row.key in ids}
    return _products(
        frame,
        _("Top products"),
        names=[str(REGISTRY["net_sales"].name), str(REGISTRY["units"].name)],
        rows=[
            (pk, row.label, [
                Cell(told(value, form, currency=goods.currency), href=_tickets_of(frame, pk))
                for value, form in _sold(row.kpis)
            ])
            for pk in top
            if (row := by_id.get(pk)) and row.kpis.get("net_sales")
        ],
    )  # fmt: skip


def _sold(kpis: Mapping[str, Decimal | None]) -> list[tuple[Decimal | None, Form]]:
    return [(kpis["net_sales"], "money"), (kpis.get("units"), "count")]


def _flop(
    frame: Frame, goods: Answer, then: Answer, ids: Mapping[str, int], *, flop: Sequence[int]
) -> Table:
    """What lost most against the period compared with, also what was not sold at all any more."""
    now = {ids[row.key]: row.kpis for row in goods.rows if row.key and row.key in ids}
    before = {ids[row.key]: row for row in then.rows if row.key and row.key in ids}
    rows = []
    for pk in flop:
        row = before.get(pk)
        was = row.kpis.get("net_sales") if row else None
        if row is None or was is None:
            continue
        sold = now.get(pk, {}).get("net_sales") or Decimal(0)
        fall = relative(sold, was)
        beside = links.comparison(frame.state.of_product(pk))
        rows.append((pk, row.label, [
            Cell(told(sold, "money", currency=goods.currency), href=_tickets_of(frame, pk)),
            Cell(told(sold - was, "money", currency=goods.currency), href=beside),
            Cell(told(fall, "change", currency=""), href=beside, tone=tone_of(fall)),
        ]))  # fmt: skip
    return _products(
        frame, _("Flop products"), names=[_("Now"), _("Lost"), _("Change")], rows=rows
    )  # fmt: skip


def _tickets_of(frame: Frame, product_id: int) -> str:
    return links.tickets(frame.state.of_product(product_id))


def _products(
    frame: Frame,
    caption: str,
    *,
    names: Sequence[str],
    rows: Sequence[tuple[int, str, Sequence[Cell]]],
) -> Table:
    state = frame.state.grouped(None)
    return Table(
        caption=caption,
        columns=[Column(_("Product")), *(Column(name) for name in names)],
        rows=[
            TableRow(
                label,
                cells,
                href=links.to("dashboard-product", state, pk),
                number=number,
            )
            for number, (pk, label, cells) in enumerate(rows, 1)
        ],
        numbered=True,
    )
