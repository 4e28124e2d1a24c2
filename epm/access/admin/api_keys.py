from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from epm.access.admin.whole_chain import WholeChainOnly
from epm.access.models import ApiKey, User
from epm.access.selectors import rights
from epm.access.selectors.scope import stores_visible_to
from epm.access.services import api_keys
from epm.platform.admin import BackOfficeAdmin


class ApiKeyForm(forms.ModelForm):
    scopes = forms.MultipleChoiceField(
        label=_("May read"),
        choices=rights.KEY_SCOPES.items(),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        initial=[rights.READ],
    )

    class Meta:
        model = ApiKey
        fields = ["name", "scopes", "whole_chain", "stores", "expires_at"]


@admin.register(ApiKey)
class ApiKeyAdmin(WholeChainOnly, BackOfficeAdmin):
    """Keys are made and revoked, never edited. The key itself is on one page, once."""

    paginator = Paginator
    show_full_result_count = True
    form = ApiKeyForm
    visible_choices = {"stores": stores_visible_to}
    list_display = ["name", "prefix", "created_by", "expires_at", "revoked_at", "last_used_on"]
    list_select_related = ["created_by"]
    search_fields = ["name", "prefix"]
    autocomplete_fields = ["stores"]
    ordering = ["-created_at"]
    actions = ["revoke"]
    fields = ["name", "scopes", "whole_chain", "stores", "expires_at"]

    def get_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> list[str]:
        if obj is None:
            return list(self.fields)
        return [*self.fields, "prefix", "created_by", "created_at", "revoked_at", "last_used_on"]

    def has_change_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return super().has_change_permission(request)

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One button: what follows is the page that shows the key."""
        only_save = {"show_save_and_add_another": False, "show_save_and_continue": False}
        context = {**(extra_context or {}), **only_save}
        return cast("HttpResponse", super().add_view(request, form_url, context))

    def save_model(
        self,
        request: HttpRequest,
        obj: ApiKey,
        form: ApiKeyForm,
        change: bool,  # noqa: FBT001
    ) -> None:
        made, text = api_keys.create(
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            stores=[store.code for store in form.cleaned_data["stores"]],
            whole_chain=form.cleaned_data["whole_chain"],
            expires_at=form.cleaned_data["expires_at"],
            by=cast("User", request.user),
        )
        obj.pk, obj.prefix = made.pk, made.prefix
        request.new_key = text  # type: ignore[attr-defined]

    def response_add(
        self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("The new API key"),
            "opts": self.opts,
            "key": obj,
            "key_text": request.new_key,  # type: ignore[attr-defined]
        }
        response = TemplateResponse(request, "access/api_key_created.html", context)
        response.headers["Cache-Control"] = "no-store"
        return response

    @admin.action(description=_("Revoke the selected keys"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, keys: QuerySet[ApiKey]) -> None:
        now = timezone.now()
        revoked = sum(api_keys.revoke(key_id=key.pk, now=now) for key in keys)
        said = ngettext("%(count)d key revoked.", "%(count)d keys revoked.", revoked)
        self.message_user(request, said % {"count": revoked}, messages.SUCCESS)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {name: it for name, it in super().get_actions(request).items() if name == "revoke"}
