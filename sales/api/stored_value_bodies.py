"""What is sent to the addresses of gift cards and store credit, and what they answer."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from epm.platform.bodies import AmountField, StrictSerializer, TextField
from sales import value_codes
from sales.models import StoredValueKind


@extend_schema_field({"type": "string", "minLength": 16, "maxLength": 64})
class CodeField(TextField):
    """A whole code, as it is printed; a wrong digit is told."""

    default_error_messages = {"wrong-check-digit": _("One of its 16 digits is wrong.")}

    def __init__(self, **given: Any) -> None:
        super().__init__(max_length=64, **given)

    def to_internal_value(self, data: Any) -> str:
        code = value_codes.read(super().to_internal_value(data))
        if not value_codes.is_right(code):
            self.fail("wrong-check-digit")
        return code


class CardIn(StrictSerializer):
    code = CodeField(help_text="All 16 digits; blanks and hyphens do not matter.")


class IssueIn(StrictSerializer):
    store = TextField(max_length=64, help_text="Code of the store that issues it, in any case.")
    kind = serializers.ChoiceField(StoredValueKind.choices)
    amount = AmountField(least=Decimal("0.001"), help_text="More than 0, including tax.")
    currency = TextField(min_length=3, max_length=3, help_text="That of the store.")
    expires_on = serializers.DateField(
        required=False, allow_null=True, help_text="The last day it can be used on; null: for ever."
    )


class BalanceOut(serializers.Serializer):
    kind = serializers.ChoiceField(StoredValueKind.choices)
    currency = serializers.CharField()
    balance = serializers.DecimalField(16, 3, help_text="What it holds, including tax.")
    expires_on = serializers.DateField(
        allow_null=True, help_text="The last day it can be used on; null: for ever."
    )
    is_blocked = serializers.BooleanField()


class IssuedOut(BalanceOut):
    code = serializers.CharField(help_text="Shown here, and never again.")
    store = serializers.CharField(help_text="Store code.")
    issued_at = serializers.DateTimeField()
