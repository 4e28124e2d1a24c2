"""A region's target, shared out over its stores."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from epm.access.selectors import rights
from epm.access.selectors.scope import regions_visible_to
from epm.platform.bodies import AmountField, StrictSerializer, TextField, UnitAmountField
from epm.platform.writes import Answer, WriteEndpoint
from sales.models import Phasing
from sales.services import target_shares
from sales.services.target_shares import SharedBy

PHASINGS = [each for each in Phasing.choices if each[0] != Phasing.WEIGHTS]


class WeightIn(StrictSerializer):
    store = TextField(max_length=64, help_text="Store code.")
    weight = UnitAmountField(help_text="Against those of the others; 0: no target.")


class ShareIn(StrictSerializer):
    region = TextField(max_length=64, required=False, help_text="Its code; left out: the chain.")
    month = serializers.DateField(help_text="Any day of it.")
    amount = AmountField(help_text="Excl. tax, in the stores' currency.")
    by = serializers.ChoiceField([each.value for each in SharedBy])
    weights = WeightIn(many=True, required=False, help_text="With by = weights: of each store.")
    phasing = serializers.ChoiceField(
        PHASINGS, required=False, help_text="Of the days. Left out: last_year."
    )


class SharedOut(serializers.Serializer):
    store = serializers.CharField(help_text="Its code.")
    amount = serializers.DecimalField(16, 3)


class SharesOut(serializers.Serializer):
    month = serializers.DateField()
    currency = serializers.CharField()
    amount = serializers.DecimalField(16, 3, help_text="What the shares sum to.")
    stores = SharedOut(many=True)


class ShareOut(WriteEndpoint):
    """Share a month's target of a region, or of the chain, out over its stores, to the cent.

    What its stores had for the month is replaced.
    """

    right = rights.TARGETS_WRITE
    write_right = rights.TARGETS_WRITE
    body = ShareIn
    serializer_class = SharesOut

    def write(self, said: dict[str, Any], *args: Any, **address: Any) -> Answer:
        month = said["month"].replace(day=1)
        shares = target_shares.share_out(
            principal=self.request.user,
            region=self._region(said.get("region")),
            month=month,
            amount=said["amount"],
            by=SharedBy(said["by"]),
            phasing=Phasing(said.get("phasing", Phasing.LAST_YEAR)),
            weights=_weights(said.get("weights", ())),
        )
        return Answer(201, {
            "month": month,
            "currency": shares[0].store.currency,
            "amount": said["amount"],
            "stores": [{"store": each.store.code, "amount": each.amount} for each in shares],
        })  # fmt: skip

    def _region(self, code: str | None) -> Any:
        if code is None:
            return None
        found = regions_visible_to(self.request.user).filter(code__iexact=code).first()
        if found is None:
            raise ValidationError({"region": [_("There is no such region.")]})
        return found


def _weights(given: Any) -> dict[str, Any]:
    weights = {each["store"].lower(): each["weight"] for each in given}
    if len(weights) != len(given):
        raise ValidationError({"weights": [_("A store stands there twice.")]})
    return weights
