"""Pages of documents that have a `Machine`: a button for each step, a form before it is taken."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, cast

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.cache import caches
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from unfold.utils import display_for_label

from epm.platform import shown, transitions
from epm.platform.actor import acting_as
from epm.platform.admin import BackOfficeAdmin, BackOfficeInline
from epm.platform.admin_steps import Asked, Step
from epm.platform.refusals import Refusal
from epm.platform.transitions import Machine
from epm.platform.versions import VersionChanged, refuse_stale

ONCE_SECONDS: Final = 24 * 3600
STALE: Final = gettext_noop(
    "It has changed since you opened this page. Go back and look at it again."
)


class DocumentAdmin(BackOfficeAdmin):
    """The page of a document of `machine`, and one page for each step it can take.

    Drafts are edited as any row; from then on only `steps`, by event, change it. Nothing is
    deleted after the draft. What may happen in which state is the machine's to say.
    """

    machine: ClassVar[Machine]
    steps: ClassVar[Mapping[str, Step]] = {}
    editable: ClassVar[Sequence[str]] = ()
    """The states in which the document itself may be edited, where it is not the first one."""
    state_colours: ClassVar[Mapping[str, str]] = {}
    """success, warning, danger or info by state."""
    actions = None
    change_form_before_template = "platform/document_version.html"
    change_form_outer_before_template = "platform/document_steps.html"
    change_form_outer_after_template = "platform/document_log.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.step_view)
        step = path("<path:object_id>/step/<slug:event>/", view, name=self._name("step"))
        return [step, *super().get_urls()]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Whoever saves an older version than there is learns so; what was typed stays."""
        edited = request.method == "POST" and object_id is not None
        document = self.get_object(request, unquote(str(object_id))) if edited else None
        if document is not None and super().has_change_permission(request, document):
            if not is_open(self, document):
                messages.warning(
                    request,
                    _("Nothing was saved: meanwhile its state is “%(state)s”.")
                    % {"state": document.get_state_display()},
                )
                return redirect(self._address("change", document.pk))
            if version_seen(request, document) != document.version:
                request.refused = _(STALE)  # type: ignore[attr-defined]
        return super().changeform_view(request, object_id, form_url, extra_context)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(super().has_change_permission(request, obj)) and is_open(self, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = bool(super().has_delete_permission(request, obj))
        return allowed and (obj is None or obj.state == self.machine.initial)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*super().get_readonly_fields(request, obj), "state", "version"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's
        """An edit counts as a version, and is refused where a step came between."""
        if change:
            now = self.model._base_manager.select_for_update().get(pk=obj.pk)  # noqa: SLF001
            refuse_stale(seen=version_seen(request, obj), now=now.version)
            obj.version = now.version + 1
        super().save_model(request, obj, form, change)

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """To the draft itself: what comes next is there."""
        return redirect(self._address("change", obj.pk))

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def badge(self, document: Any) -> str:
        colours = {state: self.state_colours.get(state) for state in self.machine.states}
        return str(display_for_label((document.state, document.get_state_display()), "", colours))

    def steps_now(self, request: HttpRequest, document: Any) -> dict[str, Step]:
        """The steps that are possible now and permitted to this user, in the machine's order."""
        return {
            event: self.steps[event]
            for event in self.machine.events(document.state)
            if event in self.steps and self._permits(request, document, self.steps[event])
        }

    def _permits(self, request: HttpRequest, document: Any, step: Step) -> bool:
        permitted = getattr(self, f"has_{step.permission}_permission")(request)
        return bool(permitted) and (step.may is None or step.may(request.user, document))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if document := context.get("original"):
            context["document"] = {
                "seen": version_seen(request, document),
                "badge": self.badge(document),
                "steps": [
                    (step, self._address("step", document.pk, event))
                    for event, step in self.steps_now(request, document).items()
                ],
                "log": self.log_of(request, document),
            }
        return cast("HttpResponse", super().render_change_form(request, context, *args, **kwargs))

    def log_of(self, request: HttpRequest, document: Any) -> list[dict[str, str]]:
        """Its steps so far, the last first: when, who, what, from where to where, why."""
        reader = import_string(settings.EPM_HISTORY_READER)(request.user, hidden=())
        states = dict(self.opts.get_field("state").choices)
        labels = {event: str(step.label) for event, step in self.steps.items()}
        return [
            {
                "when": shown.moment(change.changed_at.astimezone(reader.zone)),
                "who": change.actor if reader.sees_people else shown.UNKNOWN,
                "event": labels.get(change.event, change.event),
                "from": str(states.get(change.from_state, change.from_state)),
                "to": str(states.get(change.to_state, change.to_state)),
                "reason": change.reason,
            }
            for change in transitions.changes_of(document).reverse()
        ]

    def step_view(self, request: HttpRequest, object_id: str, event: str) -> HttpResponse:
        """Ask for what the step needs, then take it; a refusal is told in the form."""
        document = self.get_object(request, unquote(object_id))
        step = self.steps.get(event)
        if document is None or step is None:
            self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self._permits(request, document, step):
            raise PermissionDenied
        back = self._address("change", document.pk)
        asked = Asked(request, document, step, needs_reason=event in self.machine.reasons)
        if request.method == "POST" and asked.is_answered():
            if (refused := self._take(request, document, step, asked=asked)) is None:
                return redirect(back)
            asked.form.add_error(None, refused)
        elif request.method != "POST" and event not in self.machine.events(document.state):
            messages.warning(
                request,
                _("“%(step)s” is not possible now: the state is “%(state)s”.")
                % {"step": step.label, "state": document.get_state_display()},
            )
            return redirect(back)
        context = {
            **self.admin_site.each_context(request),
            "title": f"{step.label} · {document}",
            "subtitle": None,
            "opts": self.opts,
            "original": document,
            "step": step,
            "asked": asked,
            "back": back,
        }
        return TemplateResponse(request, "platform/document_step.html", context)

    def _take(self, request: HttpRequest, document: Any, step: Step, *, asked: Asked) -> str | None:
        """Why not; None when it was done, which happens once for each form that was shown."""
        given = asked.given(by=request.user, at=timezone.now())
        try:
            with acting_as(request.user.get_username(), door="admin"):
                locked = self.model._base_manager.select_for_update().get(pk=document.pk)  # noqa: SLF001
                if not caches["kept"].add(f"step-{given.key}", value=True, timeout=ONCE_SECONDS):
                    messages.info(request, _("This was done already; it was not done twice."))
                    return None
                refuse_stale(seen=asked.version, now=locked.version)
                step.act(locked, given)
        except IntegrityError as refused:
            return self._reason(refused)
        except Refusal as refused:
            return self.words_of(refused)
        messages.success(request, str(step.done) or _("Done."))
        return None

    def words_of(self, refused: Refusal) -> str:
        return _(STALE) if isinstance(refused, VersionChanged) else super().words_of(refused)

    def _name(self, page: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{page}"

    def _address(self, page: str, *arguments: Any) -> str:
        return reverse(f"admin:{self._name(page)}", args=arguments)


class DocumentLineInline(BackOfficeInline):
    """Lines of a document: edited with the draft, read from then on."""

    machine: ClassVar[Machine]
    editable: ClassVar[Sequence[str]] = ()

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(super().has_add_permission(request, obj)) and is_open(self, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(super().has_change_permission(request, obj)) and is_open(self, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(super().has_delete_permission(request, obj)) and is_open(self, obj)


def is_open(page: DocumentAdmin | DocumentLineInline, document: Any) -> bool:
    """Whether the document may still be edited; none at all can be."""
    return document is None or document.state in (page.editable or (page.machine.initial,))


def version_seen(request: HttpRequest, document: Any) -> int:
    """The version that the page showed; `document`'s own where it says none."""
    told = request.POST.get("seen_version", "")
    return int(told) if re.fullmatch(r"[0-9]{1,18}", told, re.ASCII) else int(document.version)
