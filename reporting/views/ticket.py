"""One ticket: where every figure ends."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from epm.access.selectors import rights
from epm.platform import shown
from reporting.views.page import Cost, dashboard_page
from sales.models import LineKind, Sale, SaleLine
from sales.selectors import sales as ledger

Text = str | Promise


@dashboard_page
def ticket(request: HttpRequest, cost: Cost, *, sale_id: UUID) -> HttpResponse:
    """The lines of a visible sale, its taxes and how it was paid; 404 for any other."""
    related = ("store", "register", "cashier", "customer", "corrects", "corrected_by")
    sale = ledger.sales_visible_to(request.user).select_related(*related).filter(pk=sale_id).first()
    if sale is None:
        raise Http404
    lines = list(ledger.lines_of(sale.pk, sold_at=sale.sold_at).select_related("product"))
    tenders = ledger.tenders_of(sale.pk)
    context = {
        "cost": cost,
        "sale": sale,
        "nature": _nature(sale),
        "facts": _facts(sale, request),
        "lines": [_line(line, currency=sale.currency) for line in lines],
        "taxes": _taxes(lines, currency=sale.currency),
        "tenders": [
            (tender.get_kind_display(), shown.amount(tender.amount, currency=sale.currency))
            for tender in tenders
        ],
        "total_ttc": shown.amount(sale.total_ttc, currency=sale.currency),
        "total_ht": shown.amount(sale.total_ht, currency=sale.currency),
        "margin": _margin(lines, currency=sale.currency) if _sees_costs(request) else None,
        "admin_url": reverse("admin:sales_sale_change", args=[sale.pk])
        if request.user.is_staff and request.user.has_perm("sales.view_sale")
        else "",
    }
    return render(request, "reporting/ticket.html", context)


def _sees_costs(request: HttpRequest) -> bool:
    return rights.sees_costs(request.user)


def _nature(sale: Sale) -> Text:
    if sale.is_correction:
        return _("Correction")
    return _("Return") if sale.is_pure_return else _("Sale")


def _facts(sale: Sale, request: HttpRequest) -> list[tuple[Text, Text, str]]:
    """Label, text and where it leads."""
    sold_at = sale.sold_at.astimezone(ZoneInfo(sale.store.timezone))
    found: list[tuple[Text, Text, str]] = [
        (_("Store"), str(sale.store), reverse("dashboard-store", args=[sale.store.code])),
        (_("Sold at (store's time)"), date_format(sold_at, "DATETIME_FORMAT"), ""),
        (_("Business day"), shown.day(sale.business_date), ""),
    ]
    if sale.register:
        found.append((_("Cash register"), str(sale.register), ""))
    if rights.sees_customers(request.user):
        if sale.cashier:
            found.append((_("Cashier"), str(sale.cashier), ""))
        found.append((_("Customer"), str(sale.customer or _("not identified")), ""))
    if sale.corrects:
        found.append((_("Corrects"), str(sale.corrects), _url(sale.corrects)))
    corrected_by = getattr(sale, "corrected_by", None)
    if corrected_by:
        found.append((_("Corrected by"), str(corrected_by), _url(corrected_by)))
    return found


def _url(sale: Sale) -> str:
    return reverse("dashboard-ticket", args=[sale.pk])


def _line(line: SaleLine, *, currency: str) -> dict[str, Any]:
    discounts = line.discount_shelf + line.discount_loyalty + line.discount_coupon
    return {
        "no": line.line_no,
        "product": line.product,
        "url": reverse("dashboard-product", args=[line.product_id]),
        "is_fee": line.kind == LineKind.FEE,
        "quantity": shown.exact(line.quantity),
        "unit_price": shown.exact(line.unit_price, at_least=2),
        "discounts": shown.amount(discounts, currency=currency) if discounts else "",
        "net_ttc": shown.amount(line.net_ttc, currency=currency),
        "net_ht": shown.amount(line.net_ht, currency=currency),
        "rate": shown.percent(line.tax_rate),
    }


def _taxes(lines: Iterable[SaleLine], *, currency: str) -> list[tuple[str, str, str, str]]:
    """Rate, amounts without tax, tax, and with it."""
    by_rate: dict[Decimal, list[SaleLine]] = {}
    for line in lines:
        by_rate.setdefault(line.tax_rate, []).append(line)

    def total(of: list[SaleLine], name: str) -> str:
        return shown.amount(
            sum((getattr(line, name) for line in of), Decimal(0)), currency=currency
        )

    return [
        (shown.percent(rate), total(of, "net_ht"), total(of, "vat"), total(of, "net_ttc"))
        for rate, of in sorted(by_rate.items())
    ]


def _margin(lines: Iterable[SaleLine], *, currency: str) -> dict[str, str] | None:
    """Of the goods whose cost is known, and the share of net sales they are."""
    goods = [line for line in lines if line.kind == LineKind.ITEM]
    known = [line for line in goods if line.unit_cost is not None]
    if not known:
        return None
    covered = sum((line.net_ht for line in known), Decimal(0))
    cost = sum((line.quantity * (line.unit_cost or 0) for line in known), Decimal(0))
    net = sum((line.net_ht for line in goods), Decimal(0))
    return {
        "amount": shown.amount(covered - cost, currency=currency),
        "rate": shown.percent((covered - cost) / covered if covered else None),
        "coverage": shown.percent(covered / net if net else None, places=0),
    }
