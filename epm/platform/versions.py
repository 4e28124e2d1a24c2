"""An edit says which version of a document it saw, so that nobody overwrites what she never read.

A document has a version number; its strong ETag is that number in quotation marks.
"""

import re
from typing import Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from epm.platform.refusals import Kind, Refusal

TAG: Final = re.compile(r'"([0-9]{1,18})"', re.ASCII)
ANY: Final = "*"


class VersionChanged(Refusal):
    code = "precondition-failed"
    title = _("It has changed since you read it")
    kind = Kind.STALE


def etag_of(version: int) -> str:
    """The ETag of a document in this version."""
    return f'"{version}"'


def seen_in(if_match: str) -> int | None:
    """The version that the header names; None for “*”, which is any.

    Raise VersionChanged for what names no version of ours; a list of several is none either.
    """
    if if_match.strip() == ANY:
        return None
    named = TAG.fullmatch(if_match.strip())
    if named is None:
        raise VersionChanged(gettext("If-Match names no version of this document."))
    return int(named[1])


def refuse_stale(*, seen: int | None, now: int) -> None:
    """Raise VersionChanged unless `seen` is the version of the locked row, or any will do."""
    if seen is not None and seen != now:
        raise VersionChanged(
            gettext("You saw version %(seen)d; it is at %(now)d now.") % {"seen": seen, "now": now},
            seen=seen,
            now=now,
        )
