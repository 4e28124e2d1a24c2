"""Key figures as the API shows them. For the schema alone: no row is run through them."""

from rest_framework import serializers

from epm.platform.serializers import StepOut


def _figures() -> serializers.DictField:
    return serializers.DictField(
        child=serializers.CharField(allow_null=True),
        help_text="By KPI code; a decimal string, or null when it cannot be said (n/a).",
    )


class PeriodOut(serializers.Serializer):
    as_of = serializers.DateTimeField(allow_null=True, help_text="The data is complete up to here.")
    known_at = serializers.DateTimeField(
        required=False, help_text="Of the sales recorded until then; left out unless it was asked."
    )
    currency = serializers.CharField(allow_null=True, help_text="Null when the stores differ.")
    total = _figures()

    def get_fields(self) -> dict[str, serializers.Field]:
        return {
            "from": serializers.DateField(),
            "to": serializers.DateField(),
            **super().get_fields(),
        }


class KpiRowOut(serializers.Serializer):
    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    currency = serializers.CharField(
        allow_null=True, help_text="Of the row's stores; null when they differ."
    )
    kpis = _figures()


class KpisOut(PeriodOut):
    by = serializers.CharField(allow_null=True)
    rows = KpiRowOut(many=True)


class LateOut(serializers.Serializer):
    id = serializers.UUIDField(help_text="That of the sale.")
    store = serializers.CharField(help_text="Store code.")
    external_ref = serializers.CharField(allow_null=True, help_text="The ticket's own number.")
    revision = serializers.IntegerField(help_text="2 and up: replaces a ticket that was corrected.")
    business_date = serializers.DateField()
    sold_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField(help_text="After known_at.")
    is_correction = serializers.BooleanField(help_text="Takes back the sale it corrects.")
    corrects = serializers.UUIDField(allow_null=True)
    currency = serializers.CharField()
    net_ht = serializers.DecimalField(
        16, 3, help_text="Of its goods, signed, excluding tax: what it adds to net_sales."
    )
    net_ttc = serializers.DecimalField(16, 3, help_text="What it adds to net_sales_ttc.")


class KpiOut(serializers.Serializer):
    code = serializers.CharField()
    version = serializers.IntegerField(help_text="Changes with the formula.")
    name = serializers.CharField(help_text="In the language of the request.")
    formula = serializers.CharField()
    unit = serializers.CharField()
    tax_basis = serializers.CharField()
    rounding = serializers.CharField()
    sources = serializers.ListField(child=serializers.CharField())
    dimensions = serializers.ListField(
        child=serializers.CharField(), help_text="Where it is exact; elsewhere it is null."
    )
    on_request = serializers.BooleanField(
        help_text="Dear to compute: screens leave it out unless they show it."
    )


class StoreSalesOut(serializers.Serializer):
    store = serializers.CharField(help_text="Store code.")
    currency = serializers.CharField()
    quantity = serializers.DecimalField(16, 3)
    net_ttc = serializers.DecimalField(18, 3)
    net_ht = serializers.DecimalField(18, 3)


class Last30DaysOut(serializers.Serializer):
    currency = serializers.CharField(
        allow_null=True, help_text="Null when the stores differ; then so are the amounts."
    )
    quantity = serializers.DecimalField(16, 3, help_text="In the product's unit, net of returns.")
    net_ttc = serializers.DecimalField(18, 3, allow_null=True)
    net_ht = serializers.DecimalField(18, 3, allow_null=True)
    stores = StoreSalesOut(many=True)

    def get_fields(self) -> dict[str, serializers.Field]:
        return {
            "from": serializers.DateField(),
            "to": serializers.DateField(),
            **super().get_fields(),
        }


class StoreStockOut(serializers.Serializer):
    store = serializers.CharField(help_text="Store code.")
    on_hand = serializers.DecimalField(12, 3, help_text="In the product's unit.")
    reserved = serializers.DecimalField(12, 3)
    unavailable = serializers.DecimalField(12, 3, help_text="On hand, but not to be sold.")
    available = serializers.DecimalField(
        12, 3, help_text="Below 0 where more was promised or handed over than there was."
    )


class ProduitOut(serializers.Serializer):
    id = serializers.IntegerField()
    sku = serializers.CharField()
    name = serializers.CharField()
    brand = serializers.CharField()
    unit = serializers.CharField()
    is_active = serializers.BooleanField()
    barcodes = serializers.ListField(child=serializers.CharField())
    category_path = StepOut(many=True, help_text="From the root down; empty without category.")
    sale_price = serializers.DecimalField(18, 6, allow_null=True, help_text="Including tax.")
    purchase_price = serializers.DecimalField(
        18,
        6,
        allow_null=True,
        required=False,
        help_text="Excluding tax; null when unknown. Left out for who may not see costs.",
    )
    tax_class = serializers.CharField()
    stock = StoreStockOut(
        many=True, help_text="In the stores you see that ever had it; others are left out."
    )
    sales_30_days = Last30DaysOut(help_text="Net of returns, in the stores you see.")
