"""How the leak test opens the addresses it cannot work out by itself.

An address without arguments is opened as it is, one of the administration's with the row of its
model: both join without a word here. Any other needs one line in EXAMPLES: its route, and the path
with the words of `tests/factories/house.py` in the place of its arguments. A word of a store's own
(`{store}`, `{sale}` …) makes the test open it three times: ours, the foreign one, and one that is
not there.
"""

import re
from dataclasses import dataclass

from django.contrib import admin
from django.urls import URLResolver, get_resolver

PURCHASE_STEPS = (
    "submit", "approve", "send-back", "order", "receive", "close-short", "close", "cancel", "hold",
    "resume",
)  # fmt: skip
STOCKTAKE_STEPS = (
    "start", "count", "review", "recount", "zero-uncounted", "approve", "post", "cancel"
)  # fmt: skip
EXAMPLES = {
    "accounts/2fa/webauthn/keys/<int:pk>/remove/": "accounts/2fa/webauthn/keys/{passkey}/remove/",
    "accounts/2fa/webauthn/keys/<int:pk>/edit/": "accounts/2fa/webauthn/keys/{passkey}/edit/",
    "admin/r/<path:content_type_id>/<path:object_id>/": "admin/r/1/{store}/",
    "admin/(?P<url>.*)$": "admin/nowhere",
    "api/": "api/nowhere",
    "admin/inventory/stockalert/<path:object_id>/step/<slug:event>/": (
        "admin/inventory/stockalert/{stockalert}/step/acknowledge/"
    ),
    "admin/inventory/transfer/<path:object_id>/step/<slug:event>/": (
        "admin/inventory/transfer/{transfer}/step/receive/"
    ),
    "api/v1/regions/<int:pk>": "api/v1/regions/{region}",
    "api/v1/stores/<int:pk>": "api/v1/stores/{store}",
    "api/v1/barcodes/<path:code>": "api/v1/barcodes/BREAD-1?store={store_code}",
    "api/v1/categories/<int:pk>": "api/v1/categories/{category}",
    "api/v1/products/<int:pk>": "api/v1/products/{product}",
    "api/v1/stock/transfers/<int:pk>": "api/v1/stock/transfers/{transfer}",
    **{
        f"api/v1/stock/transfers/<int:pk>/{step}": f"api/v1/stock/transfers/{{transfer}}/{step}"
        for step in ("ready", "redraft", "ship", "receive", "close-short", "cancel")
    },
    "api/v1/sales/<uuid:pk>": "api/v1/sales/{sale}",
    **{
        f"api/v1/registers/<int:pk>/{what}": f"api/v1/registers/{{cashregister}}/{what}"
        for what in (
            "sessions",
            "session",
            "session/drawer",
            "session/x-report",
            "session/x-report.pdf",
            "session/close",
        )
    },
    "api/v1/closings/<int:pk>": "api/v1/closings/{closing}",
    "api/v1/closings/<int:pk>/report.pdf": "api/v1/closings/{closing}/report.pdf",
    "admin/sales/registersession/<path:object_id>/step/<slug:event>/": (
        "admin/sales/registersession/{registersession}/step/close/"
    ),
    "admin/sales/refusedticket/<path:object_id>/step/<slug:event>/": (
        "admin/sales/refusedticket/{refusedticket}/step/book/"
    ),
    "api/v1/registers/<int:pk>/tickets-export": "api/v1/registers/{cashregister}/tickets-export",
    "api/v1/tickets/<uuid:pk>/prints": "api/v1/tickets/{sale}/prints",
    "api/v1/tickets/<uuid:pk>/mail": "api/v1/tickets/{sale}/mail",
    "api/v1/tickets/<uuid:pk>/receipt.pdf": "api/v1/tickets/{sale}/receipt.pdf",
    "till/receipt/<uuid:sale_id>/": "till/receipt/{sale}/",
    "api/v1/parked/<int:pk>/resume": "api/v1/parked/{parkedticket}/resume",
    "api/v1/parked/<int:pk>/discard": "api/v1/parked/{parkedticket}/discard",
    "api/v1/targets/<int:pk>": "api/v1/targets/{storetarget}",
    "admin/inventory/purchaseorder/<path:object_id>/step/<slug:event>/": (
        "admin/inventory/purchaseorder/{purchaseorder}/step/receive/"
    ),
    "api/v1/imports/<int:pk>": "api/v1/imports/{importrun}",
    "api/v1/imports/<int:pk>/confirm": "api/v1/imports/{importrun}/confirm",
    "api/v1/imports/<int:pk>/quarantine": "api/v1/imports/{importrun}/quarantine",
    "api/v1/imports/<int:pk>/quarantine.csv": "api/v1/imports/{importrun}/quarantine.csv",
    "api/v1/suppliers/<int:pk>": "api/v1/suppliers/{supplier}",
    "api/v1/stock/purchase-orders/<int:pk>": "api/v1/stock/purchase-orders/{purchaseorder}",
    **{
        f"api/v1/stock/purchase-orders/<int:pk>/{step}": (
            f"api/v1/stock/purchase-orders/{{purchaseorder}}/{step}"
        )
        for step in PURCHASE_STEPS
    },
    "api/v1/stock/<str:store>/<path:product>": "api/v1/stock/{store_code}/BREAD",
    "api/v1/stock/movements/<uuid:pk>": "api/v1/stock/movements/{stockmovement}",
    "api/v1/stock/holds/<uuid:basket>": "api/v1/stock/holds/{basket}",
    "api/v1/stock/holds/<uuid:basket>/extend": "api/v1/stock/holds/{basket}/extend",
    "api/v1/stock/holds/<uuid:basket>/commit": "api/v1/stock/holds/{basket}/commit",
    "api/v1/stock/holds/<uuid:basket>/release": "api/v1/stock/holds/{basket}/release",
    "api/v1/stock/holds/<uuid:basket>/consume": "api/v1/stock/holds/{basket}/consume",
    "api/produits/<int:pk>": "api/produits/{product}",
    "dashboards/saved/<int:view_id>": "dashboards/saved/1",
    "api/v1/stock/stocktakes/<int:pk>": "api/v1/stock/stocktakes/{stocktake}",
    "api/v1/stock/stocktakes/<int:pk>/lines": "api/v1/stock/stocktakes/{stocktake}/lines",
    **{
        f"api/v1/stock/stocktakes/<int:pk>/{step}": f"api/v1/stock/stocktakes/{{stocktake}}/{step}"
        for step in STOCKTAKE_STEPS
    },
    "api/v1/stock/adjustments/<int:pk>": "api/v1/stock/adjustments/{stockadjustment}",
    "api/v1/stock/adjustments/<int:pk>/reverse": (
        "api/v1/stock/adjustments/{stockadjustment}/reverse"
    ),
    "admin/inventory/stocktake/<path:object_id>/step/<slug:event>/": (
        "admin/inventory/stocktake/{stocktake}/step/approve/"
    ),
    "admin/sales/storedvalue/<int:account_id>/<slug:act>/": (
        "admin/sales/storedvalue/{storedvalue}/load/"
    ),
    "problems/<path:code>": "problems/not-found",
    "^dashboards/consolidation\\.(?P<ending>csv|xlsx)$": "dashboards/consolidation.csv?by=store",
    "^dashboards/inventory/(?P<part>stores|assortment|shortages)\\.(?P<ending>csv|xlsx)$": (
        "dashboards/inventory/stores.csv"
    ),
    "dashboards/stores/<path:code>/performance": (
        "dashboards/stores/{store_code}/performance?{period}"
    ),
    "api/v1/stores/<str:code>/performance": "api/v1/stores/{store_code}/performance?{period}",
    "api/v1/registers/<int:pk>/daily-sales": "api/v1/registers/{cashregister}/daily-sales?{period}",
    "dashboards/stores/<path:code>": "dashboards/stores/{store_code}?{period}",
    "dashboards/products/<int:product_id>": "dashboards/products/{product}?{period}",
    "dashboards/tickets/<uuid:sale_id>": "dashboards/tickets/{sale}",
}
# What these tell are figures, or a drawing.
NAMELESS = re.compile(
    r"/x-report(\.pdf)?$|/session$|/closings/|receipt\.pdf$|/till-rules|daily-sales"
)
# Questions worth asking besides the bare address.
PERIOD = "from=2025-03-01&to=2025-03-31"
QUESTIONS = (
    "admin/search/?s=STORE",
    "api/v1/kpis?{period}&by=store",
    "api/v1/kpis?{period}&by=region",
    "api/v1/kpis?{period}&by=product",
    "api/central?{period}",
    "api/consolide?{period}",
    "api/v1/stock?short=true",
    "api/v1/stock/availability?sku=BREAD",
    "api/v1/stock/availability?sku=BREAD&store=FOREIGN-STORE",
    "api/v1/stock/feed?store=MINE-STORE",
    "api/v1/stock/feed?store=FOREIGN-STORE",
    "access/view-as?q=manager",
    "admin/inventory/stocklevel/{stocklevel}/change/?prove=1",
    "admin/inventory/stocklevel/?q=bread",
    "admin/inventory/stocklevel/?state=missing",
    "dashboards/?{period}",
    "dashboards/consolidation?{period}&by=store",
    "dashboards/consolidation?{period}&by=region",
    "dashboards/consolidation?{period}&by=product",
    "dashboards/consolidation?{period}&by=day",
    "dashboards/consolidation.csv?{period}&by=store",
    "dashboards/consolidation.xlsx?{period}&by=region",
    "dashboards/inventory?{period}",
    "dashboards/inventory/shortages?{period}",
    "dashboards/inventory/assortment?by=--",
    "dashboards/inventory/assortment.csv?{period}",
    "dashboards/inventory/shortages.xlsx?{period}",
    "api/v1/kpis?{period}&by=store&kpi=stock_units",
    "api/v1/kpis?{period}&by=region&kpi=stock_value&kpi=gmroi",
    "dashboards/tickets?{period}",
    "dashboards/tickets?{period}&having=returns",
    "dashboards/tickets.csv?{period}",
    "api/v1/kpis?{period}&by=store&known_at=2025-03-31",
    "api/v1/kpis/late?{period}&known_at=2025-03-31",
    "dashboards/consolidation?{period}&by=store&known_at=2025-03-31",
    "dashboards/tickets?{period}&known_at=2025-03-31",
    "dashboards/late?{period}&known_at=2025-03-31",
    "dashboards/late.csv?{period}&known_at=2025-03-31",
)
NO_KEY = "0195ec4e-0000-7000-8000-000000000000"
ABSENT = {
    "sale": NO_KEY, "ticket": NO_KEY, "approval": NO_KEY, "stockmovement": NO_KEY,
    "basket": NO_KEY, "store_code": "NOWHERE",
}  # fmt: skip
ABSENT_ID = 9_000_000_000


