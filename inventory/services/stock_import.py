"""Import of the stock a store begins with: one opening movement for each product of a store."""

from collections.abc import Sequence
from typing import ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from psycopg import sql

from epm.imports import typed
from epm.imports.fields import Field
from epm.imports.kinds import ImportKind
from epm.imports.staging import Progress, Stage, execute

CHUNK = 10_000
DOCUMENT_KIND = "opening"

# The clock of the file is the store's, unless the mapping names another; a date alone is the start
# of that business day there. The SKU wins over a barcode.
ROWS = """
CREATE UNLOGGED TABLE {rows} AS
SELECT found.*, coalesce(fault, CASE
    WHEN store_id IS NULL THEN 'unknown-store|store|' || store
    WHEN product_id IS NULL THEN 'unknown-product|sku|' || sku
    WHEN quantity < 0 THEN 'below-zero|quantity|' || quantity
    WHEN quantity >= 1e9 THEN 'out-of-range|quantity|' || quantity
    WHEN quantity <> round(quantity, 3) THEN 'too-many-decimals|quantity|' || quantity
    WHEN cost < 0 OR cost > 1e9 OR quantity * cost >= 1e14 THEN 'out-of-range|unit_cost|' || cost
    WHEN cost <> round(cost, 6) THEN 'too-many-decimals|unit_cost|' || cost
    WHEN happened > now() + interval '1 day' THEN 'lies-ahead|at|' || local
    WHEN happened NOT BETWEEN '2000-01-01 00:00:00+00' AND now() + interval '1 day'
        THEN 'out-of-range|at|' || local
    END) AS problem
FROM (
    SELECT r.row_no, r.fault, r.store, r.sku, r.quantity, {cost} AS cost, {at} AS local,
           {document} AS document, st.id AS store_id, coalesce(p.id, b.product_id) AS product_id,
           CASE WHEN {dated} THEN
               (({at})::date + make_interval(hours => st.day_cutoff_hour)) AT TIME ZONE st.timezone
           ELSE {at} AT TIME ZONE {zone} END AS happened
    FROM ({typed}) r
    LEFT JOIN organization_store st ON lower(st.code) = lower(r.store)
    LEFT JOIN inventory_product p ON lower(p.sku) = lower(r.sku)
    LEFT JOIN inventory_barcode b ON p.id IS NULL AND b.code = r.sku
) found
"""

# A level is opened once: the posting is derived from it, and nothing may have moved it before.
VERDICTS = """
CREATE UNLOGGED TABLE {verdicts} AS
SELECT r.row_no, r.store_id, r.product_id, r.quantity, r.cost, r.happened, r.document, r.posting,
    CASE WHEN problem = 'header-line' THEN 'unchanged' WHEN problem IS NOT NULL THEN 'refused'
         WHEN nth > 1 THEN CASE WHEN alike THEN 'unchanged' ELSE 'refused' END
         WHEN {same} THEN 'unchanged'
         WHEN m.id IS NOT NULL OR l.position > 0 THEN 'refused'
         WHEN r.quantity = 0 THEN 'unchanged' ELSE 'new' END AS state,
    CASE WHEN problem IS NOT NULL THEN split_part(problem, '|', 1)
         WHEN nth > 1 THEN CASE WHEN NOT alike THEN 'repeated-key' END
         WHEN NOT coalesce({same}, false) AND (m.id IS NOT NULL OR l.position > 0)
             THEN 'already-opened' END AS reason,
    CASE WHEN problem LIKE '%|%' THEN split_part(problem, '|', 2) || ' = '
             || substr(problem, length(split_part(problem, '|', 1))
                + length(split_part(problem, '|', 2)) + 3)
         WHEN problem IS NULL THEN 'key = ' || concat_ws(' / ', r.store, r.sku) END AS detail
FROM (
    SELECT r.*, md5('opening/' || store_id || '/' || product_id)::uuid AS posting,
        CASE WHEN problem IS NULL THEN row_number() OVER again END AS nth,
        (quantity, cost) IS NOT DISTINCT FROM
            (first_value(quantity) OVER again, first_value(cost) OVER again) AS alike
    FROM {rows} r
    WINDOW again AS (PARTITION BY problem IS NULL, store_id, product_id ORDER BY row_no)
) r
LEFT JOIN inventory_stockmovement m ON r.problem IS NULL AND m.posting = r.posting
LEFT JOIN inventory_stocklevel l
    ON r.problem IS NULL AND l.store_id = r.store_id AND l.product_id = r.product_id
"""
SAME = "m.kind = 'opening' AND m.quantity = r.quantity AND {cost}"
NUMBERED = """
CREATE UNLOGGED TABLE {openings} AS
SELECT row_no, store_id, product_id, row_number() OVER (ORDER BY store_id, product_id) AS nth
FROM {verdicts} WHERE state = 'new'
"""

