"""New tickets enter the ledger: a bare month by set, other months through the parent."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.db import transaction
from psycopg import sql

from epm.imports.staging import Progress, Stage, execute, fetch
from epm.platform import jobs
from sales.services.sales_import import corrections, masters, stock

if TYPE_CHECKING:
    from sales.services.sales_import.kind import Sales

CHUNK = 2_000
NOTHING: sql.Composable = sql.SQL("")
BARE_FROM = 1_000
"""Tickets from which a month without rows is worth a partition loaded bare."""

SALES = """
INSERT INTO sales_sale (
    id, store_id, register_id, customer_id, cashier_id, external_ref, revision, sold_at,
    business_date, currency, total_ttc, total_ht, total_vat, is_pure_return, is_correction,
    corrects_id, import_run_id, content_digest)
SELECT
    t.sale_id, t.store_id, NULL, t.customer_id, NULL, t.ticket, coalesce(t.known_revision, 0) + 1,
    t.sold_utc, t.business_date, t.currency, {totals}, t.is_pure_return, false,
    NULL, {run}, t.digest
FROM {tickets} t {totals_from}
WHERE {chosen}
"""

# Untaxed: no rounding to do. Taxed: VAT once per ticket and rate, then largest remainder.
LINES = """
INSERT INTO {target} (
    id, sale_id, line_no, store_id, sold_at, business_date, product_id, category_id, kind, is_piece,
    is_correction, quantity, unit_price, gross_ttc, discount_shelf, discount_loyalty,
    discount_coupon, net_ttc, net_ht, vat, tax_rate, unit_cost, origin_line_id)
SELECT
    epm_uuid7_beside(sale_id, line_no), sale_id, line_no, store_id,
    sold_utc, business_date, product_id, category_id, kind, is_piece, false, quantity, unit_price,
    ttc + shelf + loyalty + coupon, shelf, loyalty, coupon, ttc, ht, ttc - ht, tax_rate,
        unit_cost, NULL
FROM ({taxed}) line
"""

NUMBERED = """
SELECT
    t.sale_id, t.store_id, t.sold_utc, t.business_date, t.places, r.product_id, r.category_id,
    r.kind, r.is_piece, r.quantity, r.unit_price, r.shelf, r.loyalty, {coupon} AS coupon,
    {net} AS net, r.tax_rate, r.unit_cost, r.row_no,
    row_number() OVER (PARTITION BY t.ticket_no ORDER BY r.row_no)::integer AS line_no
FROM {tickets} t JOIN {rows} r ON r.store_l = t.store_l AND r.ticket = t.ticket
WHERE {chosen} {within} AND NOT r.is_discount
"""

UNTAXED = "SELECT numbered.*, net AS ttc, net AS ht FROM ({numbered}) numbered"

TAXED = """
SELECT shared.*, {ttc} AS ttc, {ht} AS ht
FROM (
    SELECT
        parts.*,
        (part + CASE WHEN rank_up <= due THEN 1 WHEN rank_down <= -due THEN -1 ELSE 0 END)
            / 10::numeric ^ places AS share
    FROM (
        SELECT
            whole.*, round(of_rate * 10::numeric ^ places - sum(part) OVER rate_of_ticket) AS due,
            row_number() OVER (PARTITION BY sale_id, tax_rate ORDER BY exact - part DESC,
                line_no) AS rank_up,
            row_number() OVER (PARTITION BY sale_id, tax_rate ORDER BY exact - part, line_no) AS
                rank_down
        FROM (
            SELECT
                numbered.*,
                {exact} * 10::numeric ^ places AS exact, trunc({exact} * 10::numeric ^ places) AS
                    part,
                {of_rate} AS of_rate
            FROM ({numbered}) numbered
            WINDOW rate_of_ticket AS (PARTITION BY sale_id, tax_rate)
        ) whole
        WINDOW rate_of_ticket AS (PARTITION BY sale_id, tax_rate)
    ) parts
) shared
"""


def post(stage: Stage, *, kind: "Sales", progress: Progress) -> None:
    """Write every new ticket, and the corrections asked for. Each step is one transaction."""
    masters.make_missing(stage)
    if kind.option(stage, "changed_tickets") == "correct":
        corrections.reverse_changed(stage, kind=kind)
    months = _months(stage)
    done, total = 0, sum(tickets for _, tickets in months)
    for month, tickets in months:
        # Goods that move lock their levels: never for as long as a whole month takes.
        if tickets >= BARE_FROM and not kind.moves_stock(stage) and _is_bare(month):
            with transaction.atomic():
                _load_bare(stage, kind, month=month)
            done += tickets
            progress("apply", done, total)
        else:
            for count in _through_the_parent(stage, kind, month=month):
                done += count
                progress("apply", done, total)


def money_of_run(stage: Stage, *, basis: str) -> sql.Composable:
    """What this run has in the ledger, in the file's own basis."""
    amount = sql.SQL("total_ht" if basis == "ht" else "total_ttc")
    return sql.SQL(
        "SELECT coalesce(sum(s.{}), 0) FROM {} t JOIN sales_sale s"
        " ON s.id = CASE WHEN t.state = 'posted' THEN t.known_id ELSE t.sale_id END"
        " WHERE s.import_run_id = {}"
    ).format(amount, stage.table("tickets"), sql.Literal(stage.run_id))


