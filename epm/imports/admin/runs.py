from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from epm.access.selectors import rights
from epm.imports import quarantine, words
from epm.imports.admin.pages import ImportPages, kinds
from epm.imports.models import ImportRun, QuarantinedRow, RunStatus
from epm.imports.selectors.runs import Fate, fates_of, runs_visible_to
from epm.platform import shown
from epm.platform.admin import BackOfficeAdmin, BackOfficeInline, ReadOnly

PARTS = {
    "read": _("Read"),
    "new": _("New"),
    "changed": _("Changed"),
    "applied": _("Applied"),
    "unchanged": _("Unchanged"),
    "refused": _("Refused"),
    "quarantined": _("In quarantine"),
}
DOORS = {
    "command": _("the command line"),
    "page": _("the import page"),
    "api": _("the API"),
    "reapply": _("the quarantine, applied again"),
    "demo": _("the demo"),
}
COLOURS = {
    RunStatus.DONE: "success",
    RunStatus.DONE_WITH_ERRORS: "warning",
    RunStatus.FAILED: "danger",
    RunStatus.PREVIEW: "info",
    RunStatus.PARSING: "info",
    RunStatus.APPLYING: "info",
}


LINK = '<a class="font-medium text-primary-600 dark:text-primary-500" href="{}">{}</a>'


class QuarantinedRowInline(ReadOnly, BackOfficeInline):
    model = QuarantinedRow
    fk_name = "run"
    fields = ["place", "why", "detail", "group_key", "row", "resolved"]
    readonly_fields = fields
    ordering = ["line_number", "pk"]
    per_page = 50
    hide_title = True

    run: ImportRun | None = None
    fates: dict[int, Fate] | None = None

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """An inline is made anew for each request: it asks once for all its rows."""
        self.run = obj
        return super().get_formset(request, obj, **kwargs)

    @admin.display(description=_("line"))
    def place(self, row: QuarantinedRow) -> str:
        return f"{row.file_name}:{row.line_number}"

    @admin.display(description=_("reason"))
    def why(self, row: QuarantinedRow) -> str:
        return words.labelled(words.REASONS, row.reason)

    @admin.display(description=_("cells"))
    def row(self, row: QuarantinedRow) -> str:
        cells = row.cells.values() if isinstance(row.cells, dict) else row.cells
        return format_html('<code class="text-xs break-all">{}</code>', " | ".join(map(str, cells)))

    @admin.display(description=_("what became of it"))
    def resolved(self, row: QuarantinedRow) -> str:
        run = self.run
        if row.resolved_by_id is None:
            return str(_("Waits here") if run and not run.dry_run else shown.UNKNOWN)
        if self.fates is None:
            self.fates = fates_of(run) if run else {}
        fate = self.fates.get(row.pk)
        later = fate.run_id if fate else row.resolved_by_id
        said = (
            _("Waits in import #%(run)s")
            if fate and fate.waits
            else _("Settled by import #%(run)s")
        )
        return format_html(
            LINK, reverse("admin:imports_importrun_change", args=[later]), said % {"run": later}
        )


