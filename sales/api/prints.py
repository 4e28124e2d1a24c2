"""Copies of receipts: counted, and as PDF."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from epm.access.models import User
from epm.access.selectors import rights
from epm.platform.bodies import StrictSerializer
from epm.platform.endpoints import Endpoint
from epm.platform.filters import StrictFilterSet
from epm.platform.writes import Answer, WriteEndpoint
from sales.api.filters import CopyFilter
from sales.selectors.prints import slip_visible_to, ticket_visible_to
from sales.selectors.slip import slip_of
from sales.services import receipts


class PrintIn(StrictSerializer):
    way = serializers.ChoiceField(
        [("paper", _("Paper")), ("pdf", "PDF"), ("gift", _("Gift receipt"))]
    )


class PrintOut(serializers.Serializer):
    copy = serializers.IntegerField(help_text="0 is the first; none is left out.")
    is_duplicate = serializers.BooleanField()
    duplicate = serializers.IntegerField(help_text="As “COPY n” says; 0 where it does not.")
    lines = serializers.ListField(
        child=serializers.CharField(), help_text="As text, 42 letters wide."
    )
    qr = serializers.CharField(help_text="What its QR code holds: the ticket's uuid.")
    pdf = serializers.CharField(help_text="Where this copy is as PDF.")
    page = serializers.CharField(help_text="Where a browser prints it.")


class CopyFilters(StrictFilterSet):
    copy = CopyFilter(label="Number of the copy; left out: the latest.")


class Prints(WriteEndpoint):
    """Count one more copy of a ticket's receipt, and tell what stands on it.

    The first one is the original, all that follow are marked. A gift receipt says no prices.
    """

    right = rights.SALES
    write_right = rights.TILLS_WRITE
    body = PrintIn
    serializer_class = PrintOut

    def write(self, said: dict[str, Any], **address: Any) -> Answer:
        principal, sale_id = self.request.user, address["pk"]
        ticket = ticket_visible_to(principal, sale_id=sale_id)
        if ticket is None:
            raise Http404
        printed = receipts.count(
            sale_id=sale_id,
            way=said["way"],
            printed_by_id=principal.pk if isinstance(principal, User) else None,
        )
        slip = slip_of(ticket, printed)
        copy = f"?copy={slip.copy}"
        return Answer(201, {
            "copy": slip.copy,
            "is_duplicate": slip.duplicate > 0,
            "duplicate": slip.duplicate,
            "lines": receipts.as_text(slip=slip),
            "qr": str(slip.uuid),
            "pdf": reverse("api-ticket-receipt", args=[sale_id]) + copy,
            "page": reverse("till-receipt", args=[sale_id]) + copy,
        })  # fmt: skip


class PdfRenderer(BaseRenderer):
    """Names the media type; the view draws the file by itself."""

    media_type = "application/pdf"
    format = "pdf"


class ReceiptFile(Endpoint):
    """A copy that was counted, as PDF 80 mm wide."""

    right = rights.SALES
    renderer_classes = [PdfRenderer]
    filterset_class = CopyFilters

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    def get(self, request: Request, *, pk: UUID) -> HttpResponse:
        slip = slip_visible_to(request.user, sale_id=pk, copy=self.parameters()["copy"])
        if slip is None:
            raise Http404
        return HttpResponse(
            receipts.as_pdf(slip=slip),
            content_type="application/pdf",
            headers={"Content-Disposition": f'inline; filename="{pk}-{slip.copy}.pdf"'},
        )
