"""Every change that is kept, of whatever one may see: also of what is gone and has no page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, cast

from django.apps import apps
from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, SingleNumericFilter
from unfold.views import ChangeList

from epm.access.admin.change_filters import DayFilter, DoorFilter, KindFilter, PersonFilter
from epm.access.selectors import rights
from epm.access.selectors.readers import reader_of
from epm.access.selectors.scope import scope_of
from epm.platform import changes
from epm.platform.admin import LedgerAdmin
from epm.platform.change_words import Field, Tables
from epm.platform.changes import Listed
from epm.platform.models import Change

FIRST_FIELDS: Final = 4
LINK: Final = '<a class="text-primary-600 underline dark:text-primary-500" href="{}">{}</a>'


@dataclass(frozen=True, slots=True)
class Kind:
    """What has a page and a history: its own table first, then those of its parts."""

    page: Any
    tables: Tables

    @property
    def model(self) -> type[Model]:
        return self.page.model  # type: ignore[no-any-return]

    @property
    def table(self) -> str:
        return next(iter(self.tables))


class Reading:
    """What one person may read: the kinds whose pages she may open, and the rows of each."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self.sees_chain = scope_of(request.user).all_stores

    @cached_property
    def _kept(self) -> dict[str, frozenset[str]]:
        return changes.kept()

    @cached_property
    def kinds(self) -> list[Kind]:
        kept = self._kept
        found = []
        for model in apps.get_models():
            page: Any = admin.site._registry.get(model)  # noqa: SLF001 - get_model_admin raises
            if model._meta.db_table not in kept or page is None:  # noqa: SLF001
                continue
            if page.has_view_permission(self._request):
                parts = [*(inline.model for inline in page.inlines), *page.history_parts]
                tables = changes.tables_of(model, parts=parts)
                shown = {table: of for table, of in tables.items() if table in kept}
                found.append(Kind(page=page, tables=shown))
        return found

    @cached_property
    def by_table(self) -> Mapping[str, Kind]:
        return {table: kind for kind in self.kinds for table in kind.tables}

    def rows(self, kind: Kind) -> QuerySet:
        return kind.page.get_queryset(self._request)  # type: ignore[no-any-return]

    def narrowed(self, found: QuerySet[Change]) -> QuerySet[Change]:
        """Of who does not see the chain: rows that are there and in sight; of the others none."""
        if self.sees_chain:
            return found.filter(subject__in=list(self.by_table))
        visible = Q(pk__in=())
        for kind in self.kinds:
            of_kind = Q(subject__in=list(kind.tables))
            if kind.page.visible is not None:
                of_kind &= Q(whole_id__in=self.rows(kind).order_by().values("pk"))
            visible |= of_kind
        return found.filter(visible)

    def listed(self, those: Sequence[Change]) -> list[Listed]:
        hidden = {name for kind in self.kinds for name in kind.page.history_hides(self._request)}
        return changes.listed(
            those,
            tables={table: kind.tables[table] for table, kind in self.by_table.items()},
            wholes={table: kind.table for table, kind in self.by_table.items()},
            reader=reader_of(self._request.user, hidden=hidden),
            kept=self._kept,
        )


