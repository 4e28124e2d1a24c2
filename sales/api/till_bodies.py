"""What tills send, and what a ticket looks like when it comes back."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from epm.platform.bodies import (
    AmountField,
    ExactField,
    IdField,
    MomentField,
    NoteField,
    QuantityField,
    StrictSerializer,
    TextField,
    UnitAmountField,
    UuidField,
    YesNoField,
)
from sales.models import Disposition, LineKind, StoredValueKind, TenderKind

MOST_LINES: Final = 500
MOST_TENDERS: Final = 20
MOST_TICKETS: Final = 200
CENT: Final = Decimal("0.001")
KINDS: Final = ("sku", "product", "returns", "gift_card")


@extend_schema_field({"type": "string", "pattern": r"^(0(\.[0-9]{1,4})?|1(\.0{1,4})?)$"})
class ShareField(ExactField):
    """A share: 0.1 is 10 %. More than 0, at most 1."""

    def __init__(self, **given: Any) -> None:
        super().__init__(digits=5, places=4, least=Decimal("0.0001"), **given)

    def to_internal_value(self, data: Any) -> Decimal:
        share = super().to_internal_value(data)
        if share > 1:
            self.fail("out-of-range")
        return share


class DiscountIn(StrictSerializer):
    """Either an amount, in the basis of the store's prices, or a share."""

    amount = AmountField(required=False, least=CENT)
    share = ShareField(required=False)
    reason = TextField(max_length=32, help_text=_("The code of a reason for discounts."))
    note = NoteField(max_length=200, required=False)

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        if ("amount" in said) == ("share" in said):
            raise wrong("amount", gettext("Either an amount or a share."), "one-of")
        return said


class ReturnedIn(StrictSerializer):
    sale = UuidField(help_text=_("The ticket, by its id or by the uuid that its till gave it."))
    line = IdField()


class GiftCardIn(StrictSerializer):
    amount = AmountField(least=CENT)
    code = TextField(max_length=32, required=False, help_text=_("A card to load; none: a new one."))


class TicketLineIn(StrictSerializer):
    """Goods sold (`sku` or `product`), goods of an earlier ticket that come back (`returns`), goods
    that come back without one (`unreceipted`), or a gift card sold."""

    sku = TextField(max_length=64, required=False)
    product = IdField(required=False)
    quantity = QuantityField(required=False)
    unit_price = UnitAmountField(
        required=False,
        help_text=_("In the basis of the store's prices; left out: what the lists say."),
    )
    discount = DiscountIn(required=False)
    unreceipted = YesNoField(required=False)
    returns = ReturnedIn(required=False)
    disposition = serializers.ChoiceField(Disposition.choices, required=False)
    note = NoteField(max_length=200, required=False)
    gift_card = GiftCardIn(required=False)

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        given = [name for name in KINDS if name in said]
        if len(given) != 1:
            raise wrong(
                "sku", gettext("One of: %(words)s.") % {"words": ", ".join(KINDS)}, "one-of"
            )
        if "gift_card" not in said and "quantity" not in said:
            raise wrong("quantity", gettext("This field is required."), "required")
        comes_back = "returns" in said or said.get("unreceipted", False)
        for name, fits in (
            ("discount", not comes_back and "gift_card" not in said),
            ("unit_price", "returns" not in said and "gift_card" not in said),
            ("disposition", comes_back),
            ("quantity", "gift_card" not in said),
            ("unreceipted", "returns" not in said and "gift_card" not in said),
        ):
            if name in said and not fits:
                raise wrong(name, gettext("It does not go with this kind of line."), "misplaced")
        return said


class TenderIn(StrictSerializer):
    """Paid, or (negative) paid back. Change is worked out: send the cash that was given."""

    kind = serializers.ChoiceField(TenderKind.choices)
    amount = AmountField(least=None)
    reference = NoteField(max_length=64, required=False)
    code = TextField(max_length=32, required=False, help_text=_("Of a gift card or store credit."))

    def validate_amount(self, amount: Decimal) -> Decimal:
        if not amount:
            raise ValidationError(gettext("Not 0."), code="out-of-range")
        return amount

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        if "code" in said and said["kind"] not in (TenderKind.GIFT_CARD, TenderKind.STORE_CREDIT):
            raise wrong("code", gettext("Only gift cards and store credit have one."), "misplaced")
        return said


