"""What is sent to the addresses of stock."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar, Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from epm.platform.bodies import (
    IdField,
    MomentField,
    QuantityField,
    StrictSerializer,
    TextField,
    UnitAmountField,
    UuidField,
)
from epm.platform.endpoints import LARGEST_ID
from inventory.models import MovementKind
from inventory.services.reservations import HOLD_SECONDS

CODE: Final = 300
"""The longest barcode that is looked at."""
MOST_LINES: Final = 500
MOST_BASKETS: Final = 100
MOST_ASKED: Final = 1_000
LONGEST_HOLD: Final = 3_600
SOLD_OR_BACK: Final = [
    (kind.value, kind.label)
    for kind in (MovementKind.RECEIPT, MovementKind.RETURN, MovementKind.SALE)
]


@extend_schema_field(
    {"oneOf": [{"type": "string"}, {"type": "integer", "minimum": 1, "maximum": LARGEST_ID}]}
)
class StoreField(serializers.Field):
    """A store by its code, in any case, or by its id."""

    default_error_messages = {"invalid": _("A store's code, or its number.")}

    def to_internal_value(self, data: Any) -> str | int:
        is_code = isinstance(data, str) and 0 < len(data) <= 64
        is_id = isinstance(data, int) and not isinstance(data, bool) and 0 < data <= LARGEST_ID
        if not (is_code or is_id):
            self.fail("invalid")
        said: str | int = data
        return said


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": LONGEST_HOLD})
class SecondsField(serializers.Field):
    """For how long, an hour at most."""

    default_error_messages = {
        "invalid": _("A whole number."),
        "out-of-range": _("From 1 to 3600 seconds."),
    }

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        if not 1 <= data <= LONGEST_HOLD:
            self.fail("out-of-range")
        return data


class DocumentIn(StrictSerializer):
    kind = TextField(max_length=24, help_text="What it is, e.g. order.")
    ref = TextField(max_length=64, help_text="Its number.")


class AskedIn(StrictSerializer):
    """A line names its product by id or by SKU."""

    product = IdField(required=False, help_text="Id of the product; or else")
    sku = TextField(max_length=64, required=False, help_text="its SKU, in any case.")
    ways: ClassVar[tuple[str, ...]] = ("product", "sku")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if sum(way in attrs for way in self.ways) != 1:
            told = ErrorDetail(self.one_way(), code="required")
            raise ValidationError({"product": [told]})
        return attrs

    def one_way(self) -> str:
        """How a product is named."""
        return gettext("Name the product by its id or by its SKU.")


class ScannedIn(AskedIn):
    """Or by what was scanned."""

    code = TextField(
        max_length=CODE, required=False, help_text="or a barcode; a SKU is taken for one, too."
    )
    ways = ("product", "sku", "code")

    def one_way(self) -> str:
        return gettext("Name the product by its id, by its SKU or by a barcode.")


class LineIn(AskedIn):
    quantity = QuantityField()


class MovedIn(LineIn):
    unit_cost = UnitAmountField(
        required=False,
        help_text="Excl. tax, of what comes in. Left out: unknown; of a return the average.",
    )
    note = TextField(max_length=200, required=False)


class HoldIn(StrictSerializer):
    basket = UuidField(required=False, help_text="Your key of it; one is made unless you do.")
    store = StoreField(help_text="Its code, or its id.")
    lines = LineIn(many=True, allow_empty=False, max_length=MOST_LINES)  # type: ignore[call-arg]
    seconds = SecondsField(required=False, help_text="For how long; 900 unless told.")

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """This is asked at every scan of every client: what is plainly right is soon read."""
        said = plainly_right(data)
        return super().run_validation(data) if said is None else said


class ManyHoldsIn(StrictSerializer):
    baskets = HoldIn(many=True, allow_empty=False, max_length=MOST_BASKETS)  # type: ignore[call-arg]


class ExtendIn(StrictSerializer):
    seconds = SecondsField(required=False, help_text="From now; 900 unless told.")


class CommitIn(StrictSerializer):
    document = DocumentIn()


class ConsumeIn(StrictSerializer):
    lines = LineIn(  # type: ignore[call-arg]
        many=True,
        required=False,
        allow_empty=False,
        max_length=MOST_LINES,
        help_text="Left out: all that is left of it.",
    )
    document = DocumentIn(required=False, help_text="Left out: the one it was committed to.")
    at = MomentField(required=False, help_text="When; now unless told.")
    posting = UuidField(required=False, help_text="Key of the act; one is made unless you do.")


class MovementsIn(StrictSerializer):
    kind = serializers.ChoiceField(SOLD_OR_BACK)
    store = StoreField(help_text="Its code, or its id.")
    lines = MovedIn(many=True, allow_empty=False, max_length=MOST_LINES)  # type: ignore[call-arg]
    document = DocumentIn(required=False)
    at = MomentField(required=False, help_text="When; now unless told.")
    posting = UuidField(required=False, help_text="Key of the act; one is made unless you do.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """What leaves is worth what the house says it is."""
        if attrs["kind"] == MovementKind.SALE:
            told = [ErrorDetail(gettext("Only what comes in has a cost to tell."), code="not-here")]
            costed: Any = {
                number: {"unit_cost": told}
                for number, line in enumerate(attrs["lines"])
                if "unit_cost" in line
            }
            if costed:
                raise ValidationError({"lines": costed})
        return attrs


class AvailabilityIn(StrictSerializer):
    lines = AskedIn(many=True, allow_empty=False, max_length=MOST_ASKED)  # type: ignore[call-arg]
    stores = serializers.ListField(child=StoreField(), allow_empty=False, max_length=50)


_STORE, _SECONDS, _BASKET = StoreField(), SecondsField(), UuidField()
_PRODUCT, _SKU, _QUANTITY = IdField(), TextField(max_length=64), QuantityField()
_MEMBERS: Final = frozenset({"basket", "store", "lines", "seconds"})
_BY_ID, _BY_SKU = frozenset({"product", "quantity"}), frozenset({"sku", "quantity"})


def plainly_right(data: Any) -> dict[str, Any] | None:
    """What `HoldIn` reads of `data`, in a tenth of the time; None for what it has to look at.

    A test holds the two together.
    """
    if not isinstance(data, dict) or not data.keys() <= _MEMBERS or "store" not in data:
        return None
    lines = data.get("lines")
    if not isinstance(lines, list) or not 0 < len(lines) <= MOST_LINES:
        return None
    try:
        said: dict[str, Any] = {"store": _STORE.to_internal_value(data["store"])}
        if "basket" in data:
            said["basket"] = _BASKET.to_internal_value(data["basket"])
        if "seconds" in data:
            said["seconds"] = _SECONDS.to_internal_value(data["seconds"])
        said["lines"] = [_line(line) for line in lines]
    except ValidationError:
        return None
    return said


def _line(line: Any) -> dict[str, str | int | Decimal]:
    if not isinstance(line, dict):
        raise ValidationError
    names = line.keys()
    if names == _BY_ID:
        named: dict[str, Any] = {"product": _PRODUCT.to_internal_value(line["product"])}
    elif names == _BY_SKU:
        named = {"sku": _SKU.run_validation(line["sku"])}
    else:
        raise ValidationError
    return {**named, "quantity": _QUANTITY.to_internal_value(line["quantity"])}


def word_of(line: Mapping[str, Any]) -> str | int:
    """The id or the SKU that a line names its product by."""
    word: str | int = line["product"] if "product" in line else line["sku"]
    return word


def seconds_of(said: Mapping[str, Any]) -> int:
    """For how long, a quarter of an hour unless it was told."""
    seconds: int = said.get("seconds", HOLD_SECONDS)
    return seconds
