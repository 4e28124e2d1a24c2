"""What a JSON body may hold: what is declared, written as declared; nothing is guessed or dropped.

Where DRF's own fields are generous (“true” for a flag, 7 for a text), these are not.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from epm.platform.endpoints import LARGEST_ID
from epm.platform.problems import Problem

MOST_LINES: Final = 1_000
MOST_TOLD: Final = 20
YEARS: Final = range(2000, 2100)
# 13 to 19 digits of a payment network (ISO/IEC 7812: 2 to 6), however they are grouped.
CARD_LIKE: Final = re.compile(r"(?<![0-9])[2-6](?:[ -]?[0-9]){12,18}(?![0-9])")
WRITTEN: Final = re.compile(r"-?[0-9]{1,30}(?:\.([0-9]{1,30}))?", re.ASCII)


def not_found() -> list[ErrorDetail]:
    """Nothing has this name, or nothing that you may see."""
    return [ErrorDetail(gettext("Nothing has this name."), code="not-found")]


class TooManyLines(Problem):
    status_code = 422
    default_code = "too-many-lines"


class Lines(serializers.ListSerializer):
    """The lines of a document; `max_length` says how many it takes, a thousand unless told."""

    max_length: int | None

    def to_internal_value(self, data: Any) -> Any:
        most = self.max_length or MOST_LINES
        if isinstance(data, list) and len(data) > most:
            raise TooManyLines(
                gettext("%(count)d lines came; at most %(most)d are taken at once.")
                % {"count": len(data), "most": most}
            )
        return super().to_internal_value(data)


class StrictSerializer(serializers.Serializer):
    """A body or a part of one. What is not declared is refused by name, never ignored."""

    class Meta:
        list_serializer_class = Lines

    def get_fields(self) -> dict[str, serializers.Field]:
        """As they are declared. One that takes some words only says which when it refuses one."""
        fields: dict[str, serializers.Field] = super().get_fields()
        for field in fields.values():
            if isinstance(field, serializers.ChoiceField):
                allowed = ", ".join(str(word) for word in field.choices)
                field.error_messages["invalid_choice"] = gettext("One of: %(words)s.") % {
                    "words": allowed
                }
        return fields

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        unknown = self._unknown(data) if isinstance(data, Mapping) else {}
        try:
            said: dict[str, Any] = super().to_internal_value(data)
        except ValidationError as error:
            raise ValidationError({**error.detail, **unknown}) from error  # type: ignore[dict-item]
        if unknown:
            raise ValidationError(unknown)
        return said

    def _unknown(self, data: Mapping[str, Any]) -> dict[str, list[ErrorDetail]]:
        declared = {str(name) for name, field in self.fields.items() if not field.read_only}
        refused = ErrorDetail(gettext("There is no such field here."), code="unknown-field")
        return {
            name[:100]: [refused]
            for name in [name for name in data if name not in declared][:MOST_TOLD]
        }


class Nothing(StrictSerializer):
    """No body, or {}."""


class ExactField(serializers.DecimalField):
    """A decimal, as text or as a number, as it is written: no exponent, nothing rounded."""

    default_error_messages = {
        "invalid": _("A decimal number, without exponent."),
        "too-precise": _("At most {places} decimals."),
        "out-of-range": _("It is out of range."),
    }

    def __init__(self, *, digits: int, places: int, least: Decimal | None, **given: Any) -> None:
        self.least, self.places, self.beyond = least, places, Decimal(10) ** (digits - places)
        super().__init__(max_digits=digits, decimal_places=places, **given)

    def to_internal_value(self, data: Any) -> Decimal:
        if isinstance(data, bool) or not isinstance(data, int | str | Decimal):
            self.fail("invalid")
        written = WRITTEN.fullmatch(str(data))
        if written is None:
            self.fail("invalid")
        number = Decimal(written[0])
        if len(written[1] or "") > self.places:
            self.fail("too-precise", places=self.places)
        if abs(number) >= self.beyond or (self.least is not None and number < self.least):
            self.fail("out-of-range")
        return number + 0  # “-0” is 0


def _exact(places: int) -> dict[str, Any]:
    """How OpenAPI says it."""
    pattern = rf"^-?[0-9]+(\.[0-9]{{1,{places}}})?$"
    return {"oneOf": [{"type": "string", "pattern": pattern}, {"type": "number"}]}


@extend_schema_field(_exact(3))
class QuantityField(ExactField):
    """A quantity, numeric(12,3). More than 0, unless `least` says otherwise; None: any."""

    def __init__(self, *, least: Decimal | None = Decimal("0.001"), **given: Any) -> None:
        super().__init__(digits=12, places=3, least=least, **given)


@extend_schema_field(_exact(3))
class AmountField(ExactField):
    """An amount of money, numeric(16,3). Not below 0, unless `least` says otherwise; None: any."""

    def __init__(self, *, least: Decimal | None = Decimal(0), **given: Any) -> None:
        super().__init__(digits=16, places=3, least=least, **given)


@extend_schema_field(_exact(6))
class UnitAmountField(ExactField):
    """A price or cost of one unit, numeric(18,6). Not below 0, unless `least` says otherwise."""

    def __init__(self, *, least: Decimal | None = Decimal(0), **given: Any) -> None:
        super().__init__(digits=18, places=6, least=least, **given)


@extend_schema_field({"type": "integer", "format": "int64", "minimum": 1, "maximum": LARGEST_ID})
class IdField(serializers.Field):
    """The number of a row."""

    default_error_messages = {
        "invalid": _("A whole number."),
        "out-of-range": _("It is out of range."),
    }

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        if not 1 <= data <= LARGEST_ID:
            self.fail("out-of-range")
        return data

    def to_representation(self, value: int) -> int:
        return value


class TextField(serializers.CharField):
    """Text; a number is none."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class NoteField(TextField):
    """Text that people write as they like, but no number of a payment card: it would stay."""

    default_error_messages = {
        "card-data-not-allowed": _("Leave the card's number out: its last four digits will do."),
    }

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if holds_a_card(text):
            self.fail("card-data-not-allowed")
        return text


def holds_a_card(text: str) -> bool:
    """Whether there is what may be the number of a payment card in it."""
    return any(_is_a_card(found[0]) for found in CARD_LIKE.finditer(text))


def _is_a_card(written: str) -> bool:
    """Whether it is the number of a payment card, by its check digit (ISO/IEC 7812-1)."""
    digits = [int(letter) for letter in written if letter.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[::-2]) + sum(doubled)) % 10 == 0


class UuidField(serializers.UUIDField):
    """A UUID, written as one."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid", value=data)
        return super().to_internal_value(data)


class YesNoField(serializers.BooleanField):
    """true or false; “yes” and 1 are neither."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


@extend_schema_field({"type": "string", "format": "date-time"})
class MomentField(serializers.Field):
    """A moment with its offset, of this century."""

    default_error_messages = {
        "invalid": _("A moment with its offset, such as 2026-11-28T10:00:00Z."),
        "out-of-range": _("It is out of range."),
    }

    def to_internal_value(self, data: Any) -> datetime:
        try:
            moment = datetime.fromisoformat(data)
        except (TypeError, ValueError):
            self.fail("invalid")
        if moment.tzinfo is None:
            self.fail("invalid")
        if moment.year not in YEARS or (moment := moment.astimezone(UTC)).year not in YEARS:
            self.fail("out-of-range")
        return moment  # in UTC: Python knows offsets that PostgreSQL does not
