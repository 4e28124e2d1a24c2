"""The tickets of a register as a file that proves itself."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from django.http import Http404, StreamingHttpResponse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.text import get_valid_filename
from django.views.decorators.gzip import gzip_page
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.serializers import Serializer

from epm.access.authentication import missing_scope
from epm.access.selectors import rights
from epm.platform.endpoints import LARGEST_ID, Endpoint
from epm.platform.filters import DateFilter, StrictFilterSet
from sales.selectors.registers import registers_visible_to
from sales.selectors.ticket_export import export_of

LINES_AT_ONCE: Final = 500
NEEDED: Final = (rights.SALES, rights.COSTS, rights.CUSTOMERS)


class ExportFilters(StrictFilterSet):
    named = {
        "from": DateFilter(label="First business day."),
        "to": DateFilter(label="Last business day."),
    }


@method_decorator(gzip_page, name="dispatch")
class TicketsExport(Endpoint):
    """The tickets of a register from the first to the last of these business days, one JSON
    document a line, after a header. What came late lies among them, so no number is left out.

    `scripts/verify_tickets.py` proves the file. What was hashed holds costs and the ids of
    customers and cashiers: who may not see those is refused, for without them nothing is proved.
    """

    right = rights.SALES
    serializer_class = Serializer
    filterset_class = ExportFilters

    @extend_schema(
        operation_id="registers_tickets_export",
        responses={(200, "application/x-ndjson"): OpenApiTypes.STR},
    )
    def get(self, request: Request, *, pk: int) -> StreamingHttpResponse:
        asked: dict[str, Any] = self.parameters()
        visible = registers_visible_to(request.user)
        register = visible.filter(pk=pk).first() if pk <= LARGEST_ID else None
        if register is None:
            raise Http404
        if not (rights.sees_costs(request.user) and rights.sees_customers(request.user)):
            raise missing_scope(request.user, *NEEDED)
        export = export_of(register, start=asked["from"], end=asked["to"])
        name = get_valid_filename(f"tickets-{register.store.code}-{register.code}.jsonl")
        return StreamingHttpResponse(
            _chunks(export.lines(now=timezone.now())),
            content_type="application/x-ndjson",
            headers={
                "Content-Disposition": f'attachment; filename="{name}"',
                "X-Accel-Buffering": "no",
            },
        )


def _chunks(lines: Iterator[bytes]) -> Iterator[bytes]:
    while some := list(islice(lines, LINES_AT_ONCE)):
        yield b"".join(some)
