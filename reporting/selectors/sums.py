"""One statement that reads a report's sums: facts where they are clean, the ledger where not.

It is a union of parts. Each answers for one window of days with rows (part, key, is_total, sums…).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from epm.platform.calendars import Period
from reporting.kpis.figures import SUMS
from reporting.kpis.kpi import IN_TIME, Dimension
from reporting.selectors import sums_known_sql
from reporting.selectors.sums_goods import OF_TICKETS, Goods
from reporting.selectors.sums_sql import (
    CUSTOMERS_OF_TICKETS,
    FIRST_DAY_OF_ALL,
    FIRST_DAYS,
    KEYS,
    SHELVES,
    SINCE_2000,
)
from reporting.selectors.windows import Windows
from sales.selectors.sales import key_window

NOW, TICKETS, PREVIOUS, LAST_YEAR, TARGET, CUSTOMERS, FIRST_DAY = range(7)
FEW_STORES: Final = 5
EPOCH: Final = date(2000, 1, 1)
WIDTH: Final = len(SUMS)
NET: Final = ("net_ht",)
Key = int | date | None


@dataclass(frozen=True, slots=True)
class Row:
    """The sums of one row of one window; `key` is None for the total and for “none of them”."""

    part: int
    key: Key
    is_total: bool
    sums: tuple[Any, ...]


@dataclass(slots=True)
class Statement:
    """Parts are added, then asked for at once. `windows`: shared with those asked together with it.

    `columns`: the sums of the period that are asked for. `all_stores`: there are no others.
    `category_id`: only goods in it or below it. `product_id`: only that one. `by`: what rows are.
    `only`: of rows by product just these. `known_at`: of sales recorded until then, and no facts.
    """

    store_ids: list[int]
    all_stores: bool
    category_id: int | None
    by: Dimension | None
    product_id: int | None = None
    only: tuple[int, ...] | None = None
    known_at: datetime | None = None
    columns: Sequence[str] = SUMS
    parts: list[str] = field(default_factory=list)
    parameters: dict[str, Any] = field(default_factory=dict)
    windows: Windows = field(default_factory=Windows)
    kept: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        category = [] if self.category_id is None else [self.category_id]
        self.parameters = {
            "stores": self.store_ids, "category": category, "product": self.product_id,
            "only": None if self.only is None else list(self.only),
            "known_at": self.known_at,
        }  # fmt: skip

    @property
    def goods(self) -> Goods:
        return Goods(
            by=self.by,
            category_id=self.category_id,
            product_id=self.product_id,
            only_some=self.only is not None,
            few_stores=len(self.store_ids) <= FEW_STORES,
            facts=self.known_at is None,
        )

    def add_now(self, period: Period) -> None:
        """Sums of the period, rows and total."""
        sums = [f"sum(b.{name})" for name in self.columns]
        if not self.goods.narrowed:
            source = self._store_days(period, columns=("store_id", "day", *self.columns))
            self._add(NOW, source, sums=sums, rows=not self.goods.asked)
        if self.goods.asked:
            self._add_goods(NOW, period, columns=self.columns)

    def add_net(
        self, part: int, period: Period, *, key: str = "", rows: bool = True, total: bool = True
    ) -> None:
        """Net sales excl. tax of a window to compare with; `key`: the row a day belongs to."""
        goods_rows = rows and self.goods.asked
        goods_total = total and self.goods.narrowed
        if goods_rows or goods_total:
            self._add_goods(part, period, columns=NET, key=key, rows=goods_rows, total=goods_total)
        rows, total = rows and not goods_rows, total and not goods_total
        if rows or total:
            source = self._store_days(period, columns=("store_id", "day", *NET))
            self._add(part, source, sums=("sum(b.net_ht)",), key=key, rows=rows, total=total)

    def add_target(self, period: Period, *, rows: bool) -> None:
        """Day targets, and the net sales of the store days that have one, excl. tax."""
        columns = ("store_id", "day", "net_ht")
        source = f"""(
            SELECT t.store_id, t.day, t.amount, f.net_ht
            FROM sales_storedaytarget t
            LEFT JOIN {self._store_days(period, columns=columns)} f
              ON f.store_id = t.store_id AND f.day = t.day
            WHERE t.store_id = ANY (%(stores)s) AND {self._window(period, of="t")}
        )"""  # noqa: S608
        self._add(
            TARGET,
            source,
            sums=("sum(b.amount)", "sum(b.net_ht)"),
            rows=rows and not self.goods.asked,
        )

    def add_customers(self, period: Period) -> None:
        """Distinct customers with a transaction."""
        words = self._words(period)
        window = words | {name: words[name].replace("f.", "b.") for name in ("stores", "as_known")}
        row_key = None if self.by is None or self.goods.asked else KEYS[self.by]
        for is_total, key in ((0, row_key), (1, self._no_key())):
            if key:
                self.parts.append(
                    CUSTOMERS_OF_TICKETS.format(
                        part=CUSTOMERS, key=key, is_total=is_total, sums=padded("count(*)"),
                        **window,
                    )
                )  # fmt: skip

    def add_first_day(self) -> None:
        """The ledger's first day, in days since 2000: of each place, and of all of them."""
        in_space = self.by in (Dimension.STORE, Dimension.REGION)
        if self.all_stores and not in_space and self.known_at is None:
            self._add(FIRST_DAY, FIRST_DAY_OF_ALL, sums=[SINCE_2000], rows=False)
            return
        key = KEYS[self.by] if in_space else self._no_key()
        only = "" if self.all_stores else "AND f.id = ANY (%(stores)s)"
        days = FIRST_DAYS if self.known_at is None else sums_known_sql.FIRST_DAYS
        first = sums_known_sql.FIRST_DAY_OF_STORE.format(store="b.store_id")
        self.parts.append(
            days.format(
                part=FIRST_DAY, key=key, stores=self._stores(), store_ids=only,
                sums=padded(SINCE_2000), first=first,
            )
        )  # fmt: skip

    def query(self) -> str:
        """Its rows: part, key, is_total and the sums. `together.run` gives it the windows' days."""
        return f"{self.shared()} {' UNION ALL '.join(self.parts)}"

    def _add(
        self,
        part: int,
        source: str,
        *,
        sums: Sequence[str],
        key: str = "",
        rows: bool = True,
        total: bool = True,
    ) -> None:
        """`sums` add up: a total is that of its rows, so no day is added twice."""
        key = key or KEYS.get(self.by, "")
        if rows and self.by:
            named = ", ".join(f"{expression} AS sum_{n}" for n, expression in enumerate(sums))
            by_key = f"(SELECT {key} AS key, {named} FROM {source} b GROUP BY 1)"  # noqa: S608
            sets = "((b.key), ())" if total else "((b.key))"
            added = [f"sum(b.sum_{n})" for n, _ in enumerate(sums)]
            self.parts.append(
                f"SELECT {part}, b.key, grouping(b.key), {padded(*added)}"  # noqa: S608
                f" FROM {by_key} b GROUP BY GROUPING SETS {sets}"
            )
        elif total:
            self.parts.append(
                f"SELECT {part}, {self._no_key()}, 1, {padded(*sums)} FROM {source} b"  # noqa: S608
            )

    def _add_goods(
        self,
        part: int,
        period: Period,
        *,
        columns: Sequence[str],
        key: str = "",
        rows: bool = True,
        total: bool = True,
    ) -> None:
        """Rows and total of goods; tickets that no fact holds are counted from the lines."""
        rows, total = rows and self.by is not None, total and self.goods.narrowed
        if rows:
            with_total = total and not self.goods.apart
            self._add_window(part, period, columns=columns, key=key, rows=True, total=with_total)
            total = total and not with_total
        if total:
            self._add_window(part, period, columns=columns, key=key, rows=False, total=True)

    def _add_window(
        self,
        part: int,
        period: Period,
        *,
        columns: Sequence[str],
        key: str,
        rows: bool,
        total: bool,
    ) -> None:
        words = self._words(period)
        window = self.goods.window(period, rows=rows, columns=columns, key=key, words=words)
        self.kept += window.kept
        sums = [f"sum(b.{name})" for name in columns]
        self._add(part, window.source, sums=sums, key=key, rows=rows, total=total)
        if part != NOW or not set(OF_TICKETS).intersection(columns):
            return
        sums = ["sum(t.transactions)", "sum(t.transactions) FILTER (WHERE b.has_piece)"]
        given = {"part": TICKETS, "sums": padded(*sums), "lines": window.lines, **words}
        wanted = [("b.key", 0, KEYS.get(self.by), "GROUP BY b.key")] if rows else []
        if total:
            wanted.append((self._no_key(), 1, self._no_key(), ""))
        self.parts += [
            window.tickets.format(
                key=told, is_total=is_total, inner_key=inner, group=group, **given
            )
            for told, is_total, inner, group in wanted
        ]

    def _no_key(self) -> str:
        return "NULL::date" if self.by in IN_TIME else "NULL::bigint"

    def _store_days(self, period: Period, *, columns: Sequence[str]) -> str:
        """The days of a window, which several parts may read."""
        stores = None if self.all_stores else tuple(self.store_ids)
        name = self.windows.name(period, stores=stores, columns=columns, known_at=self.known_at)
        return f"(SELECT {', '.join(columns)} FROM {name})"  # noqa: S608

    def shared(self) -> str:
        """What its parts share."""
        shared = []
        if self.category_id is not None:
            tops = "id = ANY (%(category)s) OR parent_id = ANY (%(category)s)"
            shared.append(SHELVES.format(tops=tops))
        elif self.by is Dimension.CATEGORY:
            shared.append(SHELVES.format(tops="parent_id IS NULL"))
        if self.kept:
            shared += [*self.goods.shared, *self.kept]
        return f"WITH RECURSIVE {', '.join(shared)}" if shared else ""

    def _stores(self) -> str:
        return "" if self.all_stores else "AND f.store_id = ANY (%(stores)s)"

    def _window(self, period: Period, *, of: str) -> str:
        return f"{of}.day BETWEEN {{start}} AND {{end}}".format(**self._words(period))

    def _words(self, period: Period) -> dict[str, str]:
        """Placeholders of a window; its values are kept for the run."""
        number = len(self.parameters)
        first_key, end_key = key_window(period.start, period.end)
        values = {
            "start": period.start, "end": period.end, "first_key": first_key, "end_key": end_key,
        }  # fmt: skip
        self.parameters |= {f"{name}_{number}": value for name, value in values.items()}
        words = {name: f"%({name}_{number})s" for name in values}
        known = "" if self.known_at is None else sums_known_sql.KNOWN_SALES.format(**words)
        return {**words, "stores": self._stores(), "n": str(number), "as_known": known}


def padded(*expressions: str) -> str:
    """The expressions, and NULLs up to the width that all parts share."""
    return ", ".join([*expressions, *["NULL::numeric"] * (WIDTH - len(expressions))])
