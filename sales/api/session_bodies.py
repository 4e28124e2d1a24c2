"""What sessions of registers and closings look like in the API: what comes, what goes."""

from decimal import Decimal

from rest_framework import serializers

from epm.platform.bodies import AmountField, NoteField, StrictSerializer
from sales.models import ClosingKind, DrawerMovementKind, TenderKind
from sales.states import RegisterSessionState


class OpenIn(StrictSerializer):
    opening_float = AmountField(help_text="Cash in the drawer, in the store's currency.")


class DrawerIn(StrictSerializer):
    """An amount goes with pay_in and pay_out, without a sign; with no_sale there is none."""

    kind = serializers.ChoiceField(DrawerMovementKind.choices)
    amount = AmountField(required=False)
    reason = NoteField(max_length=200)


def _counted() -> dict[str, AmountField]:
    return {
        kind.value: AmountField(
            required=False, least=Decimal(0) if kind == TenderKind.CASH else None
        )
        for kind in TenderKind
    }


CountedIn = type("CountedIn", (StrictSerializer,), _counted())


class CloseIn(StrictSerializer):
    """`counted` is what was found, by kind of tender; what is left out is unknown, not 0."""

    counted = CountedIn()
    note = NoteField(max_length=300, required=False, allow_blank=True)


class RegisterOut(serializers.Serializer):
    id = serializers.IntegerField()
    store = serializers.CharField(help_text="Its code.")
    code = serializers.CharField()
    name = serializers.CharField()
    is_active = serializers.BooleanField()
    session = serializers.IntegerField(allow_null=True, help_text="null: it is not open.")
    state = serializers.ChoiceField(RegisterSessionState.choices, allow_null=True)
    business_date = serializers.DateField(allow_null=True)
    opened_at = serializers.DateTimeField(allow_null=True)


class SessionOut(serializers.Serializer):
    id = serializers.IntegerField()
    register = serializers.IntegerField()
    store = serializers.CharField(help_text="Its code.")
    state = serializers.ChoiceField(RegisterSessionState.choices)
    version = serializers.IntegerField()
    business_date = serializers.DateField()
    opened_at = serializers.DateTimeField()
    opening_float = serializers.DecimalField(16, 3)
    counted = serializers.DictField(child=serializers.CharField(), allow_null=True)
    note = serializers.CharField()
    closing_at = serializers.DateTimeField(allow_null=True)
    closing_failed = serializers.CharField(help_text="Why there is no Z report yet, if it failed.")
    closed_at = serializers.DateTimeField(allow_null=True)
    closing = serializers.IntegerField(allow_null=True, help_text="Its Z report, once closed.")
    opened_by = serializers.CharField(allow_null=True, required=False)
    counted_by = serializers.CharField(allow_null=True, required=False)
    expected = serializers.DictField(
        child=serializers.CharField(), required=False,
        help_text="By kind of tender; left out for keys, and for who counts the drawer blind.",
    )  # fmt: skip


class DrawerMovementOut(serializers.Serializer):
    id = serializers.IntegerField()
    session = serializers.IntegerField()
    kind = serializers.ChoiceField(DrawerMovementKind.choices)
    amount = serializers.DecimalField(16, 3, help_text="What was taken out is negative.")
    reason = serializers.CharField()
    moved_at = serializers.DateTimeField()


class TaxOut(serializers.Serializer):
    tax = serializers.CharField()
    rate = serializers.CharField()
    base = serializers.CharField(help_text="Excluding tax.")
    amount = serializers.CharField()


class LateTicketsOut(serializers.Serializer):
    total_ttc = serializers.CharField()
    tenders = serializers.DictField(child=serializers.CharField())


class ClosingsOut(serializers.Serializer):
    first = serializers.IntegerField()
    last = serializers.IntegerField()


class TotalsOut(serializers.Serializer):
    """By tax and by kind of tender; `late` tickets apart, whose money was in an earlier drawer."""

    taxes = TaxOut(many=True)
    tenders = serializers.DictField(child=serializers.CharField())
    late = LateTicketsOut()
    discounts = serializers.DictField(child=serializers.CharField())
    drawer = serializers.DictField(required=False, help_text="Float, pay-ins, pay-outs, openings.")
    expected = serializers.DictField(child=serializers.CharField(), required=False)
    counted = serializers.DictField(child=serializers.CharField(), required=False)
    variance = serializers.DictField(
        child=serializers.CharField(allow_null=True), required=False,
        help_text="Counted − expected; null: nobody counted it.",
    )  # fmt: skip
    closings = ClosingsOut(required=False, help_text="The Z reports that a period sums.")


class XReportOut(serializers.Serializer):
    session = serializers.IntegerField()
    first_number = serializers.IntegerField()
    last_number = serializers.IntegerField()
    tickets = serializers.IntegerField()
    late_tickets = serializers.IntegerField()
    sales_ttc = serializers.DecimalField(20, 3, help_text="Tickets that came to 0 or more.")
    returns_ttc = serializers.DecimalField(20, 3, help_text="The others, without their sign.")
    total_ttc = serializers.DecimalField(20, 3)
    total_ht = serializers.DecimalField(20, 3)
    total_vat = serializers.DecimalField(20, 3)
    totals = TotalsOut()


class ClosingOut(serializers.Serializer):
    id = serializers.IntegerField()
    register = serializers.IntegerField()
    store = serializers.CharField(help_text="Its code.")
    kind = serializers.ChoiceField(ClosingKind.choices)
    number = serializers.IntegerField()
    session = serializers.IntegerField(allow_null=True)
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    first_number = serializers.IntegerField()
    last_number = serializers.IntegerField()
    tickets = serializers.IntegerField()
    late_tickets = serializers.IntegerField()
    sales_ttc = serializers.DecimalField(20, 3)
    returns_ttc = serializers.DecimalField(20, 3)
    total_ttc = serializers.DecimalField(20, 3)
    total_ht = serializers.DecimalField(20, 3)
    total_vat = serializers.DecimalField(20, 3)
    grand_total = serializers.DecimalField(20, 3, help_text="Of all tickets up to its last.")
    currency = serializers.CharField()
    closed_at = serializers.DateTimeField()


class OneClosingOut(ClosingOut):
    totals = TotalsOut()
    hash = serializers.CharField(help_text="SHA-256, hexadecimal.")
    previous_hash = serializers.CharField(help_text="Of the closing before it of its kind.")
