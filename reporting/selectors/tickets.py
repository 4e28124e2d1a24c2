"""The tickets behind a figure: those whose lines it adds up, latest first."""

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import connection

from epm.access.selectors import rights
from epm.access.selectors.scope import Principal
from epm.platform.calendars import Period
from reporting.selectors.places import Places
from sales.selectors.references import TICKET_REF
from sales.selectors.sales import key_window

PAGE: Final = 50


class Having(enum.StrEnum):
    """Which lines a ticket is looked at for."""

    GOODS = "goods"
    RETURNS = "returns"
    DISCOUNTS = "discounts"
    UNKNOWN_COST = "unknown_cost"
    TRANSACTIONS = "transactions"
    """All goods, of tickets that count as transactions."""


LINES_HAVING: Final = {
    Having.RETURNS: "AND l.returned_ht IS NOT NULL",
    Having.DISCOUNTS: """AND coalesce(l.shelf_ht, l.loyalty_ht, l.coupon_ht, l.manual_ht)
                         IS NOT NULL""",
    Having.UNKNOWN_COST: "AND l.cost IS NULL",
}
COLUMNS: Final = """
    s.id, coalesce(s.external_ref, k.ref, s.id::text), p.code, p.name, p.timezone, s.sold_at,
    s.business_date, s.currency, s.is_pure_return, s.is_correction, g.lines, g.net_ht, g.net_ttc,
    g.returned_ht, g.discounts_ht, g.units, g.covered_ht, g.cost
"""
SUMS: Final = """
    count(*) AS lines, sum(l.net_ht) AS net_ht, sum(l.net_ttc) AS net_ttc,
    coalesce(sum(l.returned_ht), 0) AS returned_ht,
    coalesce(sum(l.shelf_ht), 0) + coalesce(sum(l.loyalty_ht), 0)
        + coalesce(sum(l.coupon_ht), 0) + coalesce(sum(l.manual_ht), 0) AS discounts_ht,
    coalesce(sum(l.units), 0) AS units, sum(l.covered_ht) AS covered_ht, sum(l.cost) AS cost
"""
TICKETS: Final = f"""
    LEFT JOIN LATERAL (
        SELECT {TICKET_REF} AS ref FROM sales_ticket t
        JOIN sales_cashregister r ON r.id = t.register_id WHERE t.sale_id = s.id
    ) k ON true
"""  # noqa: S608 - constants
# Latest sales first, by their key, until the page is full; a key holds its time, so the lines of
# each are looked up in the one month that has them.
SALES_WITH_LINES: Final = """
    SELECT {columns}
    FROM sales_sale s
    JOIN organization_store p ON p.id = s.store_id
    {tickets}
    CROSS JOIN LATERAL (
        SELECT {sums} FROM reporting_line l
        WHERE l.sale_id = s.id AND l.id >= epm_uuid7_floor(s.sold_at)
          AND l.id < epm_uuid7_floor(s.sold_at + interval '1 second') {lines}
        HAVING count(*) > 0
    ) g
    WHERE s.id >= %(first)s AND s.id < %(last)s AND s.business_date BETWEEN %(start)s AND %(end)s
          {stores} {sales}
    ORDER BY s.id DESC
"""
# One product has few lines: they are found by its index, and their sales by them.
LINES_WITH_SALES: Final = """
    SELECT {columns}
    FROM (
        SELECT l.sale_id, {sums} FROM reporting_line l
        WHERE l.id >= %(line_first)s AND l.id < %(line_last)s
          AND l.day BETWEEN %(start)s AND %(end)s {line_stores} {lines}
        GROUP BY l.sale_id
    ) g
    JOIN sales_sale s ON s.id = g.sale_id
    JOIN organization_store p ON p.id = s.store_id
    {tickets}
    WHERE s.id >= %(first)s AND s.id < %(last)s {sales}
    ORDER BY s.id DESC
"""

# Those of a few hours, amounts or customers are few: they are found first, then their lines.
TOTALS: Final = """
    SELECT t.currency, sum(t.net_ht), sum(t.net_ttc), sum(t.transactions)::numeric,
           sum(t.returned_ht), sum(t.discounts_ht)
    FROM (
        SELECT s.currency, {sums},
               CASE WHEN s.is_pure_return THEN 0 WHEN s.is_correction THEN -1 ELSE 1 END
                   AS transactions
        FROM sales_sale s
        JOIN organization_store p ON p.id = s.store_id
        JOIN reporting_line l ON l.sale_id = s.id
        WHERE s.id >= %(first)s AND s.id < %(last)s
              AND s.business_date BETWEEN %(start)s AND %(end)s {stores} {sales}
              AND l.id >= epm_uuid7_floor(s.sold_at)
              AND l.id < epm_uuid7_floor(s.sold_at + interval '1 second')
              AND l.day BETWEEN %(start)s AND %(end)s {line_stores} {lines}
        GROUP BY s.id
    ) t
    GROUP BY t.currency
"""


@dataclass(frozen=True, slots=True)
class Totals:
    """What tickets add up to, as the registry counts; of several currencies, no money is told."""

    currency: str = ""
    net_sales: Decimal | None = Decimal(0)
    net_sales_ttc: Decimal | None = Decimal(0)
    transactions: Decimal = Decimal(0)
    returns: Decimal | None = Decimal(0)
    discounts: Decimal | None = Decimal(0)


