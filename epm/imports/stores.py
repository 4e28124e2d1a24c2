"""Import of stores, and of the regions they name."""

import zoneinfo
from typing import ClassVar

from django.utils.translation import gettext_lazy as _
from psycopg import sql

from epm.imports.fields import Field
from epm.imports.master import MasterKind, given_columns, or_empty
from epm.imports.staging import Stage, execute
from epm.organization.models import StoreKind

TEXTS = {
    "kind": "kind", "timezone": "timezone", "currency": "currency", "vat_regime": "vat_regime",
    "address": "address", "postal_code": "postal_code", "city": "city", "country": "country",
}  # fmt: skip
VALUES = {
    "opened_on": "opened_on", "closed_on": "closed_on", "floor_area_m2": "floor_area_m2",
    "latitude": "latitude", "longitude": "longitude",
}  # fmt: skip


class Stores(MasterKind):
    name = "stores"
    label = _("Stores")
    target = "organization_store"
    key = ("code",)
    fields = (
        Field("code", required=True, max_length=64),
        Field("name", max_length=200),
        Field("kind", choices=StoreKind.values),
        Field("region", max_length=64, help=_("Code of its region; made when it is new.")),
        Field("region_name", max_length=200),
        Field("timezone", help=_("IANA name, e.g. Europe/Paris.")),
        Field("day_cutoff_hour", "integer", help=_("0 to 23, local time.")),
        Field("currency", help=_("ISO 4217, e.g. EUR.")),
        Field("vat_regime", max_length=32, help=_("Names its tax rates; none: sells without VAT.")),
        Field("opened_on", "date"),
        Field("closed_on", "date"),
        Field("floor_area_m2", "number"),
        Field("address", max_length=300),
        Field("postal_code", max_length=20),
        Field("city", max_length=120),
        Field("country", max_length=2),
        Field("latitude", "number"),
        Field("longitude", "number"),
    )
    insert_defaults: ClassVar = {
        "name": "r.code", "kind": "'shop'", "timezone": "'UTC'", "day_cutoff_hour": "0",
        "currency": "'EUR'", "vat_regime": "'none'", "address": "''", "postal_code": "''",
        "city": "''", "country": "''", "is_placeholder": "false", "code": "r.code",
    }  # fmt: skip

    def same_key(self) -> sql.Composable:
        return sql.SQL("lower(t.code) = lower(r.code)")

    def columns_from(self, stage: Stage) -> dict[str, sql.Composable]:
        gives = stage.mapping.gives
        made = {c: or_empty(e) for c, e in given_columns(stage, TEXTS).items()}
        made |= given_columns(stage, VALUES)
        if gives("name"):
            made["name"] = sql.SQL("coalesce(r.name, r.code)")
        if gives("day_cutoff_hour"):
            made["day_cutoff_hour"] = sql.SQL("coalesce(r.day_cutoff_hour, 0)")
        if gives("region"):
            made["region_id"] = sql.SQL(
                "(SELECT id FROM organization_region g WHERE lower(g.code) = lower(r.region))"
            )
        made["is_placeholder"] = sql.SQL("false")
        return made

    def faults(self, stage: Stage) -> list[sql.Composable]:
        gives = stage.mapping.gives
        tests: list[sql.Composable] = []
        if gives("timezone"):
            zones = sql.Literal(sorted(zoneinfo.available_timezones()))
            tests.append(
                sql.SQL(
                    "WHEN timezone <> ALL ({}) THEN 'unknown-value|timezone|' || timezone"
                ).format(zones)
            )
        if gives("currency"):
            tests.append(
                sql.SQL(
                    "WHEN currency !~ '^[A-Z]{{3}}$' THEN 'unknown-value|currency|' || currency"
                ).format()
            )
        if gives("day_cutoff_hour"):
            tests.append(
                sql.SQL(
                    "WHEN day_cutoff_hour NOT BETWEEN 0 AND 23"
                    " THEN 'out-of-range|day_cutoff_hour|' || day_cutoff_hour"
                )
            )
        if gives("opened_on") and gives("closed_on"):
            tests.append(
                sql.SQL(
                    "WHEN closed_on < opened_on THEN 'closes-before-opening|closed_on|' ||"
                    " closed_on"
                )
            )
        if gives("floor_area_m2"):
            tests.append(
                sql.SQL(
                    "WHEN floor_area_m2 NOT BETWEEN 0 AND 99999999"
                    " THEN 'out-of-range|floor_area_m2|' || floor_area_m2"
                )
            )
        if gives("latitude") or gives("longitude"):
            lat = "latitude" if gives("latitude") else "NULL::numeric"
            lon = "longitude" if gives("longitude") else "NULL::numeric"
            tests.append(
                sql.SQL(
                    f"WHEN ({lat} IS NULL) <> ({lon} IS NULL) OR abs({lat}) > 90 OR abs({lon}) >"
                    f" 180"
                    f" THEN 'out-of-range|latitude|' || concat_ws(',', {lat}, {lon})"
                )
            )
        return tests

    def ensure(self, stage: Stage) -> None:
        if not stage.mapping.gives("region"):
            return
        name = "max(region_name)" if stage.mapping.gives("region_name") else "NULL::text"
        execute(
            sql.SQL(
                "INSERT INTO organization_region (code, name)"
                " SELECT min(region), coalesce({name}, min(region)) FROM {rows}"
                " WHERE problem IS NULL AND region IS NOT NULL GROUP BY lower(region)"
                " ON CONFLICT (lower(code)) DO NOTHING"
            ).format(name=sql.SQL(name), rows=stage.table("rows"))
        )
