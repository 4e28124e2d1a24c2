"""The tables of the inventory as files: every row, as exact as the API."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from epm.access.selectors import rights
from epm.platform import exports
from epm.platform.exports import CellKind, Column
from reporting.kpis.registry import REGISTRY
from reporting.views.consolidation.page import CELL_KINDS
from reporting.views.frame import Frame, as_file
from reporting.views.inventory import assortment, page, parts, shortages
from reporting.views.page import Cost, dashboard_page

Sheet = tuple[Sequence[Column], Iterable[Sequence[Any]]]
KINDS: Final[Mapping[str, CellKind]] = {
    "value": CellKind.MONEY, "margin": CellKind.MONEY, "sales": CellKind.MONEY,
}  # fmt: skip


@dashboard_page
def inventory_file(request: HttpRequest, cost: Cost, *, part: str, ending: str) -> HttpResponseBase:
    """The rows of one of the pages, as CSV or XLSX."""
    sheet, sorts, bys = SHEETS[part]
    respond = exports.csv_response if ending == "csv" else exports.xlsx_response

    def file(frame: Frame) -> HttpResponseBase:
        columns, rows = sheet(frame)
        name = f"inventory-{part}-{frame.period.start}-{frame.period.end}"
        return respond(columns, rows, name)

    return as_file(request, cost, file=file, sorts=sorts, bys=bys, spans_of=parts.days_of_stock)


def _stores(frame: Frame) -> Sheet:
    """The stores, then their total."""
    found, codes = page.listed(frame)
    columns = [Column(_("Code")), Column(_("Store")), Column(_("Currency"))]
    for code in codes:
        kpi = REGISTRY[code]
        columns.append(Column(kpi.name, kind=CELL_KINDS[kpi.unit], kpi=f"{kpi.code}@{kpi.version}"))
    rows = [
        [row.key or "", row.label, row.currency, *(row.kpis.get(code) for code in codes)]
        for row in found.rows
    ]
    total = ["", _("Total"), found.currency, *(found.total.get(code) for code in codes)]
    return columns, [*rows, total]


def _assortment(frame: Frame) -> Sheet:
    costs = rights.sees_costs(frame.principal) and bool(parts.currency(frame))
    named = assortment.columns_of(costs=costs)
    columns = [
        Column(_("SKU")), Column(_("Product")), Column("ABC"), Column("XYZ"),
        *(Column(name, kind=KINDS.get(code, CellKind.NUMBER)) for code, name in named),
    ]  # fmt: skip
    products = assortment.chosen(frame, assortment.products(frame))
    ordered = assortment.in_order(products, frame.state.sort or "-on_hand")
    rows = [
        [
            each.sku, each.name, each.abc or _("n/a"), each.xyz or _("n/a"),
            *(getattr(each, code) for code, _name in named),
        ]
        for each in ordered
    ]  # fmt: skip
    return columns, rows


def _shortages(frame: Frame) -> Sheet:
    costs = rights.sees_costs(frame.principal)
    named: list[tuple[str, str, CellKind]] = [
        ("out_days", _("Days out"), CellKind.NUMBER), ("first_day", _("Since"), CellKind.DAY),
        ("ads", _("Daily sales"), CellKind.NUMBER), ("quantity", _("Lost units"), CellKind.NUMBER),
        ("sales", _("Lost sales excl. tax"), CellKind.MONEY),
        *([("margin", _("Lost margin"), CellKind.MONEY)] if costs else []),
        ("currency", _("Currency"), CellKind.TEXT),
    ]  # fmt: skip
    columns = [
        Column(_("SKU")), Column(_("Product")), Column(_("Store")),
        *(Column(name, kind=kind) for _code, name, kind in named),
        Column(_("Would have prevented it")),
    ]  # fmt: skip
    rows = [
        [
            row.sku, row.product, row.store,
            *(getattr(row.lost, code) for code, _name, _kind in named), row.prevention,
        ]
        for row in shortages.read(frame, most=None)[1]
    ]  # fmt: skip
    return columns, rows


SHEETS: Final[
    Mapping[str, tuple[Callable[[Frame], Sheet], Sequence[str], Sequence[str] | None]]
] = {
    "stores": (_stores, page.COLUMNS, None),
    "assortment": (_assortment, assortment.COLUMNS, assortment.CELLS),
    "shortages": (_shortages, shortages.COLUMNS, None),
}
