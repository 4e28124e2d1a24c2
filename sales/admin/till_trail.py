"""What happened at the tills, to look at: overrides, approvals, discrepancies, parked, mails."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.db.models import BooleanField, Q, QuerySet, Value
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from epm.access.admin.filters import VisibleStoreFilter
from epm.access.selectors import rights
from epm.organization.models import Store
from epm.platform import shown
from epm.platform.admin import LedgerAdmin
from sales.admin.discrepancy_words import all_told
from sales.models import Approval, Override, ParkedTicket, Ticket, TicketMail
from sales.selectors.parked import parked_visible_to
from sales.selectors.prints import mails_visible_to
from sales.selectors.tickets import discrepant_visible_to
from sales.selectors.till_rules import approvals_visible_to, overrides_visible_to


class Trail(LedgerAdmin):
    """Latest first by key; every column is only shown."""

    ordering = ["-pk"]
    sortable_by: list[str] = []
    named: tuple[str, ...] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related(*self.named)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return list(self.list_display)

    get_readonly_fields = get_fields


@admin.register(Override)
class OverrideAdmin(Trail):
    visible = overrides_visible_to
    named = ("sale__cashier", "register__store", "reason", "approved_by")
    list_display = [
        "sold_at", "store", "kind", "worth", "reason", "note", "cashier", "approved_by",
    ]  # fmt: skip
    list_filter = [("register__store", VisibleStoreFilter), ("kind", ChoicesDropdownFilter)]
    search_fields = ["sale__cashier__username__exact"]
    search_help_text = _("The user name of a cashier")
    export_fields = [
        "register__store__code", "sale__sold_at", "kind", "amount", "reason__code", "note",
        "sale__cashier__username", "approved_by__username",
    ]  # fmt: skip

    @admin.display(description=_("sold at (store's time)"))
    def sold_at(self, row: Override) -> str:
        return _moment(row.sale.sold_at, row.register.store)

    @admin.display(description=_("store"))
    def store(self, row: Override) -> str:
        return str(row.register.store)

    @admin.display(description=_("amount incl. tax"))
    def worth(self, row: Override) -> str:
        return shown.amount(row.amount, currency=row.register.store.currency)

    @admin.display(description=_("cashier"))
    def cashier(self, row: Override) -> str:
        return str(row.sale.cashier or shown.UNKNOWN)


@admin.register(Approval)
class ApprovalAdmin(Trail):
    visible = approvals_visible_to
    named = ("store", "approver", "used_for__store")
    list_display = ["granted", "store", "approver", "until", "used"]
    list_filter = [("store", VisibleStoreFilter)]
    search_fields = ["approver__username__exact"]
    search_help_text = _("The user name of who approved")
    export_fields = [
        "store__code", "approver__username", "granted_at", "expires_at", "used_for__id",
    ]  # fmt: skip

    @admin.display(description=_("approved at"))
    def granted(self, row: Approval) -> str:
        return _moment(row.granted_at, row.store)

    @admin.display(description=_("valid until"))
    def until(self, row: Approval) -> str:
        return _moment(row.expires_at, row.store)

    @admin.display(description=_("used for"))
    def used(self, row: Approval) -> str:
        return str(row.used_for_id or shown.UNKNOWN)


@admin.register(Ticket)
class DiscrepancyAdmin(Trail):
    """Tickets that could not be refused any more, what was wrong with them, and who sold them."""

    visible = discrepant_visible_to
    named = ("sale__store", "sale__cashier", "register")
    list_display = ["reference", "store", "sold_at", "total", "is_offline", "served", "told"]
    list_filter = [("sale__store", VisibleStoreFilter)]
    search_fields = ["sale__cashier__username__exact", "sent_by__exact"]
    search_help_text = _("The user name of a cashier, or “key” and the name of a key")
    export_fields = [
        "sale__store__code", "register__code", "number", "sale__sold_at", "sale__total_ttc",
        "discrepancies",
    ]  # fmt: skip

    @admin.display(description=_("ticket"))
    def reference(self, row: Ticket) -> str:
        return str(row)

    @admin.display(description=_("store"))
    def store(self, row: Ticket) -> str:
        return str(row.sale.store)

    @admin.display(description=_("sold at (store's time)"))
    def sold_at(self, row: Ticket) -> str:
        return _moment(row.sale.sold_at, row.sale.store)

    @admin.display(description=_("total incl. tax"))
    def total(self, row: Ticket) -> str:
        return shown.amount(row.sale.total_ttc, currency=row.sale.currency)

    @admin.display(description=_("served by"))
    def served(self, row: Ticket) -> str:
        if not vars(row).get("sees_people"):
            return str(_("Hidden"))
        return str(row.sale.cashier or row.sent_by or shown.UNKNOWN)

    @admin.display(description=_("discrepancies"))
    def told(self, row: Ticket) -> str:
        return all_told(row.discrepancies, people=bool(vars(row).get("sees_people")))

    def get_export_words(self, request: HttpRequest) -> Mapping[str, Callable[[Any], str]]:
        """As the page tells them, to whoever asks."""
        return {"discrepancies": partial(all_told, people=rights.sees_people(request.user))}

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Ticket], search_term: str
    ) -> tuple[QuerySet[Ticket], bool]:
        """Who may not know the cashier does not find her by searching either."""
        name = search_term.strip()
        if name and rights.sees_people(request.user):
            served = Q(sale__cashier__username=name) | Q(sent_by=name)
            queryset = queryset.filter(served)
        return queryset, False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Ticket]:
        """With whether names are shown to whoever asks."""
        people = Value(rights.sees_people(request.user), output_field=BooleanField())
        rows = super().get_queryset(request).annotate(sees_people=people)
        return cast("QuerySet[Ticket]", rows)


@admin.register(ParkedTicket)
class ParkedTicketAdmin(Trail):
    visible = parked_visible_to
    named = ("store", "register", "parked_by")
    list_display = ["parked", "store", "register", "label", "state", "parked_by"]
    list_filter = [("store", VisibleStoreFilter), ("state", ChoicesDropdownFilter)]
    export_fields = ["store__code", "register__code", "label", "state", "parked_at"]

    @admin.display(description=_("parked at"))
    def parked(self, row: ParkedTicket) -> str:
        return _moment(row.parked_at, row.store)


@admin.register(TicketMail)
class TicketMailAdmin(Trail):
    visible = mails_visible_to
    named = ("printed__sale__store",)
    list_display = ["asked", "store", "to", "state", "attempts", "error"]
    list_filter = [
        ("printed__sale__store", VisibleStoreFilter), ("state", ChoicesDropdownFilter),
    ]  # fmt: skip
    export_fields = ["printed__sale__store__code", "asked_at", "state", "attempts", "error"]

    @admin.display(description=_("asked at"))
    def asked(self, row: TicketMail) -> str:
        return _moment(row.asked_at, row.printed.sale.store)

    @admin.display(description=_("store"))
    def store(self, row: TicketMail) -> str:
        return str(row.printed.sale.store)


def _moment(at: datetime, store: Store) -> str:
    return shown.short_moment(at.astimezone(ZoneInfo(store.timezone)))
