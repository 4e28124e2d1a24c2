"""What lists have in common: pages that are never counted, and their filtered rows as a file."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final, cast

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import models
from django.db.models.constants import LOOKUP_SEP
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import URLPattern, path
from django.utils.functional import Promise, cached_property
from django.utils.text import capfirst
from django.utils.translation import get_language, override
from unfold import paginator
from unfold.forms import PaginationInlineFormSet

from epm.platform import exports
from epm.platform.admin_decimals import least_places
from epm.platform.exports import CellKind, Column

FORMATS: Final = {"csv": exports.csv_response, "xlsx": exports.xlsx_response}
CHUNK: Final = 2_000
FURTHEST_PAGE: Final = 10_000
MOST_COUNTED: Final = 10_001


class InfinitePaginator(paginator.InfinitePaginator):
    """Pages of a table too big to count, as far as one would leaf. The theme knows it by name."""

    def validate_number(self, number: int) -> int:
        return min(int(super().validate_number(number)), FURTHEST_PAGE)

    def _check_object_list_is_ordered(self) -> None:
        """A page of an ordered list; the tree orders itself."""


class CappedPaginator(Paginator):
    """Counts no further than anybody leafs."""

    @cached_property
    def count(self) -> int:
        rows = cast("models.QuerySet", self.object_list)
        return int(rows[:MOST_COUNTED].count())


class CappedInlineFormSet(PaginationInlineFormSet):
    """Rows of a page by pages of their own, counted no further than anybody leafs."""

    def __init__(self, *args: Any, per_page: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, per_page=None, **kwargs)
        if per_page:
            self.per_page = per_page
            self.paginator = CappedPaginator(self.queryset, per_page)
            self.page = self.get_page(self.paginator, self.get_page_num())
            self._queryset = self.page.object_list


class Exported:
    """The rows of the list as it is filtered, as CSV or XLSX, with no upper limit."""

    list_before_template = "platform/list_exports.html"
    export_fields: ClassVar[Sequence[str]] = ()
    """Paths to columns, “store__code”; without any, the list's own plain columns."""
    export_annotations: ClassVar[Mapping[str, str | Promise]] = {}
    """What rows have besides their columns, with its heading."""

    def get_export_fields(self, request: HttpRequest) -> list[str]:
        """The columns, less those the user may not see."""
        page = cast("Any", self)
        if self.export_fields:
            return list(self.export_fields)
        plain = {
            field.name
            for field in page.opts.concrete_fields
            if not field.is_relation and not isinstance(field, models.BinaryField)
        }
        return [name for name in page.get_list_display(request) if name in plain]

    def get_export_words(self, request: HttpRequest) -> Mapping[str, Callable[[Any], Any]]:
        """How the cells of columns are told that are not told as they are kept."""
        return {}

    def get_urls(self) -> list[URLPattern]:
        page = cast("Any", self)
        name = f"{page.opts.app_label}_{page.opts.model_name}_export"
        view = page.admin_site.admin_view(self.export_view)
        own = [
            path(f"export.{format_}", view, {"format_": format_}, name=f"{name}_{format_}")
            for format_ in FORMATS
        ]
        return [*own, *super().get_urls()]  # type: ignore[misc]

    def export_view(self, request: HttpRequest, format_: str) -> HttpResponseBase:
        page = cast("Any", self)
        if request.method not in ("GET", "HEAD"):
            raise Http404
        if not page.has_view_or_change_permission(request):
            raise PermissionDenied
        answer = page.reading_the_query(request, lambda: self._filtered(request))
        if isinstance(answer, HttpResponseBase):
            return answer
        fields = self.get_export_fields(request)
        besides = self.export_annotations
        columns = [
            Column(besides[name]) if name in besides else _column(page.model, name)
            for name in fields
        ]
        words = [{} if name in besides else _words(page.model, name) for name in fields]
        rows = _rows(answer, fields, words=words, told=self.get_export_words(request))
        return FORMATS[format_](columns, rows, str(page.opts.verbose_name_plural))

    def _filtered(self, request: HttpRequest) -> models.QuerySet:
        return cast("models.QuerySet", cast("Any", self).get_changelist_instance(request).queryset)


def _path(model: type[models.Model], name: str) -> list[Any]:
    fields = []
    for step in name.split(LOOKUP_SEP):
        field = model._meta.get_field(step)  # noqa: SLF001
        fields.append(field)
        if field.is_relation:
            model = cast("Any", field).remote_field.model
    return fields


def _column(model: type[models.Model], name: str) -> Column:
    *through, field = _path(model, name)
    words = [str(each.verbose_name) for each in (*through, field)]
    title = capfirst(" · ".join(words))
    if isinstance(field, models.DecimalField):
        return Column(title, CellKind.EXACT, places=least_places(field))
    return Column(title, _kind(field))


def _kind(field: Any) -> CellKind:
    if isinstance(field, models.DateTimeField):
        return CellKind.MOMENT
    if isinstance(field, models.DateField):
        return CellKind.DAY
    if isinstance(field, models.IntegerField):
        return CellKind.NUMBER
    return CellKind.TEXT


def _words(model: type[models.Model], name: str) -> dict[Any, Any]:
    """What the values of a column with choices are called."""
    return dict(_path(model, name)[-1].flatchoices or ())


def _rows(
    queryset: models.QuerySet,
    names: Sequence[str],
    *,
    words: Sequence[Mapping[Any, Any]],
    told: Mapping[str, Callable[[Any], Any]],
) -> Iterator[list[Any]]:
    """Read through a cursor of the server, in the language the request was made in."""
    language = get_language()
    rows: Iterable[tuple] = queryset.values_list(*names).iterator(chunk_size=CHUNK)
    with override(language):
        words = [{key: str(word) for key, word in each.items()} for each in words]
    for row in rows:
        cells = [
            known.get(cell, cell) if known else cell for cell, known in zip(row, words, strict=True)
        ]
        if told:
            with override(language):
                cells = [
                    told[name](cell) if name in told else cell
                    for name, cell in zip(names, cells, strict=True)
                ]
        yield cells