class Told(ChangeList):
    """The rows of a page, told together: a query for each kind, not for each row."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        those: list[Change] = list(cast("Any", self).result_list)
        self.result_list = those
        self.model_admin.tell(request, those)


@admin.register(Change)
class ChangeAdmin(LedgerAdmin):
    """Newest first, never counted."""

    list_display = ["when", "what", "did", "values", "who", "way"]
    list_display_links = ["when"]
    list_filter = [
        KindFilter,
        ("whole_id", SingleNumericFilter),
        PersonFilter,
        DoorFilter,
        ("changed_at", DayFilter),
        ("verb", ChoicesDropdownFilter),
    ]
    search_fields = ["actor__exact"]
    search_help_text = _("Who, exactly as noted: a login, “import 12”, a user of the machine")
    export_fields = ["changed_at", "subject", "object_id", "whole_id", "verb", "actor", "door"]
    ordering = ["-pk"]
    sortable_by: list[str] = []
    fields = ["when", "what", "did", "who", "way", "all_values"]
    readonly_fields = fields

    def reading(self, request: HttpRequest) -> Reading:
        """Made once for a request."""
        known: Reading | None = getattr(request, "reading_of_changes", None)
        if known is None:
            known = request.reading_of_changes = Reading(request)  # type: ignore[attr-defined]
        return known

    def get_queryset(self, request: HttpRequest) -> QuerySet[Change]:
        return self.reading(request).narrowed(super().get_queryset(request))

    def get_ordering(self, request: HttpRequest) -> list[str]:
        """Of some days by their own index: by key alone, all later ones would be read first."""
        of_days = any(name.startswith("changed_at_") for name in request.GET)
        return ["-changed_at", "-pk"] if of_days else ["-pk"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return Told

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Change | None:
        found: Change | None = super().get_object(request, object_id, from_field)
        if found is not None:
            self.tell(request, [found])
        return found

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """A change has no history of its own."""
        context = {**(extra_context or {}), "show_history": False}
        return super().changeform_view(request, object_id, form_url, context)

    def get_export_fields(self, request: HttpRequest) -> list[str]:
        names = super().get_export_fields(request)
        return [name for name in names if name != "actor" or rights.sees_people(request.user)]

    def tell(self, request: HttpRequest, those: Sequence[Change]) -> None:
        """Give each what the page shows of it."""
        reading = self.reading(request)
        for change, told in zip(those, reading.listed(those), strict=True):
            kind = reading.by_table[change.subject]
            vars(change).update(entry=told.entry, told=told, kind=kind)

    @admin.display(description=_("when"))
    def when(self, change: Any) -> str:
        return str(change.entry.when)

    @admin.display(description=_("what"))
    def what(self, change: Any) -> SafeString:
        """Its history; of what is gone, all that is kept of it."""
        options = change.kind.model._meta  # noqa: SLF001
        told = change.told
        if told.is_there:
            page = f"admin:{options.app_label}_{options.model_name}_history"
            href = reverse(page, args=[change.whole_id])
        else:
            href = reverse("admin:platform_change_changelist")
            href += f"?kind={options.label_lower}&whole_id={change.whole_id}"
        gone = format_html(" ({})", gettext("gone"))
        part = f" · {change.entry.subject}" if change.entry.subject else ""
        return format_html(
            "{} " + LINK + "{}{}",
            capfirst(options.verbose_name),
            href,
            told.name,
            part,
            "" if told.is_there else gone,
        )

    @admin.display(description=_("change"))
    def did(self, change: Any) -> str:
        return str(change.entry.verb)

    @admin.display(description=_("before → after"))
    def values(self, change: Any) -> SafeString:
        fields = change.entry.fields
        told = _lines(fields[:FIRST_FIELDS])
        more = len(fields) - FIRST_FIELDS
        if more <= 0:
            return told
        href = reverse("admin:platform_change_change", args=[change.pk])
        said = ngettext("%(count)d field more", "%(count)d fields more", more) % {"count": more}
        return format_html("{}<br>" + LINK, told, href, said)

    @admin.display(description=_("before → after"))
    def all_values(self, change: Any) -> SafeString | str:
        return _lines(change.entry.fields)

    @admin.display(description=_("by"))
    def who(self, change: Any) -> str:
        return str(change.entry.who)

    @admin.display(description=_("door"))
    def way(self, change: Any) -> str:
        run = change.entry.import_run
        return f"{change.entry.door} #{run}" if run else str(change.entry.door)


def _lines(fields: Sequence[Field]) -> SafeString:
    return format_html_join(
        SafeString("<br>"),
        "<b>{}</b>: {} → {}",
        ((capfirst(field.name), field.before, field.after) for field in fields),
    )
