"""The parts of a report's statement that compare: with the days before, last year, and targets."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from epm.platform.calendars import DAY, LastYear, Period, a_year_before, just_before
from reporting.kpis.kpi import IN_TIME, Dimension
from reporting.selectors import sums
from reporting.selectors.spans import Span, in_pairs, spans
from reporting.selectors.statement_sql import (
    BESIDE,
    DAYS,
    FIRST_DAY,
    FIRST_DAY_KNOWN,
    KNOWN,
    LIKE_FOR_LIKE,
    ON_AREAS,
    STORE_TARGETS,
    TARGETED,
    TRADING,
)
from reporting.selectors.sums_goods import MONTH_LATER
from reporting.selectors.sums_sql import KEYS

TO_DATE, COMPARABLE, TRADING_STORES, FOOTFALL, LABOUR, AREA = range(100, 106)
BESIDES: Final = {
    FOOTFALL: ("sales_storefootfall", "visitors", "transactions"),
    LABOUR: ("sales_storelabour", "hours", "net_ht"),
}
"""Where it is counted, what, and what of the tills it is compared with."""
OVER: Final = "FILTER (WHERE b.is_over)"
TO_DATE_SUMS: Final = (
    f"coalesce(sum(b.amount) {OVER}, 0)",
    f"coalesce(sum(b.net_ht) {OVER}, 0)",
    f"count(*) {OVER}",
    "count(*)",
    "sum(b.amount) FILTER (WHERE b.is_next)",
)


@dataclass(slots=True)
class Statement(sums.Statement):
    """A statement of sums that knows which days its rows are compared with."""

    def add_previous(self, period: Period) -> None:
        """Net sales of as many days just before; of rows in time, of the one before."""
        before = just_before(period)
        if self.by not in IN_TIME:
            self.add_net(sums.PREVIOUS, before)
            return
        self.add_net(sums.PREVIOUS, before, rows=False)
        if self.by is Dimension.DAY:
            each = period.moved(-DAY)
            self.add_net(sums.PREVIOUS, each, key="b.day + 1", total=False)
            return
        whole = [
            (span.key, span.previous)
            for span in spans(self.by, within=period, last_year="weekday")
            if span.previous
        ]
        if whole:
            each = Period(whole[0][1].start, whole[-1][1].end)
            key = MONTH_LATER
            if self.by is not Dimension.MONTH:
                key = self._row_of([before.start for _, before in whole], [key for key, _ in whole])
            self.add_net(sums.PREVIOUS, each, key=key, total=False)

    def add_last_year(self, period: Period, *, mode: LastYear) -> None:
        """Net sales of the days that the period, and each of its rows, are compared with."""
        before = a_year_before(period, mode=mode)
        if self.by not in IN_TIME:
            self.add_net(sums.LAST_YEAR, before)
        elif self.by is Dimension.DAY:
            key = "b.day + 364"
            if mode == "date":
                # 29 February has no such date a year later.
                key = "(b.day + interval '1 year')::date"
                key = f"CASE WHEN ({key} - interval '1 year')::date = b.day THEN {key} END"
            self.add_net(sums.LAST_YEAR, before, key=key)
        else:
            self.add_net(sums.LAST_YEAR, before, rows=False)
            self._add_last_year_of_rows(spans(self.by, within=period, last_year=mode))

    def add_to_date(self, period: Period, *, now: datetime, rows: bool) -> None:
        """Targets and net sales of the store days that are over at `now` and known."""
        ends = "t.day"
        if self.by in IN_TIME and self.by is not Dimension.DAY:
            each = [row.days for row in spans(self.by, within=period, last_year="weekday")]
            ends = self._row_of([row.start for row in each], [row.end for row in each], of="t")
        in_space = self.by not in IN_TIME and not self.goods.asked
        source = self._to_date(period, row_end=f"{self._given(period.end)}::date", now=now)
        self._add(TO_DATE, source, sums=TO_DATE_SUMS, rows=rows and in_space)
        if rows and self.by in IN_TIME:
            source = self._to_date(period, row_end=ends, now=now)
            self._add(TO_DATE, source, sums=TO_DATE_SUMS, total=False)

    def add_beside(self, part: int, period: Period, *, rows: bool) -> None:
        """What was counted beside the tills, and what they took on the same store days."""
        table, counted, of_tills = BESIDES[part]
        source = BESIDE.format(
            table=table,
            counted=counted,
            of_tills=of_tills,
            store_days=self._store_days(period, columns=("store_id", "day", of_tills)),
            **self._words(period),
        )
        summed = ("sum(b.counted)", "sum(b.compared)", "sum(b.at_tills)")
        self._add(part, source, sums=summed, rows=rows and not self.goods.asked)

    def add_area(self, period: Period, *, rows: bool) -> None:
        """Floor areas in m² of the stores that sold, and their net sales excl. tax."""
        source = self._store_days(period, columns=("store_id", "day", "net_ht"))
        summed = sums.padded("sum(p.floor_area_m2)", "sum(b.net_ht)")
        wanted = [(self._no_key(), 1, self._no_key(), "HAVING count(*) > 0")]
        if rows and self.by and not self.goods.asked:
            wanted.append(("b.key", 0, KEYS[self.by], "GROUP BY b.key"))
        self.parts += [
            ON_AREAS.format(
                part=AREA, told=told, is_total=is_total, key=key, group=group, sums=summed,
                store_days=source,
            )
            for told, is_total, key, group in wanted
        ]  # fmt: skip

    def add_trading_stores(self, periods: Collection[Period]) -> None:
        """How many currencies the stores have that traded in any of these, and one of them.

        Of targets nobody knows what they were at a moment.
        """
        traded = [self._store_days(period, columns=("store_id",)) for period in periods]
        if self.known_at is None:
            traded += [TARGETED.format(**self._words(period)) for period in periods]
        source = TRADING.format(traded=" UNION ALL ".join(traded))
        counted = ("count(DISTINCT b.currency)", "min(b.id)")
        self._add(TRADING_STORES, source, sums=counted, rows=False)

    def add_like_for_like(self, period: Period, *, mode: LastYear, rows: bool) -> None:
        """Net sales of comparable stores and days, now and a year before."""
        whole = Span(period.start, period, None, a_year_before(period, mode=mode))
        by_date = mode == "date"
        in_space = self.by not in IN_TIME and not self.goods.asked
        self._add_comparable([whole], by_date=by_date, rows=rows and in_space, total=True)
        if rows and self.by in IN_TIME:
            by_number = self.by in (Dimension.WEEK, Dimension.RETAIL_MONTH)
            self._add_comparable(
                spans(self.by, within=period, last_year=mode),
                by_date=by_date and not by_number,
                key="b.row_key",
                rows=True,
                total=False,
            )

    def _add_last_year_of_rows(self, rows: Sequence[Span]) -> None:
        """Two rows may be compared with the same days: week 53 by number, with week 52."""
        following = [*rows[1:], None]
        alone = [
            row
            for row, after in zip(rows, following, strict=True)
            if after and after.last_year.start <= row.last_year.end
        ]
        for row in alone:
            key = f"{self._given(row.key)}::date"
            self.add_net(sums.LAST_YEAR, row.last_year, key=key, total=False)
        in_a_row = [row for row in rows if row not in alone]
        each = Period(in_a_row[0].last_year.start, in_a_row[-1].last_year.end)
        key = self._row_of([row.last_year.start for row in in_a_row], [row.key for row in in_a_row])
        self.add_net(sums.LAST_YEAR, each, key=key, total=False)

    def _to_date(self, period: Period, *, row_end: str, now: datetime) -> str:
        return STORE_TARGETS.format(
            row_end=row_end,
            known=KNOWN.format(now=self._given(now)),
            store_days=self._store_days(period, columns=("store_id", "day", "net_ht")),
            **self._words(period),
        )

    def _add_comparable(
        self, compared: Sequence[Span], *, by_date: bool, key: str = "", rows: bool, total: bool
    ) -> None:
        """`rows` and `total`: which of them the spans are about."""
        now = Period(compared[0].days.start, compared[-1].days.end)
        then = Period(
            min(span.last_year.start for span in compared),
            max(span.last_year.end for span in compared),
        )
        columns = ("store_id", "day", "net_ht")
        source = LIKE_FOR_LIKE.format(
            now=self._store_days(now, columns=columns),
            then=self._store_days(then, columns=columns),
            days=self._days(compared, by_date=by_date),
            first=FIRST_DAY if self.known_at is None else FIRST_DAY_KNOWN,
        )
        summed = ("sum(b.now_ht)", "sum(b.then_ht)")
        self._add(COMPARABLE, source, sums=summed, key=key, rows=rows, total=total)

    def _days(self, compared: Sequence[Span], *, by_date: bool) -> str:
        listed = [
            (span.key, *pair, span.days.start, span.days.end, span.last_year.start)
            for span in compared
            for pair in in_pairs(span.days, span.last_year, by_date=by_date)
        ]
        columns = [list(column) for column in zip(*listed, strict=True)]
        return DAYS.format(*[self._given(column) for column in columns])

    def _row_of(self, starts: Sequence[date], rows: Sequence[date], *, of: str = "b") -> str:
        """The row whose days begin with the last of `starts` that is not after the day."""
        return (
            f"({self._given(list(rows))}::date[])"
            f"[width_bucket({of}.day, {self._given(list(starts))}::date[])]"
        )

    def _given(self, value: Any) -> str:
        """The placeholder of a value."""
        name = f"given_{len(self.parameters)}"
        self.parameters[name] = value
        return f"%({name})s"
