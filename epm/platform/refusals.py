"""Why the domain says no. Knows nothing of HTTP."""

import enum
from typing import ClassVar

from django.utils.functional import Promise

Fact = int | str | bool | None | list[dict[str, int | str | None]]


class Kind(enum.Enum):
    """What sort of no it is; each door turns it into its own words (the API into a status)."""

    INVALID = enum.auto()
    FORBIDDEN = enum.auto()
    MISSING = enum.auto()
    CONFLICT = enum.auto()
    TOO_LARGE = enum.auto()
    TOO_MANY = enum.auto()
    STALE = enum.auto()


class Refusal(Exception):
    """An anticipated failure the caller can act on. Anything else is a bug and becomes a 500.

    `code` is `context/what-happened`, `title` a translatable sentence that never varies; `detail`
    tells this case to a person and `facts` to a program.
    """

    code: ClassVar[str]
    title: ClassVar[str | Promise]
    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(self, detail: str | Promise, **facts: Fact) -> None:
        super().__init__(detail)
        self.detail = detail
        self.facts = facts
