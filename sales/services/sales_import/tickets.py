"""The tickets of a stage: one row each, dated, compared with the ledger, new or not."""

from typing import TYPE_CHECKING

from psycopg import sql

from epm.imports.staging import Stage, execute, fetch
from sales.services.sales_import import rows

if TYPE_CHECKING:
    from sales.services.sales_import.kind import Sales

# The digest tells a ticket that came again from one that changed. It covers what the file says, in
# no order of lines, and nothing that was looked up here (ids, categories, costs). Hash values of
# text are the same on every PostgreSQL the product runs on.
STATED = {"tax_rate": "tax_rate", "cost_given": "unit_cost"}
"""What enters the digest only where the file states it, and by which field it does."""

GROUPED = """
CREATE UNLOGGED TABLE {grouped} AS
SELECT
    store_l, ticket,
    min(store_id) AS store_id, min(places) AS places,
    min(sold_at) AS sold_at, max(sold_at) AS last_sold_at, bool_and(date_only) AS date_only,
    lower({customer}) AS customer_l, {customer} AS customer,
    count(DISTINCT lower(customer)) AS customers,
    count(*) AS row_count, min(row_no) AS first_row, max(row_no) AS last_row,
    sum(net) AS amount, sum(manufacturer) AS manufacturer,
    coalesce(bool_and(quantity < 0) FILTER (WHERE kind = 'item' AND NOT is_discount), false)
        AS is_pure_return,
    coalesce(-sum(net) FILTER (WHERE is_discount), 0) AS discount_rows,
    coalesce(sum(net) FILTER (WHERE kind = 'item' AND NOT is_discount AND quantity >= 0), 0)
        AS discountable,
    min(row_no) FILTER (WHERE problem IS NOT NULL) AS faulty_row,
    sum(hashtextextended(concat_ws('|', lower(product), quantity, net, shelf, loyalty, coupon,
        manufacturer, unit_price, kind, line, is_discount {stated}), 0)::numeric) AS hash
FROM {rows}
WHERE ticket IS NOT NULL AND store_l IS NOT NULL
GROUP BY store_l, ticket
"""

DATED = """
CREATE UNLOGGED TABLE {tickets} AS
SELECT
    row_number() OVER (ORDER BY first_row) AS ticket_no, judged.*,
    epm_uuid7_derived(sold_utc, store_l || '/' || ticket || '/' || (coalesce(known_revision, 0) +
        1)::text)
        AS sale_id,
    CASE
        WHEN problem IS NOT NULL THEN 'refused'
        WHEN known_id IS NULL THEN 'new'
        WHEN known_digest = digest THEN CASE WHEN known_run = {run} THEN 'posted' ELSE
            'unchanged' END
        ELSE 'changed'
    END AS state
FROM (
    SELECT
        dated.*,
        decode(md5(concat_ws('|', sold_utc, customer_l, row_count, hash)), 'hex') AS digest,
        (sold_local - make_interval(hours => cutoff))::date AS business_date,
        known.id AS known_id, known.content_digest AS known_digest,
        known.revision AS known_revision, known.import_run_id AS known_run,
        customer_row.id AS customer_id,
        CASE
            WHEN faulty_row IS NOT NULL THEN 'ticket-refused|row|' || faulty_row
            WHEN last_sold_at <> sold_at AND {strict_times}
                THEN 'two-timestamps|sold_at|' || sold_at || ' / ' || last_sold_at
            WHEN customers > 1 AND {strict_customers} THEN 'two-customers|customer|' || customer
            WHEN abs(amount) >= 1e12 OR abs(manufacturer) >= 1e12
                THEN 'out-of-range|amount|' || amount
            WHEN sold_utc < timestamptz '2000-01-01 00:00:00+00' THEN 'before-2000|sold_at|' ||
                sold_at
            WHEN sold_utc > now() + interval '1 day' THEN 'in-the-future|sold_at|' || sold_at
            WHEN customer IS NOT NULL AND customer_row.id IS NULL AND {strict_customer_codes}
                THEN 'unknown-customer|customer|' || customer
            WHEN discount_rows > 0 AND discount_rows > discountable
                THEN 'discount-without-goods|amount|' || discount_rows
        END AS problem
    FROM (
        SELECT
            local.*,
            CASE WHEN date_only OR {at_store} THEN sold_local AT TIME ZONE zone
                 ELSE sold_at AT TIME ZONE {zone} END AS sold_utc
        FROM (
            SELECT
                g.*,
                coalesce(st.timezone, {new_zone}) AS zone, coalesce(st.day_cutoff_hour, 0) AS
                    cutoff,
                coalesce(st.currency, {new_currency}) AS currency,
                CASE WHEN date_only THEN g.sold_at::date + make_interval(hours =>
                    coalesce(st.day_cutoff_hour, 0))
                     WHEN {at_store} THEN g.sold_at
                     ELSE (g.sold_at AT TIME ZONE {zone}) AT TIME ZONE coalesce(st.timezone,
                         {new_zone})
                END AS sold_local
            FROM {grouped} g LEFT JOIN organization_store st ON st.id = g.store_id
        ) local
    ) dated
    LEFT JOIN LATERAL (
        SELECT s.id, s.content_digest, s.revision, s.import_run_id
        FROM sales_sale s
        WHERE s.store_id = dated.store_id AND s.external_ref = dated.ticket
        ORDER BY s.revision DESC LIMIT 1
    ) known ON true
    LEFT JOIN sales_customer customer_row ON lower(customer_row.code) = dated.customer_l
) judged
"""

