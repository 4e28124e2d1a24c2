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
        Field(
            "tax_exempt_number", max_length=64,
            help=_("Number of the certificate; empty: pays taxes."),
        ),
        Field(
            "tax_exempt_until", "date",
            help=_("The last day; empty, or a file without it: no end."),
        ),
    )  # fmt: skip
    insert_defaults: ClassVar = {
        "code": "r.code", "name": "''", "email": "''", "tax_exempt_number": "''",
        "attributes": "'{}'", "is_placeholder": "false",
    }  # fmt: skip

    def same_key(self) -> sql.Composable:
        return sql.SQL("lower(t.code) = lower(r.code)")

    def columns_from(self, stage: Stage) -> dict[str, sql.Composable]:
        made = {
            name: or_empty(sql.Identifier("r", name))
            for name in ("name", "email", "tax_exempt_number")
            if stage.mapping.gives(name)
        }
        if stage.mapping.gives("tax_exempt_number"):
            until = stage.mapping.gives("tax_exempt_until")
            made["tax_exempt_until"] = sql.SQL("r.tax_exempt_until" if until else "NULL::date")
        if stage.mapping.attributes:
            made["attributes"] = sql.SQL("r.attributes")
        made["is_placeholder"] = sql.SQL("false")
        return made

    def faults(self, stage: Stage) -> list[sql.Composable]:
        tests: list[sql.Composable] = []
        if stage.mapping.gives("email"):
            tests.append(
                sql.SQL(
                    "WHEN email !~ '^[^@[:space:]]+@[^@[:space:]]+$' THEN 'not-an-e-mail|email|' ||"
                    " email"
                )
            )
        if stage.mapping.gives("tax_exempt_until"):
            number = stage.mapping.gives("tax_exempt_number")
            tests.append(
                sql.SQL(
                    "WHEN tax_exempt_until IS NOT NULL AND {} IS NULL"
                    " THEN 'no-exemption|tax_exempt_until|' || tax_exempt_until"
                ).format(sql.SQL("tax_exempt_number" if number else "NULL::text"))
            )
        return tests

    def raw_columns(self, stage: Stage) -> list[sql.Composable]:
        if not stage.mapping.attributes:
            return []
        return [expressions.attributes(mapping=stage.mapping, header=stage.header)]