@dataclass(frozen=True)
class Address:
    """A registered pattern: its route, and how many arguments it takes."""

    route: str
    arguments: int


def registered(resolver=None, prefix=""):
    """Every pattern that answers, however deep it was included."""
    for pattern in (resolver or get_resolver()).url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from registered(pattern, route)
        else:
            yield Address(route, pattern.pattern.regex.groups)


def templates():
    """The path of every address, with words where it has arguments; and the unknown routes."""
    found, unknown = [], []
    for address in registered():
        known = _template_of(address)
        found += known
        if not known:
            unknown.append(address.route)
    questions = [question.replace("{period}", PERIOD) for question in QUESTIONS]
    return sorted(set(found)) + questions + list(_of_the_administration()), unknown


def _template_of(address):
    if address.route in EXAMPLES:
        return [EXAMPLES[address.route].replace("{period}", PERIOD)]
    if not address.arguments:
        return [address.route.replace("^", "").rstrip("$")]
    if "(?P<app_label>" in address.route:
        return [f"admin/{label}/" for label in _labels()]
    for model in admin.site._registry:
        prefix = f"admin/{model._meta.app_label}/{model._meta.model_name}/"
        if address.route.startswith(prefix) and address.arguments == 1:
            before, _, rest = address.route.partition("<")
            return [f"{before}{{{model._meta.model_name}}}{rest.partition('>')[2]}"]
    return []


def _of_the_administration():
    """Searches, filters by store, popups, and every relation's autocompletion."""
    for model, page in admin.site._registry.items():
        label, name = model._meta.app_label, model._meta.model_name
        yield f"admin/{label}/{name}/?q=STORE"
        yield f"admin/{label}/{name}/?_popup=1"
        yield f"admin/{label}/{name}/?store__id__exact={{store}}"
        for of in (model, *(inline.model for inline in page.inlines)):
            for field in (*of._meta.fields, *of._meta.many_to_many):
                if field.remote_field:
                    asked = f"app_label={of._meta.app_label}&model_name={of._meta.model_name}"
                    yield f"admin/autocomplete/?{asked}&field_name={field.name}&term="
                    yield f"admin/autocomplete/?{asked}&field_name={field.name}&term=STORE"


def _labels():
    return sorted({model._meta.app_label for model in admin.site._registry})


def opened(template, words):
    """The path for one store's things."""
    return "/" + template.format_map(words)


def absent(words):
    """The same words for what is nowhere."""
    return {name: ABSENT.get(name, ABSENT_ID) for name in words}


def tells_no_name(path):
    """Whether what this address says of a store does not name it."""
    return NAMELESS.search(path) is not None
