from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action

from epm.access.admin.filters import VisibleStoreFilter
from epm.platform import shown
from epm.platform.actor import acting_as
from epm.platform.admin import BackOfficeAdmin
from epm.platform.refusals import Refusal
from inventory.admin.filters import UndoneFilter, VisibleCategoryFilter
from inventory.models import ReplenishmentProposal, Route
from inventory.selectors.replenishment import proposals_visible_to
from inventory.services import replenishment, stock_alerts

PAGES = {
    "transfer": "admin:inventory_transfer_change",
    "purchase_order": "admin:inventory_purchaseorder_change",
}


@admin.register(ReplenishmentProposal)
class ReplenishmentProposalAdmin(BackOfficeAdmin):
    """What would fill the stores up. Quantities are edited; the chosen ones become drafts."""

    visible = proposals_visible_to
    list_display = [
        "product_name", "sku", "store", "way", "asked", "why", "document",
    ]  # fmt: skip
    list_display_links = ["product_name", "sku"]
    list_filter = [
        UndoneFilter,
        ("route", ChoicesDropdownFilter),
        ("store", VisibleStoreFilter),
        ("source", VisibleStoreFilter),
        ("product__category", VisibleCategoryFilter),
    ]
    list_select_related = ["store", "product", "source", "supplier"]
    search_fields = ["product__sku", "product__name", "supplier__code"]
    export_fields = [
        "product__sku", "product__name", "store__code", "route", "source__code", "supplier__code",
        "quantity", "suggested", "pack", "position", "reorder_point", "maximum", "ads", "sigma",
        "days", "document_kind", "document_ref",
    ]  # fmt: skip
    ordering = ["store_id", "product_id", "pk"]
    sortable_by: list[str] = []
    actions = ["make_drafts"]
    actions_list = ["work_out"]
    fields = [("product", "store"), "way", "quantity", "why", "document"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: ReplenishmentProposal | None = None
    ) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: ReplenishmentProposal | None = None
    ) -> bool:
        """What became a document stays as it was."""
        open_ = obj is None or not obj.document_ref
        return open_ and super().has_change_permission(request, obj)

    def get_readonly_fields(
        self, request: HttpRequest, obj: ReplenishmentProposal | None = None
    ) -> list[str]:
        return ["product", "store", "way", "why", "document"]

    @admin.action(description=_("Draft transfers and purchase orders"), permissions=["change"])
    def make_drafts(self, request: HttpRequest, queryset: QuerySet[ReplenishmentProposal]) -> None:
        try:
            made = replenishment.draft(
                principal=request.user,
                proposal_ids=list(queryset.order_by().values_list("pk", flat=True)),
                by=request.user.get_username(),
                now=timezone.now(),
            )
        except Refusal as refused:
            self.message_user(request, f"{refused.title}. {refused.detail}", messages.ERROR)
            return
        told = gettext("Drafted: %(transfers)d transfers, %(orders)d purchase orders.") % {
            "transfers": len(made.transfers),
            "orders": len(made.orders),
        }
        self.message_user(request, told, messages.SUCCESS)

    @action(  # type: ignore[untyped-decorator]
        description=_("Work proposals out"), url_path="work-out", permissions=["work_out"],
        icon="calculate",
    )  # fmt: skip
    def work_out(self, request: HttpRequest) -> HttpResponse:
        """Asks first: a link alone replaces nothing."""
        if request.method == "POST":
            now = timezone.now()
            stock_alerts.refresh(now=now)
            with acting_as(request.user.get_username(), door="admin"):
                run = replenishment.propose(
                    principal=request.user, by=request.user.get_username(), now=now
                )
            told = gettext("%(count)d proposals.") % {"count": run.proposals.count()}
            self.message_user(request, told, messages.SUCCESS)
            return redirect("admin:inventory_replenishmentproposal_changelist")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Work proposals out"),
            "opts": self.opts,
        }
        return TemplateResponse(request, "inventory/propose.html", context)

    def has_work_out_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("inventory.add_replenishmentproposal"))

    @admin.display(description=_("product"))
    def product_name(self, proposal: ReplenishmentProposal) -> str:
        return proposal.product.name

    @admin.display(description=_("SKU"))
    def sku(self, proposal: ReplenishmentProposal) -> str:
        return proposal.product.sku

    @admin.display(description=_("way"))
    def way(self, proposal: ReplenishmentProposal) -> str:
        if proposal.route == Route.TRANSFER:
            return gettext("Transfer from %(store)s") % {"store": proposal.source}
        if proposal.route == Route.ORDER:
            return gettext("Order from %(supplier)s") % {"supplier": proposal.supplier}
        return str(proposal.get_route_display())

    @admin.display(description=_("quantity"))
    def asked(self, proposal: ReplenishmentProposal) -> str:
        return shown.exact(proposal.quantity)

    @admin.display(description=_("why"))
    def why(self, proposal: ReplenishmentProposal) -> str:
        words = {
            "position": shown.exact(proposal.position),
            "point": shown.exact(proposal.reorder_point),
            "maximum": shown.exact(proposal.maximum),
        }
        told = gettext(
            "%(position)s available or coming, to reorder at %(point)s, to fill up to %(maximum)s."
        )
        if proposal.ads is None:
            return gettext("Demand not known, by rule: %(figures)s") % {"figures": told % words}
        return gettext("Sells %(ads)s a day (seen on %(days)d days in stock): %(figures)s") % {
            "ads": shown.number(proposal.ads, places=2),
            "days": proposal.days,
            "figures": told % words,
        }

    @admin.display(description=_("document"))
    def document(self, proposal: ReplenishmentProposal) -> str:
        page = PAGES.get(proposal.document_kind)
        if page is None:
            return shown.UNKNOWN
        return format_html(
            '<a href="{}">{}</a>',
            reverse(page, args=[proposal.document_ref]),
            proposal.document_ref,
        )
