from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter
from unfold.utils import display_for_label
from unfold.widgets import UnfoldAdminTextareaWidget

from epm.access.admin.filters import VisibleStoreFilter
from epm.access.selectors import rights
from epm.platform import shown
from epm.platform.admin_decimals import DecimalInput, PlainDecimalField
from epm.platform.admin_documents import DocumentAdmin
from epm.platform.admin_steps import Asked, Given, Step, StepForm
from sales.models import Closing, RegisterSession, TenderKind
from sales.selectors import sessions as asked_of
from sales.selectors.report_tables import tables, variance_of
from sales.selectors.session_figures import Figures, so_far
from sales.selectors.sessions import sessions_visible_to
from sales.services import sessions
from sales.states import REGISTER_SESSION, RegisterSessionState

SHOWN = ["store", "register", "business_date", "opened", "float", "by", "closed", "note"]


class CountForm(StepForm):
    """What was found, kind by kind; what is left empty is unknown."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in TenderKind:
            self.fields[kind.value] = PlainDecimalField(
                label=kind.label, required=False, localize=True, max_digits=16, decimal_places=3,
                min_value=0 if kind == TenderKind.CASH else None, widget=DecimalInput,
            )  # fmt: skip
        self.fields["note"] = forms.CharField(
            label=_("Note"), max_length=300, required=False,
            widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        )  # fmt: skip


def _pdf(session: RegisterSession, figures: Closing | Figures) -> str:
    """Where its report is on paper."""
    if isinstance(figures, Closing):
        return reverse("api-closing-pdf", args=[figures.pk])
    return reverse("api-x-report-pdf", args=[session.register_id])


def _close(document: RegisterSession, given: Given) -> object:
    found = {kind.value: given.fields[kind.value] for kind in TenderKind}
    return sessions.close(
        session_id=document.pk,
        counted={kind: amount for kind, amount in found.items() if amount is not None},
        note=given.fields["note"],
        by=given.by,
        now=given.at,
    )


@admin.register(RegisterSession)
class RegisterSessionAdmin(DocumentAdmin):
    """Sessions are opened at the page of their register; here they are read, counted and closed."""

    machine = REGISTER_SESSION
    visible = sessions_visible_to
    list_display = ["day", "store", "register", "condition", "opened", "closed"]
    list_display_links = ["day"]
    list_filter = [
        ("store", VisibleStoreFilter),
        ("state", ChoicesDropdownFilter),
        "is_late",
        ("business_date", RangeDateFilter),
    ]
    list_select_related = ["store", "register", "closing"]
    ordering = ["-pk"]
    export_fields = [
        "id", "store__code", "register__code", "state", "is_late", "business_date", "opened_at",
        "opening_float", "closing_at", "closed_at",
    ]  # fmt: skip
    change_form_outer_before_template = "sales/session_before.html"
    fields = [tuple(SHOWN[:3]), tuple(SHOWN[3:6]), tuple(SHOWN[6:])]
    steps = {
        "close": Step(
            _("Count and close"),
            _close,
            help=_("Count without looking at what is expected. What you leave empty is unknown."),
            form=CountForm,
            may=lambda _user, document: not document.is_late,
            variant="primary",
        ),
        "finish": Step(
            _("Finish"),
            lambda document, given: sessions.try_to_finish(session_id=document.pk, now=given.at),
            help=_("Makes the Z report that could not be made, from what was counted."),
            done=_("It was tried again: its state says how that went."),
            variant="primary",
        ),
    }

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The right to take steps; a session itself is never edited."""
        return obj is None and bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*super().get_readonly_fields(request, obj), *SHOWN]

    def get_queryset(self, request: HttpRequest) -> QuerySet[RegisterSession]:
        rows = super().get_queryset(request).select_related("store", "register", "closing")
        return cast("QuerySet[RegisterSession]", rows)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> RegisterSession | None:
        """With whether names are shown to whoever asks."""
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            vars(found)["sees_people"] = rights.sees_people(request.user)
        return cast("RegisterSession | None", found)

    def get_list_display(self, request: HttpRequest) -> list[str]:
        """What was off only where what is expected may be seen."""
        sees = asked_of.sees_expected(request.user)
        return [*self.list_display, *(["variance"] if sees else [])]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if (session := context.get("original")) is not None:
            context["session"] = self._told(request, session)
        return super().render_change_form(request, context, *args, **kwargs)

    def _told(self, request: HttpRequest, session: RegisterSession) -> dict[str, Any]:
        zone, currency = ZoneInfo(session.store.timezone), session.store.currency
        figures: Any = getattr(session, "closing", None)
        if not asked_of.sees_expected(request.user) or session.is_late:
            figures = None
        elif figures is None:
            figures = so_far(session)
        moved = session.drawer_movements.select_related("moved_by").order_by("pk")
        named = rights.sees_people(request.user)
        return {
            "failed": session.closing_failed,
            "heading": _("Z report") if session.closed_at else _("X report"),
            "tables": tables(figures, currency=currency) if figures else [],
            "pdf": _pdf(session, figures) if figures else "",
            "movements": [
                (
                    shown.short_moment(each.moved_at.astimezone(zone)),
                    each.get_kind_display(),
                    shown.amount(each.amount, currency=currency),
                    each.reason,
                    str(each.moved_by or shown.UNKNOWN) if named else shown.UNKNOWN,
                )
                for each in moved
            ],
        }

    def _take(self, request: HttpRequest, document: Any, step: Step, *, asked: Asked) -> str | None:
        """Whoever closes locks the chain before the session, as whoever sells does."""
        with transaction.atomic():
            sessions.lock_chain(register_id=document.register_id)
            return super()._take(request, document, step, asked=asked)

    @admin.display(description=_("business date"), ordering="business_date")
    def day(self, session: RegisterSession) -> str:
        return shown.day(session.business_date)

    @admin.display(description=_("state"), ordering="state")
    def condition(self, session: RegisterSession) -> str:
        said: Any = session.get_state_display()
        colour = None
        if session.closing_failed:
            said, colour = _("Closing failed"), "danger"
        elif session.is_late:
            said, colour = (
                _("Late") if session.closed_at is None else _("Late, taken in"),
                "warning",
            )
        elif session.state == RegisterSessionState.OPEN:
            colour = "info"
        elif session.state == RegisterSessionState.CLOSED:
            colour = "success"
        return str(display_for_label((session.state, said), "", {session.state: colour}))

    @admin.display(description=_("opened at"), ordering="opened_at")
    def opened(self, session: RegisterSession) -> str:
        return shown.moment(session.opened_at.astimezone(ZoneInfo(session.store.timezone)))

    @admin.display(description=_("closed at"), ordering="closed_at")
    def closed(self, session: RegisterSession) -> str:
        if session.closed_at is None:
            return shown.UNKNOWN
        return shown.moment(session.closed_at.astimezone(ZoneInfo(session.store.timezone)))

    @admin.display(description=_("float"))
    def float(self, session: RegisterSession) -> str:
        return shown.amount(session.opening_float, currency=session.store.currency)

    @admin.display(description=_("opened by"))
    def by(self, session: RegisterSession) -> str:
        if session.opened_by is None or not getattr(session, "sees_people", False):
            return shown.UNKNOWN
        return str(session.opened_by)

    @admin.display(description=_("note on the count"))
    def note(self, session: RegisterSession) -> str:
        return session.count_note or shown.UNKNOWN

    @admin.display(description=_("cash variance"))
    def variance(self, session: RegisterSession) -> str:
        closing = getattr(session, "closing", None)
        return variance_of(closing, currency=session.store.currency) if closing else shown.UNKNOWN
