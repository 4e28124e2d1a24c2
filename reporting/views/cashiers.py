"""What stands out at tills: each cashier and register against what chance makes of the group."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from epm.access.models import User
from epm.access.selectors import rights
from epm.platform import shown
from reporting.kpis.control import Verdict
from reporting.selectors import cashiers
from reporting.selectors.cashiers import Counts, Who
from reporting.views.charts.table import Cell, Column, Table, TableRow
from reporting.views.frame import Frame, framed
from reporting.views.page import Cost, dashboard_page
from sales.selectors.registers import registers_visible_to

NAMES: Final[Mapping[str, Promise]] = {
    "refunds": gettext_lazy("Tickets with a return"),
    "no_receipt": gettext_lazy("Returns without a receipt"),
    "overrides": gettext_lazy("Discounts and other prices"),
    "no_sale": gettext_lazy("Drawer opened without a sale"),
    "discarded": gettext_lazy("Parked tickets thrown away"),
}
WIDTH: Final = 200


@dataclass(frozen=True, slots=True)
class Bar:
    """One's rate of returns and its limits, in hundredths of the widest, of WIDTH."""

    name: str
    told: str
    rate: str
    upper: str
    flagged: bool


@dashboard_page
def cashiers_page(request: HttpRequest, cost: Cost) -> HttpResponse:
    """For who answers for people; whoever else asks is refused."""
    if not rights.watches_cashiers(request.user):
        raise PermissionDenied
    return framed(request, cost, template="reporting/cashiers.html", figures=_figures)


def _figures(frame: Frame) -> dict[str, Any]:
    stores = {store.pk: store for store in frame.chosen}
    found = {
        by: cashiers.watched(stores=list(stores), period=frame.period, by=by)
        for by in ("cashier", "register")
    }
    people = User.objects.filter(pk__in={who for _store, who in found["cashier"]})
    registers = registers_visible_to(frame.principal)
    names = {
        "cashier": {user.pk: str(user) for user in people},
        "register": {each.pk: str(each) for each in registers},
    }
    return {
        "asked": True,
        "cashiers": _table(frame, found["cashier"], names["cashier"], by="cashier"),
        "registers": _table(frame, found["register"], names["register"], by="register"),
        "bars": _bars(found["cashier"], names["cashier"]),
        "width": WIDTH,
    }


def _table(
    frame: Frame, found: Mapping[cashiers.Key, Counts], names: Mapping[int, str], *, by: Who
) -> Table:
    """Whoever stands out first, then by tickets."""
    stores = {store.pk: store for store in frame.chosen}
    first = _("Person") if by == "cashier" else _("Register")
    order = sorted(found.items(), key=lambda row: (not row[1].flagged, -row[1].tickets))
    return Table(
        caption=first,
        columns=[Column(str(name)) for name in (
            first, _("Tickets"), _("Returned of sold, incl. tax"), *NAMES.values())],
        rows=[
            TableRow(
                names.get(who, _("Not known")),
                [
                    Cell(shown.number(Decimal(each.tickets), places=0)),
                    Cell(_returned(each)),
                    *(_cell(getattr(each, name), each.verdicts[name]) for name in NAMES),
                ],
                note=stores[store].name,
            )
            for (store, who), each in order
        ],
    )  # fmt: skip


def _returned(counts: Counts) -> str:
    return shown.percent(counts.returned_ttc / counts.sold_ttc if counts.sold_ttc else None)


def _cell(count: int, verdict: Verdict) -> Cell:
    if verdict.upper is None:
        return Cell(_("%(count)d (too few tickets)") % {"count": count})
    limits = _("%(rate)s; up to %(upper)s by chance, %(centre)s in the group") % {
        "rate": _percent(verdict.rate),
        "upper": _percent(verdict.upper),
        "centre": _percent(verdict.centre),
    }
    text = f"{count} · {_percent(verdict.rate)}"
    if verdict.flagged:
        return Cell(_("%(rate)s – stands out") % {"rate": text}, tone="bad", title=limits)
    return Cell(text, title=limits)


def _percent(rate: float) -> str:
    return shown.percent(Decimal(repr(rate)))


def _bars(found: Mapping[cashiers.Key, Counts], names: Mapping[int, str]) -> list[Bar]:
    verdicts = [(names.get(who, _("Not known")), each.verdicts["refunds"])
                for (_store, who), each in found.items()]  # fmt: skip
    judged = [(name, each, each.upper) for name, each in verdicts if each.upper is not None]
    widest = max((max(each.rate, upper) for _name, each, upper in judged), default=0) or 1
    return [
        Bar(
            name,
            _("%(rate)s; up to %(upper)s by chance, %(centre)s in the group")
            % {
                "rate": _percent(each.rate),
                "upper": _percent(upper),
                "centre": _percent(each.centre),
            },
            f"{each.rate / widest * WIDTH:.1f}",
            f"{upper / widest * WIDTH:.1f}",
            each.flagged,
        )
        for name, each, upper in sorted(judged, key=lambda row: -row[1].rate)
    ]
