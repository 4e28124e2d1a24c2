"""django-filter, made strict: what it would overlook becomes a 400 that names the parameter."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field

from epm.platform import moments
from epm.platform.problems import InvalidParameter, in_query

MOST_CODES = 200


class _Repeated(forms.Widget):
    """Reads a parameter that may stand several times in a query."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return data.getlist(name)


class _CodesField(forms.Field):
    widget = _Repeated

    def clean(self, value: list[str]) -> list[str]:
        if len(value) > MOST_CODES:
            raise forms.ValidationError(_("Too many values."), code="too-many")
        one = forms.CharField(max_length=300, strip=False)
        return [one.clean(code) for code in value]


class _DateField(forms.DateField):
    def __init__(self, **options: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%d"], **options)


class _MomentField(forms.CharField):
    def clean(self, value: Any) -> datetime | None:
        text = super().clean(value)
        try:
            return moments.moment(text) if text else None
        except ValueError as error:
            raise forms.ValidationError(
                _("Write a day, 2026-01-31, or a time with its offset, 2026-01-31T18:00:00Z."),
                code="invalid",
            ) from error


class _IdField(forms.IntegerField):
    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=2**63 - 1, **options)


def _yes_or_no(said: str) -> bool:
    return said == "true"


@extend_schema_field({"type": "array", "items": {"type": "string"}})
class CodesFilter(django_filters.Filter):
    """Any of several codes: the parameter may be repeated."""

    field_class = _CodesField


@extend_schema_field({"type": "string", "format": "date"})
class DateFilter(django_filters.Filter):
    """An ISO date, 2025-12-31, in no other spelling."""

    field_class = _DateField


@extend_schema_field({"type": "string", "format": "date-time"})
class MomentFilter(django_filters.Filter):
    """A moment: an ISO time with its offset, or a day, which means its end in UTC."""

    field_class = _MomentField


@extend_schema_field({"type": "integer", "format": "int64", "minimum": 1})
class IdFilter(django_filters.Filter):
    """The numeric id of a row."""

    field_class = _IdField


@extend_schema_field({"type": "string"})
class TextFilter(django_filters.Filter):
    """A text without NUL, as it was sent."""

    field_class = forms.CharField

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=300, strip=False, **options)


@extend_schema_field({"type": "boolean"})
class YesNoFilter(django_filters.TypedChoiceFilter):
    """`true` or `false`; anything else is refused, not taken for “no filter”."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            choices=[("true", "true"), ("false", "false")],
            coerce=_yes_or_no,
            empty_value=None,
            **options,
        )


class StrictFilterSet(django_filters.FilterSet):
    """A FilterSet whose form refuses empty and doubled values."""

    named: ClassVar[Mapping[str, django_filters.Filter]] = {}
    """Filters whose parameter cannot be an attribute's name, such as `from`."""

    @classmethod
    def get_filters(cls) -> dict[str, django_filters.Filter]:
        return {**super().get_filters(), **cls.named}

    def checked(self) -> dict[str, Any]:
        """The parameters, cleaned. Raise InvalidParameter naming every wrong one."""
        errors = [
            in_query(name, "repeated", _("Give this parameter once."))
            for name, values in _lists(self.data)
            if len(values) > 1 and not isinstance(self.filters.get(name), CodesFilter)
        ]
        errors += [
            in_query(name, "empty", _("Leave the parameter out rather than empty."))
            for name, values in _lists(self.data)
            if "" in values
        ]
        if not errors and not self.form.is_valid():
            errors = [
                in_query(name, error.code or "invalid", error.messages[0])
                for name, wrong in self.form.errors.as_data().items()
                for error in wrong
            ]
        if errors:
            raise InvalidParameter(errors)
        cleaned: dict[str, Any] = self.form.cleaned_data
        return cleaned

    def rows(self) -> QuerySet:
        """The queryset with every parameter applied."""
        self.checked()
        rows: QuerySet = self.filter_queryset(self.queryset)
        return rows


def _lists(data: MultiValueDict) -> list[tuple[str, list[str]]]:
    return [(name, data.getlist(name)) for name in data]
