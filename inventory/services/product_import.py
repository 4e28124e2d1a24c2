"""Import of products, with the categories and barcodes they name."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _
from psycopg import sql

from epm.imports import expressions
from epm.imports.fields import Field, Option
from epm.imports.master import MasterKind, given_columns, or_empty
from epm.imports.staging import Stage, execute
from inventory.models import UnitOfMeasure

SEPARATOR = "/"

# One code names one product: a barcode another product has cannot be given to this one. A GTIN is
# the same code with other zeros before it.
BARCODE_FAULTS = """
WHEN EXISTS (
    SELECT FROM inventory_barcodes_given(r.barcodes) given
    JOIN inventory_barcode b ON b.code = given.code
    JOIN inventory_product owner ON owner.id = b.product_id
    WHERE lower(owner.sku) <> lower(r.sku))
OR EXISTS (
    SELECT FROM inventory_barcodes_given(r.barcodes) given
    JOIN inventory_barcode b
        ON b.kind = 'gtin' AND lpad(b.code, 14, '0') = lpad(given.code, 14, '0')
    JOIN inventory_product owner ON owner.id = b.product_id
    WHERE inventory_gtin_is_right(given.code) AND lower(owner.sku) <> lower(r.sku))
THEN 'barcode-taken|barcodes|' || r.barcodes
WHEN EXISTS (SELECT FROM inventory_barcodes_given(r.barcodes) WHERE length(code) > 64)
THEN 'too-long|barcodes|' || r.barcodes
WHEN EXISTS (SELECT FROM inventory_barcodes_given(r.barcodes) WHERE pack_size = 0)
THEN 'out-of-range|barcodes|' || r.barcodes
"""
# What looks like an EAN or UPC and is new here must be one.
WRONG_CHECK_DIGIT = r"""
WHEN EXISTS (
    SELECT FROM inventory_barcodes_given(r.barcodes) given
    WHERE given.code ~ '^([0-9]{8}|[0-9]{12,14})$' AND NOT inventory_gtin_is_right(given.code)
        AND NOT EXISTS (SELECT FROM inventory_barcode b WHERE b.code = given.code))
