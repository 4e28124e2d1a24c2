"""One ticket: where every figure ends."""

from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from epm.access.selectors import rights
from epm.platform import shown
from reporting.views.page import Cost, dashboard_page
from sales.selectors.receipt import Receipt, receipt_visible_to

Text = str | Promise


@dashboard_page
def ticket(request: HttpRequest, cost: Cost, *, sale_id: UUID) -> HttpResponse:
    """The lines of a visible sale, its taxes and how it was paid; 404 for any other."""
    receipt = receipt_visible_to(request.user, sale_id=sale_id)
    if receipt is None:
        raise Http404
    sale = receipt.sale
    context = {
        "cost": cost,
        "sale": sale,
        "crumbs": [
            (str(_("Tickets")), reverse("dashboard-tickets")),
            (sale.store.name, reverse("dashboard-store", args=[sale.store.code])),
            (str(sale), ""),
        ],
        "nature": _nature(receipt),
        "facts": _facts(receipt, request),
        "lines": receipt.shown_lines,
        "taxes": _taxes(receipt),
        "tenders": receipt.shown_tenders,
        "total_ttc": shown.amount(sale.total_ttc, currency=sale.currency),
        "total_ht": shown.amount(sale.total_ht, currency=sale.currency),
        "margin": _margin(receipt) if _sees_costs(request) else None,
        "admin_url": reverse("admin:sales_sale_change", args=[sale.pk])
        if request.user.is_staff and request.user.has_perm("sales.view_sale")
        else "",
    }
    return render(request, "reporting/ticket.html", context)


def _sees_costs(request: HttpRequest) -> bool:
    return rights.sees_costs(request.user)


def _nature(receipt: Receipt) -> Text:
    if receipt.sale.is_correction:
        return _("Correction")
    return _("Return") if receipt.sale.is_pure_return else _("Sale")


def _facts(receipt: Receipt, request: HttpRequest) -> list[tuple[Text, Text, str]]:
    """Label, text and where it leads."""
    sale = receipt.sale
    sold_at = sale.sold_at.astimezone(ZoneInfo(sale.store.timezone))
    found: list[tuple[Text, Text, str]] = [
        (_("Store"), str(sale.store), reverse("dashboard-store", args=[sale.store.code])),
        (_("Sold at (store's time)"), shown.moment(sold_at), ""),
        (_("Business day"), shown.day(sale.business_date), ""),
    ]
    if sale.register:
        found.append((_("Cash register"), str(sale.register), ""))
    if rights.sees_people(request.user):
        if sale.cashier:
            found.append((_("Cashier"), str(sale.cashier), ""))
        found.append((_("Customer"), str(sale.customer or _("not identified")), ""))
    for label, other in ((_("Corrects"), sale.corrects), (_("Corrected by"), receipt.corrected_by)):
        if other:
            found.append((label, str(other), reverse("dashboard-ticket", args=[other.pk])))
    return found


def _taxes(receipt: Receipt) -> list[tuple[str, str, str, str]]:
    """Rate, amounts without tax, tax, and with it."""
    by_rate: dict[Decimal, list[Any]] = {}
    for line in receipt.lines:
        by_rate.setdefault(line.tax_rate, []).append(line)

    def total(of: list[Any], name: str) -> str:
        amount = sum((getattr(line, name) for line in of), Decimal(0))
        return shown.amount(amount, currency=receipt.sale.currency)

    return [
        (shown.percent(rate), total(of, "net_ht"), total(of, "vat"), total(of, "net_ttc"))
        for rate, of in sorted(by_rate.items())
    ]


def _margin(receipt: Receipt) -> dict[str, str] | None:
    """Of the goods whose cost is known, and the share of net sales they are."""
    known = [line for line in receipt.goods if line.unit_cost is not None]
    if not known:
        return None
    covered = sum((line.net_ht for line in known), Decimal(0))
    cost = sum((line.quantity * (line.unit_cost or 0) for line in known), Decimal(0))
    net = sum((line.net_ht for line in receipt.goods), Decimal(0))
    return {
        "amount": shown.amount(covered - cost, currency=receipt.sale.currency),
        "rate": shown.percent((covered - cost) / covered if covered else None),
        "coverage": shown.percent(covered / net if net else None, places=0),
    }
