"""X and Z reports and closings as PDF, for the printer of a till."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from epm.access.selectors import rights
from epm.platform.endpoints import LARGEST_ID, Endpoint
from sales.api.prints import PdfRenderer
from sales.api.sessions import refuse_blind, register_of
from sales.selectors import sessions as asked
from sales.selectors.report_slip import Report, report_of, x_report_of
from sales.services import receipts

PDF = {(200, "application/pdf"): OpenApiTypes.BINARY}


class XReportFile(Endpoint):
    """What the open session comes to until now, as PDF 80 mm wide; nothing is closed, nothing
    kept."""

    right = rights.SALES
    renderer_classes = [PdfRenderer]

    @extend_schema(responses=PDF)
    def get(self, request: Request, *, pk: int) -> HttpResponse:
        register = register_of(request.user, pk)
        if not asked.sees_expected(request.user):
            raise PermissionDenied
        session = asked.running(register.pk)
        if session is None:
            raise Http404
        return _answer(x_report_of(session, now=timezone.now()), name=f"x-{session.pk}")


class ClosingFile(Endpoint):
    """A Z report, or the closing of a day, month or year, as PDF 80 mm wide."""

    right = rights.SALES
    renderer_classes = [PdfRenderer]

    @extend_schema(responses=PDF)
    def get(self, request: Request, *, pk: int) -> HttpResponse:
        refuse_blind(request.user)
        closings = asked.closings_visible_to(request.user)
        named = closings.select_related("store", "register__store", "session")
        closing = named.filter(pk=pk).first() if pk <= LARGEST_ID else None
        if closing is None:
            raise Http404
        return _answer(report_of(closing), name=f"{closing.kind}-{closing.pk}")


def _answer(report: Report, *, name: str) -> HttpResponse:
    return HttpResponse(
        receipts.drawn(title=report.reference, rows=report.rows),
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}.pdf"'},
    )
