"""What stocktakes and adjustments look like in the API: bodies that come, answers that go."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from epm.platform.bodies import (
    MOST_LINES,
    AmountField,
    ExactField,
    IdField,
    QuantityField,
    StrictSerializer,
    TextField,
    YesNoField,
)
from inventory.api.stock_bodies import CODE, ScannedIn
from inventory.models import SHRINK, MovementKind, StocktakeKind, UnavailableReason
from inventory.states import StocktakeState


def _codes() -> serializers.ListField:
    return serializers.ListField(
        child=TextField(max_length=CODE), required=False, allow_empty=False, max_length=MOST_LINES
    )


class ToleranceIn(StrictSerializer):
    units = QuantityField(required=False, least=Decimal(0))
    percent = ExactField(required=False, digits=6, places=2, least=Decimal(0))
    value = AmountField(required=False)


class StocktakeIn(StrictSerializer):
    store = TextField(max_length=CODE, help_text="Its code.")
    scheduled_on = serializers.DateField()
    categories = _codes()
    products = _codes()
    blind = YesNoField(required=False)
    tolerance = ToleranceIn(required=False)
    note = TextField(max_length=200, required=False, allow_blank=True)


class CountLineIn(ScannedIn):
    quantity = QuantityField(least=None)


class CountIn(StrictSerializer):
    mode = serializers.ChoiceField(["add", "set"])
    lines = CountLineIn(many=True, allow_empty=False)


class RecountIn(StrictSerializer):
    lines = serializers.ListField(child=IdField(), allow_empty=False, max_length=MOST_LINES)


class CancelIn(StrictSerializer):
    reason = TextField(max_length=300)


class StocktakeOut(serializers.Serializer):
    id = serializers.IntegerField()
    store = serializers.CharField(help_text="Its code.")
    kind = serializers.ChoiceField(StocktakeKind.choices)
    state = serializers.ChoiceField(StocktakeState.choices)
    blind = serializers.BooleanField()
    scheduled_on = serializers.DateField()
    started_at = serializers.DateTimeField(allow_null=True)
    note = serializers.CharField()


class OneStocktakeOut(StocktakeOut):
    version = serializers.IntegerField()
    lines = serializers.IntegerField()
    counted = serializers.IntegerField()
    differing = serializers.IntegerField(
        required=False, help_text="Left out, as all below, for who may not see what is expected."
    )
    beyond_tolerance = serializers.IntegerField(required=False)
    variance_value = serializers.DecimalField(
        16, 3, required=False, help_text="Excluding tax; what is missing is negative."
    )
    uncosted = serializers.IntegerField(
        required=False, help_text="Lines that differ but have no known cost."
    )


class StocktakeLineOut(serializers.Serializer):
    id = serializers.IntegerField()
    product = serializers.IntegerField()
    sku = serializers.CharField()
    round = serializers.IntegerField()
    counted = serializers.DecimalField(12, 3, allow_null=True, help_text="null: not counted.")
    counted_at = serializers.DateTimeField(allow_null=True)
    counted_by = serializers.CharField(required=False)
    moved = serializers.BooleanField(
        help_text="The books changed between two scans of it: count it again."
    )
    found = serializers.BooleanField(required=False, help_text="The books had none of it.")
    expected = serializers.DecimalField(12, 3, allow_null=True, required=False)
    variance = serializers.DecimalField(12, 3, allow_null=True, required=False)
    variance_value = serializers.DecimalField(16, 3, allow_null=True, required=False)


class CountedLineOut(serializers.Serializer):
    product = serializers.IntegerField()
    sku = serializers.CharField()
    counted = serializers.DecimalField(12, 3)


class CountedOut(serializers.Serializer):
    lines = CountedLineOut(many=True)


class AdjustmentLineIn(ScannedIn):
    quantity = QuantityField(least=None)


class AdjustmentIn(StrictSerializer):
    """`act` is adjust, block, unblock, or the cause of a write-off."""

    store = TextField(max_length=CODE, help_text="Its code.")
    act = serializers.ChoiceField(
        ["adjust", "block", "unblock", *(MovementKind(each).value for each in SHRINK)]
    )
    lines = AdjustmentLineIn(many=True, allow_empty=False)
    reason = serializers.ChoiceField(UnavailableReason.choices, required=False)
    note = TextField(max_length=200, required=False, allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["act"] in ("block", "unblock") and "reason" not in attrs:
            raise ValidationError({"reason": [_("Say for which reason.")]})
        if attrs["act"] == "adjust" and "reason" in attrs:
            raise ValidationError({"reason": [_("An adjustment has a note instead.")]})
        return attrs


class ReversalIn(StrictSerializer):
    note = TextField(max_length=200)


class AdjustmentOut(serializers.Serializer):
    id = serializers.IntegerField()
    store = serializers.CharField(help_text="Its code.")
    kind = serializers.ChoiceField(MovementKind.choices)
    note = serializers.CharField()
    reverses = serializers.IntegerField(allow_null=True)
    happened_at = serializers.DateTimeField()


class AdjustmentLineOut(serializers.Serializer):
    product = serializers.IntegerField()
    sku = serializers.CharField()
    quantity = serializers.DecimalField(12, 3)
    blocked = serializers.DecimalField(12, 3)
    reason = serializers.CharField()
    unit_cost = serializers.DecimalField(18, 6, allow_null=True, required=False)
    value = serializers.DecimalField(20, 6, allow_null=True, required=False)


class OneAdjustmentOut(AdjustmentOut):
    lines = AdjustmentLineOut(many=True)
