"""The History button of every page: what changed, not that something was saved."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, cast

from django.conf import settings
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from epm.platform import changes
from epm.platform.change_words import Reader


class ChangeHistory:
    """Shows what triggers noted of a row, its inlines and its many-to-many."""

    object_history_template = "platform/history.html"

    history_parts: ClassVar[Sequence[type[Model]]] = ()
    """Tables besides those of the inlines whose rows belong to one of ours."""

    def history_hides(self, request: HttpRequest) -> frozenset[str]:
        """Columns the user may not know of."""
        return frozenset()

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        page = cast("Any", self)
        row = page.get_object(request, unquote(object_id))
        if row is None:
            return cast(
                "HttpResponse",
                page._get_obj_does_not_exist_redirect(request, page.opts, object_id),  # noqa: SLF001
            )
        if not page.has_view_or_change_permission(request, row):
            raise PermissionDenied
        reader_of: Callable[..., Reader] = import_string(settings.EPM_HISTORY_READER)
        parts = [
            *(inline.model for inline in page.get_inline_instances(request, row)),
            *self.history_parts,
        ]
        tables = changes.tables_of(page.model, parts=parts)
        reader = reader_of(request.user, hidden=self.history_hides(request))
        entries = (
            changes.history(whole_id=row.pk, tables=tables, reader=reader)
            if isinstance(row.pk, int)
            else []
        )
        context = {
            **page.admin_site.each_context(request),
            "title": _("History of “%(object)s”") % {"object": row},
            "subtitle": None,
            "entries": entries,
            "cut_off": changes.MOST if len(entries) == changes.MOST else None,
            "zone": str(reader.zone),
            "module_name": str(page.opts.verbose_name_plural),
            "object": row,
            "opts": page.opts,
            "preserved_filters": page.get_preserved_filters(request),
            **(extra_context or {}),
        }
        return TemplateResponse(request, self.object_history_template, context)
