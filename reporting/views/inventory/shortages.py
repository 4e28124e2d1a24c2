"""What could not be bought, what that cost, and what would have prevented it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from epm.access.selectors import rights
from epm.platform import shown
from inventory.selectors.categories import categories_visible_to, ids_below
from inventory.selectors.lost_sales import SUBSTITUTION, LostSale, LostSales, lost_sales
from inventory.selectors.products import products_visible_to
from reporting.views.charts import table
from reporting.views.frame import Frame, framed
from reporting.views.inventory import parts, tasks
from reporting.views.page import Cost, dashboard_page
from reporting.views.tiles import told

COLUMNS: Final = ("name", "out_days", "ads", "quantity", "sales", "margin")
MOST: Final = 1000
SHOWN: Final = 100
LONGEST: Final = 366
TOO_LONG: Final = gettext_lazy("Shortages are told of a year at most: choose a shorter period.")


@dataclass(frozen=True, slots=True)
class Shortage:
    """What was lost, and the words for it."""

    lost: LostSale
    sku: str
    product: str
    store: str
    prevention: str


@dashboard_page
def shortages(request: HttpRequest, cost: Cost) -> HttpResponse:
    """The costliest stock-outs of the period and places that the URL names."""
    return framed(
        request, cost, template="reporting/inventory_shortages.html", figures=_figures,
        sorts=COLUMNS, spans_of=parts.days_of_stock,
    )  # fmt: skip


def _figures(frame: Frame) -> Mapping[str, Any]:
    if frame.period.days > LONGEST:
        frame.mistakes.append(TOO_LONG)
        return {}
    costs = rights.sees_costs(frame.principal)
    found, rows = read(frame, most=MOST)
    return {
        "tabs": parts.tabs(frame, "dashboard-inventory-shortages"),
        "facts": _facts(frame, found, costs=costs),
        "table": _table(frame, rows, costs=costs),
        "count": found.count,
        "shown": min(len(rows), SHOWN),
        "whole": len(rows) == found.count,
        "kept": shown.percent(SUBSTITUTION),
        "files": parts.files(frame, "shortages"),
    }


def read(frame: Frame, *, most: int | None) -> tuple[LostSales, list[Shortage]]:
    """The dearest first, those whose money is not known last; and what all come to."""
    found = lost_sales(
        principal=frame.principal,
        first=frame.period.start,
        last=frame.period.end,
        store_ids=parts.chosen_ids(frame),
        category_ids=_category_ids(frame),
        most=most,
    )
    products = products_visible_to(frame.principal).filter(
        pk__in={lost.product_id for lost in found.rows}
    )
    named = {pk: (sku, name) for pk, sku, name in products.values_list("pk", "sku", "name")}
    stores = {store.pk: store.name for store in frame.stores}
    return found, [
        Shortage(lost, *named[lost.product_id], stores[lost.store_id], _prevention(lost, stores))
        for lost in found.rows
    ]


def _category_ids(frame: Frame) -> list[int] | None:
    """The chosen category and those below it; None: no category is chosen."""
    code = frame.state.category
    if code is None:
        return None
    category = categories_visible_to(frame.principal).filter(code__iexact=code).first()
    return list(ids_below(category)) if category else []


def _prevention(lost: LostSale, stores: Mapping[int, str]) -> str:
    """The transfer that would have done, else the order in time."""
    donor = stores.get(lost.donor_id or 0)
    if donor is not None and lost.spare is not None:
        return _("%(number)s to spare in %(store)s") % {
            "number": shown.exact(lost.spare), "store": donor,
        }  # fmt: skip
    if lost.order_by is not None:
        return _("an order by %(day)s") % {"day": shown.day(lost.order_by)}
    return shown.UNKNOWN


def _facts(frame: Frame, found: LostSales, *, costs: bool) -> list[tuple[str, str]]:
    currency = parts.currency(frame)
    facts = [
        (_("Products out of stock"), tasks.told_count(found.count)),
        (
            _("Trading days without them"),
            ngettext("%(count)s day", "%(count)s days", found.out_days)
            % {"count": tasks.told_count(found.out_days)},
        ),
    ]
    if currency:
        sums = [
            (_("Lost sales excl. tax"), found.sales, found.with_sales),
            (_("Lost margin"), found.margin, found.with_margin),
        ]
        for name, total, known in sums[: 1 + costs]:
            text = told(total if found.count else Decimal(0), "money", currency=currency)
            facts.append((name, _known(text, known, found.count)))
    return facts


def _known(text: str, known: int, count: int) -> str:
    if known == count:
        return text
    return _("%(amount)s, known of %(known)s of %(count)s") % {
        "amount": text, "known": tasks.told_count(known), "count": tasks.told_count(count),
    }  # fmt: skip


def _table(frame: Frame, rows: Sequence[Shortage], *, costs: bool) -> table.Table:
    named: list[tuple[str, str]] = [
        ("out_days", _("Days out")), ("ads", _("Daily sales")),
        ("quantity", _("Lost units")), ("sales", _("Lost sales excl. tax")),
        *([("margin", _("Lost margin"))] if costs else []),
    ]  # fmt: skip
    money = "margin" if costs else "sales"
    known = any(getattr(row.lost, money) is not None for row in rows)
    default = f"-{money}" if known else "-quantity"
    keyed = []
    for row in rows:
        lost = row.lost
        cells = [
            table.cell(tasks.told_count(lost.out_days), Decimal(lost.out_days)),
            table.cell(told(lost.ads, "number", currency=""), lost.ads),
            table.cell(told(lost.quantity, "number", currency=""), lost.quantity),
            table.cell(told(lost.sales, "money2", currency=lost.currency), lost.sales),
        ]
        if costs:
            cells.append(
                table.cell(told(lost.margin, "money2", currency=lost.currency), lost.margin)
            )
        keyed.append(
            table.Keyed(
                table.TableRow(
                    row.product,
                    [*cells, table.Cell(row.prevention)],
                    href=parts.stock_card(
                        frame, store_id=lost.store_id, product_id=lost.product_id, sku=row.sku
                    ),
                    note=f"{row.sku} · {row.store}",
                ),
                {code: _number(getattr(lost, code)) for code, _name in named},
            )
        )
    columns = table.columns(frame.state, _("Product"), named, default=default)
    return table.Table(
        caption=_("Stock-outs by what they cost"),
        columns=[*columns, table.Column(_("Would have prevented it"))],
        rows=table.in_order(keyed, frame.state.sort or default)[:SHOWN],
        numbered=True,
    )


def _number(value: Decimal | int | None) -> Decimal | None:
    return None if value is None else Decimal(value)
