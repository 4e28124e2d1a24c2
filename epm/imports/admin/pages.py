"""The pages of an import: hand in a file, map it, look at the preview, confirm, mend."""

from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget

from epm.access.models import User
from epm.imports import toml, words
from epm.imports.admin import steps
from epm.imports.admin.mapping_form import MappingForm
from epm.imports.kinds import abouts, kind_named
from epm.imports.mapping import mapping_from
from epm.imports.models import ImportRun, SavedMapping, Upload
from epm.imports.selectors import peeks
from epm.imports.selectors.runs import may_import, runs_visible_to
from epm.imports.services import files, mappings, mending, uploads
from epm.platform.actor import acting_as
from epm.platform.refusals import Refusal

MENDED_AT_ONCE = 50


def kinds() -> list[tuple[str, Any]]:
    """The kinds by name, with their words."""
    return [(name, kind_named(name).label) for name in settings.EPM_IMPORT_KINDS]


class UploadForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("What it holds"), widget=UnfoldAdminSelectWidget)
    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=UnfoldAdminFileFieldWidget,
        help_text=gettext_lazy("CSV (also .gz or .zip), Excel .xlsx or Parquet."),
    )
    mapping = forms.ChoiceField(
        label=gettext_lazy("Mapping"), required=False, widget=UnfoldAdminSelectWidget
    )
    mapping_file = forms.FileField(
        label=gettext_lazy("or a mapping file (TOML)"),
        required=False,
        widget=UnfoldAdminFileFieldWidget,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ChoiceField", self.fields["kind"]).choices = kinds()
        saved = [
            (f"{m.kind}/{m.name}", f"{m.kind}: {m.name}")
            for m in SavedMapping.objects.order_by("kind", "name")[:500]
        ]
        shipped = [
            (f"{kind}/{name}", f"{kind}: {name}")
            for kind, _label in kinds()
            for name in mappings.names_shipped(kind_name=kind)
        ]
        none = ("", _("none: I choose the columns on the next page"))
        cast("forms.ChoiceField", self.fields["mapping"]).choices = [none, *saved, *shipped]

    def document(self) -> dict[str, Any]:
        """The mapping that was picked or handed in; it must be for this kind."""
        kind, picked = self.cleaned_data["kind"], self.cleaned_data["mapping"]
        if given := self.cleaned_data["mapping_file"]:
            return mappings.read_toml(text=given.read(mappings.LONGEST + 1), kind_name=kind)
        if picked:
            return mappings.named(name=picked.partition("/")[2], kind_name=kind)
        return {}


class ImportPages:
    """For ImportRunAdmin: every page asks `may_import`, every run comes from the selector."""

    admin_site: Any

    def get_urls(self) -> list[URLPattern]:
        routes: list[tuple[str, Callable[..., HttpResponseBase], str]] = [
            ("uploads/<int:upload_id>/", self.map_columns, "map"),
            ("<int:run_id>/progress.json", self.progress, "progress"),
            ("<int:run_id>/mapping.toml", self.mapping_toml, "mapping"),
            ("<int:run_id>/confirm/", self.confirm, "confirm"),
            ("<int:run_id>/cancel/", self.cancel, "cancel"),
            ("<int:run_id>/resume/", self.resume, "resume"),
            ("<int:run_id>/mend/", self.mend, "mend"),
        ]
        made = [
            path(route, self.admin_site.admin_view(view), name=f"imports_importrun_{name}")
            for route, view, name in routes
        ]
        return [*made, *super().get_urls()]  # type: ignore[misc]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_import(request.user)

    def add_view(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """Hand in a file."""
        _refuse_strangers(request)
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            try:
                given = form.cleaned_data["file"]
                upload = uploads.receive(
                    kind_name=form.cleaned_data["kind"], chunks=given.chunks(),
                    file_name=given.name, by=_person(request), now=timezone.now(),
                    mapping=form.document(),
                )  # fmt: skip
            except Refusal as refused:
                form.add_error(None, str(refused.detail))
            else:
                return redirect("admin:imports_importrun_map", upload.pk)
        context = {
            "title": _("Import a file"), "form": form, "limit": settings.EPM_UPLOAD_MB,
            "abouts": abouts(),
        }  # fmt: skip
        return self._page(request, "imports/upload.html", context)

    def map_columns(self, request: HttpRequest, upload_id: int) -> HttpResponse:
        """Which column is which field; then the preview begins."""
        _refuse_strangers(request)
        upload = Upload.objects.filter(pk=upload_id).first()
        if upload is None:
            raise Http404
        kind = kind_named(upload.kind)
        document = dict(upload.mapping)
        if request.method == "GET" and (sheet := request.GET.get("sheet")):
            document["file"] = {**document.get("file", {}), "sheet": sheet.replace("\0", "")}
        try:
            with files.of(upload=upload) as file:
                reader = mapping_from(document, kind=kind.name).reader
                peek = peeks.at(file, options=reader)
        except Refusal as refused:
            messages.error(request, str(refused.detail))
            return redirect("admin:imports_importrun_add")
        posted = request.POST if request.method == "POST" else None
        if peek.refused and posted is None:
            messages.warning(request, peek.refused)
        form = MappingForm(posted, kind=kind, peek=peek, document=document)
        if posted is not None and form.is_valid():
            try:
                run = self._previewed(request, upload, form=form)
            except Refusal as refused:
                form.add_error(None, str(refused.detail))
            else:
                return redirect("admin:imports_importrun_change", run.pk)
        title = _("Columns of %(file)s") % {"file": upload.file_name}
        context = {"title": title, "form": form, "peek": peek, "upload": upload, "kind": kind}
        return self._page(request, "imports/mapping.html", context)

    def _previewed(self, request: HttpRequest, upload: Upload, *, form: MappingForm) -> ImportRun:
        document, by, now = form.made(), _person(request), timezone.now()
        mapping = mapping_from(document, kind=upload.kind)
        kind_named(upload.kind).check(mapping)
        if form.cleaned_data["save_as"]:
            mappings.save(
                name=form.cleaned_data["save_as"], kind_name=upload.kind, document=document,
                by=by, now=now,
            )  # fmt: skip
        return uploads.start(
            upload_id=upload.pk, mapping=document, dry_run=True, by=by, door="page", now=now
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The run's page: what it does now, what it found, what can be done next."""
        run = self._run(request, object_id) if request.method == "GET" else None
        more = {**(extra_context or {}), "steps": run and steps.of(run, request=request)}
        return cast(
            "HttpResponse",
            super().change_view(request, object_id, form_url, more),  # type: ignore[misc]
        )

    def progress(self, request: HttpRequest, run_id: int) -> JsonResponse:
        """What the page's script asks for every second."""
        run = self._run(request, run_id)
        if run is None:
            raise Http404
        told = steps.of(run, request=request)
        answer = {name: told[name] for name in ("state", "sentence", "percent", "moving")}
        return JsonResponse({**answer, "sentence": str(answer["sentence"])})

    def mapping_toml(self, request: HttpRequest, run_id: int) -> HttpResponse:
        """The mapping a run was read by, to keep or to edit."""
        run = self._run(request, run_id)
        if run is None:
            raise Http404
        answer = HttpResponse(toml.dumps(run.mapping), content_type="application/toml")
        answer.headers["Content-Disposition"] = f'attachment; filename="mapping-{run.pk}.toml"'
        return answer

    def confirm(self, request: HttpRequest, run_id: int) -> HttpResponse:
        """Apply what was previewed; twice is once."""
        by = _person(request)
        return self._done(request, run_id, lambda: uploads.confirm(
            run_id=run_id, by=by, door="page", now=timezone.now()
        ))  # fmt: skip

    def cancel(self, request: HttpRequest, run_id: int) -> HttpResponse:
        """Call it off."""
        return self._done(request, run_id, lambda: uploads.cancel(run_id=run_id))

    def resume(self, request: HttpRequest, run_id: int) -> HttpResponse:
        """Go on where a killed worker stopped."""
        return self._done(request, run_id, lambda: uploads.resume(run_id=run_id))

    def mend(self, request: HttpRequest, run_id: int) -> HttpResponse:
        """Quarantined rows with their cells as inputs; apply one, or all of them, again."""
        _refuse_strangers(request)
        run = self._run(request, run_id)
        if run is None:
            raise Http404
        if request.method == "POST":
            only = [int(pk) for pk in request.POST.getlist("only") if _is_id(pk)]
            return self._done(request, run_id, lambda: mending.mend(
                run_id=run_id, cells=_cells(request), only=only or None, by=_person(request),
                now=timezone.now(),
            ))  # fmt: skip
        rows = run.quarantine.filter(resolved_by=None).order_by("line_number", "pk")
        shown = [
            (row, words.of_reason(row.reason),
             list(zip(_names(run.columns, cells), cells, strict=True)))
            for row in rows[:MENDED_AT_ONCE]
            for cells in [list(row.corrected_cells or row.cells)]
        ]  # fmt: skip
        title = _("Mend the rows of import %(run)s") % {"run": run.pk}
        context = {
            "title": title,
            "run": run,
            "rows": shown,
            "more": rows[MENDED_AT_ONCE:].exists(),
        }
        return self._page(request, "imports/mend.html", context)

    def _done(
        self, request: HttpRequest, run_id: int, act: Callable[[], ImportRun]
    ) -> HttpResponse:
        """One act on a visible run, then its page; a refusal is told there."""
        _refuse_strangers(request)
        if request.method != "POST" or self._run(request, run_id) is None:
            raise Http404
        try:
            with acting_as(request.user.get_username(), door="admin"):
                run_id = act().pk
        except Refusal as refused:
            messages.error(request, str(refused.detail))
        return redirect("admin:imports_importrun_change", run_id)

    def _run(self, request: HttpRequest, run_id: int | str) -> ImportRun | None:
        if not _is_id(str(run_id)):
            return None
        return runs_visible_to(request.user).select_related("upload").filter(pk=run_id).first()

    def _page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        shared = {**self.admin_site.each_context(request), "opts": ImportRun._meta}  # noqa: SLF001
        return TemplateResponse(request, template, {**shared, **context})


def _cells(request: HttpRequest) -> dict[int, list[str]]:
    """Row → its cells, from inputs called cell-<row>-<column>, columns counted from 1."""
    found: dict[int, dict[int, str]] = {}
    for name, text in request.POST.items():
        kind, _dash, place = name.partition("-")
        row, _dash, column = place.partition("-")
        if kind == "cell" and _is_id(row) and _is_id(column):
            found.setdefault(int(row), {})[int(column)] = str(text)
    return {row: [cells[n] for n in sorted(cells)] for row, cells in found.items()}


def _names(columns: list[str], cells: list[str]) -> list[str]:
    return [*columns[: len(cells)], *[""] * (len(cells) - len(columns))]


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18


def _person(request: HttpRequest) -> User:
    return cast("User", request.user)


def _refuse_strangers(request: HttpRequest) -> None:
    if not may_import(request.user):
        raise PermissionDenied
