import uuid
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from epm.access.models import User
from epm.access.selectors import rights
from epm.platform import shown
from epm.platform.actor import acting_as
from epm.platform.admin import BackOfficeAdmin, BackOfficeInline, ReadOnly
from epm.platform.refusals import Refusal
from inventory.admin import price_grid, price_words
from inventory.models import PriceEdit, PriceEditRow
from inventory.selectors.price_lists import price_edits_visible_to, reaches
from inventory.services import price_edits

LINK = '<a class="font-medium text-primary-600 dark:text-primary-500" href="{}">#{}</a>'


class PriceEditRowInline(ReadOnly, BackOfficeInline):
    model = PriceEditRow
    fields = ["what", "before", "after"]
    readonly_fields = fields
    ordering = ["product__sku"]
    per_page = 50
    hide_title = True

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("product")

    @admin.display(description=gettext_lazy("product"))
    def what(self, row: PriceEditRow) -> str:
        return str(row.product)

    @admin.display(description=gettext_lazy("before"))
    def before(self, row: PriceEditRow) -> str:
        return shown.exact(row.old, at_least=2)

    @admin.display(description=gettext_lazy("after"))
    def after(self, row: PriceEditRow) -> str:
        return shown.exact(row.new, at_least=2)


@admin.register(PriceEdit)
class PriceEditAdmin(ReadOnly, BackOfficeAdmin):
    """What was changed in one go; to add one is the grid of prices."""

    visible = price_edits_visible_to
    inlines = [PriceEditRowInline]
    list_display = ["number", "made_at", "what", "in_words", "changed", "made_by", "fate"]
    list_display_links = ["number", "made_at"]
    list_select_related = ["price_list", "by", "undone_by"]
    list_filter = ["made_at"]
    export_fields = ["id", "made_at", "price_list__code", "changed"]
    ordering = ["-made_at", "-pk"]
    actions = None
    change_form_before_template = "inventory/price_edit_undo.html"
    change_form_outer_after_template = "inventory/price_edit_form.html"
    fieldsets = [
        (None, {"fields": [("made_at", "made_by"), ("what", "in_words"), ("changed", "fate")]}),
    ]
    readonly_fields = ["what", "in_words", "made_by", "fate"]

    def get_urls(self) -> list[URLPattern]:
        undo = self.admin_site.admin_view(self.undo_view)
        own = [path("<int:edit_id>/undo/", undo, name="inventory_priceedit_undo")]
        return [*own, *super().get_urls()]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("inventory.add_priceedit"))

    def get_list_display(self, request: HttpRequest) -> list[str]:
        people = rights.sees_people(request.user)
        return [name for name in self.list_display if people or name != "made_by"]

    def get_fieldsets(self, request: HttpRequest, obj: PriceEdit | None = None) -> Any:
        if rights.sees_people(request.user):
            return self.fieldsets
        fields = ["made_at", ("what", "in_words"), ("changed", "fate")]
        return [(None, {"fields": fields})]

    def add_view(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """The grid."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return price_grid.page(request, site=self.admin_site)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        edit = self.get_object(request, object_id)
        more = {**(extra_context or {}), "may_undo": self._may_undo(request, edit)}
        return cast("HttpResponse", super().change_view(request, object_id, form_url, more))

    def undo_view(self, request: HttpRequest, edit_id: int) -> HttpResponse:
        """Give the prices of before back, by a new edit."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        edit = price_edits_visible_to(request.user).filter(pk=edit_id).first()
        if request.method != "POST" or edit is None:
            raise Http404
        if not reaches(request.user, edit.price_list):
            raise PermissionDenied
        try:
            with acting_as(request.user.get_username(), door="admin"):
                undo = price_edits.undo(
                    edit_id=edit_id, key=uuid.uuid4(), by=cast("User", request.user),
                    now=timezone.now(),
                )  # fmt: skip
        except Refusal as refused:
            messages.error(request, str(refused.detail))
            return redirect("admin:inventory_priceedit_change", edit_id)
        _tell(request, given_back=undo.changed, left=edit.changed - undo.changed)
        return redirect("admin:inventory_priceedit_change", undo.pk)

    def _may_undo(self, request: HttpRequest, edit: PriceEdit | None) -> bool:
        return (
            edit is not None
            and not hasattr(edit, "undone_by")
            and self.has_add_permission(request)
            and reaches(request.user, edit.price_list)
        )

    @admin.display(description=gettext_lazy("number"), ordering="pk")
    def number(self, edit: PriceEdit) -> str:
        return f"#{edit.pk}"

    @admin.display(description=gettext_lazy("prices of"))
    def what(self, edit: PriceEdit) -> str:
        return price_words.target(edit.price_list)

    @admin.display(description=gettext_lazy("formula"))
    def in_words(self, edit: PriceEdit) -> str:
        return price_words.formula(edit.formula)

    @admin.display(description=gettext_lazy("by"))
    def made_by(self, edit: PriceEdit) -> str:
        return str(edit.by)

    @admin.display(description=gettext_lazy("what became of it"))
    def fate(self, edit: PriceEdit) -> str:
        if edit.undoes_id:
            return _linked(_("Undoes %s"), edit.undoes_id)
        if hasattr(edit, "undone_by"):
            return _linked(_("Undone by %s"), edit.undone_by.pk)
        return _("Stands")


def _linked(words: str, edit_id: int) -> str:
    link = format_html(LINK, reverse("admin:inventory_priceedit_change", args=[edit_id]), edit_id)
    return format_html(words.replace("%s", "{}"), link)


def _tell(request: HttpRequest, *, given_back: int, left: int) -> None:
    messages.success(
        request,
        ngettext("%(count)s price is what it was.", "%(count)s prices are what they were.",
                 given_back) % {"count": given_back},
    )  # fmt: skip
    if left:
        messages.warning(
            request,
            ngettext(
                "%(count)s price was changed since, and stays.",
                "%(count)s prices were changed since, and stay.",
                left,
            )
            % {"count": left},
        )
