"""What read endpoints of the API share: strict parameters, plain rows, one shape of answer."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils.translation import gettext_lazy as _
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from epm.platform import pagination
from epm.platform.filters import StrictFilterSet
from epm.platform.problems import InvalidParameter, in_query

LARGEST_ID = 2**63 - 1


class NotModified(Exception):
    """The client has the answer; `response` tells it so."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__()
        self.response = response


class Endpoint(GenericAPIView):
    """A question with a declared answer. `right` is what an API key must hold to ask it.

    `conditional`: the answer depends on the asker, the address and the watched data alone, so that
    it has an ETag and a client that knows it is told 304 before anything is computed.
    """

    http_method_names = ["get", "head"]
    right: ClassVar[str]
    conditional: ClassVar[bool] = False
    filterset_class: ClassVar[type[StrictFilterSet] | None] = None
    own_words: ClassVar[frozenset[str]] = frozenset()

    @property
    def default_response_headers(self) -> dict[str, str]:
        return {"Cache-Control": "private, no-store"}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if query := request.query_params:
            known = self.own_words | set(getattr(self.filterset_class, "base_filters", ()))
            if unknown := [name for name in query if name not in known]:
                raise InvalidParameter(
                    [
                        in_query(name[:100], "unknown", _("There is no such parameter here."))
                        for name in unknown[:20]
                    ]
                )
        if self.conditional:
            conditional = import_module(settings.EPM_CONDITIONAL)
            self.tag = conditional.etag(request, request.user)
            if (answer := conditional.not_modified(request, self.tag)) is not None:
                raise NotModified(answer)

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, NotModified):
            return exc.response  # type: ignore[return-value]
        return super().handle_exception(exc)

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        if response.status_code == 304:
            return response
        answer = super().finalize_response(request, response, *args, **kwargs)
        if answer.status_code == 200 and hasattr(self, "tag"):
            import_module(settings.EPM_CONDITIONAL).marked(answer, self.tag)
        return answer

    def parameters(self) -> dict[str, Any]:
        """The checked query parameters of an endpoint that is not a listing."""
        no_rows = get_user_model().objects.none()  # a filter set wants a queryset; it is not read
        words: type[StrictFilterSet] = self.filterset_class or StrictFilterSet
        query = self.request.query_params
        return words(query, queryset=no_rows, request=self.request).checked()


class Listing(Endpoint):
    """Rows of a queryset, page by page. No serializer runs: `columns` are read and written out.

    `serializer_class` declares the same columns for the schema; a test holds the two together.
    """

    columns: ClassVar[Mapping[str, str]]
    orderings: ClassVar[Mapping[str, str]]
    default_ordering: ClassVar[str]
    own_words = pagination.WORDS
    pagination_class = pagination.KeysetPagination

    def get(self, request: Request, **kwargs: Any) -> Response:
        return Response(
            pagination.KeysetPagination().page(
                self.narrowed(self.get_queryset()),
                request=request,
                columns=self.get_columns(),
                orderings=self.orderings,
                default=self.default_ordering,
            )
        )

    def get_columns(self) -> Mapping[str, str]:
        """The columns this principal may see."""
        return self.columns

    def narrowed(self, rows: QuerySet) -> QuerySet:
        """`rows` as the query parameters want them; no parameter, no work."""
        if self.filterset_class is None or self.request.query_params.keys() <= self.own_words:
            self._refuse_repeated()
            return rows
        words = self.request.query_params.copy()
        self._refuse_repeated()
        for name in self.own_words:
            words.pop(name, None)
        return self.filterset_class(words, queryset=rows, request=self.request).rows()

    def _refuse_repeated(self) -> None:
        query = self.request.query_params
        if doubled := [
            name for name in query if name in self.own_words and len(query.getlist(name)) > 1
        ]:
            raise InvalidParameter(
                [in_query(name, "repeated", _("Give this parameter once.")) for name in doubled]
            )


def same_names(declared: type[Serializer]) -> dict[str, str]:
    """The columns of a serializer whose fields are called like the model's."""
    return {str(name): str(name) for name in declared().fields}


def one_row(rows: QuerySet, *, pk: Any, columns: Mapping[str, str]) -> dict[str, Any]:
    """The row with this key as a dictionary of `columns`; Http404 when `rows` do not hold it."""
    if isinstance(pk, int) and pk > LARGEST_ID:
        raise Http404
    found = rows.filter(pk=pk).values_list(*columns.values()).first()
    if found is None:
        raise Http404
    return dict(zip(columns, found, strict=True))


class Nowhere(APIView):
    """Any address under /api that is none: a problem document; a stray slash is redirected."""

    authentication_classes = []
    permission_classes = [AllowAny]
    schema = None
    default_response_headers: ClassVar[dict[str, str]] = {}

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        bare = request.path_info.rstrip("/")
        if (
            bare != request.path_info
            and request.method in {"GET", "HEAD"}
            and _leads_somewhere(bare)
        ):
            query = request.META.get("QUERY_STRING", "")
            return HttpResponsePermanentRedirect(f"{bare}?{query}" if query else bare)
        return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise Http404


def _leads_somewhere(path: str) -> bool:
    try:
        return resolve(path).url_name != "api-nowhere"
    except Resolver404:
        return False
