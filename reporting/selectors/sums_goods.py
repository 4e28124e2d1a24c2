"""Where sums of goods come from: facts for the months that are kept, the ledger for the rest.

A window is cut by store and month. A month that begins within it and is kept up to a day within it
is one row of the month's facts for each product or category. Else, by top category, each day is.
What is left is read line by line: the days after those that are kept, and whole months where a mark
tells that a kept day was written since, or the tree of categories is another than the facts'.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from epm.platform.calendars import Period
from reporting.kpis.kpi import Dimension
from reporting.selectors.sums_goods_sql import (
    CATEGORIES,
    CATEGORY_IS_KNOWN,
    CATEGORY_IS_TOP,
    DAY_CATEGORIES,
    FEW_OPEN_LINES,
    KEPT,
    OPEN_LINES,
    OPEN_TICKETS,
    PICKED_BELOW,
    PICKED_TOPS,
    PICKED_TOTAL,
    PRODUCTS,
    TREE_IS_KNOWN,
)
from reporting.selectors.sums_sql import LINES, TICKETS_OF_LINES

SHORTER: Final = frozenset({Dimension.DAY, Dimension.WEEK, Dimension.RETAIL_MONTH})
"""Rows that are no whole calendar months."""
ROWS, TOTAL = "picked_rows", "picked_total"
OF_TICKETS: Final = ("transactions", "piece_transactions")
MONTH_LATER: Final = "(date_trunc('month', b.day::timestamp) + interval '1 month')::date"
"""The row of a comparison with the month before; the day of a whole month's facts is its first."""


@dataclass(frozen=True, slots=True)
class Window:
    """The source of a window's sums; lines in it, and the SQL that counts their tickets.

    `kept`: what the source has of facts, if anything.
    """

    source: str
    lines: str
    tickets: str
    kept: list[str]


@dataclass(frozen=True, slots=True)
class Goods:
    """Which goods a statement asks for, and by what its rows are.

    `only_some` of the products; of `few_stores`. `facts`: whether they may answer.
    """

    by: Dimension | None
    category_id: int | None
    product_id: int | None
    only_some: bool = False
    few_stores: bool = False
    facts: bool = True

    @property
    def narrowed(self) -> bool:
        """Whether only some goods count."""
        return self.category_id is not None or self.product_id is not None

    @property
    def asked(self) -> bool:
        """Whether the facts by store and day have no answer."""
        return self.narrowed or self.by in (Dimension.CATEGORY, Dimension.PRODUCT)

    @property
    def of_products(self) -> bool:
        by_product = self.by is Dimension.PRODUCT or self.product_id is not None
        return by_product and self.category_id is None and self.by is not Dimension.CATEGORY

    @property
    def of_categories(self) -> bool:
        by_category = self.by is Dimension.CATEGORY or self.category_id is not None
        return by_category and self.product_id is None and self.by is not Dimension.PRODUCT

    @property
    def apart(self) -> bool:
        """Whether rows are no parts of the total: tickets that touch several count in each."""
        return self.only_some or (self.by is Dimension.CATEGORY and self.of_categories)

    @property
    def shared(self) -> list[str]:
        """What parts by category share."""
        if not self.of_categories:
            return []
        picked = []
        if self.by is Dimension.CATEGORY:
            picked = [PICKED_TOPS if self.category_id is None else PICKED_BELOW]
        return picked if self.category_id is None else [*picked, PICKED_TOTAL]

    def window(
        self,
        period: Period,
        *,
        rows: bool,
        columns: Sequence[str],
        key: str,
        words: Mapping[str, str],
    ) -> Window:
        """Rows (store_id, day, product_id, row_id, columns…) of goods sold in the period.

        `rows`: made of what the report's rows are, not of all that is asked for. `key`: see
        `Statement.add_net`.
        """
        picks = ROWS if rows and self.by is Dimension.CATEGORY else TOTAL
        months = self._begin_within(period) and self.by not in SHORTER
        months = months and key in ("", MONTH_LATER)
        by_facts = self.facts and (
            (months and self.of_products)
            or (self.of_categories and (months or self._of_days(picks) != "false"))
        )
        words = {**words, "product": self._product(rows=rows)}
        many = self.of_products and not self.few_stores
        open_lines = OPEN_LINES if many else FEW_OPEN_LINES
        lines = self._lines(open_lines if by_facts else LINES, words=words)
        found = self._facts(picks=picks, columns=columns, words=words) if by_facts else []
        row_id = "b.row_id" if self._shelved else "NULL::bigint"
        listed = ", ".join(
            "NULL::bigint" if name in OF_TICKETS else f"b.{name}" for name in columns
        )
        found.append(
            f"SELECT b.store_id, b.day, b.product_id, {row_id}, {listed} FROM {lines} b"  # noqa: S608
        )
        names = ", ".join(("store_id", "day", "product_id", "row_id", *columns))
        return Window(
            source=f"(SELECT * FROM ({' UNION ALL '.join(found)}) u ({names}))",  # noqa: S608
            lines=lines,
            tickets=OPEN_TICKETS if by_facts else TICKETS_OF_LINES,
            kept=[self._kept(picks=picks, months=months, words=words)] if by_facts else [],
        )

    def _of_days(self, picks: str) -> str:
        """SQL: whether facts by day answer it, which know the top categories."""
        if not self.of_categories or (picks == ROWS and self.category_id is not None):
            return "false"
        return CATEGORY_IS_TOP if picks == TOTAL else "true"

    def _kept(self, *, picks: str, months: bool, words: Mapping[str, str]) -> str:
        tree = "true"
        if self.of_categories:
            tree = TREE_IS_KNOWN + ("" if self.category_id is None else CATEGORY_IS_KNOWN)
        return KEPT.format(
            months_do="true" if months else "false",
            days_do=self._of_days(picks),
            tree_is_known=tree,
            **words,
        )

    def _facts(self, *, picks: str, columns: Sequence[str], words: Mapping[str, str]) -> list[str]:
        listed = ", ".join(f"f.{name}" for name in columns)
        if self.of_products:
            return [PRODUCTS.format(columns=listed, **words)]
        found = [CATEGORIES.format(columns=listed, picks=picks, **words)]
        if self._of_days(picks) != "false":
            found.append(DAY_CATEGORIES.format(columns=listed, picks=picks, **words))
        return found

    def _product(self, *, rows: bool) -> str:
        found = "" if self.product_id is None else " AND f.product_id = %(product)s"
        return found + (" AND f.product_id = ANY (%(only)s)" if rows and self.only_some else "")

    @property
    def _shelved(self) -> bool:
        return self.by is Dimension.CATEGORY or self.category_id is not None

    def _lines(self, template: str, *, words: Mapping[str, str]) -> str:
        """The lines, with their row where rows are categories."""
        row_id = shelf = ""
        if self._shelved:
            row_id = ", shelf.row_id"
            join = "LEFT JOIN" if self.category_id is None else "JOIN"
            shelf = f"{join} shelf ON shelf.id = l.category_id"
        return template.format(row_id=row_id, shelf=shelf, **words)

    def _begin_within(self, period: Period) -> bool:
        """Whether a month begins within the period."""
        return period.start.day == 1 or period.start.replace(day=1) != period.end.replace(day=1)
