"""Import of suppliers, and of what they sell us at which price."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _
from psycopg import sql

from epm.imports.fields import Field
from epm.imports.master import MasterKind, given_columns, or_empty
from epm.imports.staging import Stage

SUPPLIER = "(SELECT id FROM inventory_supplier g WHERE lower(g.code) = lower(r.supplier))"
PRODUCT = "(SELECT id FROM inventory_product g WHERE lower(g.sku) = lower(r.sku))"
# As it was first given.
CODE = (
    "coalesce((SELECT g.code FROM inventory_supplier g WHERE lower(g.code) = lower(r.code)),"
    " r.code)"
)
LONGEST_LEAD_TIME = 3650


def _lead_time(stage: Stage) -> list[sql.Composable]:
    if not stage.mapping.gives("lead_time_days"):
        return []
    test = "WHEN lead_time_days NOT BETWEEN 0 AND {} THEN 'out-of-range|lead_time_days|'"
    return [sql.SQL(test + " || lead_time_days").format(sql.Literal(LONGEST_LEAD_TIME))]


class Suppliers(MasterKind):
    name = "suppliers"
    label = _("Suppliers")
    target = "inventory_supplier"
    key = ("code",)
    fields = (
        Field("code", required=True, max_length=64),
        Field("name", max_length=200),
        Field("currency", help=_("ISO 4217, e.g. EUR.")),
        Field("lead_time_days", "integer", help=_("From the order to the delivery.")),
        Field("email", max_length=254),
    )
    insert_defaults: ClassVar = {
        "name": "r.code", "currency": "'EUR'", "email": "''", "note": "''",
        "is_active": "true",
    }  # fmt: skip

    def same_key(self) -> sql.Composable:
        return sql.SQL("lower(t.code) = lower(r.code)")

    def columns_from(self, stage: Stage) -> dict[str, sql.Composable]:
        gives = stage.mapping.gives
        made = given_columns(stage, {"lead_time_days": "lead_time_days"})
        made["code"] = sql.SQL(CODE)
        if gives("name"):
            made["name"] = sql.SQL("coalesce(r.name, r.code)")
        if gives("currency"):
            made["currency"] = sql.SQL("coalesce(r.currency, 'EUR')")
        if gives("email"):
            made["email"] = or_empty(sql.Identifier("r", "email"))
        return made

    def faults(self, stage: Stage) -> list[sql.Composable]:
        tests = _lead_time(stage)
        if stage.mapping.gives("currency"):
            tests.append(
                sql.SQL(
                    "WHEN currency !~ '^[A-Z]{{3}}$' THEN 'unknown-value|currency|' || currency"
                ).format()
            )
        if stage.mapping.gives("email"):
            tests.append(
                sql.SQL(
                    "WHEN email !~ '^[^@[:space:]]+@[^@[:space:]]+$' THEN 'not-an-e-mail|email|' ||"
                    " email"
                )
            )
        return tests


class SupplierProducts(MasterKind):
    name = "supplier_products"
    label = _("Suppliers' products")
    target = "inventory_supplierproduct"
    key = ("supplier", "sku")
    fields = (
        Field("supplier", required=True, max_length=64, help=_("Code of the supplier.")),
        Field("sku", required=True, max_length=64, help=_("Our SKU.")),
        Field("supplier_sku", max_length=64, help=_("The supplier's.")),
        Field("pack_size", "number", help=_("Only multiples of it can be ordered.")),
        Field("minimum_quantity", "number", help=_("The least that can be ordered at once.")),
        Field("unit_price", "number", help=_("Excl. tax, in the supplier's currency.")),
        Field("lead_time_days", "integer", help=_("Empty: the supplier's own.")),
    )
    insert_defaults: ClassVar = {
        "product_id": PRODUCT, "supplier_sku": "''", "pack_size": "1",
        "minimum_quantity": "0", "is_preferred": "false",
    }  # fmt: skip

    def same_key(self) -> sql.Composable:
        return sql.SQL(f"t.supplier_id = {SUPPLIER} AND t.product_id = {PRODUCT}")

    def columns_from(self, stage: Stage) -> dict[str, sql.Composable]:
        gives = stage.mapping.gives
        made = given_columns(stage, {"unit_price": "price", "lead_time_days": "lead_time_days"})
        made["supplier_id"] = sql.SQL(SUPPLIER)
        if gives("supplier_sku"):
            made["supplier_sku"] = or_empty(sql.Identifier("r", "supplier_sku"))
        if gives("pack_size"):
            made["pack_size"] = sql.SQL("coalesce(r.pack_size, 1)")
        if gives("minimum_quantity"):
            made["minimum_quantity"] = sql.SQL("coalesce(r.minimum_quantity, 0)")
        return made

    def faults(self, stage: Stage) -> list[sql.Composable]:
        tests: list[sql.Composable] = [
            sql.SQL(f"WHEN {SUPPLIER} IS NULL THEN 'unknown-supplier|supplier|' || supplier"),
            sql.SQL(f"WHEN {PRODUCT} IS NULL THEN 'unknown-product|sku|' || sku"),
        ]
        for name, refused, places in (
            ("pack_size", "{c} <= 0 OR {c} >= 1e9", 3),
            ("minimum_quantity", "{c} < 0 OR {c} >= 1e9", 3),
            ("unit_price", "{c} < 0 OR {c} >= 1e11", 6),
        ):
            if stage.mapping.gives(name):
                tests.append(
                    sql.SQL(
                        f"WHEN {refused} THEN {{range}} || {{c}}"
                        " WHEN {c} <> round({c}, {places}) THEN {finer} || {c}"
                    ).format(
                        c=sql.Identifier(name),
                        places=sql.Literal(places),
                        range=sql.Literal(f"out-of-range|{name}|"),
                        finer=sql.Literal(f"too-many-decimals|{name}|"),
                    )
                )
        return [*tests, *_lead_time(stage)]
