"""Choosing among many by typing: whatever was sent, the page can be drawn again."""

from collections.abc import Sequence
from typing import Any

from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest


class _OfKeys:
    """What is no key names no choice; Django's own asks the database for it, which cannot know."""

    def optgroups(self, name: str, value: Sequence[Any], attr: Any = None) -> Any:
        keys = [each for each in value if self._is_key(each)]
        return super().optgroups(name, keys, attr)  # type: ignore[misc]

    def _is_key(self, value: Any) -> bool:
        try:
            self.field.target_field.to_python(value)  # type: ignore[attr-defined]
        except ValidationError:
            return False
        return True


class OneChoice(_OfKeys, AutocompleteSelect):
    pass


class ManyChoices(_OfKeys, AutocompleteSelectMultiple):
    pass


class TypedChoices:
    """A page of the administration, or a part of one, with `autocomplete_fields`."""

    admin_site: Any

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> Any:
        if self._is_typed(db_field, request):
            kwargs.setdefault(
                "widget", OneChoice(db_field, self.admin_site, using=kwargs.get("using"))
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]

    def formfield_for_manytomany(
        self, db_field: models.ManyToManyField, request: HttpRequest, **kwargs: Any
    ) -> Any:
        if self._is_typed(db_field, request):
            kwargs.setdefault(
                "widget", ManyChoices(db_field, self.admin_site, using=kwargs.get("using"))
            )
        return super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[misc]

    def _is_typed(self, db_field: models.Field, request: HttpRequest) -> bool:
        return db_field.name in self.get_autocomplete_fields(request)  # type: ignore[attr-defined]
