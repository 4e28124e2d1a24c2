"""Import of monthly targets by store."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _
from psycopg import sql

from epm.imports.fields import Field
from epm.imports.master import MasterKind
from epm.imports.staging import Stage, execute
from sales.models import Phasing

WEIGHT = r" *[0-9]{1,6}([.,][0-9]{1,6})? *"
# One for each day: its own, or that of its weekday. Only rows without a fault have any.
DAY_WEIGHTS = """
    CASE WHEN r.problem IS NULL AND r.weights IS NOT NULL THEN (
        SELECT array_agg(
            given.w[CASE WHEN cardinality(given.w) = 7 THEN extract(isodow FROM day)
                         ELSE extract(day FROM day) END::integer] ORDER BY day)
        FROM (SELECT string_to_array(translate(r.weights, ', ', '.'), '|')::numeric[] AS w) given,
             generate_series(r.month, r.month + interval '1 month' - interval '1 day',
                             interval '1 day') AS day
    ) END
"""


# What the file says, and where it is silent what its weights say.
PHASING = "coalesce({phasing}, CASE WHEN {weights} IS NULL THEN 'even' ELSE 'weights' END)"
# Worked out once for each row that asks for last year's weekdays.
LAST_YEAR = """
    CREATE UNLOGGED TABLE {found} AS
    SELECT r.row_no, last_year.*
    FROM {rows} r
    JOIN organization_store g ON lower(g.code) = lower(r.store)
    CROSS JOIN LATERAL sales_last_year_weights(g.id, r.month) last_year
    WHERE r.problem IS NULL AND r.phasing = 'last_year'
"""


class Targets(MasterKind):
    name = "targets"
    label = _("Store targets")
    target = "sales_storetarget"
    key = ("store", "month")
    fields = (
        Field("store", required=True, max_length=64),
        Field("month", "month", required=True, help=_("2017-10, or any day of it.")),
        Field("amount", "number", required=True, help=_("Excluding tax, in the store's currency.")),
        Field(
            "weights",
            help=_("Of Monday to Sunday, or of each day of the month: 1|1|1|1|1.5|2|0.5."),
        ),
        Field(
            "phasing",
            choices=Phasing.values,
            help=_("Evenly, by these weights, or by the weekdays of last year's sales."),
        ),
    )
    insert_defaults: ClassVar = {
        "store_id": "(SELECT id FROM organization_store g WHERE lower(g.code) = lower(r.store))",
        "month": "r.month", "phasing": "'even'", "profile": "''",
    }  # fmt: skip

    def same_key(self) -> sql.Composable:
        return sql.SQL(
            "t.month = r.month AND t.store_id ="
            " (SELECT id FROM organization_store g WHERE lower(g.code) = lower(r.store))"
        )

    def columns_from(self, stage: Stage) -> dict[str, sql.Composable]:
        made: dict[str, sql.Composable] = {"amount": sql.SQL("r.amount")}
        gives = stage.mapping.gives
        if not gives("weights") and not gives("phasing"):
            return made
        last_year = sql.SQL("(SELECT {} FROM {} f WHERE f.row_no = r.row_no)")
        weights: sql.Composable = sql.SQL(DAY_WEIGHTS if gives("weights") else "NULL::numeric[]")
        profile: sql.Composable = sql.SQL("''")
        if gives("phasing"):
            found = stage.table("last_year")
            of_last_year = last_year.format(sql.Identifier("weights"), found)
            weights = sql.SQL("coalesce({}, {})").format(weights, of_last_year)
            profile = sql.SQL("coalesce({}, '')").format(
                last_year.format(sql.Identifier("profile"), found)
            )
        given = {
            name: f"r.{name}" if gives(name) else "NULL::text" for name in ("phasing", "weights")
        }
        return made | {
            "day_weights": weights,
            "phasing": sql.SQL(PHASING.format(**given)),
            "profile": profile,
        }

    def _judge(self, stage: Stage) -> None:
        if stage.mapping.gives("phasing"):
            words = {"rows": stage.table("rows"), "found": stage.table("last_year")}
            execute(sql.SQL(LAST_YEAR).format(**words))
            execute(
                sql.SQL(
                    "UPDATE {rows} r SET problem = 'closed-all-month|month|' || r.month"
                    " FROM {found} f WHERE f.row_no = r.row_no AND f.weights IS NULL"
                ).format(**words)
            )
            execute(sql.SQL("CREATE UNIQUE INDEX ON {found} (row_no)").format(**words))
        super()._judge(stage)

    def faults(self, stage: Stage) -> list[sql.Composable]:
        store = "(SELECT {} FROM organization_store g WHERE lower(g.code) = lower(store))"
        weights = [
            sql.SQL(
                f"WHEN weights !~ '^{WEIGHT}([|]{WEIGHT})*$'"
                " THEN 'not-a-number|weights|' || left(weights, 200)"
            ),
            sql.SQL(
                "WHEN cardinality(string_to_array(weights, '|'))"
                " NOT IN (7, extract(day FROM month + interval '1 month' - interval '1 day'))"
                " OR weights !~ '[1-9]'"
                " THEN 'out-of-range|weights|' || left(weights, 200)"
            ),
        ]
        contradiction = []
        if stage.mapping.gives("phasing"):
            given = "weights IS NOT NULL" if stage.mapping.gives("weights") else "false"
            contradiction = [
                sql.SQL(
                    f"WHEN (phasing = 'weights') <> ({given})"
                    " THEN 'weights-against-phasing|phasing|' || phasing"
                )
            ]
        return [
            *(weights if stage.mapping.gives("weights") else []),
            *contradiction,
            sql.SQL(f"WHEN {store.format('id')} IS NULL THEN 'unknown-store|store|' || store"),
            sql.SQL("WHEN amount < 0 OR amount >= 1e12 THEN 'out-of-range|amount|' || amount"),
            sql.SQL(
                f"WHEN amount <> round(amount, {store.format('epm_currency_exponent(currency)')})"
                " THEN 'too-many-decimals|amount|' || amount"
            ),
        ]
