from typing import Any, ClassVar, Final, cast
from uuid import uuid4
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter

from epm.access.admin.filters import VisibleStoreFilter
from epm.platform import shown
from epm.platform.actor import acting_as
from epm.platform.admin import BackOfficeInline, LedgerAdmin, ReadOnly
from epm.platform.refusals import Refusal
from sales import value_codes
from sales.admin.stored_value_forms import STEPS, IssueForm, Step
from sales.models import StoredValue, StoredValueEntry
from sales.models.stored_value import SHOWN_DIGITS
from sales.selectors.stored_value import accounts_visible_to, entries_visible_to

LINK: Final = '<a class="font-medium text-primary-600 dark:text-primary-500" href="{}">{}</a>'
GROUP: Final = 4


class StoredValueEntryInline(ReadOnly, BackOfficeInline):
    model = StoredValueEntry
    visible = entries_visible_to
    ordering = ["-position"]
    fields: ClassVar[list[str]] = [
        "position", "kind", "moved", "left", "where", "ticket", "why", "happened", "who",
    ]  # fmt: skip
    readonly_fields = fields

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("sales.view_storedvalueentry"))

    @admin.display(description=_("amount"))
    def moved(self, entry: StoredValueEntry) -> str:
        return shown.amount(entry.amount, currency=entry.account.currency)

    @admin.display(description=_("balance after"))
    def left(self, entry: StoredValueEntry) -> str:
        return shown.amount(entry.balance, currency=entry.account.currency)

    @admin.display(description=_("store"))
    def where(self, entry: StoredValueEntry) -> str:
        return str(entry.store) if _in_sight(entry) else shown.UNKNOWN

    @admin.display(description=_("sale"))
    def ticket(self, entry: StoredValueEntry) -> str:
        if entry.sale is None or not _in_sight(entry):
            return shown.UNKNOWN
        page = reverse("admin:sales_sale_change", args=[entry.sale_id])
        return format_html(LINK, page, entry.sale)

    @admin.display(description=_("reason"))
    def why(self, entry: StoredValueEntry) -> str:
        return entry.note if _in_sight(entry) else shown.UNKNOWN

    @admin.display(description=_("happened at (store's time)"))
    def happened(self, entry: StoredValueEntry) -> str:
        return shown.short_moment(entry.occurred_at.astimezone(ZoneInfo(entry.store.timezone)))

    @admin.display(description=_("by"))
    def who(self, entry: StoredValueEntry) -> str:
        return entry.actor if _in_sight(entry) else shown.UNKNOWN


