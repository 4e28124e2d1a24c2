"""Placeholder customers and products for codes nobody knows, flagged for completion."""

from psycopg import sql

from epm.imports.staging import Stage, execute


def make_missing(stage: Stage) -> None:
    """Make what the tickets to be written refer to. Stages that left nothing unknown: no work."""
    _customers(stage)
    _products(stage)


def _customers(stage: Stage) -> None:
    tickets = stage.table("tickets")
    execute(
        sql.SQL(
            "INSERT INTO sales_customer (code, name, email, attributes, is_placeholder)"
            " SELECT (array_agg(customer ORDER BY first_row))[1], '', '', '{{}}', true FROM {}"
            " WHERE state IN ('new', 'changed') AND customer_id IS NULL AND customer IS NOT NULL"
            " GROUP BY customer_l ORDER BY min(first_row) ON CONFLICT (lower(code)) DO NOTHING"
        ).format(tickets)
    )
    execute(
        sql.SQL(
            "UPDATE {} t SET customer_id = c.id FROM sales_customer c"
            " WHERE t.customer_id IS NULL AND t.customer_l = lower(c.code)"
        ).format(tickets)
    )


def _products(stage: Stage) -> None:
    rows = stage.table("rows")
    execute(
        sql.SQL(
            "INSERT INTO inventory_product (sku, name, brand, attributes, tax_class_code, unit,"
            " is_active,"
            " is_placeholder)"
            " SELECT (array_agg(r.product ORDER BY r.row_no))[1],"
            " coalesce(min(r.product_name), min(r.product)), '', '{{}}', 'standard',"
            " 'piece', true, true"
            " FROM {} r JOIN {} t ON t.store_l = r.store_l AND t.ticket = r.ticket"
            " WHERE t.state IN ('new', 'changed') AND r.product_id IS NULL AND NOT r.is_discount"
            " GROUP BY lower(r.product) ORDER BY min(r.row_no) ON CONFLICT (lower(sku)) DO NOTHING"
        ).format(rows, stage.table("tickets"))
    )
    execute(
        sql.SQL(
            "UPDATE {} r SET product_id = p.id FROM inventory_product p"
            " WHERE r.product_id IS NULL AND lower(r.product) = lower(p.sku)"
        ).format(rows)
    )
