from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final
from uuid import UUID, uuid5

from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from django_filters import ChoiceFilter
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from epm.access.filters import StoresFilter
from epm.access.selectors import rights
from epm.access.selectors.scope import Principal, stores_visible_to
from epm.platform.bodies import Nothing, StrictSerializer
from epm.platform.endpoints import Endpoint, Listing, one_row, same_names
from epm.platform.filters import StrictFilterSet, TextFilter, YesNoFilter
from epm.platform.versions import etag_of, refuse_stale
from epm.platform.writes import Answer, WriteEndpoint, credential
from inventory.api.naming import NamedWrite, products_of
from inventory.api.purchase_bodies import (
    DeliveryIn,
    DeliveryOut,
    OnePurchaseOrderOut,
    OneSupplierOut,
    OrderIn,
    OrderLineOut,
    PurchaseOrderOut,
    ReasonIn,
    SuppliedOut,
    SupplierOut,
    TermsIn,
)
from inventory.models import ChargeSplit, PurchaseOrder, Supplier
from inventory.selectors import purchase_orders as questions
from inventory.selectors.suppliers import suppliers_visible_to
from inventory.services import purchase_orders, purchase_receipts
from inventory.services.purchase_lines import Wanted
from inventory.services.purchase_orders import Terms
from inventory.services.purchase_receipts import NOTHING, Delivered, Delivery
from inventory.states import PURCHASE_ORDER, PurchaseOrderState

DELIVERIES: Final = UUID("7d0f7c5e-53a2-5b0e-8f43-0c2a7f6b9d14")
"""The name space of deliveries that are named by their Idempotency-Key."""
ORDER_COLUMNS: Final = same_names(PurchaseOrderOut) | {
    "supplier": "supplier__code",
    "store": "store__code",
}
LINE_COLUMNS: Final = same_names(OrderLineOut) | {"product": "product_id", "sku": "product__sku"}
SUPPLIED_COLUMNS: Final = same_names(SuppliedOut) | {"product": "product_id", "sku": "product__sku"}
COSTS: Final = frozenset({"unit_cost", "price", "freight", "duty"})


class SupplierFilters(StrictFilterSet):
    code = TextFilter(field_name="code", lookup_expr="iexact", label="The code, in any case.")
    is_active = YesNoFilter()


class OrderFilters(StrictFilterSet):
    supplier = TextFilter(field_name="supplier__code", lookup_expr="iexact", label="Its code.")
    store = StoresFilter(field_name="store", label="Codes of the stores.")
    state = ChoiceFilter(choices=PurchaseOrderState.choices)


class Suppliers(Listing):
    """Whom the chain buys from."""

    right = rights.PURCHASES
    serializer_class = SupplierOut
    filterset_class = SupplierFilters
    columns = same_names(SupplierOut)
    orderings = {"id": "pk", "code": "code"}
    default_ordering = "code"

    def get_queryset(self) -> QuerySet[Supplier]:
        return suppliers_visible_to(self.request.user)


class OneSupplier(Endpoint):
    """One supplier, with what it sells us."""

    right = rights.PURCHASES
    serializer_class = OneSupplierOut

    def get(self, request: Request, *, pk: int) -> Response:
        visible = suppliers_visible_to(request.user)
        row = one_row(visible, pk=pk, columns=same_names(SupplierOut))
        products = visible.get(pk=pk).products.order_by("pk")
        return Response({**row, "products": _rows(products, SUPPLIED_COLUMNS, request.user)})


class PurchaseOrders(NamedWrite, Listing):
    """Purchase orders of your stores, latest first; a POST drafts one."""

    http_method_names = ["get", "head", "post"]
    right = rights.PURCHASES
    write_right = rights.PURCHASES_WRITE
    body = OrderIn
    serializer_class = PurchaseOrderOut
    filterset_class = OrderFilters
    columns = ORDER_COLUMNS
    orderings = {"id": "pk"}
    default_ordering = "-id"

    def get_queryset(self) -> QuerySet[PurchaseOrder]:
        return questions.orders_visible_to(self.request.user)

    def write(self, said: dict[str, Any], **_address: Any) -> Answer:
        supplier = _coded(suppliers_visible_to(self.request.user), "supplier", said)
        store = _coded(stores_visible_to(self.request.user), "store", said)
        order = purchase_orders.create(
            supplier_id=supplier,
            store_id=store,
            lines=_wanted(self.request.user, said),
            by=credential(self.request.user)[1],
            now=timezone.now(),
            terms=_terms(said),
            round_up=said.get("round_up", False),
        )
        told = _told(order.pk, self.request.user)
        address = f"/api/v1/stock/purchase-orders/{order.pk}"
        return Answer(201, told, {"Location": address, "ETag": etag_of(order.version)})


class OnePurchaseOrder(NamedWrite):
    """One order, with its lines, its deliveries and what can happen next; a PUT edits a draft."""

    http_method_names = ["get", "head", "put"]
    right = rights.PURCHASES
    write_right = rights.PURCHASES_WRITE
    body = TermsIn
    serializer_class = OnePurchaseOrderOut
    success = 200
    edits = True

    def get(self, request: Request, *, pk: int) -> Response:
        told = _told(pk, request.user)
        return Response(told, headers={"ETag": etag_of(told["version"])})

    def write(self, said: dict[str, Any], *, pk: int) -> Answer:
        _lock(self, pk)
        purchase_orders.edit(
            order_id=pk,
            lines=_wanted(self.request.user, said),
            terms=_terms(said),
            round_up=said.get("round_up", False),
        )
        return _answer(self, pk)


