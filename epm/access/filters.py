"""Filters of scoped rows by place. A store out of scope is refused like one that does not exist."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import QuerySet, Value
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from epm.access.selectors.scope import regions_visible_to, stores_visible_to
from epm.platform.filters import CodesFilter
from epm.platform.problems import InvalidParameter


class StoresFilter(CodesFilter):
    """Rows of the stores with these codes."""

    def filter(self, qs: QuerySet, value: Sequence[str]) -> QuerySet:
        if not value:
            return qs
        visible = stores_visible_to(self.parent.request.user)
        return qs.filter(**{f"{self.field_name}__in": ids_of(visible, value, parameter="store")})


class RegionsFilter(CodesFilter):
    """Rows of the visible stores of the regions with these codes."""

    def filter(self, qs: QuerySet, value: Sequence[str]) -> QuerySet:
        if not value:
            return qs
        principal = self.parent.request.user
        regions = ids_of(regions_visible_to(principal), value, parameter="region")
        stores = stores_visible_to(principal).filter(region__in=regions)
        return qs.filter(**{f"{self.field_name}__in": list(stores.values_list("pk", flat=True))})


def ids_of(rows: QuerySet[Any], codes: Iterable[str], *, parameter: str) -> list[int]:
    """The ids of the rows with these codes, in any case; InvalidParameter for an absent one."""
    asked = set(codes)
    found = dict(
        rows.annotate(folded=Lower("code"))
        .filter(folded__in=[Lower(Value(code)) for code in asked])
        .order_by()
        .values_list("code", "pk")
    )
    if {code.lower() for code in asked} - {code.lower() for code in found}:
        raise InvalidParameter.of(parameter, "not-found", _("Nothing has this code."))
    return list(found.values())
