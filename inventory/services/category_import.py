"""Import of the category tree: parents by code, in any order of rows."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _
from psycopg import sql

from epm.imports.fields import Field
from epm.imports.master import MasterKind
from epm.imports.staging import Stage, execute


class Categories(MasterKind):
    name = "categories"
    label = _("Categories")
    target = "inventory_category"
    key = ("code",)
    fields = (
        Field("code", required=True, max_length=300),
        Field("name", max_length=200),
        Field(
            "parent", max_length=300, help=_("Code of the category above, in this file or known.")
        ),
    )
    insert_defaults: ClassVar = {"code": "r.code", "name": "r.code"}

    def same_key(self) -> sql.Composable:
        return sql.SQL("lower(t.code) = lower(r.code)")

    def columns_from(self, stage: Stage) -> dict[str, sql.Composable]:
        made: dict[str, sql.Composable] = {}
        if stage.mapping.gives("name"):
            made["name"] = sql.SQL("coalesce(r.name, r.code)")
        if stage.mapping.gives("parent"):
            made["parent_id"] = sql.SQL(
                "(SELECT id FROM inventory_category g WHERE lower(g.code) = lower(r.parent))"
            )
        return made

    def faults(self, stage: Stage) -> list[sql.Composable]:
        if not stage.mapping.gives("parent"):
            return []
        return [sql.SQL("WHEN lower(parent) = lower(code) THEN 'its-own-parent|parent|' || parent")]

    def classify(self, stage: Stage) -> None:
        super().classify(stage)
        if stage.mapping.gives("parent"):
            self._refuse_orphans(stage)
            self._refuse_circles(stage)

    def ensure(self, stage: Stage) -> None:
        """Parents first get a row, so that children can point at them whatever their order."""
        if not stage.mapping.gives("parent"):
            return
        execute(
            sql.SQL(
                "INSERT INTO inventory_category (code, name)"
                " SELECT r.code, r.code FROM {} r JOIN {} v USING (row_no) WHERE v.state = 'new'"
                " ON CONFLICT (lower(code)) DO NOTHING"
            ).format(stage.table("rows"), stage.table("verdicts"))
        )
        execute(
            sql.SQL("UPDATE {} SET state = 'changed' WHERE state = 'new'").format(
                stage.table("verdicts")
            )
        )

    def _refuse_orphans(self, stage: Stage) -> None:
        execute(
            sql.SQL(
                "UPDATE {verdicts} v SET state = 'refused', reason = 'unknown-category',"
                " detail = 'parent = ' || r.parent FROM {rows} r"
                " WHERE r.row_no = v.row_no AND r.parent IS NOT NULL AND v.state <> 'refused'"
                " AND NOT EXISTS (SELECT FROM inventory_category g WHERE lower(g.code) ="
                " lower(r.parent))"
                " AND NOT EXISTS (SELECT FROM {rows} o WHERE lower(o.code) = lower(r.parent)"
                "  AND o.problem IS NULL)"
            ).format(verdicts=stage.table("verdicts"), rows=stage.table("rows"))
        )

    def _refuse_circles(self, stage: Stage) -> None:
        """Rows whose way up, as it would be after this import, never ends."""
        execute(
            sql.SQL(
                "UPDATE {verdicts} v SET state = 'refused', reason = 'circle-of-parents',"
                " detail = 'parent = ' || r.parent FROM {rows} r"
                " WHERE r.row_no = v.row_no AND v.state <> 'refused' AND lower(r.code) IN ("
                "  WITH RECURSIVE known AS ("
                "   SELECT DISTINCT ON (lower(r.code)) lower(r.code) AS code, lower(r.parent) AS"
                " parent"
                "   FROM {rows} r JOIN {verdicts} w USING (row_no) WHERE w.state <> 'refused'"
                "   ORDER BY lower(r.code), row_no),"
                "  edges AS (SELECT code, parent FROM known UNION ALL"
                "   SELECT lower(g.code), lower(p.code) FROM inventory_category g"
                "   LEFT JOIN inventory_category p ON p.id = g.parent_id"
                "   WHERE lower(g.code) NOT IN (SELECT code FROM known)),"
                "  way AS (SELECT code AS start, parent AS at FROM edges WHERE parent IS NOT"
                " NULL UNION"
                "   SELECT way.start, edges.parent FROM way JOIN edges ON edges.code = way.at"
                "   WHERE edges.parent IS NOT NULL)"
                "  SELECT start FROM way WHERE start = at)"
            ).format(verdicts=stage.table("verdicts"), rows=stage.table("rows"))
        )
