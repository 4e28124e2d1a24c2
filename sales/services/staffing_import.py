"""Imports of what is counted beside the tills: visitors, and hours worked."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _
from psycopg import sql

from epm.imports.fields import Field
from epm.imports.master import MasterKind
from epm.imports.staging import Stage

STORE = "(SELECT id FROM organization_store g WHERE lower(g.code) = lower({}.store))"
# Neither the file nor what is there already may tell a day in both ways.
BOTH_WAYS = """
    WHEN bool_or(hour IS NULL) FILTER (WHERE fault IS NULL) OVER ({day})
         AND bool_or(hour IS NOT NULL) FILTER (WHERE fault IS NULL) OVER ({day})
         OR EXISTS (SELECT FROM {target} t
                    WHERE t.store_id = {store} AND t.business_date = r.date
                      AND (t.hour IS NULL) <> (r.hour IS NULL))
    THEN 'whole-and-by-hour|hour|' || coalesce(hour::text, '')
"""
_STORE_AND_HOUR = (
    Field("store", required=True, max_length=64),
    Field("date", "date", required=True, help=_("The business day.")),
    Field("hour", "integer", help=_("0 to 23, local time; empty: of the whole day.")),
)


class _OfStoreDay(MasterKind):
    """A row for each store and day, or for each of its hours; `counted` is what it tells."""

    about = _("What is new is added; what is there of the same store, day and hour is changed.")
    key = ("store", "date", "hour")
    counted: ClassVar[str]
    insert_defaults: ClassVar = {
        "store_id": STORE.format("r"), "business_date": "r.date", "hour": "r.hour",
    }  # fmt: skip

    def raw_columns(self, stage: Stage) -> list[sql.Composable]:
        """Without the column, each row is of a whole day."""
        return [] if stage.mapping.gives("hour") else [sql.SQL("NULL::integer AS hour")]

    def same_key(self) -> sql.Composable:
        return sql.SQL(
            f"t.store_id = {STORE.format('r')} AND t.business_date = r.date"
            " AND t.hour IS NOT DISTINCT FROM r.hour"
        )

    def columns_from(self, stage: Stage) -> dict[str, sql.Composable]:
        return {self.counted: sql.Identifier("r", self.counted)}

    def faults(self, stage: Stage) -> list[sql.Composable]:
        store = STORE.format("r")
        return [
            sql.SQL(f"WHEN {store} IS NULL THEN 'unknown-store|store|' || store"),
            sql.SQL("WHEN hour NOT BETWEEN 0 AND 23 THEN 'out-of-range|hour|' || hour"),
            sql.SQL(
                BOTH_WAYS.format(
                    day="PARTITION BY lower(store), date", target=self.target, store=store
                )
            ),
        ]


class Footfall(_OfStoreDay):
    name = "footfall"
    label = _("Visitors")
    target = "sales_storefootfall"
    counted = "visitors"
    fields = (
        *_STORE_AND_HOUR,
        Field("visitors", "integer", required=True, help=_("Staff left out.")),
    )

    def faults(self, stage: Stage) -> list[sql.Composable]:
        return [
            *super().faults(stage),
            sql.SQL(
                "WHEN visitors NOT BETWEEN 0 AND 1000000 THEN 'out-of-range|visitors|' || visitors"
            ),
        ]


class Labour(_OfStoreDay):
    name = "labour"
    label = _("Hours worked")
    target = "sales_storelabour"
    counted = "hours"
    fields = (
        *_STORE_AND_HOUR,
        Field("hours", "number", required=True, help=_("Of everybody together: 7.5.")),
    )

    def faults(self, stage: Stage) -> list[sql.Composable]:
        return [
            *super().faults(stage),
            sql.SQL("WHEN hours < 0 OR hours > 99999 THEN 'out-of-range|hours|' || hours"),
            sql.SQL("WHEN hours <> round(hours, 2) THEN 'too-many-decimals|hours|' || hours"),
        ]