@admin.register(StoredValue)
class StoredValueAdmin(LedgerAdmin):
    """Cards that the stores in scope issued. A code is shown in full once, when it is made."""

    visible = accounts_visible_to
    inlines = [StoredValueEntryInline]
    list_display = ["number", "kind", "left", "store", "expires_on", "is_blocked", "issued"]
    list_display_links = ["number"]
    list_filter = [
        ("store", VisibleStoreFilter),
        ("kind", ChoicesDropdownFilter),
        ("expires_on", RangeDateFilter),
        "is_blocked",
    ]
    list_select_related = ["store"]
    ordering = ["-pk"]
    sortable_by: list[str] = []
    search_fields = ["code__exact"]
    search_help_text = _("The last four digits, or all 16")
    export_fields = [
        "id", "kind", "currency", "balance", "store__code", "issued_at", "expires_on", "is_blocked",
    ]  # fmt: skip
    fields = ["number", "kind", "left", "store", "expires_on", "is_blocked", "issued"]
    readonly_fields = fields
    change_form_outer_before_template = "sales/stored_value_steps.html"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("sales.add_storedvalue"))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.step_view)
        step = path("<int:account_id>/<slug:act>/", view, name="sales_storedvalue_step")
        return [*super().get_urls()[:-1], step, super().get_urls()[-1]]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[StoredValue], search_term: str
    ) -> tuple[QuerySet[StoredValue], bool]:
        digits = value_codes.read(search_term)
        found, _duplicates = super().get_search_results(request, queryset, digits)
        if len(digits) == SHOWN_DIGITS:
            found = queryset.filter(code__endswith=digits)
        return found, False

    def add_view(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """Issue one, and show its code: in this very answer, which no cache keeps."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        initial = {"posting": uuid4(), "store": request.GET.get("store", "")}
        form = IssueForm(request.POST or None, reader=request.user, initial=initial)
        back = reverse("admin:sales_storedvalue_changelist")
        if form.is_valid() and (account := self._done(request, form, form.do)):
            shown_once = {
                "title": gettext("Issued: %(what)s") % {"what": account},
                "code": " ".join(
                    account.code[at : at + GROUP] for at in range(0, len(account.code), GROUP)
                ),
                "told": [self.left(account)],
                "back": reverse("admin:sales_storedvalue_change", args=[account.pk]),
            }
            return self._page(request, "sales/stored_value_issued.html", shown_once)
        context: dict[str, Any] = {
            "title": gettext("Issue a gift card or store credit"), "form": form, "back": back,
        }  # fmt: skip
        return self._page(request, "sales/stored_value_form.html", context)

    def step_view(self, request: HttpRequest, account_id: int, act: str) -> HttpResponse:
        """Ask for what the act needs, then do it; a refusal is told in the form."""
        step = STEPS.get(act)
        if step is None or not self.has_view_permission(request):
            raise Http404
        if not request.user.has_perm(step.permission):
            raise PermissionDenied
        account = self.get_queryset(request).filter(pk=account_id).first()
        if account is None:
            raise Http404
        initial = {
            "posting": uuid4(), "store": account.store_id, "expires_on": account.expires_on,
        }  # fmt: skip
        form: Any = step.form(
            request.POST if request.method == "POST" else None,
            reader=request.user,
            account=account,
            initial=initial,
        )
        back = reverse("admin:sales_storedvalue_change", args=[account.pk])
        if form.is_valid() and self._done(request, form, lambda: form.do(account.pk)):
            messages.success(request, gettext("Done."))
            return redirect(back)
        context = {
            "title": f"{step.label} · {account}", "form": form, "back": back,
            "told": [self.left(account)],
        }  # fmt: skip
        return self._page(request, "sales/stored_value_form.html", context)

    def _done(self, request: HttpRequest, form: forms.Form, act: Any) -> Any:
        """What was done; None where it was refused, and the form says why."""
        try:
            with acting_as(request.user.get_username(), door="admin"):
                return act()
        except Refusal as refused:
            form.add_error(None, str(refused.detail))
            return None

    def _page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        common = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(request, template, {**common, **context})

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if account := context.get("original"):
            context["steps"] = [
                (step, reverse("admin:sales_storedvalue_step", args=[account.pk, act]))
                for act, step in self._offered(request, account)
            ]
        return cast("HttpResponse", super().render_change_form(request, context, *args, **kwargs))

    def _offered(self, request: HttpRequest, account: StoredValue) -> list[tuple[str, Step]]:
        other = "block" if account.is_blocked else "unblock"
        return [
            (act, step)
            for act, step in STEPS.items()
            if act != other and request.user.has_perm(step.permission)
        ]

    @admin.display(description=_("code"))
    def number(self, account: StoredValue) -> str:
        return account.masked

    @admin.display(description=_("balance"))
    def left(self, account: StoredValue) -> str:
        return shown.amount(account.balance, currency=account.currency)

    @admin.display(description=_("issued at"))
    def issued(self, account: StoredValue) -> str:
        return shown.short_moment(account.issued_at.astimezone(ZoneInfo(account.store.timezone)))


def _in_sight(entry: StoredValueEntry) -> bool:
    return bool(getattr(entry, "in_sight", False))
