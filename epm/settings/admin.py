"""How the administration pages look."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


def _may(permission: str) -> Callable[[HttpRequest], bool]:
    def allowed(request: HttpRequest) -> bool:
        return bool(request.user.has_perm(permission))

    return allowed


def _page(title: str | Promise, icon: str, subject: str) -> dict[str, Any]:
    context, model = subject.split(".")
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{context}_{model}_changelist"),
        "permission": _may(f"{context}.view_{model}"),
    }


EPM_HISTORY_READER = "epm.access.selectors.readers.reader_of"
EPM_TICKET_READER = "sales.api.refused_tickets.read"

# The documents of stock movements: what a kind is called, and its page, found by the reference.
EPM_DOCUMENTS: dict[str, tuple[str | Promise, str]] = {
    "opening": (_("Opening stock"), ""),
    "sale": (_("Sale"), "admin:sales_sale_change"),
    "adjustment": (_("Adjustment"), "admin:inventory_stockadjustment_change"),
    "transfer": (_("Transfer"), "admin:inventory_transfer_change"),
    "stocktake": (_("stocktake"), "admin:inventory_stocktake_change"),
    "purchase_order": (_("Purchase order"), "admin:inventory_purchaseorder_change"),
}

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "EPM Retail",
    "SITE_HEADER": "EPM Retail",
    "SITE_SUBHEADER": _("Back office of the chain"),
    "SITE_SYMBOL": "storefront",
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda _request: static("favicon.svg"),
        },
    ],
    "SITE_URL": "/",
    "DASHBOARD_CALLBACK": "reporting.views.admin_home.home",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "SHOW_BACK_BUTTON": True,
    "BORDER_RADIUS": "8px",
    "STYLES": [lambda _request: static("admin-extra.css")],
    "SCRIPTS": [lambda _request: static("admin-extra.js")],
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "show_all_applications": False,
        "navigation": [
            {
                "title": _("Figures"),
                "items": [
                    {
                        "title": _("Dashboard"),
                        "icon": "monitoring",
                        "link": reverse_lazy("dashboards"),
                        "permission": _may("reporting.view_dashboard"),
                    },
                    _page(_("Targets"), "flag", "sales.storetarget"),
                    _page(_("Visitors"), "directions_walk", "sales.storefootfall"),
                    _page(_("Hours worked"), "schedule", "sales.storelabour"),
                ],
            },
            {
                "title": _("Selling"),
                "separator": True,
                "items": [
                    {
                        "title": _("Till"),
                        "icon": "barcode_scanner",
                        "link": reverse_lazy("till"),
                        "permission": _may("sales.add_registersession"),
                    },
                    _page(_("Sales"), "receipt_long", "sales.sale"),
                    _page(_("Customers"), "group", "sales.customer"),
                    _page(_("Gift cards and store credit"), "redeem", "sales.storedvalue"),
                    _page(_("Cash registers"), "point_of_sale", "sales.cashregister"),
                    _page(_("Taxes"), "percent", "sales.taxclass"),
                    _page(_("Tax regimes"), "account_balance", "sales.taxregime"),
                ],
            },
            {
                "title": _("Tills"),
                "separator": True,
                "items": [
                    _page(_("Register sessions"), "lock_open", "sales.registersession"),
                    _page(_("Closings"), "lock_clock", "sales.closing"),
                    _page(_("Tickets with discrepancies"), "rule", "sales.ticket"),
                    _page(_("Refused offline tickets"), "sync_problem", "sales.refusedticket"),
                    _page(_("Overrides"), "edit_note", "sales.override"),
                    _page(_("Approvals"), "verified_user", "sales.approval"),
                    _page(_("Parked tickets"), "pause_circle", "sales.parkedticket"),
                    _page(_("Receipts by mail"), "mail", "sales.ticketmail"),
                    _page(_("Till policies"), "tune", "sales.tillpolicy"),
                    _page(_("Till limits"), "speed", "sales.tilllimit"),
                    _page(_("Reasons for discounts"), "label", "sales.discountreason"),
                ],
            },
            {
                "title": _("Assortment"),
                "separator": True,
                "items": [
                    _page(_("Products"), "inventory_2", "inventory.product"),
                    _page(_("Categories"), "account_tree", "inventory.category"),
                    _page(_("Weights in barcodes"), "scale", "inventory.embeddedbarcoderule"),
                    _page(_("Price lists"), "sell", "inventory.pricelist"),
                    _page(_("Price edits"), "price_change", "inventory.priceedit"),
                ],
            },
            {
                "title": _("Stock"),
                "separator": True,
                "items": [
                    _page(_("Stock levels"), "inventory", "inventory.stocklevel"),
                    _page(_("Movements"), "swap_vert", "inventory.stockmovement"),
                    _page(_("Reservations"), "bookmark", "inventory.reservation"),
                    _page(_("Transfers"), "local_shipping", "inventory.transfer"),
                    _page(_("Stocktakes"), "checklist", "inventory.stocktake"),
                    _page(_("Adjustments"), "tune", "inventory.stockadjustment"),
                    _page(_("Stock policies"), "policy", "inventory.stockpolicy"),
                    _page(_("Repairs of stock"), "build", "inventory.stockrepair"),
                ],
            },
            {
                "title": _("Replenishment"),
                "separator": True,
                "items": [
                    _page(_("Stock alerts"), "notifications", "inventory.stockalert"),
                    _page(_("Proposals"), "add_shopping_cart", "inventory.replenishmentproposal"),
                    _page(_("Stock rules"), "rule_settings", "inventory.stockrule"),
                ],
            },
            {
                "title": _("Buying"),
                "separator": True,
                "items": [
                    _page(_("Purchase orders"), "shopping_cart", "inventory.purchaseorder"),
                    _page(_("Deliveries"), "package_2", "inventory.purchasereceipt"),
                    _page(_("Suppliers"), "factory", "inventory.supplier"),
                    _page(_("Suppliers' products"), "sell", "inventory.supplierproduct"),
                    _page(_("Approval limits"), "rule", "inventory.approvallimit"),
                ],
            },
            {
                "title": _("Chain"),
                "separator": True,
                "items": [
                    _page(_("Stores"), "store", "organization.store"),
                    _page(_("Regions"), "map", "organization.region"),
                    _page(_("Imports"), "upload_file", "imports.importrun"),
                ],
            },
            {
                "title": _("Access"),
                "separator": True,
                "items": [
                    _page(_("Users"), "badge", "access.user"),
                    _page(pgettext_lazy("menu", "API keys"), "key", "access.apikey"),
                    {
                        "title": _("Permissions"),
                        "icon": "rule",
                        "link": reverse_lazy("access-permissions"),
                        "permission": _may("access.view_matrix"),
                    },
                    {
                        "title": _("View as"),
                        "icon": "visibility",
                        "link": reverse_lazy("view-as"),
                        "permission": _may("access.add_viewassession"),
                    },
                    _page(_("Looks as another"), "preview", "access.viewassession"),
                    _page(_("Changes"), "history", "platform.change"),
                ],
            },
        ],
    },
    "COLORS": {
        "primary": {
            "50": "oklch(97.6% .013 190)",
            "100": "oklch(94.6% .033 190)",
            "200": "oklch(89.7% .055 190)",
            "300": "oklch(82.2% .08 190)",
            "400": "oklch(71.6% .098 192)",
            "500": "oklch(59.6% .094 194)",
            "600": "oklch(48.6% .08 196)",
            "700": "oklch(42.2% .068 197)",
            "800": "oklch(36.2% .057 199)",
            "900": "oklch(31.4% .047 201)",
            "950": "oklch(22.6% .037 203)",
        },
    },
}