def _months(stage: Stage) -> list[tuple[str, int]]:
    """First moments of the UTC months that get tickets, as text, and how many each gets."""
    return fetch(
        sql.SQL(
            "SELECT to_char(date_trunc('month', sold_utc AT TIME ZONE 'UTC'), 'YYYY-MM-DD'),"
            " count(*)"
            " FROM {} WHERE state = 'new' GROUP BY 1 ORDER BY 1"
        ).format(stage.table("tickets"))
    )


def _is_bare(month: str) -> bool:
    name = f"sales_saleline_{month[:4]}_{month[5:7]}"
    return bool(fetch("SELECT to_regclass(%s) IS NULL", [name])[0][0])


def _load_bare(stage: Stage, kind: "Sales", *, month: str) -> None:
    """Fill a table of its own, build its keys and indexes, validate by set, attach it."""
    first_row, last_row = fetch(
        sql.SQL("SELECT min(first_row), max(last_row) FROM {} t WHERE {}").format(
            stage.table("tickets"), _in_month(month)
        )
    )[0]
    within = sql.SQL("AND r.row_no BETWEEN {} AND {}").format(
        sql.Literal(first_row), sql.Literal(last_row)
    )
    execute("SELECT sales_begin_bare_month(%s::timestamptz)", [f"{month} 00:00:00+00"])
    target = sql.Identifier("sales_saleline_loading")
    write(stage, kind, target=target, chosen=_in_month(month), within=within)
    execute("SELECT sales_attach_bare_month(%s::timestamptz)", [f"{month} 00:00:00+00"])


def _through_the_parent(stage: Stage, kind: "Sales", *, month: str) -> Iterator[int]:
    execute(
        sql.SQL("CREATE INDEX IF NOT EXISTS {} ON {} (ticket)").format(
            sql.Identifier(f"run_{stage.run_id}_rows_ticket"), stage.table("rows")
        )
    )
    numbers = [
        number
        for (number,) in fetch(
            sql.SQL("SELECT ticket_no FROM {} t WHERE {} ORDER BY ticket_no").format(
                stage.table("tickets"), _in_month(month)
            )
        )
    ]
    for start in range(0, len(numbers), CHUNK):
        chunk = numbers[start : start + CHUNK]
        with transaction.atomic():
            execute("SELECT sales_ensure_month(%s::timestamptz)", [f"{month} 00:00:00+00"])
            chosen = sql.SQL("t.ticket_no = ANY ({})").format(sql.Literal(chunk))
            write(stage, kind, target=sql.Identifier("sales_saleline"), chosen=chosen)
            if kind.moves_stock(stage):
                stock.move(stage, chosen=chosen)
        yield len(chunk)


def write(
    stage: Stage,
    kind: "Sales",
    *,
    target: sql.Composable,
    chosen: sql.Composable,
    within: sql.Composable = NOTHING,
) -> None:
    """Insert the chosen tickets' sales, lines (into `target`) and tenders."""
    tables = {"tickets": stage.table("tickets"), "rows": stage.table("rows")}
    taxed = _has_tax(stage, chosen=chosen, within=within)
    lines = _lines(stage, kind, chosen=chosen, within=within, taxed=taxed)
    totals, totals_from = sql.SQL("t.amount, t.amount, 0"), NOTHING
    if taxed:
        totals = sql.SQL("s.ttc, s.ht, s.ttc - s.ht")
        totals_from = sql.SQL(
            "JOIN (SELECT sale_id, sum(ttc) AS ttc, sum(ht) AS ht FROM ({}) l GROUP BY sale_id) s"
            " ON s.sale_id = t.sale_id"
        ).format(lines)
    execute(
        sql.SQL(SALES).format(
            **tables,
            chosen=chosen,
            run=sql.Literal(stage.run_id),
            totals=totals,
            totals_from=totals_from,
        )
    )
    execute(sql.SQL(LINES).format(target=target, taxed=lines))
    execute(
        sql.SQL(
            "INSERT INTO sales_tender (id, sale_id, kind, amount)"
            " SELECT epm_uuid7_derived(t.sold_utc, t.sale_id::text || '/manufacturer_coupon'),"
            " t.sale_id, 'manufacturer_coupon', t.manufacturer"
            " FROM {tickets} t WHERE {chosen} AND t.manufacturer <> 0"
        ).format(**tables, chosen=chosen)
    )
    jobs.enqueue_soon(
        "reporting.refresh_facts"
    )  # an import that dies here leaves figures to others


