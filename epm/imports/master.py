"""Kinds whose rows are masters with a code of their own: stores, products, customers, targets."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from psycopg import sql

from epm.imports import typed
from epm.imports.kinds import ImportKind
from epm.imports.staging import Progress, Stage, execute

CHUNK = 10_000


class MasterKind(ImportKind):
    """Upsert by natural key: only what the mapping gives is compared and written.

    A subclass names its `target` table, the `key` columns of the typed rows, how each column of
    the target is made (`columns_from`), and whatever must exist first (`ensure`).
    """

    about = _("What is new is added, and what is known by its code is changed.")
    target: ClassVar[str]
    key: ClassVar[Sequence[str]]
    insert_defaults: ClassVar[Mapping[str, str]] = {}

    @abstractmethod
    def columns_from(self, stage: Stage) -> dict[str, sql.Composable]:
        """Target column → expression over `r`, the typed row."""

    @abstractmethod
    def same_key(self) -> sql.Composable:
        """Whether target row `t` is the master of typed row `r`."""

    def faults(self, stage: Stage) -> list[sql.Composable]:
        """Further tests of `r`: WHEN … THEN 'reason|field|text'."""
        return []

    def raw_columns(self, stage: Stage) -> list[sql.Composable]:
        """Further raw expressions the typed rows carry."""
        return []

    def ensure(self, stage: Stage) -> None:
        """Make what the rows refer to, before they are written."""

    def after_chunk(self, stage: Stage, *, first: int, last: int) -> None:
        """Write what hangs on the masters, for the rows from `first` to `last`."""

    def classify(self, stage: Stage) -> None:
        fields = typed.readable(self.fields, stage=stage)
        further = self.faults(stage)
        fault: sql.Composable = sql.SQL("fault")
        if further:
            fault = sql.SQL("coalesce(fault, CASE {} END)").format(sql.SQL(" ").join(further))
        execute(
            sql.SQL("CREATE UNLOGGED TABLE {} AS SELECT r.*, {} AS problem FROM ({}) r").format(
                stage.table("rows"),
                fault,
                typed.select(fields, stage=stage, extra=self.raw_columns(stage)),
            )
        )
        execute(sql.SQL("ANALYZE {}").format(stage.table("rows")))
        self._judge(stage)

    def _judge(self, stage: Stage) -> None:
        """One verdict a row. A key met again in the file is a repeat, or a contradiction."""
        made = self.columns_from(stage)
        target = sql.Identifier(self.target)
        differs: sql.Composable = sql.SQL("false")
        if made:
            differs = sql.SQL("({}) IS DISTINCT FROM ({})").format(
                sql.SQL(", ").join(sql.Identifier("t", c) for c in made),
                sql.SQL(", ").join(sql.Identifier(f"new_{c}") for c in made),
            )
        values = [
            sql.SQL("{} AS {}").format(e, sql.Identifier(f"new_{c}")) for c, e in made.items()
        ]
        key = sql.SQL(", ").join(
            sql.SQL("lower({}::text)").format(sql.Identifier("made", column)) for column in self.key
        )
        told = sql.SQL(", ").join(sql.Identifier("r", column) for column in self.key)
        same = sql.SQL("({}) IS NOT DISTINCT FROM ({})").format(
            sql.SQL(", ").join(sql.Identifier(f"new_{c}") for c in made),
            sql.SQL(", ").join(
                sql.SQL("first_value({}) OVER again").format(sql.Identifier(f"new_{c}"))
                for c in made
            ),
        )
        execute(
            sql.SQL(
                "CREATE UNLOGGED TABLE {verdicts} AS"
                " WITH made AS (SELECT r.*, {values} FROM {rows} r),"
                " again AS (SELECT made.*,"
                "  CASE WHEN problem IS NULL THEN row_number() OVER again END AS nth,"
                "  CASE WHEN problem IS NULL THEN {same} END AS same_as_first"
                "  FROM made WINDOW again AS (PARTITION BY (problem IS NULL), {key} ORDER BY"
                " row_no))"
                " SELECT r.row_no,"
                "  CASE WHEN r.problem = 'header-line' THEN 'unchanged'"
                "   WHEN r.problem IS NOT NULL THEN 'refused'"
                "   WHEN r.nth > 1 AND r.same_as_first THEN 'unchanged'"
                "   WHEN r.nth > 1 THEN 'refused'"
                "   WHEN t.ctid IS NULL THEN 'new'"
                "   WHEN {differs} THEN 'changed' ELSE 'unchanged' END AS state,"
                "  CASE WHEN r.problem IS NOT NULL THEN split_part(r.problem, '|', 1)"
                "   WHEN r.nth > 1 AND NOT r.same_as_first THEN 'repeated-key' END AS reason,"
                "  CASE WHEN r.problem LIKE '%|%' THEN split_part(r.problem, '|', 2) || ' = '"
                "   || substr(r.problem, length(split_part(r.problem, '|', 1))"
                "      + length(split_part(r.problem, '|', 2)) + 3)"
                "   WHEN r.nth > 1 AND NOT r.same_as_first THEN 'key = ' || concat_ws(' / ',"
                " {told})"
                "   END AS detail"
                " FROM again r LEFT JOIN {target} t ON r.problem IS NULL AND {same_key}"
            ).format(
                verdicts=stage.table("verdicts"), values=sql.SQL(", ").join(values),
                rows=stage.table("rows"), same=same, key=key, told=told, differs=differs,
                target=target,
                same_key=self.same_key(),
            )
        )  # fmt: skip
        execute(sql.SQL("CREATE UNIQUE INDEX ON {} (row_no)").format(stage.table("verdicts")))
        execute(sql.SQL("CREATE INDEX ON {} (row_no)").format(stage.table("rows")))
        execute(sql.SQL("ANALYZE {}").format(stage.table("verdicts")))

    def verdicts(self, stage: Stage) -> sql.Composable:
        return sql.SQL(
            "SELECT row_no, state, reason, detail, ''::text AS group_key, NULL::numeric AS"
            " amount FROM {}"
        ).format(stage.table("verdicts"))

    def apply(self, stage: Stage, *, progress: Progress) -> None:
        for first in range(1, stage.row_count + 1, CHUNK):
            last = min(first + CHUNK - 1, stage.row_count)
            with transaction.atomic():
                if first == 1:
                    self.ensure(stage)
                self._upsert(stage, first=first, last=last)
                self.after_chunk(stage, first=first, last=last)
            progress("apply", last, stage.row_count)

    def _upsert(self, stage: Stage, *, first: int, last: int) -> None:
        made = self.columns_from(stage)
        span = [first, last]
        chosen = sql.SQL(
            "{rows} r JOIN {verdicts} v USING (row_no) WHERE v.state = {state} AND r.row_no"
            " BETWEEN %s AND %s"
        )
        where = {"rows": stage.table("rows"), "verdicts": stage.table("verdicts")}
        if made:
            execute(
                sql.SQL("UPDATE {target} t SET {sets} FROM {chosen} AND {same_key}").format(
                    target=sql.Identifier(self.target),
                    sets=sql.SQL(", ").join(
                        sql.SQL("{} = {}").format(sql.Identifier(c), e) for c, e in made.items()
                    ),
                    chosen=chosen.format(**where, state=sql.Literal("changed")),
                    same_key=self.same_key(),
                ),
                span,
            )
        given = {
            **{c: sql.SQL(e) for c, e in self.insert_defaults.items() if c not in made},
            **made,
        }
        execute(
            sql.SQL(
                "INSERT INTO {target} ({columns}) SELECT {values} FROM {chosen}"
                " AND NOT EXISTS (SELECT FROM {target} t WHERE {same_key}) ORDER BY r.row_no"
            ).format(
                target=sql.Identifier(self.target),
                columns=sql.SQL(", ").join(map(sql.Identifier, given)),
                values=sql.SQL(", ").join(given.values()),
                chosen=chosen.format(**where, state=sql.Literal("new")),
                same_key=self.same_key(),
            ),
            span,
        )


def given_columns(stage: Stage, fields: Mapping[str, str]) -> dict[str, sql.Composable]:
    """Target column → the typed value, for those of `fields` (field → column) the mapping gives.

    Empty text stays empty where the column does not know NULL.
    """
    return {
        column: sql.Identifier("r", name)
        for name, column in fields.items()
        if stage.mapping.gives(name)
    }


def or_empty(expression: sql.Composable) -> sql.Composable:
    return sql.SQL("coalesce({}, '')").format(expression)
