"""What is sent to the addresses of purchase orders, and what they tell."""

from decimal import Decimal
from typing import Final

from rest_framework import serializers

from epm.platform.bodies import (
    AmountField,
    ExactField,
    IdField,
    QuantityField,
    StrictSerializer,
    TextField,
    UnitAmountField,
    YesNoField,
)
from epm.platform.transitions import LONGEST_REASON
from inventory.api.stock_bodies import LineIn
from inventory.models import ChargeSplit, RejectionReason
from inventory.states import PurchaseOrderState

NOTHING: Final = Decimal(0)


class WantedIn(LineIn):
    unit_cost = UnitAmountField(
        required=False, help_text="Excl. tax, in the supplier's currency. Left out: its list's."
    )


class TermsIn(StrictSerializer):
    """What an order says besides its supplier and store."""

    expected_on = serializers.DateField(
        required=False, input_formats=["%Y-%m-%d"], help_text="Left out: by the lead times."
    )
    exchange_rate = ExactField(
        digits=18, places=8, least=NOTHING, required=False,
        help_text="The store's currency for one of the supplier's, where the two differ.",
    )  # fmt: skip
    note = TextField(max_length=300, required=False, allow_blank=True)
    round_up = YesNoField(
        required=False, help_text="Raise quantities to whole packs and the minimum."
    )
    lines = WantedIn(many=True, allow_empty=False)


class OrderIn(TermsIn):
    supplier = TextField(max_length=64, help_text="Its code, in any case.")
    store = TextField(max_length=64, help_text="Code of the store that gets the goods.")


class ReasonIn(StrictSerializer):
    reason = TextField(max_length=LONGEST_REASON)


class DeliveredIn(StrictSerializer):
    line = IdField(help_text="Id of the order's line.")
    accepted = QuantityField(least=NOTHING)
    rejected = QuantityField(least=NOTHING, required=False)
    reason = serializers.ChoiceField(RejectionReason.choices, required=False)
    weight_kg = QuantityField(required=False, help_text="To share freight by weight.")


class DeliveryIn(StrictSerializer):
    delivery_note = TextField(max_length=64, required=False)
    freight = AmountField(required=False, help_text="Excl. tax, in the store's currency.")
    duty = AmountField(required=False, help_text="In the store's currency.")
    split_by = serializers.ChoiceField(ChargeSplit.choices, required=False)
    more_than_ordered = YesNoField(
        required=False, help_text="Take goods that are more than those ordered."
    )
    lines = DeliveredIn(many=True, allow_empty=False)


class SupplierOut(serializers.Serializer):
    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    currency = serializers.CharField()
    lead_time_days = serializers.IntegerField(allow_null=True)
    is_active = serializers.BooleanField()


class SuppliedOut(serializers.Serializer):
    product = serializers.IntegerField()
    sku = serializers.CharField()
    supplier_sku = serializers.CharField()
    pack_size = serializers.DecimalField(12, 3)
    minimum_quantity = serializers.DecimalField(12, 3)
    price = serializers.DecimalField(
        18, 6, allow_null=True, required=False,
        help_text="Of one, excl. tax, in the supplier's currency. Left out for who may not see"
        " costs.",
    )  # fmt: skip
    lead_time_days = serializers.IntegerField(allow_null=True)
    is_preferred = serializers.BooleanField()


class OneSupplierOut(SupplierOut):
    products = SuppliedOut(many=True)


class PurchaseOrderOut(serializers.Serializer):
    id = serializers.IntegerField()
    supplier = serializers.CharField(help_text="Its code.")
    store = serializers.CharField(help_text="Its code.")
    state = serializers.ChoiceField(PurchaseOrderState.choices)
    version = serializers.IntegerField()
    currency = serializers.CharField()
    exchange_rate = serializers.DecimalField(18, 8, allow_null=True)
    expected_on = serializers.DateField(allow_null=True)
    ordered_at = serializers.DateTimeField(allow_null=True)
    note = serializers.CharField()


class OrderLineOut(serializers.Serializer):
    id = serializers.IntegerField()
    product = serializers.IntegerField()
    sku = serializers.CharField()
    supplier_sku = serializers.CharField()
    pack_size = serializers.DecimalField(12, 3)
    ordered = serializers.DecimalField(12, 3)
    unit_cost = serializers.DecimalField(
        18, 6, allow_null=True, required=False, help_text="Left out for who may not see costs."
    )
    received = serializers.DecimalField(12, 3)
    cancelled = serializers.DecimalField(12, 3)
    incoming = serializers.DecimalField(12, 3)
    surplus = serializers.DecimalField(12, 3)


class DeliveryOut(serializers.Serializer):
    id = serializers.IntegerField()
    received_at = serializers.DateTimeField()
    delivery_note = serializers.CharField()
    freight = serializers.DecimalField(16, 3, required=False)
    duty = serializers.DecimalField(16, 3, required=False)
    split_by = serializers.ChoiceField(ChargeSplit.choices)


class OnePurchaseOrderOut(PurchaseOrderOut):
    lines = OrderLineOut(many=True)
    deliveries = DeliveryOut(many=True)
    transitions = serializers.ListField(
        child=serializers.CharField(), help_text="What can happen to it now."
    )
