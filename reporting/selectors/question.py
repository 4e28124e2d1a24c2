"""What a report is asked, once it is known who asks and which stores that means."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from epm.access.selectors.scope import Principal
from epm.platform.calendars import LastYear, Period, a_year_before, just_before
from reporting.kpis.figures import SUMS
from reporting.kpis.kpi import Dimension
from reporting.kpis.registry import sums_behind
from reporting.selectors.places import Places


@dataclass(frozen=True, slots=True)
class Question:
    """What a report is asked, and when; `category` and `product` are ids.

    `known_at`: of the sales recorded until then. `only`: of rows by product just these. `of_rows`:
    what rows are to tell.
    """

    principal: Principal
    places: Places
    period: Period
    by: Dimension | None
    category: int | None
    product: int | None
    last_year: LastYear
    codes: frozenset[str]
    now: datetime
    known_at: datetime | None = None
    only: tuple[int, ...] | None = None
    of_rows: frozenset[str] | None = None

    @property
    def periods(self) -> list[Period]:
        """Its own, and those that it compares itself with."""
        found = [self.period]
        if "growth_previous" in self.codes:
            found.append(just_before(self.period))
        if self.codes & {"growth_last_year", "like_for_like"}:
            found.append(a_year_before(self.period, mode=self.last_year))
        return found

    def rows_need(self, codes: Collection[str]) -> bool:
        """Whether rows are to tell any of these, of those asked for."""
        told = self.codes if self.of_rows is None else self.codes & self.of_rows
        return not told.isdisjoint(codes)

    @property
    def columns(self) -> Sequence[str]:
        """The sums of the period that are asked for; rows of goods stand by net sales."""
        read = {"net_ht"}.union(*(sums_behind(code) for code in self.codes))
        return [name for name in SUMS if name in read]
