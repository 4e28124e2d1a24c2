"""The documents that changed figures after they were known."""

from typing import Any, Final

from django.db.models import QuerySet

from epm.access.selectors import rights
from epm.platform.endpoints import Listing, same_names
from epm.platform.filters import MomentFilter
from reporting.api.kpis import PeriodFilters, period_of
from reporting.api.serializers import LateOut
from reporting.selectors import late

COLUMNS: Final = same_names(LateOut) | {"store": "store__code", "corrects": "corrects_id"}


class LateFilters(PeriodFilters):
    known_at = MomentFilter(
        label="Recorded after it: a time with its offset, or a day (its end, UTC).", required=True
    )

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        """The selector has looked at all of them."""
        return queryset


class Late(Listing):
    """Late tickets, corrections and revisions: sales of the period recorded after a moment.

    They add up to the difference between the figures of now and those with that `known_at`.
    """

    right = rights.SALES
    serializer_class = LateOut
    filterset_class = LateFilters
    columns = COLUMNS
    orderings = {"id": "pk", "recorded_at": "recorded_at"}
    default_ordering = "-recorded_at"

    def get_queryset(self) -> QuerySet[Any]:
        words = self.parameters()
        return late.documents(
            principal=self.request.user,
            period=period_of(words),
            known_at=words["known_at"],
            stores=words["store"] or (),
            regions=words["region"] or (),
            category=words["category"] or None,
            product=words["product"] or None,
        )