THEN 'wrong-check-digit|barcodes|' || r.barcodes
"""


class Products(MasterKind):
    name = "products"
    label = _("Products")
    target = "inventory_product"
    key = ("sku",)
    has_attributes = True
    fields = (
        Field("sku", required=True, max_length=64),
        Field("name", max_length=300),
        Field("category", "path", help=_("Names from the top; made when they are new.")),
        Field("category_code", max_length=300, help=_("Code of a category that exists.")),
        Field("brand", max_length=120),
        Field("barcodes", "list", help=_("Several are separated by |; CODE*12 is a pack of 12.")),
        Field("purchase_price", "number", help=_("Excluding tax; empty: unknown.")),
        Field("sale_price", "number", help=_("Including tax.")),
        Field("tax_class", max_length=32),
        Field("unit", choices=UnitOfMeasure.values),
        Field("active", choices=("true", "false")),
    )
    options = (
        Option("decimals", ("exact", "nearest"), _("Prices finer than 6 decimals.")),
        Option(
            "check_digits",
            ("quarantine", "internal"),
            _("New barcodes that look like an EAN or UPC and are none."),
        ),
    )
    insert_defaults: ClassVar = {
        "sku": "r.sku", "name": "r.sku", "brand": "''", "attributes": "'{}'",
        "tax_class_code": "'standard'",
        "unit": "'piece'", "is_active": "true", "is_placeholder": "false",
    }  # fmt: skip

    def same_key(self) -> sql.Composable:
        return sql.SQL("lower(t.sku) = lower(r.sku)")

    def columns_from(self, stage: Stage) -> dict[str, sql.Composable]:
        gives = stage.mapping.gives
        made = given_columns(
            stage, {"purchase_price": "purchase_price", "sale_price": "sale_price"}
        )
        made = {c: sql.SQL("round({}, 6)").format(e) for c, e in made.items()}
        if gives("name"):
            made["name"] = sql.SQL("coalesce(r.name, r.sku)")
        if gives("brand"):
            made["brand"] = or_empty(sql.Identifier("r", "brand"))
        if gives("tax_class"):
            made["tax_class_code"] = sql.SQL("coalesce(r.tax_class, 'standard')")
        if gives("unit"):
            made["unit"] = sql.SQL("coalesce(r.unit, 'piece')")
        if gives("active"):
            made["is_active"] = sql.SQL("coalesce(r.active, 'true')::boolean")
        if gives("category") or gives("category_code"):
            made["category_id"] = sql.SQL(
                "(SELECT id FROM inventory_category g WHERE lower(g.code) = lower(r.category_key))"
            )
        if stage.mapping.attributes:
            made["attributes"] = sql.SQL("r.attributes")
        made["is_placeholder"] = sql.SQL("false")
        return made

    def raw_columns(self, stage: Stage) -> list[sql.Composable]:
        mapping, header = stage.mapping, stage.header
        extra: list[sql.Composable] = []
        if "category" in mapping.columns:
            levels = [
                expressions.column_text(column, header=header, fmt=mapping.format)
                for column in mapping.columns["category"].columns
            ]
            extra.append(sql.SQL("{} AS category_path").format(_path(levels)))
            extra.append(
                sql.SQL("array_to_string({}, {}) AS category_key").format(
                    _path(levels), sql.Literal(SEPARATOR)
                )
            )
        elif "category" in mapping.constants:
            names = mapping.constants["category"].split(SEPARATOR)
            extra.append(sql.SQL("{}::text[] AS category_path").format(sql.Literal(names)))
            extra.append(
                sql.SQL("{}::text AS category_key").format(sql.Literal(SEPARATOR.join(names)))
            )
        elif mapping.gives("category_code"):
            code = expressions.text_of("category_code", mapping=mapping, header=header)
            extra.append(sql.SQL("{} AS category_key").format(code))
        if mapping.attributes:
            extra.append(expressions.attributes(mapping=mapping, header=header))
        return extra

    def faults(self, stage: Stage) -> list[sql.Composable]:
        tests: list[sql.Composable] = []
        for price in ("purchase_price", "sale_price"):
            if stage.mapping.gives(price):
                tests.append(
                    sql.SQL("WHEN {c} < 0 OR {c} >= 1e11 THEN {r} || {c}").format(
                        c=sql.Identifier(price), r=sql.Literal(f"out-of-range|{price}|")
                    )
                )
                if self.option(stage, "decimals") == "exact":
                    tests.append(
                        sql.SQL("WHEN {c} <> round({c}, 6) THEN {r} || {c}").format(
                            c=sql.Identifier(price), r=sql.Literal(f"too-many-decimals|{price}|")
                        )
                    )
        if stage.mapping.gives("category_code"):
            tests.append(
                sql.SQL(
                    "WHEN category_key IS NOT NULL AND NOT EXISTS (SELECT FROM inventory_category g"
                    " WHERE lower(g.code) = lower(category_key))"
                    " THEN 'unknown-category|category_code|' || category_key"
                )
            )
        if stage.mapping.gives("barcodes"):
            tests.append(sql.SQL(BARCODE_FAULTS))
            if self.option(stage, "check_digits") == "quarantine":
                tests.append(sql.SQL(WRONG_CHECK_DIGIT))
        if "category" in stage.mapping.columns:
            tests.append(
                sql.SQL(
                    "WHEN length(category_key) > 300 THEN 'too-long|category|' ||"
                    " left(category_key, 200)"
                )
            )
        return tests

    def classify(self, stage: Stage) -> None:
        super().classify(stage)
        if stage.mapping.gives("barcodes"):
            self._refuse_shared_barcodes(stage)

    def _refuse_shared_barcodes(self, stage: Stage) -> None:
        """Two products of the file with one barcode: the first has it."""
        execute(
            sql.SQL(
                "UPDATE {verdicts} v SET state = 'refused', reason = 'barcode-taken',"
                " detail = 'barcodes = ' || shared.code FROM ("
                "  SELECT row_no, code, lower(sku) AS sku, first_value(lower(sku)) OVER ("
                "   PARTITION BY CASE WHEN inventory_gtin_is_right(code) THEN lpad(code, 14, '0')"
                "    ELSE code END ORDER BY row_no) AS owner"
                "  FROM {rows} CROSS JOIN LATERAL (SELECT DISTINCT code"
                "   FROM inventory_barcodes_given(barcodes)) codes WHERE problem IS NULL) shared"
                " WHERE v.row_no = shared.row_no AND v.state <> 'refused' AND shared.sku <>"
                " shared.owner"
            ).format(verdicts=stage.table("verdicts"), rows=stage.table("rows"))
        )

    def ensure(self, stage: Stage) -> None:
        """Make the categories of all paths, level by level."""
        for depth in range(1, self._depth(stage) + 1):
            execute(
                sql.SQL(
                    "INSERT INTO inventory_category (code, name, parent_id)"
                    " SELECT min(level.code), min(level.name), min(parent.id) FROM ("
                    "  SELECT array_to_string(category_path[1:{depth}], {separator}) AS code,"
                    "   category_path[{depth}] AS name,"
                    "   array_to_string(category_path[1:{above}], {separator}) AS parent_code"
                    "  FROM {rows} WHERE problem IS NULL AND cardinality(category_path) >="
                    " {depth}) level"
                    " LEFT JOIN inventory_category parent ON lower(parent.code) ="
                    " lower(level.parent_code)"
                    " GROUP BY lower(level.code) ORDER BY min(level.code)"
                    " ON CONFLICT (lower(code)) DO NOTHING"
                ).format(
                    depth=sql.Literal(depth), above=sql.Literal(depth - 1),
                    separator=sql.Literal(SEPARATOR), rows=stage.table("rows"),
                )
            )  # fmt: skip

    def _depth(self, stage: Stage) -> int:
        """How many levels a category path of this file has at most."""
        if "category" in stage.mapping.columns:
            return len(stage.mapping.columns["category"].columns)
        constant = stage.mapping.constants.get("category")
        return len(constant.split(SEPARATOR)) if constant else 0

    def after_chunk(self, stage: Stage, *, first: int, last: int) -> None:
        if not stage.mapping.gives("barcodes"):
            return
        given = sql.SQL(
            "SELECT p.id AS product_id, g.code, max(g.pack_size) AS pack_size"
            " FROM {rows} r JOIN {verdicts} v USING (row_no)"
            " JOIN inventory_product p ON lower(p.sku) = lower(r.sku)"
            " CROSS JOIN LATERAL inventory_barcodes_given(r.barcodes) g"
            " WHERE v.state <> 'refused' AND r.row_no BETWEEN %s AND %s GROUP BY p.id, g.code"
        ).format(rows=stage.table("rows"), verdicts=stage.table("verdicts"))
        execute(
            sql.SQL(
                "INSERT INTO inventory_barcode (product_id, code, kind, pack_size)"
                " SELECT product_id, code, CASE WHEN inventory_gtin_is_right(code) THEN 'gtin'"
                "  ELSE 'internal' END, coalesce(pack_size, 1)"
                " FROM ({given}) given ON CONFLICT DO NOTHING"
            ).format(given=given),
            [first, last],
        )
        execute(
            sql.SQL(
                "UPDATE inventory_barcode b SET pack_size = given.pack_size FROM ({given}) given"
                " WHERE b.code = given.code AND b.product_id = given.product_id"
                " AND b.pack_size <> given.pack_size"
            ).format(given=given),
            [first, last],
        )


def _path(levels: list[sql.Composable]) -> sql.Composable:
    """The names from the top as an array; it ends at the first empty one."""
    path: sql.Composable = sql.SQL("NULL::text[]")
    branches = [
        sql.SQL("WHEN {} IS NULL THEN {}").format(
            level,
            sql.SQL("ARRAY[{}]").format(sql.SQL(", ").join(levels[:depth])) if depth else path,
        )
        for depth, level in enumerate(levels)
    ]
    return sql.SQL("CASE {} ELSE ARRAY[{}] END").format(
        sql.SQL(" ").join(branches), sql.SQL(", ").join(levels)
    )
