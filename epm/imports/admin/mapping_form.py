"""A mapping made by form: each column of the file beside the field it gives."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from epm.imports import words
from epm.imports.guesses import guessed
from epm.imports.kinds import ImportKind
from epm.imports.selectors.peeks import Peek
from epm.imports.written import Written, written

ATTRIBUTE = "+attribute"
DELIMITERS = [("", _("found out")), (",", _("comma")), (";", _("semicolon")), ("\t", _("tab")),
              ("|", _("bar"))]  # fmt: skip
THOUSANDS = [("", _("nothing")), (" ", _("a space")), (".", _("a point")), (",", _("a comma")),
             ("'", _("an apostrophe"))]  # fmt: skip
NO_QUOTE = "none"
QUOTES = [('"', '"'), ("'", "'"), (NO_QUOTE, _("none: quotation marks are text"))]


class MappingForm(forms.Form):
    """Fields are made of the file's columns and the kind's fields and options."""

    def __init__(
        self, data: QueryDict | None, *, kind: ImportKind, peek: Peek, document: Mapping[str, Any]
    ) -> None:
        super().__init__(data)
        self.kind, self.peek, self.document = kind, peek, document
        self.column_names = self._columns()
        self._file_and_format()
        self.constant_names = self._constants()
        self.option_names = self._options()
        self.fields["save_as"] = _text(_("Save this mapping as"), "", max_length=80)

    def _file_and_format(self) -> None:
        file, fmt = self.document.get("file", {}), self.document.get("format", {})
        said = self._written()
        if said.decimal_mark or said.dates or said.strip:
            fmt = {"decimal_mark": said.decimal_mark or ".", "thousands": said.thousands or "",
                   "strip": said.strip or "", "dates": list(said.dates or ())}  # fmt: skip
        quote = "" if self.peek.refused else file.get("quote", '"')
        dates = fmt.get("dates", "")
        dates = dates if isinstance(dates, str) else " | ".join(dates)
        self.format_names = [
            "sheet", "delimiter", "quote", "skip_lines", "decimal_mark", "thousands", "strip",
            "dates", "timezone",
        ]  # fmt: skip
        make = self.fields
        make["sheet"] = _text(_("Sheet (of a workbook)"), file.get("sheet", ""))
        make["delimiter"] = _choice(_("Between cells"), DELIMITERS, file.get("delimiter", ""))
        make["quote"] = _choice(_("Quotation mark around cells"), QUOTES, quote or NO_QUOTE)
        make["skip_lines"] = forms.IntegerField(
            label=_("Lines before the header"), required=False, min_value=0, max_value=1000,
            initial=file.get("skip_lines", 0), widget=UnfoldAdminTextInputWidget,
        )  # fmt: skip
        make["decimal_mark"] = _choice(
            _("Decimal mark"), [(".", "1.5"), (",", "1,5")], fmt.get("decimal_mark", "."),
            help_text=_sure(said.decimal_mark, doubtful=said.doubtful_numbers),
        )  # fmt: skip
        make["thousands"] = _choice(_("Between thousands"), THOUSANDS, fmt.get("thousands", ""))
        make["strip"] = _text(_("Signs to take out of numbers"), fmt.get("strip", ""), hint="€$%")
        make["dates"] = _text(
            _("Dates written as"), dates, hint="%d/%m/%Y %H:%M",
            help_text=_sure(said.dates, doubtful=said.doubtful_dates)
            or _("Empty: 2026-11-21 or 2026-11-21 08:49. Several are separated by |."),
        )  # fmt: skip
        make["timezone"] = _text(
            _("Time zone of the file's clock"), fmt.get("timezone", "store"),
            help_text=_("“store”: each store's own."),
        )  # fmt: skip

    def _written(self) -> Written:
        """What the samples say, where no mapping says anything yet."""
        if self.document.get("format") or self.document.get("columns"):
            return Written()
        samples = dict(zip(self.peek.columns, self.peek.samples, strict=True))
        return written(samples, given=self.given, fields=self.kind.fields)

    def _columns(self) -> list[str]:
        given = _fields_by_column(self.document) or guessed(
            self.peek.columns, fields=self.kind.fields
        )
        self.given = given
        attributes = set(self.document.get("attributes", {}).values())
        choices: list[tuple[str, Any]] = [("", _("— not imported —"))]
        choices += [(f.name, words.of_field(f.name, required=f.required)) for f in self.kind.fields]
        if self.kind.has_attributes:
            choices.append((ATTRIBUTE, _("keep as an attribute")))
        names = []
        for number, column in enumerate(self.peek.columns):
            name = f"column_{number}"
            initial = given.get(column, ATTRIBUTE if column in attributes else "")
            self.fields[name] = _choice(column, choices, initial)
            names.append(name)
        return names

    def _constants(self) -> list[str]:
        constants = self.document.get("constants", {})
        for field in self.kind.fields:
            if field.type != "path":
                self.fields[f"constant_{field.name}"] = _text(
                    words.labelled(words.FIELDS, field.name), constants.get(field.name, ""),
                    help_text=field.help,
                )  # fmt: skip
        return [f"constant_{field.name}" for field in self.kind.fields if field.type != "path"]

    def _options(self) -> list[str]:
        options = self.document.get("options", {})
        for option in self.kind.options:
            given = options.get(option.name, option.choices[0] if option.choices else "")
            given = str(given).lower() if isinstance(given, bool) else given
            label = words.labelled(words.OPTIONS, option.name)
            made: forms.Field
            if option.choices:
                choices = [(c, words.of_choice(option.name, c)) for c in option.choices]
                made = _choice(label, choices, given, help_text=option.help)
            else:
                made = _text(label, given, help_text=option.help)
            self.fields[f"option_{option.name}"] = made
        return [f"option_{option.name}" for option in self.kind.options]

    @property
    def columns(self) -> list[tuple[forms.BoundField, list[str]]]:
        """Each column's choice beside what stands in it."""
        return [
            (self[name], [text for text in samples if text.strip()][:3])
            for name, samples in zip(self.column_names, self.peek.samples, strict=True)
        ]

    @property
    def bound_format(self) -> list[forms.BoundField]:
        return [self[name] for name in self.format_names]

    @property
    def bound_constants(self) -> list[forms.BoundField]:
        return [self[name] for name in self.constant_names]

    @property
    def bound_options(self) -> list[forms.BoundField]:
        return [self[name] for name in self.option_names]

    def made(self) -> dict[str, Any]:
        """The mapping's document. What the form cannot say is kept from the one it began with."""
        given = self.cleaned_data
        document = {name: dict(part) if isinstance(part, dict) else part
                    for name, part in self.document.items()}  # fmt: skip
        document["kind"] = self.kind.name
        _put(document, "file", {name: given[name] for name in ("sheet", "delimiter", "skip_lines")})
        if given["quote"] == NO_QUOTE:
            document["file"] = {**document.get("file", {}), "quote": ""}
        else:
            _put(document, "file", {"quote": given["quote"] if given["quote"] != '"' else ""})
        dates = [text.strip() for text in given["dates"].split("|") if text.strip()]
        _put(document, "format", {
            "decimal_mark": given["decimal_mark"] if given["decimal_mark"] != "." else "",
            "thousands": given["thousands"], "strip": given["strip"],
            "dates": dates[0] if len(dates) == 1 else dates,
            "timezone": given["timezone"] if given["timezone"] != "store" else "",
        })  # fmt: skip
        chosen: dict[str, list[str]] = {}
        attributes = {}
        for name, column in zip(self.column_names, self.peek.columns, strict=True):
            if given[name] == ATTRIBUTE:
                attributes[column] = column
            elif given[name]:
                chosen.setdefault(given[name], []).append(column)
        before = self.document.get("columns", {})
        document["columns"] = {
            field: _spec(columns, before=before.get(field)) for field, columns in chosen.items()
        }
        document.pop("attributes", None)
        if attributes:
            kept = {v: k for k, v in self.document.get("attributes", {}).items()}
            document["attributes"] = {kept.get(c, c): c for c in attributes}
        _put(document, "constants", {
            name.removeprefix("constant_"): given[name] for name in self.constant_names
        })  # fmt: skip
        defaults = {f"option_{o.name}": o.choices[0] if o.choices else ""
                    for o in self.kind.options}  # fmt: skip
        _put(document, "options", {
            name.removeprefix("option_"): given[name] if given[name] != defaults[name] else ""
            for name in self.option_names
        })  # fmt: skip
        return document