class TicketIn(StrictSerializer):
    uuid = UuidField(help_text=_("The till's own name for it: the same again is the same ticket."))
    register = IdField()
    sold_at = MomentField(required=False, help_text=_("Now, unless told."))
    currency = TextField(max_length=3, required=False)
    cashier = TextField(
        max_length=150, required=False, help_text=_("The user name; for API keys only.")
    )
    customer = TextField(max_length=64, required=False, help_text=_("A customer's code."))
    lines = TicketLineIn(many=True, allow_empty=False, max_length=MOST_LINES)  # type: ignore[call-arg]
    discount = DiscountIn(required=False, help_text=_("On all goods sold."))
    tip = AmountField(required=False, least=CENT)
    tenders = TenderIn(many=True, max_length=MOST_TENDERS)  # type: ignore[call-arg]
    total = AmountField(
        required=False, least=None, help_text=_("What the till reckoned, to be compared.")
    )
    approval = UuidField(required=False)


class BatchIn(StrictSerializer):
    """Tickets that were sold offline, each as it would have been sent."""

    clock = MomentField(
        required=False, help_text=_("The till's clock as it sends: tickets are put right by it.")
    )
    tickets = serializers.ListField(
        child=serializers.DictField(), allow_empty=False, max_length=MOST_TICKETS
    )


def wrong(name: str, said: str, code: str) -> ValidationError:
    told: Mapping[str, Any] = {name: [ErrorDetail(said, code=code)]}
    return ValidationError(told)


def _amount(help_text: str = "", **options: bool) -> serializers.DecimalField:
    return serializers.DecimalField(16, 3, help_text=help_text, **options)  # type: ignore[arg-type]


class TicketLineOut(serializers.Serializer):
    line_no = serializers.IntegerField()
    kind = serializers.ChoiceField(LineKind.choices)
    product = serializers.IntegerField(allow_null=True)
    sku = serializers.CharField(allow_null=True)
    name = serializers.CharField(allow_null=True)
    quantity = serializers.DecimalField(12, 3, help_text="Negative on a return.")
    unit_price = serializers.DecimalField(18, 6, allow_null=True, help_text="Including tax.")
    gross_ttc = _amount()
    discount = _amount("All discounts, signed like the line.")
    net_ttc = _amount()
    net_ht = _amount()
    vat = _amount()
    tax_rate = serializers.DecimalField(7, 6)


class TicketTaxOut(serializers.Serializer):
    tax = serializers.CharField()
    rate = serializers.CharField()
    base = serializers.CharField()
    amount = serializers.CharField()


class TicketTenderOut(serializers.Serializer):
    kind = serializers.ChoiceField(TenderKind.choices)
    amount = _amount("Change and what is paid back are negative.")
    reference = serializers.CharField()


class IssuedCardOut(serializers.Serializer):
    kind = serializers.ChoiceField(StoredValueKind.choices)
    code = serializers.CharField()
    amount = _amount()


class _ReckonedOut(serializers.Serializer):
    currency = serializers.CharField()
    total_ttc = _amount()
    total_ht = _amount()
    total_vat = _amount()
    change = _amount()
    taxes = TicketTaxOut(many=True)
    lines = TicketLineOut(many=True)


class QuoteOut(_ReckonedOut):
    """What a ticket would come to. Nothing is written."""


class TicketOut(_ReckonedOut):
    id = serializers.UUIDField(help_text="Of the sale.")
    uuid = serializers.UUIDField()
    store = serializers.CharField()
    register = serializers.IntegerField()
    number = serializers.IntegerField(help_text="Without a gap in its register.")
    reference = serializers.CharField(help_text="Register and number, as receipts show it.")
    session = serializers.IntegerField()
    is_late = serializers.BooleanField(help_text="Its session had been closed.")
    sold_at = serializers.DateTimeField()
    business_date = serializers.DateField()
    recorded_at = serializers.DateTimeField()
    tenders = TicketTenderOut(many=True)
    issued = IssuedCardOut(many=True, help_text="Gift cards and store credit, with their codes.")
    discrepancies = serializers.ListField(child=serializers.DictField(), allow_null=True)
    hash = serializers.CharField(help_text="SHA-256, chained to the ticket before.")


class TicketOutcomeOut(serializers.Serializer):
    uuid = serializers.CharField(allow_null=True)
    status = serializers.IntegerField(help_text="201: new; 200: known before; 4xx: not taken.")
    ticket = TicketOut(required=False)
    problem = serializers.DictField(required=False)
    kept = serializers.BooleanField(
        required=False, help_text="Of a ticket not taken: it waits here for a manager, too."
    )


class BatchOut(serializers.Serializer):
    results = TicketOutcomeOut(many=True)
