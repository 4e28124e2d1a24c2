"""Import of monthly targets by store."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _
from psycopg import sql

from epm.imports.fields import Field
from epm.imports.master import MasterKind
from epm.imports.staging import Stage

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
    )
    insert_defaults: ClassVar = {
        "store_id": "(SELECT id FROM organization_store g WHERE lower(g.code) = lower(r.store))",
        "month": "r.month",
    }

    def same_key(self) -> sql.Composable:
        return sql.SQL(
            "t.month = r.month AND t.store_id ="
            " (SELECT id FROM organization_store g WHERE lower(g.code) = lower(r.store))"
        )

    def columns_from(self, stage: Stage) -> dict[str, sql.Composable]:
        made: dict[str, sql.Composable] = {"amount": sql.SQL("r.amount")}
        if stage.mapping.gives("weights"):
            made["day_weights"] = sql.SQL(DAY_WEIGHTS)
        return made

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
        return [
            *(weights if stage.mapping.gives("weights") else []),
            sql.SQL(f"WHEN {store.format('id')} IS NULL THEN 'unknown-store|store|' || store"),
            sql.SQL("WHEN amount < 0 OR amount >= 1e12 THEN 'out-of-range|amount|' || amount"),
            sql.SQL(
                f"WHEN amount <> round(amount, {store.format('epm_currency_exponent(currency)')})"
                " THEN 'too-many-decimals|amount|' || amount"
            ),
        ]
