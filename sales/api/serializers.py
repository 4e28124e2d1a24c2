"""Sales and targets as the API shows them. For the schema alone: no row is run through them."""

from rest_framework import serializers

from sales.models import Disposition, LineKind, Phasing, Profile, TenderKind


def _amount(help_text: str = "", **options: bool) -> serializers.DecimalField:
    return serializers.DecimalField(16, 3, help_text=help_text, **options)  # type: ignore[arg-type]


class SaleOut(serializers.Serializer):
    id = serializers.UUIDField(help_text="UUIDv7: sorts by time of sale.")
    store = serializers.CharField(help_text="Store code.")
    register = serializers.CharField(allow_null=True, help_text="Null on imported sales.")
    external_ref = serializers.CharField(
        allow_null=True, help_text="The ticket's own number, of imported sales."
    )
    ticket = serializers.CharField(
        allow_null=True, help_text="Register and ticket number, “T1-00000123”, of sales of a till."
    )
    revision = serializers.IntegerField(help_text="2 and up: replaces a ticket that was corrected.")
    sold_at = serializers.DateTimeField()
    business_date = serializers.DateField()
    recorded_at = serializers.DateTimeField()
    currency = serializers.CharField()
    is_correction = serializers.BooleanField(help_text="Takes back the sale it corrects.")
    is_pure_return = serializers.BooleanField()
    corrects = serializers.UUIDField(allow_null=True)
    customer = serializers.CharField(
        allow_null=True,
        required=False,
        help_text="Customer code. Left out for who may not see customers.",
    )
    total_ttc = _amount("Including tax; all lines, fees included.")
    total_ht = _amount("Excluding tax.")
    total_vat = _amount()
    import_run = serializers.IntegerField(allow_null=True, help_text="The import it came by.")


class LineOut(serializers.Serializer):
    id = serializers.UUIDField()
    line_no = serializers.IntegerField()
    product = serializers.CharField(
        allow_null=True, help_text="SKU; null on tips, cash rounding and gift cards sold."
    )
    product_name = serializers.CharField(allow_null=True)
    category = serializers.CharField(allow_null=True, help_text="Category code when it was sold.")
    kind = serializers.ChoiceField(LineKind.choices)
    quantity = serializers.DecimalField(12, 3, help_text="Negative on a return.")
    unit_price = serializers.DecimalField(18, 6, allow_null=True, help_text="Including tax.")
    gross_ttc = _amount()
    discount_shelf = _amount("Signed like the line.")
    discount_loyalty = _amount("Signed like the line.")
    discount_coupon = _amount("Signed like the line.")
    discount_manual = _amount("Given at the till. Signed like the line.")
    net_ttc = _amount("gross_ttc less the four discounts.")
    net_ht = _amount()
    vat = _amount()
    tax_rate = serializers.DecimalField(7, 6, help_text="All taxes together; 0.2 is 20 %.")
    taxes = serializers.JSONField(
        allow_null=True, help_text="Several taxes: their code, rate and amount. Null for one alone."
    )
    unit_cost = serializers.DecimalField(
        18,
        6,
        allow_null=True,
        required=False,
        help_text="Excluding tax; null when unknown. Left out for who may not see costs.",
    )
    origin_line = serializers.UUIDField(allow_null=True, help_text="The line this one returns.")
    disposition = serializers.ChoiceField(
        Disposition.choices, allow_null=True, help_text="What became of goods that came back."
    )


class TenderOut(serializers.Serializer):
    line_no = serializers.IntegerField()
    kind = serializers.ChoiceField(TenderKind.choices)
    amount = _amount()
    reference = serializers.CharField(
        required=False,
        help_text="Slip, cheque or card; empty when unknown. Left out for who may not see people.",
    )


class OneLineOut(LineOut):
    returned = serializers.DecimalField(12, 3, help_text="How much of it has come back so far.")


class OneSaleOut(SaleOut):
    lines = OneLineOut(many=True)
    tenders = TenderOut(many=True)


class TargetOut(serializers.Serializer):
    id = serializers.IntegerField()
    store = serializers.CharField(help_text="Store code.")
    month = serializers.DateField(help_text="Its first day.")
    amount = _amount("Excluding tax.")
    currency = serializers.CharField()
    phasing = serializers.ChoiceField(Phasing.choices, help_text="How it is spread over its days.")
    profile = serializers.ChoiceField(
        Profile.choices,
        allow_blank=True,
        help_text="Whose last year; empty where not by last year.",
    )


class DayTargetOut(serializers.Serializer):
    day = serializers.DateField()
    amount = _amount("Excluding tax; the days sum to the month exactly.")


class OneTargetOut(TargetOut):
    days = DayTargetOut(many=True)


class _OfStoreDayOut(serializers.Serializer):
    id = serializers.IntegerField()
    store = serializers.CharField(help_text="Store code.")
    date = serializers.DateField(help_text="Business day.")
    hour = serializers.IntegerField(
        allow_null=True, help_text="0 to 23, local time; null: of the whole day."
    )


class FootfallOut(_OfStoreDayOut):
    visitors = serializers.IntegerField(help_text="Staff left out.")


class LabourOut(_OfStoreDayOut):
    hours = serializers.DecimalField(8, 2, help_text="Worked by everybody together.")
