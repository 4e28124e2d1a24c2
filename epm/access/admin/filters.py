"""List filters that never name a store or region out of the user's sight, nor list them all."""

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from django.contrib.admin import ModelAdmin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db.models import Field, Model, QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from epm.access.selectors.scope import regions_visible_to, stores_visible_to

DIGITS = 18


class VisibleFilter(AutocompleteSelectFilter):
    """Chosen by typing, among what the user sees; offered to who may see such rows at all."""

    visible: ClassVar[Callable[[Any], QuerySet]]

    def __init__(
        self,
        field: Field,
        request: HttpRequest,
        params: dict[str, str],
        model: type[Model],
        model_admin: ModelAdmin,
        field_path: str,
    ) -> None:
        super().__init__(field, request, params, model, model_admin, field_path)
        asked = self.value()
        if asked and not (asked.isascii() and asked.isdigit() and len(asked) <= DIGITS):
            raise IncorrectLookupParameters(asked)

    def has_output(self) -> bool:
        there = self.field.remote_field.model._meta  # noqa: SLF001
        return bool(self.request.user.has_perm(f"{there.app_label}.view_{there.model_name}"))

    def choices(self, changelist: ChangeList) -> Iterator[dict[str, Any]]:
        """The form names the choice made: only if it is one the user sees."""
        for choice in super().choices(changelist):
            choice["form"].fields[self.lookup_kwarg].queryset = type(self).visible(
                self.request.user
            )
            yield choice


class VisibleStoreFilter(VisibleFilter):
    visible = stores_visible_to


class VisibleRegionFilter(VisibleFilter):
    visible = regions_visible_to
