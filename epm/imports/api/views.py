from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django_filters import ChoiceFilter
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from epm.access.authentication import missing_scope
from epm.access.models import User
from epm.access.selectors import rights
from epm.access.selectors.scope import Principal
from epm.imports import quarantine
from epm.imports.api.serializers import ImportIn, ImportOut, OneImportOut, QuarantinedRowOut
from epm.imports.models import ImportRun, QuarantinedRow, RunStatus
from epm.imports.selectors.runs import (
    is_interrupted,
    may_import,
    quarantine_visible_to,
    runs_visible_to,
)
from epm.imports.services import files, hand_in, mappings, uploads
from epm.platform.endpoints import LARGEST_ID, Endpoint, Listing, one_row, same_names
from epm.platform.filters import StrictFilterSet, TextFilter, YesNoFilter

RUN_COLUMNS = same_names(ImportOut) | {"by": "actor__username"}
ROW_COLUMNS = same_names(QuarantinedRowOut) | {"resolved_by": "resolved_by_id"}
AS_IT_CAME = frozenset({"cells", "detail", "group_key"})
"""What of a quarantined row stands in the file, where customers and purchase prices may be."""


def run_columns(principal: Principal) -> Mapping[str, str]:
    """Who started it is not for everybody."""
    people = rights.sees_people(principal)
    return {name: path for name, path in RUN_COLUMNS.items() if people or name != "by"}


def row_columns(principal: Principal) -> Mapping[str, str]:
    """Nor is what the file holds."""
    files = rights.sees_files(principal)
    return {name: path for name, path in ROW_COLUMNS.items() if files or name not in AS_IT_CAME}


class ImportFilters(StrictFilterSet):
    kind = TextFilter(field_name="kind", label="Kind, e.g. sales.")
    status = ChoiceFilter(choices=RunStatus.choices)
    dry_run = YesNoFilter()


class QuarantineFilters(StrictFilterSet):
    reason = TextFilter(field_name="reason", label="Its reason, exactly.")
    is_open = YesNoFilter(
        field_name="resolved_by", lookup_expr="isnull", label="Not met again by a later import."
    )


