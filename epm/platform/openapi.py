"""What the OpenAPI document says beyond what drf-spectacular sees by itself."""

from typing import Any, Final, cast

import django_filters
from drf_spectacular.drainage import get_override, has_override
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiParameter
from rest_framework.permissions import SAFE_METHODS
from rest_framework.serializers import Serializer

from epm.platform.bodies import Nothing
from epm.platform.endpoints import Listing
from epm.platform.idempotency import SHAPE
from epm.platform.writes import WriteEndpoint

PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "RFC 9457. `type` is the address of a page that explains `code`.",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string", "example": "/problems/not-found"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "request_id": {"type": "string", "nullable": True},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["in", "pointer", "code", "detail"],
                "properties": {
                    "in": {"type": "string", "enum": ["query", "body"]},
                    "pointer": {"type": "string"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
    "additionalProperties": True,
}


IDEMPOTENCY_KEY: Final = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "pattern": f"^{SHAPE.pattern}$"},
    OpenApiParameter.HEADER,
    required=True,
    description="New for each new request; the same again is answered with the same answer.",
)


class Schema(AutoSchema):
    """Listings are lists, and every endpoint may answer with a problem."""

    def _is_list_view(self, serializer: Any = None) -> bool:
        if self.method not in SAFE_METHODS:
            return False
        return isinstance(self.view, Listing) or getattr(self.view, "answers_with_list", False)

    def get_override_parameters(self) -> list[OpenApiParameter | Serializer | type[Serializer]]:
        if self.method not in SAFE_METHODS:
            return self._headers_of_writes()
        filterset = getattr(self.view, "filterset_class", None)
        return [
            OpenApiParameter(name, type=_type_of(one), description=str(one.label or ""))
            for name, one in getattr(filterset, "base_filters", {}).items()
        ]

    def get_request_serializer(self) -> Any:
        if (view := self._write_endpoint()) is None:
            return super().get_request_serializer()
        body = view.get_body()
        return None if body is Nothing else body

    def get_response_serializers(self) -> Any:
        if (view := self._write_endpoint()) is None:
            return super().get_response_serializers()
        return {view.success: view.serializer_class}

    def _write_endpoint(self) -> WriteEndpoint | None:
        """The view, where it is one and this method of it writes."""
        writes = isinstance(self.view, WriteEndpoint) and self.method not in SAFE_METHODS
        return cast(WriteEndpoint, self.view) if writes else None

    def _headers_of_writes(self) -> list[OpenApiParameter | Serializer | type[Serializer]]:
        view = self._write_endpoint()
        if view is None:
            return []
        if not view.edits:
            return [IDEMPOTENCY_KEY]
        return [IDEMPOTENCY_KEY, _if_match(required=self.method == "PUT")]

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation = super().get_operation(*args, **kwargs)
        if operation is not None:
            problem = ResolvedComponent(  # type: ignore[no-untyped-call]
                name="Problem", type=ResolvedComponent.SCHEMA, schema=PROBLEM, object="Problem"
            )
            self.registry.register_on_missing(problem)
            operation["responses"]["default"] = {
                "description": "A problem.",
                "content": {
                    "application/problem+json": {"schema": problem.ref},
                },
            }
        return operation


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How clients send the key. Registers by being defined."""

    target_class = "epm.access.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "apikey"}


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How clients send a token."""

    target_class = "epm.access.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


def _if_match(*, required: bool) -> OpenApiParameter:
    return OpenApiParameter(
        "If-Match",
        str,
        OpenApiParameter.HEADER,
        required=required,
        description="The ETag of the version you saw; 412 when it has changed since.",
    )


def _type_of(one: django_filters.Filter) -> dict[str, Any]:
    if has_override(one, "field"):
        return dict(get_override(one, "field"))
    return {"type": "string", "enum": [code for code, _name in one.extra["choices"]]}
