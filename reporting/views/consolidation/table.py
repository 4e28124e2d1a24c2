"""The consolidation's table: its columns, what each cell says and where it leads."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from reporting.kpis.kpi import Dimension, Kpi, Unit
from reporting.kpis.registry import NOT_AS_KNOWN, REGISTRY
from reporting.selectors.comparison import Compared, Comparison
from reporting.views.charts.table import Cell, Keyed, Table, TableRow, columns, in_order
from reporting.views.state import State
from reporting.views.tiles import text_of, told

CODES: Final = (
    "net_sales", "transactions", "atv", "upt", "discount_rate", "return_rate", "gross_margin",
    "margin_rate", "cost_coverage", "target", "attainment",
)  # fmt: skip
COSTS: Final = frozenset({"gross_margin", "margin_rate", "cost_coverage"})
CHANGE: Final = "change"
SHARE: Final = "share"
SORTS: Final = ("name", CHANGE, SHARE, *CODES)
IN_TIME_ORDER: Final = "time"
ROWS_PER_PAGE: Final = 100
Urls = Mapping[str, str]


def codes_for(
    by: Dimension, *, narrowed: bool, sees_costs: bool, as_known: bool
) -> tuple[str, ...]:
    """The columns that say something: exact on these rows, costs for whoever may see them.

    `narrowed`: to some goods only. `as_known`: at a moment.
    """
    needed = {by, Dimension.CATEGORY} if narrowed else {by}
    return tuple(
        code
        for code in CODES
        if REGISTRY[code].dimensions >= needed
        and (sees_costs or code not in COSTS)
        and not (as_known and code in NOT_AS_KNOWN)
    )


def sorted_rows(comparison: Comparison, *, sort: str | None, in_time: bool) -> list[Compared]:
    """By a column; days, weeks and months in their own order unless asked otherwise."""
    if sort is None and in_time:
        return comparison.rows
    places = {
        str(place): Keyed(TableRow(row.label, (), note=str(place)), values(row, comparison))
        for place, row in enumerate(comparison.rows)
    }
    found = in_order(list(places.values()), sort or "-net_sales")
    return [comparison.rows[int(str(row.note))] for row in found]


def values(row: Compared, comparison: Comparison) -> dict[str, Decimal | None]:
    """What the row can be sorted by."""
    now = {
        code: value
        for code, value in row.now.items()
        if comparison.now.currency or not REGISTRY[code].in_money
    }
    return {**now, CHANGE: row.change.get("net_sales"), SHARE: share(row, comparison.total)}


def share(row: Compared, total: Compared) -> Decimal | None:
    """Of the total's net sales."""
    part, whole = row.now.get("net_sales"), total.now.get("net_sales")
    return part / whole if part is not None and whole and whole > 0 else None


def table(  # noqa: PLR0913 - the words of a table
    state: State, comparison: Comparison, *, by: Dimension, caption: str, first: str,
    codes: tuple[str, ...],
    rows: list[tuple[Compared, str, Urls]], numbered_from: int, total: Urls, in_time: bool,
) -> Table:  # fmt: skip
    """`rows` come sorted, each with where its name and its figures lead."""
    named = [("net_sales", str(REGISTRY["net_sales"].name)), (CHANGE, _("Change")),
             (SHARE, _("Share"))]  # fmt: skip
    named += [(code, str(REGISTRY[code].name)) for code in codes if code != "net_sales"]
    return Table(
        caption=caption,
        columns=columns(state, first, named, default=IN_TIME_ORDER if in_time else "-net_sales"),
        rows=[
            TableRow(
                row.label,
                _cells(row, comparison, codes=codes, urls=urls),
                href=href,
                note=row.key or "" if by is Dimension.PRODUCT else "",
                number=number,
            )
            for number, (row, href, urls) in enumerate(rows, numbered_from)
        ],
        total=TableRow(_("Total"), _cells(comparison.total, comparison, codes=codes, urls=total)),
        numbered=not in_time,
    )


def moved(kpi: Kpi, change: Decimal | None) -> str:
    """Percent of what it was; points for a fraction."""
    if change is None:
        return _("n/a")
    text = told(change, "change", currency="")
    return _("%s pts") % text.rstrip("%").rstrip() if kpi.unit is Unit.FRACTION else text


def _cells(
    row: Compared, comparison: Comparison, *, codes: tuple[str, ...], urls: Urls
) -> list[Cell]:
    currency = row.currency

    def figure(code: str) -> Cell:
        kpi, value = REGISTRY[code], row.now.get(code)
        was = text_of(kpi, row.then.get(code), currency=currency, exact=True)
        change = moved(kpi, row.change.get(code))
        return Cell(
            text_of(kpi, value, currency=currency),
            href=urls.get(code, "") if value is not None else "",
            tone="" if value is not None else "unknown",
            title=_("%(exact)s; before: %(was)s (%(change)s)")
            % {
                "exact": text_of(kpi, value, currency=currency, exact=True),
                "was": was,
                "change": change,
            },
        )

    tickets = urls.get("net_sales", "")
    change = row.change.get("net_sales")
    part = share(row, comparison.total)
    return [
        figure("net_sales"),
        Cell(
            moved(REGISTRY["net_sales"], change),
            href=tickets if change is not None else "",
            tone=_tone(change),
        ),
        Cell(_("n/a"), tone="unknown")
        if part is None
        else Cell(told(part, "rate", currency=""), href=tickets),
        *(figure(code) for code in codes if code != "net_sales"),
    ]


def _tone(change: Decimal | None) -> str:
    if change is None:
        return "unknown"
    seen = round(change, 3)
    return "better" if seen > 0 else "worse" if seen < 0 else "even"