@dataclass(frozen=True, slots=True)
class Ticket:
    """What the asked-for lines of one ticket add to the figure, in its store's currency.

    `net_ht` is without tax; `margin_ht` of lines whose cost is known, None without any.
    """

    id: UUID
    reference: str
    store_code: str
    store_name: str
    timezone: str
    sold_at: datetime
    business_date: date
    currency: str
    is_pure_return: bool
    is_correction: bool
    lines: int
    net_ht: Decimal
    net_ttc: Decimal
    returned_ht: Decimal
    discounts_ht: Decimal
    units: Decimal
    margin_ht: Decimal | None


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose tickets: `category_ids` and `product_id` keep those goods only.

    `weekday` is that of the business day (ISO: Monday is 1), `hour` that of the store's clock.
    `known_at`: recorded until then. `at_least` and `at_most`: what the whole ticket came to, incl.
    tax, fees too. `customer_ids`: of these customers; who may see them is for the caller.
    """

    principal: Principal
    places: Places
    period: Period
    category_ids: Sequence[int] | None = None
    product_id: int | None = None
    having: Having = Having.GOODS
    weekday: int | None = None
    hour: int | None = None
    known_at: datetime | None = None
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    customer_ids: Sequence[int] | None = None

    @property
    def some_only(self) -> bool:
        """Whether tickets are told apart by more than goods, places and days."""
        by = (self.weekday, self.hour, self.at_least, self.at_most, self.customer_ids)
        return any(each is not None for each in by)


def page(asked: Asked, *, before: UUID | None = None, size: int = PAGE) -> list[Ticket]:
    """The next `size` tickets before the one with that key; one more tells that there is more."""
    sql, parameters = _statement(asked, before=before)
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} LIMIT {size + 1}", parameters)
        return [_ticket(row, asked) for row in cursor.fetchall()]


def every(asked: Asked) -> Iterator[Ticket]:
    """All of them, streamed."""
    sql, parameters = _statement(asked, before=None)
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, parameters)
        for row in cursor:
            yield _ticket(row, asked)


def totals(asked: Asked) -> Totals:
    """Of all goods of these tickets, whatever they are looked at for. One statement."""
    sql, parameters = _statement(replace(asked, having=Having.GOODS), before=None, template=TOTALS)
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        found = [Totals(*row) for row in cursor.fetchall()]
    if len(found) > 1:
        count = sum((each.transactions for each in found), Decimal(0))
        return Totals("", None, None, count, None, None)
    return found[0] if found else Totals(currency=asked.places.currency or "")


def _statement(
    asked: Asked, *, before: UUID | None, template: str = ""
) -> tuple[str, dict[str, Any]]:
    period = asked.period
    first, last = key_window(period.start, period.end)
    parameters = {
        "first": first, "last": last if before is None else min(last, before),
        "line_first": first, "line_last": last,
        "start": period.start, "end": period.end,
        "stores": asked.places.ids, "categories": list(asked.category_ids or ()),
        "product": asked.product_id, "weekday": asked.weekday, "hour": asked.hour,
        "known_at": asked.known_at, "at_least": asked.at_least, "at_most": asked.at_most,
        "customers": list(asked.customer_ids or ()),
    }  # fmt: skip
    lines = [LINES_HAVING.get(asked.having, "")]
    if asked.category_ids is not None:
        lines.append("AND l.category_id = ANY (%(categories)s)")
    if asked.product_id is not None:
        lines.append("AND l.product_id = %(product)s")
    in_stores = "" if asked.places.everything else "AND {}.store_id = ANY (%(stores)s)"
    pages = SALES_WITH_LINES if asked.product_id is None else LINES_WITH_SALES
    return (template or pages).format(
        columns=COLUMNS,
        tickets=TICKETS,
        sums=SUMS,
        lines=" ".join(lines),
        stores=in_stores.format("s"),
        line_stores=in_stores.format("l"),
        sales=" ".join(_of_sales(asked)),
    ), parameters


def _of_sales(asked: Asked) -> Iterator[str]:
    if asked.having is Having.TRANSACTIONS:
        yield "AND NOT s.is_pure_return"
    if asked.known_at is not None:
        yield "AND s.recorded_at <= %(known_at)s"
    if asked.weekday is not None:
        yield "AND extract(isodow FROM s.business_date) = %(weekday)s"
    if asked.hour is not None:
        yield "AND extract(hour FROM s.sold_at AT TIME ZONE p.timezone) = %(hour)s"
    if asked.at_least is not None:
        yield "AND s.total_ttc >= %(at_least)s"
    if asked.at_most is not None:
        yield "AND s.total_ttc <= %(at_most)s"
    if asked.customer_ids is not None:
        yield "AND s.customer_id = ANY (%(customers)s)"


def _ticket(row: Sequence[Any], asked: Asked) -> Ticket:
    *told, covered, cost = row
    knows = cost is not None and rights.sees_costs(asked.principal)
    told.append(covered - cost if knows else None)
    return Ticket(*told)