class Step(NamedWrite):
    """Takes an order one step on; `transitions` of the order says which it can take."""

    right = rights.PURCHASES
    write_right = rights.PURCHASES_WRITE
    serializer_class = OnePurchaseOrderOut
    success = 200
    edits = True
    act: ClassVar[Callable[..., object]]

    def write(self, said: dict[str, Any], *, pk: int) -> Answer:
        _lock(self, pk)
        self.step(pk, said)
        return _answer(self, pk)

    def step(self, pk: int, said: dict[str, Any]) -> None:
        """The one call of the service."""
        type(self).act(order_id=pk, **said)


class Submit(Step):
    def step(self, pk: int, said: dict[str, Any]) -> None:
        user = self.request.user
        purchase_orders.submit(order_id=pk, by=credential(user)[1], submitter=user)


class Approve(Step):
    """A person's, up to the limit of the role; a key approves nothing."""

    def step(self, pk: int, said: dict[str, Any]) -> None:
        user = self.request.user
        purchase_orders.approve(order_id=pk, by=credential(user)[1], approver=user)


class Order(Step):
    def step(self, pk: int, said: dict[str, Any]) -> None:
        purchase_orders.order(order_id=pk, now=timezone.now())


class Receive(Step):
    """Takes a delivery into stock: a line may come short, over, or be rejected."""

    body = DeliveryIn

    def step(self, pk: int, said: dict[str, Any]) -> None:
        whose, name = credential(self.request.user)
        key = self.request.headers["Idempotency-Key"]
        purchase_receipts.receive(
            order_id=pk,
            key=uuid5(DELIVERIES, "\n".join((whose, str(pk), key))),
            lines=[
                Delivered(
                    line_id=line["line"],
                    accepted=line["accepted"],
                    rejected=line.get("rejected", NOTHING),
                    reason=line.get("reason", ""),
                    weight_kg=line.get("weight_kg"),
                )
                for line in said["lines"]
            ],
            by=name,
            now=timezone.now(),
            receiver=self.request.user,
            more_than_ordered=said.get("more_than_ordered", False),
            delivery=Delivery(
                note=said.get("delivery_note", ""),
                freight=said.get("freight", NOTHING),
                duty=said.get("duty", NOTHING),
                split_by=said.get("split_by", ChargeSplit.VALUE),
            ),
        )


def _plain(verb: Callable[..., object], name: str, body: type[StrictSerializer]) -> type[Step]:
    """A step that is told a reason, or nothing."""
    return type(name, (Step,), {"act": staticmethod(verb), "body": body, "__doc__": verb.__doc__})


STEPS: Final[Mapping[str, type[Step]]] = {
    "submit": Submit,
    "approve": Approve,
    "send-back": _plain(purchase_orders.send_back, "SendBack", ReasonIn),
    "order": Order,
    "receive": Receive,
    "close-short": _plain(purchase_orders.close_short, "CloseShort", ReasonIn),
    "close": _plain(purchase_orders.close, "Close", Nothing),
    "cancel": _plain(purchase_orders.cancel, "Cancel", ReasonIn),
    "hold": _plain(purchase_orders.hold, "Hold", ReasonIn),
    "resume": _plain(purchase_orders.resume, "Resume", Nothing),
}


def _lock(view: WriteEndpoint, pk: int) -> None:
    """The order stays as it is until we are done. Http404, or VersionChanged by If-Match."""
    if not questions.orders_visible_to(view.request.user).filter(pk=pk).exists():
        raise Http404
    order = purchase_orders.locked(order_id=pk)
    refuse_stale(seen=view.seen, now=order.version)


def _answer(view: WriteEndpoint, pk: int) -> Answer:
    told = _told(pk, view.request.user)
    return Answer(200, told, {"ETag": etag_of(told["version"])})


def _told(pk: int, principal: Principal) -> dict[str, Any]:
    visible = questions.orders_visible_to(principal)
    row = one_row(visible, pk=pk, columns=ORDER_COLUMNS)
    order = visible.get(pk=pk)
    return {
        **row,
        "lines": _rows(order.lines.order_by("pk"), LINE_COLUMNS, principal),
        "deliveries": _rows(order.receipts.order_by("pk"), same_names(DeliveryOut), principal),
        "transitions": [event.replace("_", "-") for event in PURCHASE_ORDER.events(order.state)],
    }


def _rows(
    found: QuerySet[Any], columns: Mapping[str, str], principal: Principal
) -> list[dict[str, Any]]:
    """Costs are not for everybody."""
    costs = rights.sees_costs(principal)
    shown = {name: field for name, field in columns.items() if costs or name not in COSTS}
    return [dict(zip(shown, row, strict=True)) for row in found.values_list(*shown.values())]


def _coded(visible: QuerySet[Any], name: str, said: Mapping[str, Any]) -> int:
    """The id of what has this code, in any case; ValidationError when nothing in sight has it."""
    found = visible.annotate(folded=Lower("code")).filter(folded=said[name].lower()).first()
    if found is None:
        raise ValidationError({name: [ErrorDetail(_("Nothing has this code."), code="not-found")]})
    return int(found.pk)


def _terms(said: Mapping[str, Any]) -> Terms:
    return Terms(said.get("expected_on"), said.get("exchange_rate"), said.get("note", ""))


def _wanted(principal: Principal, said: Mapping[str, Any]) -> list[Wanted]:
    lines = said["lines"]
    return [
        Wanted(product, line["quantity"], line.get("unit_cost"))
        for product, line in zip(products_of(principal, lines), lines, strict=True)
    ]
