from collections.abc import Sequence
from typing import Any, ClassVar, Final, cast
from uuid import UUID, uuid4

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from epm.access.admin.filters import VisibleStoreFilter
from epm.access.selectors import rights
from epm.platform import shown
from epm.platform.actor import acting_as
from epm.platform.admin import (
    BackOfficeInline,
    LedgerAdmin,
    ReadOnly,
)
from epm.platform.refusals import Refusal
from inventory.admin.adjustment_forms import AdjustmentForm, ReversalForm
from inventory.models import (
    StockAdjustment,
    StockAdjustmentLine,
)
from inventory.selectors.shrink import adjustments_visible_to
from inventory.services import adjustments

LINK: Final = '<a class="font-medium text-primary-600 dark:text-primary-500" href="{}">{}</a>'


class AdjustmentLineInline(ReadOnly, BackOfficeInline):
    model = StockAdjustmentLine
    fields: ClassVar[list[str]] = ["product", "moved", "taken_out", "reason", "worth"]
    readonly_fields = fields

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who sees the document sees what it did."""
        return bool(request.user.has_perm("inventory.view_stockadjustment"))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        costs = rights.sees_costs(request.user)
        return [name for name in self.fields if costs or name != "worth"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[StockAdjustmentLine]:
        rows = super().get_queryset(request).select_related("product", "adjustment__store")
        return cast("QuerySet[StockAdjustmentLine]", rows)

    @admin.display(description=_("quantity"))
    def moved(self, line: StockAdjustmentLine) -> str:
        return shown.exact(line.quantity)

    @admin.display(description=_("taken out of sale"))
    def taken_out(self, line: StockAdjustmentLine) -> str:
        return shown.exact(line.blocked)

    @admin.display(description=_("value excl. tax"))
    def worth(self, line: StockAdjustmentLine) -> str:
        value = None if line.quantity and line.unit_cost is None else line.value
        return shown.amount(value, currency=line.adjustment.store.currency)


@admin.register(StockAdjustment)
class StockAdjustmentAdmin(LedgerAdmin):
    visible = adjustments_visible_to
    inlines = [AdjustmentLineInline]
    list_display = ["number", "store", "kind", "what", "note", "happened_at", "actor"]
    list_display_links = ["number"]
    list_filter = [("store", VisibleStoreFilter), ("kind", ChoicesDropdownFilter)]
    list_select_related = ["store"]
    ordering = ["-pk"]
    search_fields = ["=id", "note"]
    search_help_text = _("number or reason")
    autocomplete_fields = ["store"]
    export_fields = ["id", "store__code", "kind", "note", "happened_at"]
    fields = ["store", "kind", "what", "note", "undoes", "undone", "happened_at", "actor"]
    readonly_fields = ["what", "undoes", "undone"]
    change_form_outer_before_template = "inventory/adjustment_before.html"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("inventory.add_stockadjustment"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[StockAdjustment]:
        rows = super().get_queryset(request).select_related("store", "reverses", "reversed_by")
        rows = rows.prefetch_related("lines__product")
        return cast("QuerySet[StockAdjustment]", rows)

    def get_list_display(self, request: HttpRequest) -> list[str]:
        return self._seen(request, super().get_list_display(request))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self._seen(request, self.fields)

    def _seen(self, request: HttpRequest, names: list[str]) -> list[str]:
        people = rights.sees_people(request.user)
        return [name for name in names if people or name != "actor"]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.reverse_view)
        back = path("<int:adjustment_id>/reverse/", view, name="inventory_stockadjustment_reverse")
        return [back, *super().get_urls()]

    def add_view(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """The short form; `?store=…&code=…` fill it in. Its key is in its address, so that the
        form a browser goes back to is the one that was booked."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        if (key := _key(request)) is None and request.method == "GET":
            return redirect(f"{request.path}?{_with_key(request)}")
        initial = {name: request.GET.get(name, "") for name in ("store", "code", "act")}
        form = AdjustmentForm(
            request.POST or None, reader=request.user, initial={**initial, "posting": key}
        )
        by = request.user.get_username()
        if booked := self._booked(request, form["posting"].value()):
            messages.warning(request, self._told_already(booked))
        elif form.is_valid() and (done := self._done(request, form, lambda: form.do(by=by))):
            return redirect("admin:inventory_stockadjustment_change", done.pk)
        return self._form_page(request, gettext("Adjust the stock"), form)

    def _booked(self, request: HttpRequest, key: Any) -> StockAdjustment | None:
        """What a form with this key has booked already."""
        try:
            return self.get_queryset(request).filter(posting=UUID(str(key))).first()
        except ValueError:
            return None

    def _told_already(self, booked: StockAdjustment) -> str:
        return format_html(
            gettext("This form was booked already, as adjustment {}. {}"),
            _linked(booked),
            format_html(
                LINK, reverse("admin:inventory_stockadjustment_add"), gettext("Another adjustment")
            ),
        )

    def reverse_view(self, request: HttpRequest, adjustment_id: int) -> HttpResponse:
        """Put a wrong one right."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        wrong = self.get_queryset(request).filter(pk=adjustment_id).first()
        if wrong is None:
            raise Http404
        form = ReversalForm(request.POST or None, initial={"posting": uuid4()})
        if form.is_valid() and (
            done := self._done(
                request,
                form,
                lambda: adjustments.reverse(
                    adjustment_id=wrong.pk,
                    by=request.user.get_username(),
                    at=timezone.now(),
                    **form.cleaned_data,
                ),
            )
        ):
            return redirect("admin:inventory_stockadjustment_change", done.pk)
        title = gettext("Reverse adjustment %(number)s") % {"number": wrong}
        told = [
            f"{wrong.store} · {wrong.get_kind_display()}",
            *(moved_by(line) for line in wrong.lines.all()),
        ]
        return self._form_page(request, title, form, told=told)

    def _done(self, request: HttpRequest, form: forms.Form, act: Any) -> StockAdjustment | None:
        try:
            with acting_as(request.user.get_username(), door="admin"):
                done: StockAdjustment = act()
        except Refusal as refused:
            form.add_error(None, str(refused.detail))
            return None
        messages.success(request, gettext("Booked as adjustment %(number)s.") % {"number": done})
        return done

    def _form_page(
        self, request: HttpRequest, title: str, form: forms.Form, *, told: Sequence[str] = ()
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "form": form,
            "told": told,
        }
        return TemplateResponse(request, "inventory/adjustment_form.html", context)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        wrong = context.get("original")
        if wrong is not None and self.has_add_permission(request):
            reversed_by = getattr(wrong, "reversed_by", None)
            context["reversible"] = wrong.reverses_id is None and reversed_by is None
        return cast("HttpResponse", super().render_change_form(request, context, *args, **kwargs))

    @admin.display(description=_("number"), ordering="id")
    def number(self, adjustment: StockAdjustment) -> str:
        return str(adjustment)

    @admin.display(description=_("product"))
    def what(self, adjustment: StockAdjustment) -> str:
        lines = ((moved_by(line),) for line in adjustment.lines.all())
        return format_html_join("", "<div>{}</div>", lines)

    @admin.display(description=_("reverses"))
    def undoes(self, adjustment: StockAdjustment) -> str:
        return _linked(adjustment.reverses)

    @admin.display(description=_("reversed by"))
    def undone(self, adjustment: StockAdjustment) -> str:
        return _linked(getattr(adjustment, "reversed_by", None))


def moved_by(line: StockAdjustmentLine) -> str:
    """A line in words: the product, how much on hand, how much out of sale and why."""
    told = [shown.exact(line.quantity)] if line.quantity else []
    if line.blocked:
        taken = gettext("taken out of sale: %(quantity)s (%(reason)s)")
        reason = line.get_reason_display()
        told.append(taken % {"quantity": shown.exact(line.blocked), "reason": reason})
    return f"{line.product}: {', '.join(told)}"


def _key(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.GET.get("key", ""))
    except ValueError:
        return None


def _with_key(request: HttpRequest) -> str:
    asked = request.GET.copy()
    asked["key"] = str(uuid4())
    return asked.urlencode()


def _linked(other: StockAdjustment | None) -> str:
    if other is None:
        return shown.UNKNOWN
    page = reverse("admin:inventory_stockadjustment_change", args=[other.pk])
    return format_html(LINK, page, other)
