from zoneinfo import ZoneInfo

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from epm.access.admin.filters import VisibleStoreFilter
from epm.access.selectors import rights
from epm.platform import shown
from epm.platform.admin import BackOfficeAdmin, ReadOnly
from epm.platform.refusals import Refusal
from inventory.admin.filters import VisibleProductFilter
from inventory.models import Reservation
from inventory.selectors.stock import reservations_visible_to
from inventory.services import reservations
from inventory.states import ReservationState


@admin.register(Reservation)
class ReservationAdmin(ReadOnly, BackOfficeAdmin):
    """What is promised to whom, to look at; who runs a store may let go of what is only held."""

    visible = reservations_visible_to
    list_display = [
        "product", "store", "kept", "handed_over", "state", "held_by", "since", "until", "document",
    ]  # fmt: skip
    list_filter = [
        ("store", VisibleStoreFilter),
        ("product", VisibleProductFilter),
        ("state", ChoicesDropdownFilter),
    ]
    search_fields = ["document_ref__exact"]
    search_help_text = _("The whole number of a document")
    export_fields = [
        "store__code", "product__sku", "quantity", "consumed", "state", "holder", "held_at",
        "expires_at", "closed_at", "document_kind", "document_ref",
    ]  # fmt: skip
    ordering = ["-pk"]
    sortable_by: list[str] = []
    actions = ["let_go"]
    fieldsets = [
        (
            None,
            {"fields": [("product", "store"), ("kept", "handed_over", "state"),
                        ("held_by", "since", "until"), ("document", "closed")]},
        ),
    ]  # fmt: skip
    readonly_fields = [
        "product", "store", "kept", "handed_over", "state", "held_by", "since", "until",
        "document", "closed",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Reservation]:
        return super().get_queryset(request).select_related("store", "product")

    def get_list_display(self, request: HttpRequest) -> list[str]:
        people = rights.sees_people(request.user)
        return [name for name in super().get_list_display(request) if people or name != "held_by"]

    def get_export_fields(self, request: HttpRequest) -> list[str]:
        people = rights.sees_people(request.user)
        return [name for name in super().get_export_fields(request) if people or name != "holder"]

    def get_fieldsets(self, request: HttpRequest, obj: Reservation | None = None) -> list:
        people = rights.sees_people(request.user)
        return [
            (title, {"fields": [[name for name in row if people or name != "held_by"]
                                for row in options["fields"]]})
            for title, options in super().get_fieldsets(request, obj)
        ]  # fmt: skip

    def has_release_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("inventory.change_reservation"))

    @admin.action(description=_("Release what is held"), permissions=["release"])
    def let_go(self, request: HttpRequest, chosen: QuerySet[Reservation]) -> None:
        """Whole baskets; one that belongs to an order is the order's to let go."""
        held = chosen.filter(state=ReservationState.ACTIVE)
        baskets = dict.fromkeys(held.order_by("basket").values_list("basket", "holder"))
        for basket, holder in baskets:
            try:
                reservations.release(basket=basket, holder=holder)
            except Refusal as refused:
                self.message_user(request, str(refused.detail), messages.ERROR)
                return
        if not baskets:
            self.message_user(request, _("None of these is held any more."), messages.WARNING)
            return
        told = ngettext("%(n)s basket was released.", "%(n)s baskets were released.", len(baskets))
        self.message_user(request, told % {"n": len(baskets)}, messages.SUCCESS)

    @admin.display(description=_("quantity"))
    def kept(self, row: Reservation) -> str:
        return shown.exact(row.quantity)

    @admin.display(description=_("handed over"))
    def handed_over(self, row: Reservation) -> str:
        return shown.exact(row.consumed)

    @admin.display(description=_("held by"))
    def held_by(self, row: Reservation) -> str:
        return row.holder

    @admin.display(description=_("held at (store's time)"))
    def since(self, row: Reservation) -> str:
        return _moment(row, "held_at")

    @admin.display(description=_("expires at (store's time)"))
    def until(self, row: Reservation) -> str:
        return _moment(row, "expires_at")

    @admin.display(description=_("closed at (store's time)"))
    def closed(self, row: Reservation) -> str:
        return _moment(row, "closed_at")

    @admin.display(description=_("document"))
    def document(self, row: Reservation) -> str:
        return f"{row.document_kind} {row.document_ref}".strip() or shown.UNKNOWN


def _moment(row: Reservation, name: str) -> str:
    at = getattr(row, name)
    zone = ZoneInfo(row.store.timezone)
    return shown.UNKNOWN if at is None else shown.short_moment(at.astimezone(zone))
