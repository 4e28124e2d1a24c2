"""What the page of tickets is asked for: by which lines, hours, totals, customers and goods."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from epm.access.selectors import rights
from inventory.selectors.categories import categories_visible_to, ids_below
from reporting.selectors import places
from reporting.selectors.goods import UnknownProduct, product_by_sku
from reporting.selectors.kpis import UnknownCategory
from reporting.selectors.tickets import Asked, Having
from reporting.views.frame import Frame
from reporting.views.reading import Reading
from reporting.views.state import State
from sales.selectors.customers import customers_named
from sales.selectors.references import ids_by_reference

LONGEST: Final = 120
OWN: Final = ("customer", "amount_from", "amount_to")


def ticket_named(request: HttpRequest) -> UUID | None:
    """The one visible ticket with the number that was typed."""
    reference = _typed(request, "number")
    if not reference:
        return None
    stores = [code for code in request.GET.getlist("store") if "\0" not in code]
    found = ids_by_reference(request.user, reference=reference, stores=stores, most=2)
    return found[0] if len(found) == 1 else None


def product_typed(request: HttpRequest) -> int | None:
    """The key of the product whose SKU was typed."""
    sku = _typed(request, "sku")
    try:
        return product_by_sku(request.user, sku=sku) if sku else None
    except UnknownProduct:
        return None


def asked_of(frame: Frame) -> Asked:
    """What the URL asks for; what cannot be read is noted in the frame's mistakes.

    Raise UnknownStore, UnknownRegion, UnknownCategory, UnknownProduct; PermissionDenied where
    customers are named by who may not see them.
    """
    state, principal = frame.state, frame.principal
    said = Reading(frame.request.GET)
    having = frame.request.GET.get("having", "")
    product = frame.product
    asked = Asked(
        principal=principal,
        places=places.chosen(principal=principal, stores=state.stores, regions=state.regions),
        period=frame.period,
        category_ids=_category_ids(frame),
        product_id=product.id if product else None,
        having=Having(having) if having in set(Having) else Having.GOODS,
        weekday=_number(frame, "weekday", among=range(1, 8)),
        hour=_number(frame, "hour", among=range(24)),
        known_at=state.known_at,
        at_least=said.amount("amount_from"),
        at_most=said.amount("amount_to"),
        customer_ids=_customer_ids(frame, said),
    )
    frame.mistakes += said.mistakes
    return asked


def when(asked: Asked) -> str:
    """The weekday and hour that the tickets are narrowed to, in words."""
    told = []
    if asked.weekday:
        told.append(str(WEEKDAYS[asked.weekday - 1]))
    if asked.hour is not None:
        told.append(
            _("%(from)d:00 to %(to)d:00") % {"from": asked.hour, "to": (asked.hour + 1) % 24}
        )
    return ", ".join(told)


def kept(frame: Frame, asked: Asked) -> dict[str, str]:
    """What the URL says besides the state, as it was understood."""
    said: dict[str, object] = {
        "having": None if asked.having is Having.GOODS else asked.having.value,
        "weekday": asked.weekday,
        "hour": asked.hour,
        **{name: _typed(frame.request, name) or None for name in OWN},
    }
    return {name: str(value) for name, value in said.items() if value is not None}


def form(frame: Frame, kept_now: Mapping[str, str]) -> dict[str, Any]:
    """What the search form says, and what it keeps of the page."""
    product = frame.product
    typed = {name: _typed(frame.request, name) for name in ("number", "sku", *OWN)}
    return {
        **typed,
        "sku": typed["sku"] or (product.sku if product else ""),
        "unknown_sku": typed["sku"],
        "by_customer": rights.sees_customers(frame.principal),
        "hidden": [*without_goods(frame.state), *_besides(kept_now)],
    }


def without_goods(state: State) -> list[tuple[str, str]]:
    return state.pairs(without={"product", "page", "sort", "by"})


def _besides(kept_now: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in kept_now.items() if name not in OWN]


def _category_ids(frame: Frame) -> list[int] | None:
    code = frame.state.category
    if not code:
        return None
    category = categories_visible_to(frame.principal).filter(code__iexact=code).first()
    if category is None:
        raise UnknownCategory(_("There is no category “%(code)s”.") % {"code": code}, category=code)
    return ids_below(category)


def _customer_ids(frame: Frame, said: Reading) -> list[int] | None:
    text = (said.code("customer") or "").strip()
    if not text:
        return None
    if not rights.sees_customers(frame.principal):
        raise PermissionDenied
    return list(customers_named(frame.principal, text=text).values_list("pk", flat=True))


def _number(frame: Frame, name: str, *, among: range) -> int | None:
    text = frame.request.GET.get(name, "")
    known = {str(number): number for number in among}
    return known.get(text)


def _typed(request: HttpRequest, name: str) -> str:
    """What stands there, unless it cannot be meant."""
    text = request.GET.get(name, "").strip()
    return "" if "\0" in text or len(text) > LONGEST else text
