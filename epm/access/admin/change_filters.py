"""By what the list of changes is narrowed."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.validators import EMPTY_VALUES
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter, RangeDateFilter
from unfold.contrib.filters.forms import AutocompleteDropdownForm
from unfold.utils import parse_date_str

from epm.access.admin.filters import DIGITS
from epm.access.models import User, ViewAsSession
from epm.access.selectors.readers import reader_of
from epm.platform.models import Change

IMPORT: Final = "import"
DOORS: Final = (
    ("admin", _("Back office")),
    ("account", _("Own account")),
    (IMPORT, _("Import")),
    ("command", _("Command")),
    ("epm", _("Command or background task")),
)


class KindFilter(DropdownFilter):
    """A thing with its parts: a product with its barcodes."""

    title = _("kind of object")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        self._tables = {
            kind.model._meta.label_lower: list(kind.tables)  # noqa: SLF001
            for kind in model_admin.reading(request).kinds
        }
        named = [
            (kind.model._meta.label_lower, str(capfirst(kind.model._meta.verbose_name_plural)))  # noqa: SLF001
            for kind in model_admin.reading(request).kinds
        ]
        return sorted(named, key=lambda pair: pair[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Change]) -> QuerySet[Change]:
        if not self.value():
            return queryset
        return queryset.filter(subject__in=self._tables.get(str(self.value()), []))


class DoorFilter(DropdownFilter):
    title = _("door")
    parameter_name = "door"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, Any]]:
        return DOORS

    def queryset(self, request: HttpRequest, queryset: QuerySet[Change]) -> QuerySet[Change]:
        if not self.value():
            return queryset
        if self.value() == IMPORT:
            return queryset.filter(actor__startswith="import ")
        return queryset.filter(door=self.value()).exclude(actor__startswith="import ")


class PersonFilter(admin.SimpleListFilter):
    """Chosen by typing, among the people one may see at all."""

    title = _("person")
    parameter_name = "person"
    template = "unfold/filters/filters_field.html"

    def __init__(
        self, request: HttpRequest, params: dict[str, Any], model: type[Model], model_admin: Any
    ) -> None:
        self._request, self._admin = request, model_admin
        super().__init__(request, params, model, model_admin)
        asked = self.value()
        if asked and not (asked.isascii() and asked.isdigit() and len(asked) <= DIGITS):
            raise IncorrectLookupParameters(asked)

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return []

    def has_output(self) -> bool:
        people = self._admin.admin_site._registry.get(User)  # noqa: SLF001
        return people is not None and people.has_view_permission(self._request)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Change]) -> QuerySet[Change]:
        asked = self.value()
        if not asked:
            return queryset
        if not self.has_output():
            return queryset.none()
        names = User.objects.filter(pk=asked).values_list("username", flat=True)
        return queryset.filter(actor__in=list(names))

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        yield {
            "form": AutocompleteDropdownForm(
                request=self._request,
                name=self.parameter_name,
                label=capfirst(self.title),
                choices=(),
                field=ViewAsSession._meta.get_field("viewer"),  # noqa: SLF001 - any that is a person
                model_admin=self._admin,
                data={self.parameter_name: self.value()},
            )
        }


class DayFilter(RangeDateFilter):
    """From the first midnight to the last, by the clock of who asks."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Change]) -> QuerySet[Change]:
        said = {
            name: self.used_parameters.get(f"{self.parameter_name}_{name}")
            for name in ("from", "to")
        }
        days = {
            name: parse_date_str(text) for name, text in said.items() if text not in EMPTY_VALUES
        }
        if None in days.values():
            raise IncorrectLookupParameters(said)
        if not days:
            return queryset
        zone = reader_of(request.user, hidden=()).zone
        bounds = {
            name: datetime.combine(day, datetime.min.time(), zone) for name, day in days.items()
        }
        if "from" in bounds:
            queryset = queryset.filter(changed_at__gte=bounds["from"])
        if "to" in bounds:
            queryset = queryset.filter(changed_at__lt=bounds["to"] + timedelta(days=1))
        return queryset
