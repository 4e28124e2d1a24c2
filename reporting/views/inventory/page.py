"""The stock at a glance: its worth, how long it lasts, where it is, what it asks of people."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from epm.access.selectors import rights
from epm.organization.models import StoreKind
from reporting.kpis.registry import REGISTRY
from reporting.views import links
from reporting.views.asked import LONGEST_BY_DAY, Answer, Wanted, ask_together
from reporting.views.beside import names
from reporting.views.charts import table, trend
from reporting.views.charts.chart import Chart, Point, chart
from reporting.views.charts.sparkline import sparkline
from reporting.views.charts.treemap import Part, Treemap, treemap
from reporting.views.frame import Frame, framed
from reporting.views.inventory import parts, tasks
from reporting.views.page import Cost, dashboard_page
from reporting.views.tiles import (
    SEVERAL_CURRENCIES,
    Against,
    Figures,
    Plan,
    Tile,
    text_of,
    tile,
    told,
)

COVERAGE: Final = (
    "stock_cost_coverage", "rate", gettext_lazy("costs known for %s of the products on hand"),
)  # fmt: skip
SOLD: Final = ("stock_cogs_coverage", "rate", gettext_lazy("costs known for %s of what was sold"))
NO_DEMAND: Final = gettext_lazy("daily sales are known of no product yet")
NO_DAYS: Final = gettext_lazy("the days of stock have not been looked at yet")
NO_SHRINK_COSTS: Final = gettext_lazy("the cost of what was lost is not known")
PLANS: Final = (
    Plan("stock_value", "money", parts.NO_COSTS, grows=None, note=COVERAGE, of_costs=True),
    Plan("stock_units", "count", parts.NO_STOCK, grows=None),
    Plan("days_of_cover", "number", NO_DEMAND, grows=None),
    Plan("stock_turn", "number", parts.NO_COSTS, note=SOLD, of_costs=True),
    Plan("gmroi", "number", parts.NO_COSTS, note=COVERAGE, of_costs=True),
    Plan(
        "on_shelf_availability", "rate", NO_DAYS,
        note=("stock_out_rate", "rate", gettext_lazy("out of stock on %s of the days")),
    ),
    Plan("sell_through", "rate", parts.NO_STOCK),
    Plan("shrink_known", "money", NO_SHRINK_COSTS, grows="bad"),
    Plan("shrink_unknown", "money", NO_SHRINK_COSTS, grows="bad"),
    Plan("shrink_rate", "rate", NO_SHRINK_COSTS, grows="bad"),
)  # fmt: skip
CODES: Final = tuple(
    dict.fromkeys([*(p.code for p in PLANS), *(p.note[0] for p in PLANS if p.note)])
)
SPARKS: Final = ("stock_value", "stock_units")
RANKED: Final = (
    "stock_value", "stock_cost_coverage", "stock_units", "days_of_cover", "stock_turn", "gmroi",
    "sell_through", "stock_out_rate", "shrink_rate",
)  # fmt: skip
OF_COSTS: Final = frozenset(code for code in RANKED if REGISTRY[code].made_of_money)
DEFAULT_SORT: Final = "-stock_value"
COLUMNS: Final = ("name", *RANKED)
MOST: Final = 40


@dashboard_page
def inventory(request: HttpRequest, cost: Cost) -> HttpResponse:
    """Tiles, course, categories, stores and what there is to do, for what the URL names."""
    return framed(
        request, cost, template="reporting/inventory.html", figures=_figures, sorts=COLUMNS,
        spans_of=parts.days_of_stock,
    )  # fmt: skip


def _figures(frame: Frame) -> Mapping[str, Any]:
    by = "day" if frame.period.days <= LONGEST_BY_DAY else "month"
    now, goods, course, then = ask_together(
        frame,
        [
            Wanted(frame.period, CODES, "store", of_rows=RANKED),
            Wanted(frame.period, ("stock_value", "stock_units"), "category"),
            Wanted(frame.period, SPARKS, by),
            Wanted(frame.compared, CODES),
        ],
    )
    found = tasks.read(frame)
    several = not now.currency and len(frame.currencies) > 1
    costs = rights.sees_costs(frame.principal)
    return {
        "tabs": parts.tabs(frame, "dashboard-inventory"),
        "tiles": _tiles(frame, now, then, course, several=several, costs=costs),
        "currencies": ", ".join(frame.currencies) if several else "",
        "why_empty": SEVERAL_CURRENCIES if several else parts.NO_STOCK,
        "trend": _trend(course, costs=costs),
        "treemap": _goods(frame, goods, costs=costs),
        "of_value": costs and bool(goods.currency),
        "stores": stores(frame, now, costs=costs),
        "alerts": tasks.alerts(frame, found),
        "way": tasks.on_the_way(frame, found),
        "listings": tasks.listings(frame, found),
        "files": parts.files(frame, "stores"),
    }


def _tiles(
    frame: Frame, now: Answer, then: Answer, course: Answer, *, several: bool, costs: bool
) -> list[Tile]:
    against = [Against(names(frame.state)[0], then.total, known=frame.knows(then.period))]
    # What a tile warns by: the coverage of the costs it stands on.
    figures = dict(now.total) | {"cost_coverage": now.total["stock_cost_coverage"]}
    made = []
    for plan in PLANS:
        if REGISTRY[plan.code].made_of_money and not costs:
            continue
        values = [row.kpis.get(plan.code) for row in course.rows]
        spark = None
        if plan.code in SPARKS:
            spark = sparkline(
                values,
                name=str(REGISTRY[plan.code].name),
                told=[told(value, plan.form, currency=now.currency) for value in values],
            )
        made.append(
            tile(
                plan,
                figures,
                against=against,
                currency=now.currency,
                why_unknown=SEVERAL_CURRENCIES
                if several and REGISTRY[plan.code].made_of_money
                else None,
                spark=spark,
            )
        )
    return made


def _trend(course: Answer, *, costs: bool) -> Chart:
    """The closings of the days, or months; units for who may not see costs."""
    of_value = costs and bool(course.currency)
    code = "stock_value" if of_value else "stock_units"
    return chart(
        "stock-trend",
        "line",
        title=_("Stock value as each day ended") if of_value else _("Units as each day ended"),
        subtitle=trend.excluding_tax(course.currency) if of_value else _("goods counted in pieces"),
        unit=_("Day") if course.by == "day" else _("Month"),
        points=[
            Point(trend.short(row.key or ""), trend.long(row.key or "")) for row in course.rows
        ],
        series={"now": (REGISTRY[code].name, [row.kpis.get(code) for row in course.rows])},
        form="money" if of_value else "count",
        currency=course.currency,
    )


def _goods(frame: Frame, found: Answer, *, costs: bool) -> Treemap | None:
    """Categories by what they are worth; by units for who may not see costs."""
    of_value = costs and bool(found.currency)
    code = "stock_value" if of_value else "stock_units"
    boxes = []
    for row in found.rows:
        size = row.kpis.get(code)
        if size is None or size <= 0:
            continue
        value = told(size, "money" if of_value else "count", currency=found.currency)
        href = links.to("dashboard-inventory", frame.state.of_category(row.key)) if row.key else ""
        boxes.append(Part(row.label, size, value, f"{row.label}: {value}", href, "flat"))
    boxes.sort(key=lambda part: -part.size)
    return treemap(_("Stock by category"), boxes[:MOST])


def stores(frame: Frame, found: Answer, *, costs: bool) -> table.Table:
    """Each store with its stock; a warehouse says so. A name leads to the store alone."""
    kinds = {store.code: store.kind for store in frame.stores}
    codes = [code for code in RANKED if costs or code not in OF_COSTS]

    def row(label: str, figures: Figures, *, currency: str, key: str | None) -> table.Keyed:
        kind = StoreKind(kinds[key]) if key else StoreKind.SHOP
        return table.Keyed(
            table.TableRow(
                label=label,
                href=links.to("dashboard-inventory", frame.state.of_store(key)) if key else "",
                note="" if kind is StoreKind.SHOP else kind.label,
                cells=[
                    table.cell(
                        text_of(REGISTRY[code], value := figures.get(code), currency=currency),
                        value,
                        href=_behind(frame, code, key),
                    )
                    for code in codes
                ],
            ),
            figures if found.currency else _without_money(figures),
        )

    rows = [row(each.label, each.kpis, currency=each.currency, key=each.key) for each in found.rows]
    total = row(_("Total"), found.total, currency=found.currency, key=None)
    return table.Table(
        caption=_("Stock by store"),
        columns=table.columns(
            frame.state, _("Store"), [(code, REGISTRY[code].name) for code in codes],
            default=DEFAULT_SORT,
        ),
        rows=table.in_order(rows, frame.state.sort or (DEFAULT_SORT if costs else "-stock_units")),
        total=total.row,
        numbered=True,
    )  # fmt: skip


def _behind(frame: Frame, code: str, store: str | None) -> str:
    """Stock-outs lead to the shortages, other figures of one store to its levels."""
    if code == "stock_out_rate":
        state = frame.state.of_store(store) if store else frame.state
        return links.to("dashboard-inventory-shortages", state.plain)
    if store is None or code not in ("stock_value", "stock_units"):
        return ""
    pk = next(each.pk for each in frame.stores if each.code == store)
    return parts.back_office(frame, "stocklevel", store__id__exact=pk)


def _without_money(figures: Figures) -> dict[str, Decimal | None]:
    return {code: None if REGISTRY[code].in_money else value for code, value in figures.items()}


def listed(frame: Frame) -> tuple[Answer, Sequence[str]]:
    """The same rows for a file, with the codes of its columns."""
    costs = rights.sees_costs(frame.principal)
    (found,) = ask_together(frame, [Wanted(frame.period, RANKED, "store")])
    return found, [code for code in RANKED if costs or code not in OF_COSTS]
