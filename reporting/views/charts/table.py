"""A table of figures: columns that can be sorted, rows that lead on, a total that is no sum."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from reporting.views.charts.markup import element, linked
from reporting.views.state import DEFAULT_SORT, State

Order = Literal["", "ascending", "descending"]
Text = str | Promise


@dataclass(frozen=True, slots=True)
class Column:
    """`query` sorts by it; without, it cannot be sorted."""

    name: Text
    query: str = ""
    order: Order = ""


@dataclass(frozen=True, slots=True)
class Cell:
    text: Text
    href: str = ""
    tone: str = ""
    title: Text = ""

    def html(self) -> str:
        told = linked(self.text, self.href)
        return element("td", told, class_=f"num {self.tone}".rstrip(), title=self.title)


@dataclass(frozen=True, slots=True)
class TableRow:
    label: Text
    cells: Sequence[Cell]
    href: str = ""
    note: Text = ""
    number: int = 0

    def html(self, *, numbered: bool) -> str:
        number = element("td", str(self.number or ""), class_="num") if numbered else ""
        note = f" {element('small', linked(self.note, ''))}" if self.note else ""
        name = element("th", linked(self.label, self.href) + note, scope="row")
        return element("tr", number + name + "".join(cell.html() for cell in self.cells))


@dataclass(frozen=True, slots=True)
class Table:
    """The first column names the rows; a cell for each of the others."""

    caption: Text
    columns: Sequence[Column]
    rows: Sequence[TableRow]
    total: TableRow | None = None
    numbered: bool = False
    width: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "width", len(self.columns) + self.numbered)

    @property
    def body(self) -> SafeString:
        """The rows, and below them their total."""
        rows = "".join(row.html(numbered=self.numbered) for row in self.rows)
        if not rows:
            nothing = element("td", _("No rows."), colspan=str(self.width), class_="nothing")
            rows = element("tr", nothing)
        total = self.total.html(numbered=self.numbered) if self.total else ""
        foot = element("tfoot", total) if total else ""
        return mark_safe(element("tbody", rows) + foot)  # noqa: S308 - every text is escaped


@dataclass(frozen=True, slots=True)
class Keyed:
    """A row to be sorted: by the text of its label, or by the value of a column."""

    row: TableRow
    values: Mapping[str, Decimal | None]


def columns(
    state: State, first: Text, named: Sequence[tuple[str, Text]], *, default: str = DEFAULT_SORT
) -> list[Column]:
    """The column of labels (sorted by `name`) and those of the figures, with their links."""
    return [
        Column(
            name=text,
            query=state.sorted_by(code, default=default).query,
            order=_order(state.sort or default, code),
        )
        for code, text in [("name", first), *named]
    ]


def in_order(rows: Sequence[Keyed], sort: str) -> list[TableRow]:
    """Sorted by a column, with a minus for descending; what is not known comes last either way."""
    down, code = sort.startswith("-"), sort.removeprefix("-")
    by_name = sorted(rows, key=lambda keyed: str(keyed.row.label).casefold())
    if code == "name":
        ordered = by_name[::-1] if down else by_name
    else:
        ordered = sorted(by_name, key=_place(code, down=down))
    return [
        TableRow(
            label=keyed.row.label,
            cells=keyed.row.cells,
            href=keyed.row.href,
            note=keyed.row.note,
            number=number,
        )
        for number, keyed in enumerate(ordered, 1)
    ]


def cell(text: str, value: Decimal | None, *, href: str = "", tone: str = "") -> Cell:
    """A figure as text; n/a, without a link, for what is not known."""
    return Cell(text, href=href, tone=tone) if value is not None else Cell(_("n/a"), tone="unknown")


def _place(code: str, *, down: bool) -> Callable[[Keyed], tuple[bool, Decimal]]:
    def place(keyed: Keyed) -> tuple[bool, Decimal]:
        value = keyed.values.get(code)
        return value is None, (-value if down else value) if value is not None else Decimal(0)

    return place


def _order(sort: str, code: str) -> Order:
    if sort.removeprefix("-") != code:
        return ""
    return "descending" if sort.startswith("-") else "ascending"