VERDICTS = """
SELECT
    r.row_no,
    CASE
        WHEN r.problem = 'header-line' THEN 'unchanged'
        WHEN r.problem IS NOT NULL OR t.state IS NULL THEN 'refused'
        WHEN t.state = 'posted' THEN 'new'
        WHEN t.state = 'changed' THEN {changed_state}
        ELSE t.state
    END AS state,
    CASE
        WHEN r.problem IS NOT NULL THEN split_part(r.problem, '|', 1)
        WHEN t.problem IS NOT NULL THEN split_part(t.problem, '|', 1)
        WHEN t.state = 'changed' THEN 'changed-ticket'
    END AS reason,
    CASE
        WHEN r.problem IS NOT NULL THEN {row_detail}
        WHEN t.faulty_row IS NOT NULL THEN ''
        WHEN t.problem IS NOT NULL THEN {ticket_detail}
        WHEN t.state = 'changed' THEN 'ticket = ' || t.ticket
    END AS detail,
    coalesce(r.store_l || ' / ' || r.ticket, '') AS group_key,
    r.net AS amount
FROM {rows} r
LEFT JOIN {tickets} t ON t.store_l = r.store_l AND t.ticket = r.ticket
"""


def make(stage: Stage, *, kind: "Sales") -> None:
    """Create `tickets` in the stage."""
    option, zone = kind.option, stage.mapping.format.timezone
    first = "(array_agg(customer ORDER BY row_no) FILTER (WHERE customer IS NOT NULL))[1]"
    stated = [name for name in ("tax_rate", "cost_given") if stage.mapping.gives(STATED[name])]
    execute(
        sql.SQL(GROUPED).format(
            grouped=stage.table("grouped"),
            rows=stage.table("rows"),
            customer=sql.SQL(
                first if option(stage, "ticket_customers") == "first" else "min(customer)"
            ),
            stated=sql.SQL("".join(f", {name}" for name in stated)),
        )
    )
    execute(sql.SQL("ANALYZE {}").format(stage.table("grouped")))
    execute(
        sql.SQL(DATED).format(
            tickets=stage.table("tickets"),
            grouped=stage.table("grouped"),
            run=sql.Literal(stage.run_id),
            at_store=sql.Literal(zone == "store"),
            zone=sql.Literal("UTC" if zone == "store" else zone),
            new_zone=sql.Literal(rows.new_timezone(stage)),
            new_currency=sql.Literal(rows.new_currency(stage)),
            strict_times=sql.Literal(option(stage, "ticket_times") != "first"),
            strict_customers=sql.Literal(option(stage, "ticket_customers") != "first"),
            strict_customer_codes=sql.Literal(option(stage, "unknown_customer") != "placeholder"),
        )
    )
    execute(sql.SQL("CREATE INDEX ON {} (ticket_no)").format(stage.table("tickets")))
    execute(sql.SQL("ANALYZE {}").format(stage.table("tickets")))


def verdicts(stage: Stage, *, correct: bool) -> sql.Composable:
    return sql.SQL(VERDICTS).format(
        rows=stage.table("rows"),
        tickets=stage.table("tickets"),
        changed_state=sql.Literal("changed" if correct else "refused"),
        row_detail=_told("r"),
        ticket_detail=_told("t"),
    )


def notes(stage: Stage) -> dict[str, int | str]:
    """Tickets by state, and what the mapping's decisions did."""
    found = fetch(
        sql.SQL("SELECT state, count(*) FROM {} GROUP BY state ORDER BY state").format(
            stage.table("tickets")
        )
    )
    told: dict[str, int | str] = {f"tickets_{state}": count for state, count in found}
    times, customers = fetch(
        sql.SQL(
            "SELECT count(*) FILTER (WHERE sold_at <> last_sold_at), count(*) FILTER (WHERE"
            " customers > 1)"
            " FROM {} WHERE state <> 'refused'"
        ).format(stage.table("tickets"))
    )[0]
    (rounding,) = fetch(
        sql.SQL(
            "SELECT sum(net - exact_net) FROM {} WHERE problem IS NULL AND net <> exact_net"
        ).format(stage.table("rows"))
    )[0]
    if times:
        told["tickets_dated_by_their_first_line"] = times
    if customers:
        told["tickets_given_their_first_customer"] = customers
    if rounding:
        told["rounded_by"] = format(rounding.normalize(), "f")
    return told


def _told(alias: str) -> sql.Composable:
    """`reason|field|text` as `field = text`."""
    return sql.SQL(
        "CASE WHEN strpos({p}, '|') > 0 THEN split_part({p}, '|', 2) || ' = '"
        " || substr({p}, length(split_part({p}, '|', 1)) + length(split_part({p}, '|', 2)) + 3)"
        " ELSE '' END"
    ).format(p=sql.Identifier(alias, "problem"))