def _sure(found: Any, *, doubtful: bool) -> Any:
    """How sure the form is of what it proposes."""
    if doubtful:
        return _("The first rows do not say it for certain: choose, or their rows will wait.")
    return _("As the first rows have it.") if found else ""


def _fields_by_column(document: Mapping[str, Any]) -> dict[str, str]:
    return {
        column: field
        for field, spec in document.get("columns", {}).items()
        for column in _columns_of(spec)
    }


def _columns_of(spec: Any) -> list[str]:
    if isinstance(spec, str):
        return [spec]
    if isinstance(spec, dict):
        return list(spec.get("columns") or [spec.get("column", "")])
    return list(spec)


def _spec(columns: list[str], *, before: Any) -> Any:
    """As it was, with its prefixes and patterns, where it reads the same columns."""
    if before is not None and sorted(_columns_of(before)) == sorted(columns):
        return before
    return columns[0] if len(columns) == 1 else columns


def _put(document: dict[str, Any], section: str, values: Mapping[str, Any]) -> None:
    """Set what is given, take away what is not; no empty section."""
    part = dict(document.get(section, {}))
    for name, value in values.items():
        if value:
            part[name] = value
        else:
            part.pop(name, None)
    document.pop(section, None)
    if part:
        document[section] = part


def _text(label: Any, initial: str, *, hint: str = "", **more: Any) -> forms.CharField:
    widget = UnfoldAdminTextInputWidget(attrs={"placeholder": hint} if hint else None)
    return forms.CharField(
        label=label, required=False, initial=initial, widget=widget, strip=False,
        **{"max_length": 200, **more},
    )  # fmt: skip


def _choice(label: Any, choices: Any, initial: str, **more: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, choices=choices, initial=initial, required=False,
        widget=UnfoldAdminSelectWidget, **more,
    )  # fmt: skip
