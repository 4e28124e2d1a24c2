"""Chain, region, store, category, product: any period against any other, and the files of it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from epm.platform import exports
from epm.platform.exports import CellKind, Column
from reporting.kpis.kpi import Dimension, Kpi, Unit
from reporting.kpis.registry import REGISTRY
from reporting.selectors.comparison import Figures
from reporting.views import links
from reporting.views.charts.chart import Chart, Point, chart
from reporting.views.consolidation import drill, question, table
from reporting.views.consolidation.question import Answer
from reporting.views.frame import Frame, as_file, framed
from reporting.views.page import Cost, dashboard_page

BYS: Final = tuple(dimension.value for dimension in drill.NAMES)
FEW_BARS: Final = 6
COUNTED_IN_EACH: Final[Mapping[Dimension, Promise]] = {
    Dimension.CATEGORY: gettext_lazy(
        "A ticket with goods of several categories counts in each: their transactions add up to"
        " more than the total."
    ),
    Dimension.PRODUCT: gettext_lazy(
        "A ticket with several products counts for each: their transactions add up to more than"
        " the total."
    ),
}
CELL_KINDS: Final[Mapping[Unit, CellKind]] = {
    Unit.MONEY: CellKind.MONEY, Unit.MONEY_PER: CellKind.MONEY, Unit.COUNT: CellKind.NUMBER,
    Unit.QUANTITY: CellKind.NUMBER, Unit.FRACTION: CellKind.PERCENT, Unit.PER: CellKind.NUMBER,
    Unit.HOURS: CellKind.NUMBER,
}  # fmt: skip


@dashboard_page
def consolidation(request: HttpRequest, cost: Cost) -> HttpResponse:
    """The table at the level that the URL names."""
    return framed(
        request, cost, template="reporting/consolidation.html", figures=_figures,
        sorts=table.SORTS, bys=BYS,
    )  # fmt: skip


@dashboard_page
def consolidation_file(request: HttpRequest, cost: Cost, *, ending: str) -> HttpResponseBase:
    """What the page shows, all rows of it, as CSV or XLSX; figures as exact as the API's."""
    respond = exports.csv_response if ending == "csv" else exports.xlsx_response

    def file(frame: Frame) -> HttpResponseBase:
        answer = question.ask(frame, whole=True)
        name = f"consolidation-{answer.by}-{frame.period.start}-{frame.period.end}"
        return respond(_columns(answer), _file_rows(answer), name)

    return as_file(request, cost, file=file, sorts=table.SORTS, bys=BYS)


def _figures(frame: Frame) -> dict[str, Any]:
    answer = question.ask(frame, whole=False)
    pages = max(1, -(-answer.count // table.ROWS_PER_PAGE))
    page = answer.first // table.ROWS_PER_PAGE + 1
    leads = drill.Leads.of(frame, answer, [*answer.shown, *answer.leading])
    state = frame.state
    return {
        "crumbs": drill.path(frame, answer),
        "dimensions": drill.dimensions(state, answer.by),
        "table": table.table(
            state,
            answer.comparison,
            by=answer.by,
            caption=str(drill.NAMES[answer.by]),
            first=str(drill.ONE[answer.by]),
            codes=answer.codes,
            rows=[(row, leads.name(row), leads.figures(row)) for row in answer.shown],
            numbered_from=answer.first + 1,
            total=drill.figure_links(state, answer.codes),
            in_time=answer.in_time,
        ),
        "chart": _chart(answer, leads),
        "count": answer.count,
        "note": COUNTED_IN_EACH.get(answer.by, ""),
        "pages": pages,
        "page": page,
        "newer": state.on_page(page - 1).query if page > 1 else "",
        "older": state.on_page(page + 1).query if page < pages else "",
        "files": [
            (_("CSV"), links.to("dashboard-consolidation-file", state, "csv")),
            (_("Excel"), links.to("dashboard-consolidation-file", state, "xlsx")),
        ],
    }


def _chart(answer: Answer, leads: drill.Leads) -> Chart:
    """Net sales of the rows, and of the period compared with: bars, or a line through time."""
    rows = answer.comparison.rows if answer.in_time else answer.leading
    currencies = {row.currency for row in rows}
    one_axis = len(currencies) == 1

    def bar(figures: Figures) -> Decimal | None:
        return figures.get("net_sales") if one_axis else None

    drawn = chart(
        "consolidation",
        "line" if answer.in_time else "bars-across",
        title=_("Net sales excl. tax"),
        subtitle=str(drill.NAMES[answer.by]),
        unit=str(drill.ONE[answer.by]),
        points=[Point(row.label, row.label, leads.name(row)) for row in rows],
        series={
            "now": (_("This period"), [bar(row.now) for row in rows]),
            "then": (_("Compared with"), [bar(row.then) for row in rows]),
        },
        form="money",
        currency=currencies.pop() if one_axis else "",
    )
    return replace(drawn, tall=len(rows) > FEW_BARS and not answer.in_time)


def _columns(answer: Answer) -> list[Column]:
    found = [Column(_("Code")), Column(drill.ONE[answer.by])]
    if answer.comparison.now.currency is None:
        found.append(Column(_("Currency")))
    for code in answer.codes:
        kpi = REGISTRY[code]
        found += [
            _column(kpi, str(kpi.name)),
            _column(kpi, _("%(name)s, compared with") % {"name": kpi.name}),
        ]
    shares = (_("Change in net sales"), _("Share of net sales"))
    return [*found, *(Column(name, kind=CellKind.PERCENT) for name in shares)]


def _column(kpi: Kpi, title: str) -> Column:
    return Column(title, kind=CELL_KINDS[kpi.unit], kpi=f"{kpi.code}@{kpi.version}")


def _file_rows(answer: Answer) -> Iterator[list[Any]]:
    """The rows in the screen's order, then the total."""
    total = answer.comparison.total
    for key, label, row in [
        *((row.key or "", row.label, row) for row in answer.comparison.rows),
        ("", _("Total"), total),
    ]:
        figures = [side.get(code) for code in answer.codes for side in (row.now, row.then)]
        told = [row.currency] if answer.comparison.now.currency is None else []
        yield [
            key, label, *told, *figures, row.change.get("net_sales"), table.share(row, total),
        ]  # fmt: skip
