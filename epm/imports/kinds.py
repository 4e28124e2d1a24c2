"""What can be imported. A context registers its kinds by dotted string in EPM_IMPORT_KINDS."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

from django.conf import settings
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from psycopg import sql

from epm.imports.fields import Field, Option
from epm.imports.mapping import BadMapping, ImportMapping
from epm.imports.staging import Progress, Stage
from epm.platform.refusals import Kind as RefusalKind
from epm.platform.refusals import Refusal


class UnknownImportKind(Refusal):
    code = "imports/unknown-kind"
    title = "There is no such kind of import"
    kind = RefusalKind.MISSING


class ImportKind(ABC):
    """How rows of one kind are checked and applied, by sets.

    `classify` makes whatever tables it needs in the stage; `verdicts` is a SELECT of
    (row_no, state, reason, detail, group_key, amount) over all rows that were read, state being
    new | changed | unchanged | refused. `apply` writes the new and changed ones in chunks, each a
    transaction, so that a killed run can go on where it stopped; applying twice changes nothing.
    """

    name: ClassVar[str]
    label: ClassVar[str | Promise]
    about: ClassVar[str | Promise]
    """What an import of it does, in a sentence or two, for who chooses a kind."""
    fields: ClassVar[Sequence[Field]]
    options: ClassVar[Sequence[Option]] = ()
    row_matches: ClassVar[Mapping[str, Sequence[str]]] = {}
    """Names of [rows] sections → what their `treat_as` can be; the first is the default."""
    has_attributes: ClassVar[bool] = False
    has_money: ClassVar[bool] = False
    tasks_after: ClassVar[Sequence[str]] = ()

    def prepare(self, stage: Stage) -> None:
        """Make what the rows cannot be read without; not called for a preview."""
        return

    @abstractmethod
    def classify(self, stage: Stage) -> None: ...

    @abstractmethod
    def verdicts(self, stage: Stage) -> sql.Composable: ...

    @abstractmethod
    def apply(self, stage: Stage, *, progress: Progress) -> None: ...

    def applied_money(self, stage: Stage) -> sql.Composable | None:
        """SELECT the money this run has in the ledger; None for kinds without money."""
        return None

    def notes(self, stage: Stage) -> dict[str, int | str]:
        """What a reader of the account should know besides rows and money."""
        return {}

    def field(self, name: str) -> Field:
        return next(f for f in self.fields if f.name == name)

    def option(self, stage_or_mapping: Stage | ImportMapping, name: str) -> str:
        mapping = (
            stage_or_mapping.mapping if isinstance(stage_or_mapping, Stage) else stage_or_mapping
        )
        default = next(o for o in self.options if o.name == name).choices[0]
        return mapping.options.get(name, default)

    def check(self, mapping: ImportMapping) -> None:
        """Refuse a mapping that names what this kind does not know, or lacks what it needs."""
        _subset(set(mapping.columns), {f.name for f in self.fields}, _("columns"))
        _subset(set(mapping.constants), {f.name for f in self.fields}, _("constants"))
        _subset(set(mapping.values), {f.name for f in self.fields}, _("values"))
        _subset(set(mapping.defaults), {f.name for f in self.fields}, _("defaults"))
        _subset(set(mapping.options), {o.name for o in self.options}, _("options"))
        _subset(set(mapping.rows), set(self.row_matches), _("rows"))
        self._check_rows(mapping)
        if mapping.attributes and not self.has_attributes:
            raise BadMapping(_("“%(kind)s” keeps no attributes.") % {"kind": self.name})
        for option in self.options:
            given = mapping.options.get(option.name)
            if given is not None and option.choices and given not in option.choices:
                raise BadMapping(
                    _("options.%(name)s is “%(given)s”; it can be %(choices)s.")
                    % {"name": option.name, "given": given, "choices": ", ".join(option.choices)}
                )
        missing = [f.name for f in self.fields if f.required and not mapping.gives(f.name)]
        if missing:
            raise BadMapping(
                _(
                    "Nothing in the file or the mapping gives %(missing)s. Name the column in"
                    " [columns], or a fixed value in [constants]."
                )
                % {"missing": ", ".join(missing)}
            )

    def _check_rows(self, mapping: ImportMapping) -> None:
        for name, match in mapping.rows.items():
            if match.field is not None:
                _subset({match.field}, {f.name for f in self.fields}, f"rows.{name}")
            if match.treat_as is not None and match.treat_as not in self.row_matches[name]:
                raise BadMapping(
                    _("rows.%(name)s.treat_as is “%(given)s”; it can be: %(choices)s.")
                    % {
                        "name": name,
                        "given": match.treat_as,
                        "choices": ", ".join(self.row_matches[name]) or "–",
                    }
                )


def kind_named(name: str) -> ImportKind:
    """The kind registered as `name`. Raises UnknownImportKind."""
    known: Mapping[str, str] = settings.EPM_IMPORT_KINDS
    if name not in known:
        raise UnknownImportKind(
            _("“%(name)s” cannot be imported; known are %(known)s.")
            % {"name": name, "known": ", ".join(known)}
        )
    kind: ImportKind = import_string(known[name])()
    return kind


def abouts() -> list[tuple[str, str]]:
    """What imports do, each sentence once, with the kinds it is true of."""
    told: dict[str, list[str]] = {}
    for name in settings.EPM_IMPORT_KINDS:
        kind = kind_named(name)
        told.setdefault(str(kind.about), []).append(str(kind.label))
    return [(", ".join(labels), about) for about, labels in told.items()]


def _subset(given: set[str], known: set[str], where: str) -> None:
    if unknown := sorted(given - known):
        raise BadMapping(
            _("[%(where)s] knows no %(unknown)s; known are %(known)s.")
            % {"where": where, "unknown": ", ".join(unknown), "known": ", ".join(sorted(known))}
        )