def _lines(
    stage: Stage, kind: "Sales", *, chosen: sql.Composable, within: sql.Composable, taxed: bool
) -> sql.Composable:
    net: sql.Composable = sql.SQL("r.net")
    coupon: sql.Composable = sql.SQL("r.coupon")
    if "discounts" in stage.mapping.rows:
        share = sql.SQL(SHARE_OF_DISCOUNT_ROWS).format(rows=stage.table("rows"))
        net = sql.SQL("r.net - {}").format(share)
        coupon = sql.SQL("r.coupon + {}").format(share)
    numbered = sql.SQL(NUMBERED).format(
        tickets=stage.table("tickets"), rows=stage.table("rows"), chosen=chosen, within=within,
        net=net, coupon=coupon,
    )  # fmt: skip
    if not taxed:
        return sql.SQL(UNTAXED).format(numbered=numbered)
    if kind.option(stage, "amounts") == "ht":
        raised = sql.SQL("sum(net) OVER rate_of_ticket * tax_rate")
        return sql.SQL(
            "SELECT sale_id, store_id, sold_utc, business_date, places, product_id, category_id,"
            " kind,"
            " is_piece, quantity, round(unit_price * (1 + tax_rate), 6) AS unit_price,"
            " round(shelf * (1 + tax_rate), places) AS shelf, round(loyalty * (1 + tax_rate),"
            " places)"
            " AS loyalty, round(coupon * (1 + tax_rate), places) AS coupon, tax_rate, unit_cost,"
            " line_no, ttc, ht FROM ({}) basis"
        ).format(
            sql.SQL(TAXED).format(
                numbered=numbered, exact=sql.SQL("net * tax_rate"),
                of_rate=sql.SQL("round({}, places)").format(raised),
                ttc=sql.SQL("net + share"), ht=sql.SQL("net"),
            )
        )  # fmt: skip
    total = sql.SQL("sum(net) OVER rate_of_ticket")
    return sql.SQL(TAXED).format(
        numbered=numbered, exact=sql.SQL("net / (1 + tax_rate)"),
        of_rate=sql.SQL("{t} - round({t} * tax_rate / (1 + tax_rate), places)").format(t=total),
        ttc=sql.SQL("net"), ht=sql.SQL("share"),
    )  # fmt: skip


# Discount rows of a ticket, shared over its sold goods by largest remainder, earlier lines first.
SHARE_OF_DISCOUNT_ROWS = """
(CASE WHEN t.discount_rows = 0 OR r.kind <> 'item' OR r.quantity < 0 THEN 0 ELSE (
    SELECT (floor(exact) + CASE WHEN nth <= due THEN 1 ELSE 0 END) / 10::numeric ^ t.places
    FROM (
        SELECT row_no, exact,
               row_number() OVER (ORDER BY exact - floor(exact) DESC, row_no) AS nth,
               t.discount_rows * 10::numeric ^ t.places - sum(floor(exact)) OVER () AS due
        FROM (
            SELECT g.row_no, t.discount_rows * 10::numeric ^ t.places * g.net / t.discountable AS
                exact
            FROM {rows} g
            WHERE g.store_l = t.store_l AND g.ticket = t.ticket
              AND g.kind = 'item' AND NOT g.is_discount AND g.quantity >= 0
        ) goods
    ) ranked
    WHERE ranked.row_no = r.row_no
) END)
"""


def _has_tax(stage: Stage, *, chosen: sql.Composable, within: sql.Composable) -> bool:
    return bool(
        fetch(
            sql.SQL(
                "SELECT EXISTS (SELECT FROM {} t JOIN {} r ON r.store_l = t.store_l AND r.ticket"
                " = t.ticket"
                " WHERE {} {} AND r.tax_rate > 0)"
            ).format(stage.table("tickets"), stage.table("rows"), chosen, within)
        )[0][0]
    )


def _in_month(month: str) -> sql.Composable:
    first = sql.Literal(f"{month} 00:00:00+00")
    return sql.SQL(
        "t.state = 'new' AND t.sold_utc >= {first}::timestamptz"
        " AND t.sold_utc < (({first}::timestamptz AT TIME ZONE 'UTC') + interval '1 month') AT"
        " TIME ZONE 'UTC'"
    ).format(first=first)