# Levels are made and locked first, always in this order: who moves one now goes first or waits.
LEVELS = """
INSERT INTO inventory_stocklevel (store_id, product_id)
SELECT store_id, product_id FROM {openings} WHERE nth BETWEEN %s AND %s
ORDER BY nth ON CONFLICT (store_id, product_id) DO NOTHING
"""
LOCK = """
SELECT FROM inventory_stocklevel l JOIN {openings} o USING (store_id, product_id)
WHERE o.nth BETWEEN %s AND %s ORDER BY l.store_id, l.product_id FOR NO KEY UPDATE OF l
"""
OPEN = """
INSERT INTO inventory_stockmovement
    (posting, kind, store_id, product_id, quantity, unit_cost, document_kind, document_ref,
     occurred_at)
SELECT v.posting, 'opening', v.store_id, v.product_id, v.quantity, v.cost, {kind},
       coalesce(v.document, ''), coalesce(v.happened, now())
FROM {openings} o JOIN {verdicts} v USING (row_no)
JOIN inventory_stocklevel l ON l.store_id = o.store_id AND l.product_id = o.product_id
WHERE o.nth BETWEEN %s AND %s AND l.position = 0 ORDER BY o.nth
"""
OVERTAKEN = """
UPDATE {verdicts} v SET state = 'refused', reason = 'already-opened'
FROM {openings} o
WHERE o.row_no = v.row_no AND o.nth BETWEEN %s AND %s
  AND NOT EXISTS (SELECT FROM inventory_stockmovement m WHERE m.posting = v.posting)
"""


class Stock(ImportKind):
    """Opening stock. The same file twice changes nothing; a level that has moved is refused."""

    name = "stock"
    label = _("Opening stock")
    about = _(
        "What stores have of their products as you begin: once for each product of a store, before"
        " sales that move stock. Later a stocktake or an adjustment puts the stock right."
    )
    fields: ClassVar[Sequence[Field]] = (
        Field("store", required=True, max_length=64, help=_("Code of the store.")),
        Field("sku", required=True, max_length=64, help=_("SKU or barcode; the SKU wins.")),
        Field("quantity", "number", required=True, help=_("In the product's unit.")),
        Field("unit_cost", "number", help=_("Excluding tax; empty: unknown.")),
        Field("at", "moment", help=_("A date alone is the start of that day; empty: now.")),
        Field("document", max_length=64, help=_("Number of the document it was counted by.")),
    )

    def classify(self, stage: Stage) -> None:
        fields = typed.readable(self.fields, stage=stage)
        gives, zone = stage.mapping.gives, stage.mapping.format.timezone
        execute(
            sql.SQL(ROWS).format(
                rows=stage.table("rows"),
                typed=typed.select(fields, stage=stage),
                cost=sql.SQL("r.unit_cost" if gives("unit_cost") else "NULL::numeric"),
                at=sql.SQL("r.at" if gives("at") else "NULL::timestamp"),
                dated=sql.SQL("strpos(r.at_t, ':') = 0" if gives("at") else "false"),
                document=sql.SQL("r.document" if gives("document") else "NULL::text"),
                zone=sql.SQL("st.timezone") if zone == "store" else sql.Literal(zone),
            )
        )
        same = "m.unit_cost IS NOT DISTINCT FROM r.cost" if gives("unit_cost") else "true"
        execute(
            sql.SQL(VERDICTS).format(
                verdicts=stage.table("verdicts"),
                rows=stage.table("rows"),
                same=sql.SQL(SAME).format(cost=sql.SQL(same)),
            )
        )
        execute(sql.SQL("CREATE UNIQUE INDEX ON {} (row_no)").format(stage.table("verdicts")))
        execute(sql.SQL("ANALYZE {}").format(stage.table("verdicts")))

    def verdicts(self, stage: Stage) -> sql.Composable:
        return sql.SQL(
            "SELECT row_no, state, reason, detail, ''::text AS group_key, NULL::numeric AS amount"
            " FROM {}"
        ).format(stage.table("verdicts"))

    def apply(self, stage: Stage, *, progress: Progress) -> None:
        """Book the openings, CHUNK levels a transaction; who was overtaken waits in quarantine."""
        tables = {name: stage.table(name) for name in ("openings", "verdicts")}
        total = execute(sql.SQL(NUMBERED).format(**tables))
        execute(sql.SQL("CREATE INDEX ON {openings} (nth)").format(**tables))
        execute(sql.SQL("ANALYZE {openings}").format(**tables))
        for first in range(1, total + 1, CHUNK):
            span = [first, first + CHUNK - 1]
            with transaction.atomic():
                for statement in (LEVELS, LOCK, OPEN, OVERTAKEN):
                    execute(
                        sql.SQL(statement).format(**tables, kind=sql.Literal(DOCUMENT_KIND)), span
                    )
            progress("apply", min(span[1], total), total)
