"""Stock as the API shows it. For the schema alone: no row is run through them."""

from typing import Any, Final

from rest_framework import serializers

from inventory.models import MovementKind, UnavailableReason
from inventory.states import ReservationState

COSTS: Final = "Excl. tax; left out for who may not see costs."


class Quantity(serializers.DecimalField):
    """In the product's unit."""

    def __init__(self, **given: Any) -> None:
        super().__init__(12, 3, **given)


class LevelOut(serializers.Serializer):
    id = serializers.IntegerField()
    store = serializers.CharField(help_text="Code of the store.")
    product = serializers.IntegerField()
    sku = serializers.CharField()
    on_hand = Quantity()
    reserved = Quantity(help_text="Promised by orders and by holds that still run.")
    unavailable = Quantity(help_text="On hand, but not for sale.")
    shortfall = Quantity(help_text="Promised or handed over beyond what was there.")
    available = Quantity(help_text="What can be promised now.")
    value = serializers.DecimalField(
        20, 6, required=False, help_text=f"Of what has a known cost. {COSTS}"
    )
    average_cost = serializers.DecimalField(
        18, 6, required=False, allow_null=True, help_text=f"Null when unknown. {COSTS}"
    )
    changed_at = serializers.DateTimeField(allow_null=True)


class OneLevelOut(LevelOut):
    id = serializers.IntegerField(allow_null=True, help_text="Null when the store never had it.")
    reasons = serializers.DictField(
        child=Quantity(), help_text=f"Unavailable, by {', '.join(UnavailableReason.values)}."
    )
    held = Quantity(help_text="Of reserved: by holds that still run.")
    committed = Quantity(help_text="Of reserved: by orders.")


class AvailableOut(serializers.Serializer):
    store = serializers.CharField(help_text="Code of the store.")
    product = serializers.IntegerField()
    sku = serializers.CharField()
    on_hand = Quantity()
    available = Quantity()


class AvailabilityOut(serializers.Serializer):
    results = AvailableOut(many=True, help_text="What a store never had is left out.")


class MovementOut(serializers.Serializer):
    id = serializers.UUIDField()
    store = serializers.CharField(help_text="Code of the store.")
    product = serializers.IntegerField()
    sku = serializers.CharField()
    number = serializers.IntegerField(help_text="Of the movements of its level, from 1.")
    kind = serializers.ChoiceField(MovementKind.choices)
    quantity = Quantity(help_text="Signed.")
    blocked = Quantity(help_text="Taken out of sale; negative: back.")
    reason = serializers.CharField(help_text="Why it was.")
    balance = Quantity(help_text="On hand after it.")
    unit_cost = serializers.DecimalField(18, 6, required=False, allow_null=True, help_text=COSTS)
    value = serializers.DecimalField(20, 6, required=False, help_text=COSTS)
    average_cost = serializers.DecimalField(
        18, 6, required=False, allow_null=True, help_text=f"After it. {COSTS}"
    )
    occurred_at = serializers.DateTimeField()
    business_date = serializers.DateField()
    recorded_at = serializers.DateTimeField()
    posting = serializers.UUIDField(help_text="The act that wrote it.")
    document_kind = serializers.CharField()
    document_ref = serializers.CharField()
    note = serializers.CharField()
    actor = serializers.CharField(
        required=False, help_text="Left out for who may not see names of people."
    )
    door = serializers.CharField()


class PostedOut(serializers.Serializer):
    line = serializers.IntegerField(help_text="Of the request, from 1.")
    id = serializers.UUIDField()
    product = serializers.IntegerField()
    sku = serializers.CharField()
    quantity = Quantity(help_text="Signed.")
    balance = Quantity(help_text="On hand after it.")
    unit_cost = serializers.DecimalField(18, 6, required=False, allow_null=True, help_text=COSTS)
    value = serializers.DecimalField(20, 6, required=False, help_text=COSTS)


class ShortOut(serializers.Serializer):
    code = serializers.CharField(help_text="stock-short")
    product = serializers.IntegerField()
    sku = serializers.CharField()
    short = Quantity(help_text="What is missing of what was promised or handed over.")


class PostingOut(serializers.Serializer):
    posting = serializers.UUIDField()
    kind = serializers.ChoiceField(MovementKind.choices)
    lines = PostedOut(many=True)
    warnings = ShortOut(many=True, help_text="Where the store's policy is to book and warn.")


class HeldOut(serializers.Serializer):
    product = serializers.IntegerField()
    quantity = Quantity()


class HoldOut(serializers.Serializer):
    basket = serializers.UUIDField()
    expires_at = serializers.DateTimeField()
    lines = HeldOut(many=True, help_text="By product, each once.")


class BasketLineOut(HeldOut):
    sku = serializers.CharField()
    consumed = Quantity(help_text="Handed over so far.")
    state = serializers.ChoiceField(ReservationState.choices)


class BasketOut(serializers.Serializer):
    basket = serializers.UUIDField()
    store = serializers.CharField(help_text="Code of the store.")
    held_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True, help_text="Null once committed.")
    extensions = serializers.IntegerField()
    document_kind = serializers.CharField()
    document_ref = serializers.CharField()
    lines = BasketLineOut(many=True)


class ConsumedOut(BasketOut):
    posting = serializers.UUIDField(help_text="The act by which it left the stock.")


class OutcomeOut(serializers.Serializer):
    basket = serializers.UUIDField()
    status = serializers.IntegerField(help_text="What it would be answered with alone.")
    hold = HoldOut(required=False, help_text="When it is 201.")
    problem = serializers.DictField(required=False, help_text="When it was refused.")


class OutcomesOut(serializers.Serializer):
    results = OutcomeOut(many=True, help_text="In the order of the request.")
