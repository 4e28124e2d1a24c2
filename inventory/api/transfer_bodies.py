"""What transfers look like in the API: bodies that come, answers that go."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from epm.platform.bodies import QuantityField, StrictSerializer, TextField, YesNoField
from inventory.api.stock_bodies import CODE, AskedIn, LineIn
from inventory.models import Disposition, RejectReason, Remainder
from inventory.states import TransferState

NOTHING = Decimal(0)


class PlanIn(StrictSerializer):
    lines = LineIn(many=True)
    note = TextField(max_length=300, required=False, allow_blank=True)
    expected_on = serializers.DateField(required=False, allow_null=True)


class TransferIn(PlanIn):
    source = TextField(  # type: ignore[assignment]
        max_length=CODE, help_text="Its code; a store of yours."
    )
    destination = TextField(max_length=CODE, help_text="Its code.")


class ShipIn(StrictSerializer):
    lines = LineIn(
        many=True, required=False, allow_empty=False, help_text="Left out: all that was planned."
    )


class ArrivedIn(AskedIn):
    accepted = QuantityField(required=False, least=NOTHING)
    rejected = QuantityField(required=False, least=NOTHING)
    reason = serializers.ChoiceField(RejectReason.choices, required=False)
    disposition = serializers.ChoiceField(Disposition.choices, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        if bool(attrs.get("rejected")) != ("reason" in attrs and "disposition" in attrs):
            raise ValidationError(
                _("What is rejected has a reason and a disposition, nothing else has.")
            )
        return attrs


class ReceiveIn(StrictSerializer):
    lines = ArrivedIn(many=True, allow_empty=False)
    note = TextField(max_length=300, required=False, allow_blank=True)
    more_than_sent = YesNoField(
        required=False, help_text="Take goods that are more than those on the way."
    )


class EndIn(StrictSerializer):
    reason = TextField(max_length=300)
    remainder = serializers.ChoiceField(
        Remainder.choices, required=False, help_text="What becomes of goods still on the way."
    )


class TransferOut(serializers.Serializer):
    id = serializers.IntegerField()
    source = serializers.CharField(help_text="Code of the store that sends.")  # type: ignore[assignment]
    destination = serializers.CharField(help_text="Code of the store that receives.")
    state = serializers.ChoiceField(TransferState.choices)
    note = serializers.CharField()
    expected_on = serializers.DateField(allow_null=True)
    created_at = serializers.DateTimeField()
    shipped_at = serializers.DateTimeField(allow_null=True)


class TransferLineOut(serializers.Serializer):
    product = serializers.IntegerField(help_text="Its id.")
    sku = serializers.CharField()
    quantity = serializers.DecimalField(12, 3, help_text="Planned.")
    shipped = serializers.DecimalField(12, 3)
    accepted = serializers.DecimalField(12, 3)
    rejected = serializers.DecimalField(12, 3)
    lost = serializers.DecimalField(12, 3)
    returned = serializers.DecimalField(12, 3)
    over = serializers.DecimalField(12, 3, help_text="Part of shipped: more than was told.")
    in_transit = serializers.DecimalField(12, 3)
    value = serializers.DecimalField(
        20, 6, required=False, help_text="In transit, excl. tax. Left out where costs are not seen."
    )


class ArrivedOut(serializers.Serializer):
    product = serializers.IntegerField(help_text="Its id.")
    sku = serializers.CharField()
    accepted = serializers.DecimalField(12, 3)
    rejected = serializers.DecimalField(12, 3)
    over = serializers.DecimalField(12, 3)
    reason = serializers.CharField()
    disposition = serializers.CharField()


class TransferDeliveryOut(serializers.Serializer):
    id = serializers.IntegerField()
    received_at = serializers.DateTimeField()
    note = serializers.CharField()
    lines = ArrivedOut(many=True)


class OneTransferOut(TransferOut):
    version = serializers.IntegerField()
    transitions = serializers.ListField(
        child=serializers.CharField(), help_text="The steps that are possible now and yours."
    )
    lines = TransferLineOut(many=True)
    deliveries = TransferDeliveryOut(many=True)
