"""What a kind of import can read: its fields, their types, its options."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise

FieldType = Literal["text", "number", "integer", "moment", "date", "month", "path", "list"]


@dataclass(frozen=True, slots=True)
class Field:
    """One thing a row can say. `path` is a list of names from the top; `list` is split on `|`."""

    name: str
    type: FieldType = "text"
    required: bool = False
    max_length: int | None = None
    choices: Sequence[str] = ()
    help: str | Promise = ""


@dataclass(frozen=True, slots=True)
class Option:
    """A choice the mapping makes for the whole file; the first value is the default."""

    name: str
    choices: Sequence[str]
    help: str | Promise = ""
