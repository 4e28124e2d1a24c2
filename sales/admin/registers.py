from decimal import Decimal
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from epm.access.admin.filters import VisibleStoreFilter
from epm.access.models import User
from epm.access.selectors.scope import stores_visible_to
from epm.platform.actor import acting_as
from epm.platform.admin import BackOfficeAdmin
from epm.platform.admin_decimals import DecimalInput, PlainDecimalField
from epm.platform.refusals import Refusal
from sales.models import CashRegister
from sales.selectors.registers import registers_visible_to
from sales.selectors.sessions import running
from sales.services import sessions

OPENS = "sales.change_registersession"


class FloatForm(forms.Form):
    opening_float = PlainDecimalField(
        label=gettext_lazy("Float"), min_value=Decimal(0), max_digits=16, decimal_places=3,
        localize=True, initial=Decimal(0), widget=DecimalInput,
        help_text=gettext_lazy("Cash in the drawer, in the store's currency."),
    )  # fmt: skip


@admin.register(CashRegister)
class CashRegisterAdmin(BackOfficeAdmin):
    paginator = Paginator
    show_full_result_count = True
    visible = registers_visible_to
    visible_choices = {"store": stores_visible_to}
    list_display = ["code", "name", "store", "is_active"]
    list_display_links = ["code", "name"]
    list_filter = [("store", VisibleStoreFilter), "is_active"]
    search_fields = ["code", "name"]
    autocomplete_fields = ["store"]
    export_fields = ["store__code", "code", "name", "is_active"]
    ordering = ["store__code", "code"]
    fields = ["store", ("code", "name"), "is_active"]
    change_form_outer_before_template = "sales/register_before.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.open_view)
        route = path("<path:object_id>/open/", view, name="sales_cashregister_open")
        return [route, *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        register = context.get("original")
        if register is not None and request.user.has_perm("sales.view_registersession"):
            session = running(register.pk)
            if session is not None:
                context["session_address"] = _page_of(session.pk)
            elif request.user.has_perm(OPENS):
                address = reverse("admin:sales_cashregister_open", args=[register.pk])
                context["open_address"] = address
        answer = super().render_change_form(request, context, *args, **kwargs)
        return cast("HttpResponse", answer)

    def open_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for the float, then open the register."""
        register = self.get_object(request, unquote(object_id))
        if register is None:
            self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not request.user.has_perm(OPENS):
            raise PermissionDenied
        form = FloatForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                with acting_as(request.user.get_username(), door="admin"):
                    session = sessions.open_session(
                        register_id=register.pk,
                        opening_float=form.cleaned_data["opening_float"],
                        by=cast("User", request.user),
                        now=timezone.now(),
                    )
                return redirect(_page_of(session.pk))
            except Refusal as refused:
                form.add_error(None, self.words_of(refused))
        context = {
            **self.admin_site.each_context(request),
            "title": f"{_('Open the register')} · {register}",
            "opts": self.opts,
            "original": register,
            "form": form,
            "back": reverse("admin:sales_cashregister_change", args=[register.pk]),
        }
        return TemplateResponse(request, "sales/register_open.html", context)


def _page_of(session_id: int) -> str:
    return reverse("admin:sales_registersession_change", args=[session_id])