class Imports(Listing):
    """Imports, latest first. A POST hands in a file; a worker reads it."""

    http_method_names = ["get", "head", "post"]
    parser_classes = [MultiPartParser]
    right = rights.IMPORTS
    write_right = rights.IMPORTS_WRITE
    serializer_class = ImportOut
    filterset_class = ImportFilters
    columns = RUN_COLUMNS
    orderings = {"id": "pk"}
    default_ordering = "-id"

    def get_queryset(self) -> QuerySet[ImportRun]:
        return runs_visible_to(self.request.user)

    def get_columns(self) -> Mapping[str, str]:
        return run_columns(self.request.user)

    @extend_schema(
        operation_id="imports_hand_in",
        request=ImportIn,
        responses={202: ImportOut},
        parameters=[
            OpenApiParameter(
                "Idempotency-Key", str, OpenApiParameter.HEADER,
                description="8 to 255 characters. The same again is answered with the same run.",
            )
        ],
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        _refuse_who_may_not_import(request)
        if int(request.META.get("CONTENT_LENGTH") or 0) > (settings.EPM_UPLOAD_MB + 1) << 20:
            raise files.too_large()
        given = ImportIn(data=request.data)
        given.is_valid(raise_exception=True)
        said = given.validated_data
        run, replayed = hand_in.file_and_run(
            kind_name=said["kind"], chunks=said["file"].chunks(), file_name=said["file"].name,
            mapping=_mapping(said), dry_run=said["dry_run"], by=_person(request),
            credential=_credential(request),
            key=request.headers.get("Idempotency-Key", ""), now=timezone.now(),
        )  # fmt: skip
        headers = {"Idempotency-Replayed": "true"} if replayed else {}
        return _accepted(request, run, headers=headers)


class Confirm(Endpoint):
    """Import what was previewed. Again is harmless: the answer is the same import."""

    http_method_names = ["post"]
    right = rights.IMPORTS_WRITE
    serializer_class = ImportOut

    @extend_schema(operation_id="imports_confirm", request=None, responses={202: ImportOut})
    def post(self, request: Request, *, pk: int) -> Response:
        _refuse_who_may_not_import(request)
        found = None if pk > LARGEST_ID else ImportRun.objects.filter(pk=pk).first()
        if found is None:
            raise Http404
        run = uploads.confirm(run_id=pk, by=_person(request), door="api", now=timezone.now())
        return _accepted(request, run)


class OneImport(Endpoint):
    right = rights.IMPORTS
    serializer_class = OneImportOut

    def get(self, request: Request, *, pk: int) -> Response:
        columns = {**run_columns(request.user), "account": "account"}
        visible = runs_visible_to(request.user)
        told = one_row(visible, pk=pk, columns=columns)
        at_work = told["status"] in (RunStatus.PARSING, RunStatus.APPLYING)
        told["interrupted"] = at_work and is_interrupted(visible.get(pk=pk))
        return Response(told)


class Quarantine(Listing):
    """The rows an import set aside, each with its reason."""

    right = rights.IMPORTS
    serializer_class = QuarantinedRowOut
    filterset_class = QuarantineFilters
    columns = ROW_COLUMNS
    orderings = {"id": "pk", "line_number": "line_number"}
    default_ordering = "line_number"

    def get(self, request: Request, **kwargs: Any) -> Response:
        _visible_run(request, kwargs["pk"])
        return super().get(request, **kwargs)

    def get_queryset(self) -> QuerySet[QuarantinedRow]:
        run_id = self.kwargs.get("pk", 0)  # none while the schema is drawn
        return quarantine_visible_to(self.request.user, run_id=run_id)

    def get_columns(self) -> Mapping[str, str]:
        return row_columns(self.request.user)


class CsvRenderer(BaseRenderer):
    """Names the media type; the view streams the file by itself."""

    media_type = "text/csv"
    format = "csv"


class QuarantineFile(Endpoint):
    """The open rows as CSV: correct them and import the file again."""

    right = rights.IMPORTS
    renderer_classes = [CsvRenderer]

    @extend_schema(
        operation_id="imports_quarantine_file", responses={(200, "text/csv"): OpenApiTypes.STR}
    )
    def get(self, request: Request, *, pk: int) -> StreamingHttpResponse:
        run = _visible_run(request, pk)
        if not rights.sees_files(request.user):
            raise missing_scope(request.user, *rights.FILES)
        return StreamingHttpResponse(
            quarantine.csv_lines(run),
            content_type="text/csv; charset=utf-8",
            headers={
                "Content-Disposition": f'attachment; filename="import-{run.pk}-quarantine.csv"'
            },
        )


def _visible_run(request: Request, pk: int) -> ImportRun:
    run = None if pk > LARGEST_ID else runs_visible_to(request.user).filter(pk=pk).first()
    if run is None:
        raise Http404
    return run


def _refuse_who_may_not_import(request: Request) -> None:
    if not may_import(request.user):
        raise PermissionDenied


def _mapping(said: dict[str, Any]) -> dict[str, Any]:
    if "mapping_toml" in said:
        return mappings.read_toml(text=said["mapping_toml"].encode(), kind_name=said["kind"])
    if "mapping" in said:
        return mappings.named(name=said["mapping"], kind_name=said["kind"])
    return {}


def _person(request: Request) -> User | None:
    return request.user if isinstance(request.user, User) else None


def _credential(request: Request) -> str:
    """Whose idempotency keys these are."""
    person = _person(request)
    client: Any = request.user
    return f"user {person.pk}" if person else f"key {client.key_id}"


def _accepted(
    request: Request, run: ImportRun, *, headers: Mapping[str, str] | None = None
) -> Response:
    told = one_row(ImportRun.objects.all(), pk=run.pk, columns=run_columns(request.user))
    where = {"Location": reverse("api-import", args=[run.pk])}
    return Response(told, status=202, headers={**where, **(headers or {})})
