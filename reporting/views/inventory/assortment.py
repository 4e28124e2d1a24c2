"""What sells how steadily, and how old the goods are: ABC by XYZ, ages, and the products behind."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from epm.access.selectors import rights
from epm.platform import shown
from epm.platform.calendars import DAY
from inventory.selectors.ageing import BUCKETS, Aged, ageing, ageing_of_products
from inventory.selectors.stock_classes import ClassedProduct, classed
from reporting.kpis.kpi import numbers
from reporting.selectors.cached import report
from reporting.views import links
from reporting.views.charts import table
from reporting.views.charts.chart import Chart, Point, chart
from reporting.views.charts.heat import Heat, HeatCell, step_of
from reporting.views.charts.trend import excluding_tax
from reporting.views.frame import Frame, framed
from reporting.views.inventory import parts, tasks
from reporting.views.page import Cost, dashboard_page
from reporting.views.tiles import told

NONE: Final = "-"
YEAR: Final = timedelta(days=365)
ABC: Final = ("A", "B", "C", None)
XYZ: Final = ("X", "Y", "Z", None)
CELLS: Final = tuple(f"{abc or NONE}{xyz or NONE}" for abc in ABC for xyz in XYZ)
COLUMNS: Final = ("name", "on_hand", "value", "margin", "variation")
OF_COSTS: Final = frozenset({"value", "margin"})
DEFAULT_SORT: Final = "-value"
MOST: Final = 50
Ages = Mapping[tuple[int | None, int | None], tuple[Decimal, Decimal | None]]


@dashboard_page
def assortment(request: HttpRequest, cost: Cost) -> HttpResponse:
    """Classes and ages of the goods of the stores that the URL names, as of now."""
    return framed(
        request, cost, template="reporting/inventory_assortment.html", figures=_figures,
        sorts=COLUMNS, bys=CELLS, spans_of=parts.days_of_stock,
    )  # fmt: skip


def _figures(frame: Frame) -> Mapping[str, Any]:
    found = products(frame)
    ages = by_age(frame, found)
    costs = rights.sees_costs(frame.principal) and bool(parts.currency(frame))
    rows = chosen(frame, found)
    return {
        "tabs": parts.tabs(frame, "dashboard-inventory-assortment"),
        "matrix": _matrix(frame, found, costs=costs),
        "of_value": costs,
        "ages": _ages(frame, ages, costs=costs),
        "why_empty": parts.NO_STOCK,
        "aged": _aged(frame, ages, costs=costs),
        "cell": frame.state.by,
        "all": links.to("dashboard-inventory-assortment", frame.state.grouped(None)),
        "table": _products(frame, rows, costs=costs),
        "count": len(rows),
        "shown": min(len(rows), MOST),
        "files": parts.files(frame, "assortment"),
    }


def products(frame: Frame) -> list[ClassedProduct]:
    """Classified by the margins of their tickets, all goods of the places at once."""
    today, state = parts.today(frame), frame.state
    margins = report(
        principal=frame.principal, start=today - YEAR, end=today - DAY, by="product",
        stores=state.stores, regions=state.regions, kpis=("gross_margin",),
    )  # fmt: skip
    return classed(
        principal=frame.principal,
        today=today,
        store_ids=parts.chosen_ids(frame),
        margins={row.key: numbers(row.kpis)["gross_margin"] for row in margins.rows if row.key},
        category=parts.category_id(frame),
    )


def chosen(frame: Frame, found: Sequence[ClassedProduct]) -> list[ClassedProduct]:
    """Those of the cell that the URL names; of all classes without one."""
    return [each for each in found if frame.state.by in (None, cell_of(each))]


def cell_of(product: ClassedProduct) -> str:
    return f"{product.abc or NONE}{product.xyz or NONE}"


def by_age(frame: Frame, found: Sequence[ClassedProduct]) -> Ages:
    """Quantity and value of each age, youngest first; of unknown age last."""
    words: dict[str, Any] = {
        "principal": frame.principal, "today": parts.today(frame),
        "store_ids": parts.chosen_ids(frame),
    }  # fmt: skip
    rows: list[Aged]
    if frame.state.category is None:
        rows = ageing(**words)
    else:
        rows = ageing_of_products(product_ids=[each.product_id for each in found], **words)
    ages: dict[tuple[int | None, int | None], tuple[Decimal, Decimal | None]] = {}
    for bucket in (*BUCKETS, (None, None)):
        of = [row for row in rows if (row.from_days, row.to_days) == bucket]
        known = [row.value for row in of if row.value is not None]
        value = sum(known, Decimal(0)) if known or not of else None
        ages[bucket] = (sum((row.quantity for row in of), Decimal(0)), value)
    return ages


def _matrix(frame: Frame, found: Sequence[ClassedProduct], *, costs: bool) -> Heat:
    """How many products each cell has and what they are worth; coloured by that, or by how many."""
    currency = parts.currency(frame)
    sizes: dict[str, tuple[int, Decimal | None]] = {}
    for cell in CELLS:
        of = [each for each in found if cell_of(each) == cell]
        known = [each.value for each in of if each.value is not None]
        sizes[cell] = (len(of), sum(known, Decimal(0)) if known else None)
    weights = {cell: value if costs else Decimal(count) for cell, (count, value) in sizes.items()}
    most = max((weight for weight in weights.values() if weight is not None), default=None)

    def cell_told(cell: str) -> HeatCell:
        count, value = sizes[cell]
        if not count:
            return HeatCell("–", 0)
        text = ngettext("%(count)s product", "%(count)s products", count) % {
            "count": tasks.told_count(count)
        }
        if costs:
            money = _("n/a") if value is None else told(value, "money", currency=currency)
            text = f"{text} · {money}"
        href = links.to("dashboard-inventory-assortment", frame.state.grouped(cell)) + "#products"
        return HeatCell(text, step_of(weights[cell], most=most), href=href)

    def least_most(weight: Decimal | None) -> str:
        return told(weight, "money" if costs else "count", currency=currency)

    return Heat(
        caption=_("ABC by XYZ"),
        columns=[xyz or _("n/a") for xyz in XYZ],
        rows=[
            (abc or _("n/a"), [cell_told(f"{abc or NONE}{xyz or NONE}") for xyz in XYZ])
            for abc in ABC
        ],
        least=least_most(Decimal(0)),
        most=least_most(most),
    )


def name_of(bucket: tuple[int | None, int | None]) -> str:
    first, last = bucket
    if first is None:
        return _("Age not known")
    if last is None:
        return _("More than %(days)d days") % {"days": first - 1}
    return _("%(first)d to %(last)d days") % {"first": first, "last": last}


def _ages(frame: Frame, ages: Ages, *, costs: bool) -> Chart:
    currency = parts.currency(frame) if costs else ""
    return chart(
        "stock-ages",
        "bars",
        title=_("Stock by age"),
        subtitle=excluding_tax(currency) if costs else _("in the products' units"),
        unit=_("Days since it came"),
        points=[Point(name_of(bucket), name_of(bucket)) for bucket in ages],
        series={
            "now": (
                _("Value at cost") if costs else _("On hand"),
                [value if costs else quantity for quantity, value in ages.values()],
            )
        },
        form="money" if costs else "count",
        currency=currency,
    )


def _aged(frame: Frame, ages: Ages, *, costs: bool) -> table.Table:
    currency = parts.currency(frame)
    total = sum((value for _quantity, value in ages.values() if value is not None), Decimal(0))
    rows = []
    for bucket, (quantity, value) in ages.items():
        cells = [table.cell(shown.exact(quantity), quantity)]
        if costs:
            share = value / total if value is not None and total else None
            cells += [
                table.cell(told(value, "money2", currency=currency), value),
                table.cell(told(share, "rate", currency=""), share),
            ]
        rows.append(table.TableRow(name_of(bucket), cells))
    named = [_("On hand"), *([_("Value at cost"), _("Share")] if costs else [])]
    return table.Table(
        caption=_("Stock by age"),
        columns=[table.Column(_("Days since it came")), *(table.Column(name) for name in named)],
        rows=rows,
    )


def columns_of(*, costs: bool) -> list[tuple[str, str]]:
    named = [
        ("on_hand", _("On hand")), ("value", _("Value at cost")),
        ("margin", _("Margin of 12 months")), ("variation", _("Variation of weekly sales")),
    ]  # fmt: skip
    return [(code, name) for code, name in named if costs or code not in OF_COSTS]


def _products(frame: Frame, rows: Sequence[ClassedProduct], *, costs: bool) -> table.Table:
    """The first of them in the order of the URL; a name leads to its stock."""
    named, default = columns_of(costs=costs), DEFAULT_SORT if costs else "-on_hand"
    return table.Table(
        caption=_("Products"),
        columns=table.columns(frame.state, _("Product"), named, default=default),
        rows=[
            table.TableRow(
                each.name,
                [_cell(frame, code, getattr(each, code)) for code, _name in named],
                href=parts.stock_card(
                    frame,
                    store_id=parts.one_store(frame),
                    product_id=each.product_id,
                    sku=each.sku,
                ),
                note=f"{each.sku} · {each.abc or _('n/a')} {each.xyz or _('n/a')}",
                number=number,
            )
            for number, each in enumerate(in_order(rows, frame.state.sort or default)[:MOST], 1)
        ],
        numbered=True,
    )


def _cell(frame: Frame, code: str, value: Decimal | None) -> table.Cell:
    currency = parts.currency(frame)
    match code:
        case "on_hand":
            text = shown.exact(value)
        case "variation":
            text = told(value, "number", currency="")
        case _:
            text = told(value, "money2", currency=currency)
    return table.cell(text, value)


def in_order(rows: Sequence[ClassedProduct], sort: str) -> list[ClassedProduct]:
    """By a column, with a minus for descending; what is not known comes last either way."""
    down, code = sort.startswith("-"), sort.removeprefix("-")
    by_name = sorted(rows, key=lambda each: each.name.casefold(), reverse=down and code == "name")
    if code == "name":
        return by_name

    def place(each: ClassedProduct) -> tuple[bool, Decimal]:
        value = getattr(each, code)
        return value is None, Decimal(0) if value is None else -value if down else value

    return sorted(by_name, key=place)
