"""Transfers over the API: which there are, and plans of new ones."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import uuid4

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from epm.access.selectors import rights
from epm.access.selectors.scope import Principal, stores_visible_to
from epm.platform import versions
from epm.platform.endpoints import LARGEST_ID, Listing, one_row
from epm.platform.writes import Answer
from inventory.api.filters import TransferFilters
from inventory.api.naming import NamedWrite, products_of
from inventory.api.role_asked import RoleAsked
from inventory.api.transfer_bodies import (
    OneTransferOut,
    PlanIn,
    TransferIn,
    TransferOut,
)
from inventory.models import Transfer
from inventory.selectors import transfers as asked
from inventory.services import transfers
from inventory.services.transfers import Planned

COLUMNS: Final = {
    "id": "id", "source": "source__code", "destination": "destination__code", "state": "state",
    "note": "note", "expected_on": "expected_on", "created_at": "created_at",
    "shipped_at": "shipped_at",
}  # fmt: skip
ONE: Final = {**COLUMNS, "version": "version"}
LINE: Final = {
    "product": "product_id", "sku": "product__sku", "quantity": "quantity", "shipped": "shipped",
    "accepted": "accepted", "rejected": "rejected", "lost": "lost", "returned": "returned",
    "over": "over", "in_transit": "in_transit",
}  # fmt: skip


class Transfers(RoleAsked, NamedWrite, Listing):
    """Transfers from or to your stores, latest first; draft one."""

    http_method_names = ["get", "head", "post"]
    model = "transfer"
    right = rights.STOCK
    write_right = rights.STOCK_WRITE
    verb = "add"
    body = TransferIn
    serializer_class = TransferOut
    filterset_class = TransferFilters
    columns = COLUMNS
    orderings = {"id": "pk"}
    default_ordering = "-id"

    def get_queryset(self) -> QuerySet[Transfer]:
        return asked.transfers_visible_to(self.request.user)

    def write(self, said: dict[str, Any], *args: Any, **address: Any) -> Answer:
        source = stores_visible_to(self.request.user).filter(code=said["source"]).first()
        destination = asked.partner_coded(said["destination"])
        for name, store in (("source", source), ("destination", destination)):
            if store is None:
                raise ValidationError({name: [_("There is no such store.")]})
        made = transfers.create(
            key=uuid4(),
            source_id=source.pk,  # type: ignore[union-attr]
            destination_id=destination.pk,  # type: ignore[union-attr]
            lines=planned(self.request.user, said["lines"]),
            note=said.get("note", ""),
            expected_on=said.get("expected_on"),
        )
        told = told_of(self.request.user, made.pk)
        return Answer(201, told, {**tag(told), "Location": f"/api/v1/stock/transfers/{made.pk}"})


class OneTransfer(RoleAsked, NamedWrite):
    """One transfer with its lines, deliveries and what can happen now; edit it while a draft."""

    http_method_names = ["get", "head", "put"]
    model = "transfer"
    right = rights.STOCK
    write_right = rights.STOCK_WRITE
    body = PlanIn
    serializer_class = OneTransferOut
    success = 200
    edits = True

    def get(self, request: Request, *, pk: int) -> Response:
        told = told_of(request.user, pk)
        return Response(told, headers=tag(told))

    def write(self, said: dict[str, Any], *args: Any, **address: Any) -> Answer:
        user, pk = self.request.user, address["pk"]
        refuse_others(user, pk, "edit")
        transfers.edit(
            transfer_id=pk,
            lines=planned(user, said["lines"]),
            note=said.get("note", ""),
            expected_on=said.get("expected_on"),
            seen=self.seen,
        )
        told = told_of(user, pk)
        return Answer(200, told, tag(told))


def told_of(principal: Principal, pk: int) -> dict[str, Any]:
    """A transfer as this principal may see it; Http404 where it is not there for it."""
    told = one_row(asked.transfers_visible_to(principal), pk=pk, columns=ONE)
    columns = {**LINE, "value": "value"} if rights.sees_costs(principal) else LINE
    rows = asked.lines_of(pk).values_list(*columns.values())
    return {
        **told,
        "transitions": [event.replace("_", "-") for event in _events(principal, pk)],
        "lines": [dict(zip(columns, row, strict=True)) for row in rows],
        "deliveries": [
            {
                "id": receipt.pk,
                "received_at": receipt.received_at,
                "note": receipt.note,
                "lines": [
                    {"product": each.line.product_id, "sku": each.line.product.sku,
                     "accepted": each.accepted, "rejected": each.rejected, "over": each.over,
                     "reason": each.reason, "disposition": each.disposition}
                    for each in receipt.lines.all()
                ],
            }
            for receipt in asked.receipts_of(pk)
        ],
    }  # fmt: skip


def _events(principal: Principal, pk: int) -> list[str]:
    return asked.events_for(principal, visible(principal, pk))


def visible(principal: Principal, pk: int) -> Transfer:
    rows = asked.transfers_visible_to(principal)
    found = rows.filter(pk=pk).first() if pk <= LARGEST_ID else None
    if found is None:
        raise Http404
    return found


def refuse_others(principal: Principal, pk: int, event: str) -> None:
    """Http404 for what is out of sight, PermissionDenied for a step of the other store."""
    if not asked.may(principal, visible(principal, pk), event):
        raise PermissionDenied


def planned(principal: Principal, lines: Sequence[Mapping[str, Any]]) -> list[Planned]:
    """Lines with products that there are; of one product they are added up."""
    products = products_of(principal, lines)
    return [
        Planned(product, line["quantity"]) for product, line in zip(products, lines, strict=True)
    ]


def tag(told: Mapping[str, Any]) -> dict[str, str]:
    return {"ETag": versions.etag_of(told["version"])}
