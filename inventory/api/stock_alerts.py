"""What needs somebody, and what would fill stores up, for programs."""

from collections.abc import Mapping

from django.db.models import QuerySet
from django_filters import ChoiceFilter
from rest_framework import serializers

from epm.access.filters import RegionsFilter, StoresFilter
from epm.access.selectors import rights
from epm.platform.endpoints import Listing, same_names
from epm.platform.filters import StrictFilterSet, YesNoFilter
from inventory.api.filters import FoldedFilter
from inventory.api.role_asked import RoleAsked
from inventory.models import ReplenishmentProposal, Route, StockAlert, StockAlertKind
from inventory.selectors.alerts import alerts_visible_to
from inventory.selectors.replenishment import proposals_visible_to
from inventory.states import StockAlertState


class StockAlertOut(serializers.Serializer):
    id = serializers.IntegerField()
    store = serializers.CharField(help_text="Store code.")
    product = serializers.IntegerField(help_text="Its id.")
    sku = serializers.CharField()
    kind = serializers.ChoiceField(StockAlertKind.choices)
    state = serializers.ChoiceField(StockAlertState.choices)
    available = serializers.DecimalField(12, 3, help_text="In the product's unit.")
    threshold = serializers.DecimalField(14, 3, allow_null=True)
    days = serializers.IntegerField(
        allow_null=True, help_text="Without a sale (dead), or of age (aged)."
    )
    value = serializers.DecimalField(
        20, 6, allow_null=True, required=False,
        help_text="Of dead and aged stock, at cost excl. tax, in the store's currency; null when"
        " unknown. Left out for who may not see costs.",
    )  # fmt: skip
    lost_per_day = serializers.DecimalField(
        18, 6, allow_null=True, help_text="Sales lost a day excl. tax; null when unknown."
    )
    currency = serializers.CharField()
    opened_at = serializers.DateTimeField()
    snoozed_until = serializers.DateField(allow_null=True)
    resolved_at = serializers.DateTimeField(allow_null=True)


class ProposalOut(serializers.Serializer):
    id = serializers.IntegerField()
    store = serializers.CharField(help_text="Code of the store that needs it.")
    product = serializers.IntegerField(help_text="Its id.")
    sku = serializers.CharField()
    route = serializers.ChoiceField(Route.choices)
    source = serializers.CharField(  # type: ignore[assignment]
        allow_null=True, help_text="Code of the store a transfer comes from."
    )
    supplier = serializers.CharField(allow_null=True, help_text="Code of the supplier of an order.")
    quantity = serializers.DecimalField(12, 3)
    suggested = serializers.DecimalField(
        12, 3, help_text="What was proposed before anybody changed it."
    )
    ads = serializers.DecimalField(
        14, 6, allow_null=True, help_text="Average daily sales; null when unknown."
    )
    sigma = serializers.DecimalField(14, 6, allow_null=True)
    days = serializers.IntegerField(help_text="In-stock trading days that demand was seen on.")
    position = serializers.DecimalField(12, 3, help_text="Available and coming.")
    reorder_point = serializers.DecimalField(14, 3)
    maximum = serializers.DecimalField(14, 3)
    document_kind = serializers.CharField(help_text="transfer, purchase_order or empty.")
    document_ref = serializers.CharField(help_text="Number of the draft it became, or empty.")


ALERT_COLUMNS = same_names(StockAlertOut) | {
    "store": "store__code", "product": "product_id", "sku": "product__sku",
    "currency": "store__currency",
}  # fmt: skip
ALERT_COLUMNS_WITHOUT_COST = {
    name: field for name, field in ALERT_COLUMNS.items() if name != "value"
}
PROPOSAL_COLUMNS = same_names(ProposalOut) | {
    "store": "store__code", "product": "product_id", "sku": "product__sku",
    "source": "source__code", "supplier": "supplier__code",
}  # fmt: skip


class DraftedFilter(YesNoFilter):
    """Proposals that became a document, or did not."""

    def filter(self, qs: QuerySet, value: bool | None) -> QuerySet:  # noqa: FBT001 - the filter's
        if value is None:
            return qs
        return qs.exclude(document_ref="") if value else qs.filter(document_ref="")


class StockAlertFilters(StrictFilterSet):
    store = StoresFilter(field_name="store", label="Store codes.")
    region = RegionsFilter(field_name="store", label="Region codes.")
    sku = FoldedFilter(field_name="product__sku", label="The SKU, in any case.")
    kind = ChoiceFilter(choices=StockAlertKind.choices)
    state = ChoiceFilter(choices=StockAlertState.choices)


class ProposalFilters(StrictFilterSet):
    store = StoresFilter(field_name="store", label="Store codes.")
    region = RegionsFilter(field_name="store", label="Region codes.")
    sku = FoldedFilter(field_name="product__sku", label="The SKU, in any case.")
    route = ChoiceFilter(choices=Route.choices)
    drafted = DraftedFilter(label="Whether it became a draft.")


class StockAlerts(RoleAsked, Listing):
    """Stock alerts of your stores, latest first; those resolved too."""

    model = "stockalert"
    right = rights.STOCK
    serializer_class = StockAlertOut
    filterset_class = StockAlertFilters
    orderings = {"id": "pk"}
    default_ordering = "-id"

    def get_queryset(self) -> QuerySet[StockAlert]:
        return alerts_visible_to(self.request.user)

    def get_columns(self) -> Mapping[str, str]:
        costs = rights.sees_costs(self.request.user)
        return ALERT_COLUMNS if costs else ALERT_COLUMNS_WITHOUT_COST


class Proposals(RoleAsked, Listing):
    """What would fill your stores up: transfers between two of them, and orders."""

    model = "replenishmentproposal"
    right = rights.STOCK
    serializer_class = ProposalOut
    filterset_class = ProposalFilters
    columns = PROPOSAL_COLUMNS
    orderings = {"id": "pk"}
    default_ordering = "id"

    def get_queryset(self) -> QuerySet[ReplenishmentProposal]:
        return proposals_visible_to(self.request.user)