@admin.register(ImportRun)
class ImportRunAdmin(ImportPages, ReadOnly, BackOfficeAdmin):
    """What each import held and what became of it."""

    visible = runs_visible_to
    inlines = [QuarantinedRowInline]
    change_form_before_template = "imports/run_steps.html"
    change_form_outer_after_template = "imports/run_forms.html"
    list_display = [
        "number", "kind_in_words", "files", "state", "rows_read", "rows_applied",
        "rows_quarantined", "actor", "started_at",
    ]  # fmt: skip
    list_display_links = ["number", "kind_in_words"]
    list_filter = [("status", ChoicesDropdownFilter), "dry_run"]
    list_select_related = ["actor"]
    search_fields = ["kind", "=id"]
    ordering = ["-pk"]
    actions = None
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("kind_in_words", "outcome", "preview"),
                    "files",
                    ("who", "way"),
                    ("started_at", "finished_at"),
                    "error",
                ]
            },
        ),
        (_("Account"), {"fields": ["account_table", "download"]}),
        (
            _("How it was read"),
            {"fields": ["columns", "mapping", "content_hash"], "classes": ["collapse"]},
        ),
    ]
    readonly_fields = [
        "kind_in_words", "outcome", "preview", "files", "who", "way",
        "started_at", "finished_at",
        "error", "account_table", "download", "columns", "mapping", "content_hash",
    ]  # fmt: skip

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.download_quarantine)
        name = "imports_importrun_quarantine"
        return [path("<int:run_id>/quarantine.csv", view, name=name), *super().get_urls()]

    def download_quarantine(self, request: HttpRequest, run_id: int) -> HttpResponseBase:
        """The open rows, streamed, no cell of which a spreadsheet would run as a formula."""
        run = self.get_queryset(request).filter(pk=run_id).first()
        if run is None or not self.has_view_permission(request, run):
            raise Http404
        if not rights.sees_files(request.user):
            raise PermissionDenied
        lines = (line.encode() for line in quarantine.csv_lines(run))
        response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        response.headers["Content-Disposition"] = f'attachment; filename="quarantine-{run.pk}.csv"'
        return response

    @admin.display(description=_("number"), ordering="pk")
    def number(self, run: ImportRun) -> str:
        return f"#{run.pk}"

    @admin.display(description=_("what it holds"), ordering="kind")
    def kind_in_words(self, run: ImportRun) -> str:
        return str(dict(kinds()).get(run.kind, run.kind))

    @admin.display(description=_("preview only"))
    def preview(self, run: ImportRun) -> str:
        return str(_("Yes") if run.dry_run else _("No"))

    @admin.display(description=_("door"))
    def way(self, run: ImportRun) -> str:
        return str(DOORS.get(run.door, run.door))

    @admin.display(description=_("uploaded by"), ordering="actor__username")
    def who(self, run: ImportRun) -> str:
        return str(run.actor or shown.UNKNOWN)

    @admin.display(description=_("files"))
    def files(self, run: ImportRun) -> str:
        return ", ".join(run.file_names)

    @display(description=_("status"), ordering="status", label=COLOURS)  # type: ignore[untyped-decorator]
    def state(self, run: ImportRun) -> tuple[str, str]:
        return run.status, run.get_status_display()

    @admin.display(description=_("status"))
    def outcome(self, run: ImportRun) -> str:
        return run.get_status_display()

    @admin.display(description=_("rows read"))
    def rows_read(self, run: ImportRun) -> str:
        return _rows(run, "read")

    @admin.display(description=_("applied"))
    def rows_applied(self, run: ImportRun) -> str:
        return _rows(run, "applied")

    @admin.display(description=_("in quarantine"))
    def rows_quarantined(self, run: ImportRun) -> str:
        return _rows(run, "quarantined")

    @admin.display(description=_("what became of every row"))
    def account_table(self, run: ImportRun) -> str:
        account = run.account or {}
        rows, money = account.get("rows") or {}, account.get("money") or {}
        parts = [
            (
                PARTS.get(name, name),
                _count(count),
                _sum(money.get(name)),
            )
            for name, count in sorted(rows.items(), key=_place)
        ]
        notes = dict(account.get("notes") or {})
        reasons = [
            (why, words.of_reason(why), _count(count))
            for why, count in (account.get("reasons") or {}).items()
        ]
        context = {
            "parts": parts,
            "with_money": bool(money),
            "reasons": reasons,
            "blank_lines": account.get("blank_lines"),
            "notes": notes,
            "not_known": notes.pop("amounts_not_known", 0),
        }
        return render_to_string("imports/account.html", context)

    @admin.display(description=_("quarantine"))
    def download(self, run: ImportRun) -> str:
        if not (run.account or {}).get("rows", {}).get("quarantined"):
            if run.dry_run:
                return str(_("A preview keeps nothing. What it would refuse is listed below."))
            return str(_("Nothing in quarantine."))
        if not run.quarantine.filter(resolved_by=None).exists():
            return str(_("No row waits here any more."))
        return format_html(
            LINK,
            reverse("admin:imports_importrun_quarantine", args=[run.pk]),
            _("Download the open rows as CSV, correct them, import them again"),
        )


def _place(part: tuple[str, Any]) -> int:
    """The order in which people read an account; JSON in the database has none."""
    names = list(PARTS)
    return names.index(part[0]) if part[0] in PARTS else len(names)


def _rows(run: ImportRun, part: str) -> str:
    return _count((run.account or {}).get("rows", {}).get(part))


def _count(count: Any) -> str:
    return shown.number(Decimal(count), places=0) if isinstance(count, int) else shown.UNKNOWN


def _sum(text: str | None) -> str:
    return shown.exact(None if text is None else Decimal(text), at_least=2)
