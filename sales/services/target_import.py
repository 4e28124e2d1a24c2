"""Import of monthly targets by store."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _
from psycopg import sql

from epm.imports.fields import Field
from epm.imports.master import MasterKind
from epm.imports.staging import Stage


class Targets(MasterKind):
    name = "targets"
    label = _("Store targets")
    target = "sales_storetarget"
    key = ("store", "month")
    fields = (
        Field("store", required=True, max_length=64),
        Field("month", "month", required=True, help=_("2017-10, or any day of it.")),
        Field("amount", "number", required=True, help=_("Excluding tax, in the store's currency.")),
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
        return {"amount": sql.SQL("r.amount")}

    def faults(self, stage: Stage) -> list[sql.Composable]:
        store = "(SELECT {} FROM organization_store g WHERE lower(g.code) = lower(store))"
        return [
            sql.SQL(f"WHEN {store.format('id')} IS NULL THEN 'unknown-store|store|' || store"),
            sql.SQL("WHEN amount < 0 OR amount >= 1e12 THEN 'out-of-range|amount|' || amount"),
            sql.SQL(
                f"WHEN amount <> round(amount, {store.format('epm_currency_exponent(currency)')})"
                " THEN 'too-many-decimals|amount|' || amount"
            ),
        ]
