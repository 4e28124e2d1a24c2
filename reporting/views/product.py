"""One product: what it sells where, its prices and costs, and how long nothing was sold."""

from datetime import date, datetime, tzinfo
from decimal import Decimal
from functools import partial
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from epm.access.selectors import rights
from epm.access.selectors.scope import scope_of
from epm.platform import shown
from inventory.selectors.categories import path_to
from inventory.selectors.products import PriceStep, ProductCard, price_steps, unit_name
from reporting.kpis.registry import REGISTRY
from reporting.selectors import places
from reporting.selectors.goods import UnknownProduct, visible_product
from reporting.selectors.last_sales import last_sold
from reporting.views import links
from reporting.views.asked import Answer, Wanted
from reporting.views.beside import ask_beside, names, other_period, tiles_of
from reporting.views.charts import table, trend
from reporting.views.frame import Frame, framed
from reporting.views.page import Cost, dashboard_page
from reporting.views.state import State
from reporting.views.tiles import CODES, NO_SALES, PLANS, relative, told, tone_of

SHOWN: Final = ("net_sales", "transactions", "margin_rate", "gross_margin", "discount_rate",
                "return_rate")  # fmt: skip
COLUMNS: Final = ("name", "net_sales", "change", "units", "margin_rate", "idle")
MOST_PRICES: Final = 50


@dashboard_page
def product_page(request: HttpRequest, cost: Cost, *, product_id: int) -> HttpResponse:
    """A visible product by its number; 404 for any other."""
    try:
        product = visible_product(request.user, product_id=product_id)
    except UnknownProduct as unknown:
        raise Http404 from unknown

    def only_this(state: State) -> State:
        return state.of_product(product.id)

    return framed(
        request, cost, template="reporting/product.html", sorts=COLUMNS,
        figures=partial(_figures, product=product), narrow=only_this,
    )  # fmt: skip


def _figures(frame: Frame, *, product: ProductCard) -> dict[str, Any]:
    sees_costs = rights.sees_costs(frame.principal)
    plans = [plan for plan in PLANS if plan.code in SHOWN and (sees_costs or not plan.of_costs)]
    kpis = tuple(dict.fromkeys([*CODES, "units"]))
    found, _more = ask_beside(
        frame,
        now=Wanted(frame.period, kpis, "store"),
        then=Wanted(frame.compared, kpis, "store"),
        other=Wanted(other_period(frame), CODES),
        course=CODES,
    )
    return {
        "product": product,
        "sees_costs": sees_costs,
        "crumbs": _crumbs(frame, product),
        "facts": _facts(frame, product, sees_costs=sees_costs),
        "tiles": tiles_of(frame, found, plans=plans),
        "why_empty": NO_SALES,
        "trend": trend.chart_of(frame, found.course),
        "table": _stores(frame, product, found.now, found.then, sees_costs=sees_costs),
        "prices": [
            _price(step, zone=frame.zone)
            for step in price_steps(product.id, with_costs=sees_costs, most=MOST_PRICES)
        ],
    }


def _crumbs(frame: Frame, product: ProductCard) -> list[tuple[str, str]]:
    whole = scope_of(frame.principal).all_stores
    top = frame.state.grouped(None).of_product(None).of_category(None)
    found = [
        (_("Whole chain") if whole else _("My stores"), links.to("dashboard-consolidation", top))
    ]
    steps = path_to(product.category_id)
    found += [(step.name or step.code, links.category(top, step.code)) for step in steps]
    return [*found, (product.name, "")]


def _facts(frame: Frame, product: ProductCard, *, sees_costs: bool) -> list[tuple[str, str, str]]:
    found = [
        (capfirst(_("SKU")), product.sku, ""),
        (_("Brand"), product.brand or shown.UNKNOWN, ""),
        (_("Unit"), str(unit_name(product.unit)), ""),
        (_("Sale price incl. tax"), shown.exact(product.sale_price, at_least=2), ""),
    ]
    if sees_costs:
        cost = shown.exact(product.purchase_price, at_least=2)
        found.append((_("Purchase price excl. tax"), cost, ""))
    if not product.is_active:
        found.append((_("State"), _("not sold any more"), ""))
    found.append((_("Tickets"), _("all with this product"), links.tickets(frame.state)))
    return found


def _stores(
    frame: Frame, product: ProductCard, now: Answer, then: Answer, *, sees_costs: bool
) -> table.Table:
    """Each store that sells it or ever did, and how long ago it last did."""
    where = places.chosen(
        principal=frame.principal, stores=frame.state.stores, regions=frame.state.regions
    )
    last = last_sold(product_id=product.id, places=where)
    figures, before = now.by_key(), then.by_key()
    known = frame.knows(then.period)
    today = datetime.now(frame.zone).date()
    rows = [
        _store_row(
            frame,
            place,
            figures.get(place.code, {}),
            before.get(place.code, {}) if known else {},
            last=last.get(place.id),
            today=today,
            sees_costs=sees_costs,
        )
        for place in where.stores
        if place.id in last or place.code in figures
    ]
    named: list[tuple[str, Any]] = [
        ("net_sales", REGISTRY["net_sales"].name),
        ("change", names(frame.state)[0]),
        ("units", REGISTRY["units"].name),
        *([("margin_rate", REGISTRY["margin_rate"].name)] if sees_costs else []),
        ("idle", _("Last sold")),
    ]
    return table.Table(
        caption=_("Sales by store"),
        columns=table.columns(frame.state, _("Store"), named),
        rows=table.in_order(rows, frame.state.sort or "-net_sales"),
        numbered=True,
    )


def _store_row(
    frame: Frame, place: places.Place, now: Any, before: Any, *, last: date | None, today: date,
    sees_costs: bool,
) -> table.Keyed:  # fmt: skip
    net, was = now.get("net_sales"), before.get("net_sales")
    change = relative(net, was)
    idle = None if last is None else Decimal((today - last).days)
    here = frame.state.of_store(place.code)
    tickets = links.tickets(here)
    cells = [
        table.cell(told(net, "money", currency=place.currency), net, href=tickets),
        table.cell(
            told(change, "change", currency=""),
            change,
            href=links.comparison(here),
            tone=tone_of(change),
        ),
        table.cell(told(now.get("units"), "count", currency=""), now.get("units"), href=tickets),
    ]
    if sees_costs:
        rate = now.get("margin_rate")
        cells.append(table.cell(told(rate, "rate", currency=""), rate, href=tickets))
    cells.append(table.Cell(_idle(last, idle)))
    values = {"net_sales": net, "change": change, "units": now.get("units"),
              "margin_rate": now.get("margin_rate"), "idle": idle}  # fmt: skip
    row = table.TableRow(place.name, cells, href=links.store(frame.state, place.code))
    return table.Keyed(row, values)


def _idle(last: date | None, days: Decimal | None) -> str:
    if last is None or days is None:
        return _("never")
    ago = ngettext("%(count)d day ago", "%(count)d days ago", int(days)) % {"count": int(days)}
    return f"{date_format(last, 'SHORT_DATE_FORMAT')} · {ago}"


def _price(change: PriceStep, *, zone: tzinfo) -> dict[str, str]:
    moved = relative(change.new, change.old)
    return {
        "since": shown.short_moment(change.changed_at.astimezone(zone)),
        "kind": change.kind,
        "old": shown.exact(change.old, at_least=2),
        "new": shown.exact(change.new, at_least=2),
        "change": told(moved, "change", currency=""),
    }
