"""One store: how it does, whether it reaches its target, when and what it sells."""

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from epm.access.selectors.scope import scope_of, stores_visible_to
from epm.organization.models import Store
from epm.platform import shown
from reporting.kpis.registry import REGISTRY
from reporting.selectors.hours import Hours, sales_by_hour
from reporting.views import links, run_rate
from reporting.views.asked import Answer, ask
from reporting.views.beside import Beside, other_period, tiles_of
from reporting.views.charts import trend
from reporting.views.charts.heat import Heat, heat
from reporting.views.charts.table import Cell, Column, Table, TableRow
from reporting.views.frame import Frame, framed
from reporting.views.page import Cost, dashboard_page
from reporting.views.state import State
from reporting.views.tiles import CODES, NO_SALES, PLANS, relative, told, tone_of

LISTED: Final = 10
GOODS: Final = ("net_sales", "units")


@dashboard_page
def store_page(request: HttpRequest, cost: Cost, *, code: str) -> HttpResponse:
    """A visible store by its code; 404 for any other."""
    store = stores_visible_to(request.user).filter(code=code).first()
    if store is None:
        raise Http404

    def only_here(state: State) -> State:
        return state.of_store(store.code)

    return framed(
        request, cost, template="reporting/store.html", figures=partial(_figures, store=store),
        narrow=only_here,
    )  # fmt: skip


def _figures(frame: Frame, *, store: Store) -> dict[str, Any]:
    found = Beside(
        now=ask(frame, frame.period, kpis=CODES),
        then=ask(frame, frame.compared, kpis=CODES),
        other=ask(frame, other_period(frame), kpis=CODES),
        course=trend.course(frame, kpis=CODES),
    )
    goods = ask(frame, frame.period, kpis=GOODS, by="product")
    goods_then = ask(frame, frame.compared, kpis=("net_sales",), by="product")
    return {
        "store": store,
        "crumbs": _crumbs(frame, store),
        "facts": _facts(store),
        "tiles": tiles_of(frame, found, plans=PLANS),
        "why_empty": NO_SALES,
        "trend": trend.chart_of(frame, found.course),
        "run": run_rate.of_store(frame),
        "heat": _heat(frame, sales_by_hour(store, period=frame.period), store=store),
        "top": _top(frame, goods),
        "flop": _flop(frame, goods, goods_then),
        "tickets_url": links.tickets(frame.state),
    }


def _crumbs(frame: Frame, store: Store) -> list[tuple[str, str]]:
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

    def mean(weekday: int, hour: int) -> Decimal | None:
        cell, days = hours.cells.get((weekday, hour)), hours.days[weekday]
        return cell.net_ht / days if cell and days else None

    def title(row: int, column: int) -> str:
        cell = hours.cells.get((row + 1, hours.hours[column]))
        if cell is None:
            return ""
        total = told(cell.net_ht, "money", currency=currency)
        return _("%(total)s in %(count)d transactions") % {
            "total": total,
            "count": cell.transactions,
        }

    def href(row: int, column: int) -> str:
        when = {"weekday": str(row + 1), "hour": str(hours.hours[column])}
        known = (row + 1, hours.hours[column]) in hours.cells
        return links.to("dashboard-tickets", frame.state.grouped(None), **when) if known else ""

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


def _top(frame: Frame, goods: Answer) -> Table:
    """What sold most."""
    best = sorted(
        (row for row in goods.rows if row.kpis.get("net_sales")),
        key=lambda row: -(row.kpis["net_sales"] or 0),
    )[:LISTED]
    return _products(
        frame,
        _("Top products"),
        names=[str(REGISTRY["net_sales"].name), str(REGISTRY["units"].name)],
        rows=[
            (row.key, row.label, [
                Cell(told(row.kpis["net_sales"], "money", currency=goods.currency)),
                Cell(told(row.kpis.get("units"), "count", currency="")),
            ])
            for row in best
        ],
    )  # fmt: skip


def _flop(frame: Frame, goods: Answer, then: Answer) -> Table:
    """What lost most against the period compared with, also what was not sold at all any more."""
    now, before = goods.by_key(), then.by_key()
    labels = {row.key: row.label for row in [*then.rows, *goods.rows]}
    lost = []
    for key, figures in before.items():
        was = figures.get("net_sales")
        sold = now.get(key, {}).get("net_sales") or Decimal(0)
        if key is not None and was is not None and sold < was and frame.knows(then.period):
            lost.append((sold - was, key, sold, was))
    lost.sort()
    return _products(
        frame,
        _("Flop products"),
        names=[_("Now"), _("Lost"), _("Change")],
        rows=[
            (key, labels[key], [
                Cell(told(sold, "money", currency=goods.currency)),
                Cell(told(fall, "money", currency=goods.currency)),
                Cell(
                    told(relative(sold, was), "change", currency=""),
                    tone=tone_of(relative(sold, was)),
                ),
            ])
            for fall, key, sold, was in lost[:LISTED]
        ],
    )  # fmt: skip


def _products(
    frame: Frame,
    caption: str,
    *,
    names: Sequence[str],
    rows: Sequence[tuple[str | None, str, Sequence[Cell]]],
) -> Table:
    ids = links.product_ids(frame.principal, [key for key, _label, _cells in rows if key])
    state = frame.state.grouped(None)
    return Table(
        caption=caption,
        columns=[Column(_("Product")), *(Column(name) for name in names)],
        rows=[
            TableRow(
                label,
                cells,
                href=links.to("dashboard-product", state, ids[key]) if key in ids else "",
                number=number,
            )
            for number, (key, label, cells) in enumerate(rows, 1)
        ],
        numbered=True,
    )
