"""Import of customers."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _
from psycopg import sql

from epm.imports import expressions
from epm.imports.fields import Field
from epm.imports.master import MasterKind, or_empty
from epm.imports.staging import Stage


class Customers(MasterKind):
    name = "customers"
    label = _("Customers")
    target = "sales_customer"
    key = ("code",)
    has_attributes = True
    fields = (
        Field("code", required=True, max_length=64),
        Field("name", max_length=200),
        Field("email", max_length=254),
    )
    insert_defaults: ClassVar = {
        "code": "r.code", "name": "''", "email": "''", "attributes": "'{}'",
        "is_placeholder": "false",
    }  # fmt: skip

    def same_key(self) -> sql.Composable:
        return sql.SQL("lower(t.code) = lower(r.code)")

    def columns_from(self, stage: Stage) -> dict[str, sql.Composable]:
        made = {
            name: or_empty(sql.Identifier("r", name))
            for name in ("name", "email")
            if stage.mapping.gives(name)
        }
        if stage.mapping.attributes:
            made["attributes"] = sql.SQL("r.attributes")
        made["is_placeholder"] = sql.SQL("false")
        return made

    def faults(self, stage: Stage) -> list[sql.Composable]:
        if not stage.mapping.gives("email"):
            return []
        return [
            sql.SQL(
                "WHEN email !~ '^[^@[:space:]]+@[^@[:space:]]+$' THEN 'not-an-e-mail|email|' ||"
                " email"
            )
        ]

    def raw_columns(self, stage: Stage) -> list[sql.Composable]:
        if not stage.mapping.attributes:
            return []
        return [expressions.attributes(mapping=stage.mapping, header=stage.header)]
