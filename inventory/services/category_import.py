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
        Field("parent", max_length=300, help="Code of the category above, in this file or known."),
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
                " AND NOT EXISTS (SELECT FROM inventory_category g WHERE lower(g.code) = lower(r.parent))"
                " AND NOT EXISTS (SELECT FROM {rows} o WHERE lower(o.code) = lower(r.parent)"
                "  AND o.problem IS NULL)"
            ).format(verdicts=stage.table("verdicts"), rows=stage.table("rows"))
        )
