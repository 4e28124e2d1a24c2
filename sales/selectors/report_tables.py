"""The figures of X and Z reports and of closings, as tables for a page or for paper."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from epm.platform import shown
from sales.models import Closing, TenderKind
from sales.selectors.session_figures import Figures

DISCOUNTS: Final = {
    "shelf": gettext_lazy("Shelf"), "loyalty": gettext_lazy("Loyalty"),
    "coupon": gettext_lazy("Coupons"), "manual": gettext_lazy("Given at the till"),
}  # fmt: skip
DRAWER: Final = {
    "float": gettext_lazy("Float"), "pay_in": gettext_lazy("Pay-ins"),
    "pay_out": gettext_lazy("Pay-outs"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of a name and figures; `headings` are those of the figures."""

    title: str
    headings: tuple[str, ...]
    rows: list[tuple[str, ...]]


def tables(of: Closing | Figures, *, currency: str) -> list[Table]:
    """What it says, in the language of the page and the store's `currency`."""
    totals = of.totals
    told = [
        _sums(of, currency=currency),
        Table(
            _("Taxes"),
            (_("Excl. tax"), _("Tax")),
            [
                (
                    f"{tax['tax']} {shown.percent(Decimal(tax['rate']), places=2)}",
                    *(_amounts((tax["base"], tax["amount"]), currency)),
                )
                for tax in totals["taxes"]
            ],
        ),
        _tenders(totals, currency=currency),
        _named(_("Discounts"), DISCOUNTS, totals["discounts"], currency),
    ]
    if "drawer" in totals:
        drawer = _named(_("Drawer"), DRAWER, totals["drawer"], currency)
        drawer.rows.append((_("Openings without a sale"), str(totals["drawer"]["no_sale"])))
        told.append(drawer)
    if totals["late"]["tenders"]:
        late = totals["late"]
        names = {kind: str(TenderKind(kind).label) for kind in late["tenders"]}
        told.append(_named(_("Late tickets among them"), names, late["tenders"], currency))
    return [table for table in told if table.rows]


def variance_of(closing: Closing, *, currency: str) -> str:
    """What cash was off by; a dash where nobody counted."""
    (cash,) = _amounts([closing.totals.get("variance", {}).get("cash")], currency)
    return cash


def _sums(of: Closing | Figures, *, currency: str) -> Table:
    amounts = {
        _("Sold incl. tax"): of.sales_ttc,
        _("Returned incl. tax"): of.returns_ttc,
        _("Total incl. tax"): of.total_ttc,
        _("Total excl. tax"): of.total_ht,
        _("VAT"): of.total_vat,
    }
    counts = {
        _("Tickets"): f"{of.tickets} ({of.first_number}–{of.last_number})",
        _("Late tickets among them"): str(of.late_tickets),
    }
    told = {name: shown.amount(amount, currency=currency) for name, amount in amounts.items()}
    if isinstance(of, Closing):
        told[_("Grand total incl. tax")] = shown.amount(of.grand_total, currency=currency)
    return Table(_("Sums"), (), list((told | counts).items()))


def _tenders(totals: Mapping[str, Any], *, currency: str) -> Table:
    """What was taken; with a drawer also what was expected, counted, and off."""
    columns = {"tenders": _("Taken")}
    if "expected" in totals:
        columns["expected"] = _("Expected")
    if "variance" in totals:
        columns |= {"counted": _("Counted")} if "counted" in totals else {}
        columns["variance"] = _("Variance")
    kinds = [kind for kind in TenderKind if any(kind.value in totals[name] for name in columns)]
    return Table(
        _("Means of payment"),
        tuple(columns.values()),
        [
            (
                str(kind.label),
                *_amounts([totals[name].get(kind.value) for name in columns], currency),
            )
            for kind in kinds
        ],
    )


def _named(
    title: str, names: Mapping[str, Any], amounts: Mapping[str, Any], currency: str
) -> Table:
    rows = [(str(names[key]), *_amounts([amounts[key]], currency)) for key in names]
    return Table(title, (), rows)


def _amounts(written: Iterable[str | None], currency: str) -> tuple[str, ...]:
    return tuple(
        shown.amount(None if each is None else Decimal(each), currency=currency) for each in written
    )
