"""The text of a mapping, looked at before the TOML parser is let at it.

Its parser takes time by the square of a dotted key's length, and goes as deep as the text does.
"""

import re
import tomllib
from typing import Any, Final

from django.utils.translation import gettext as _

from epm.imports.mapping_values import BadMapping

LONGEST: Final = 64 << 10
DEEPEST: Final = 8
"""Names in one dotted key, and brackets within brackets."""

# Each alternative takes an unfinished text too, so that no character is looked at twice.
TEXTS = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*+(?:"""|\\?\Z)'
    r"|'''(?:[^']|'(?!''))*+(?:'''|\Z)"
    r'|"(?:[^"\\\n]|\\[^\n])*+["\\]?'
    r"|'[^'\n]*+'?",
    re.DOTALL,
)
TEXTS_AND_COMMENTS = re.compile(rf"(?P<text>{TEXTS.pattern})|#[^\n]*+", re.DOTALL)
BETWEEN_KEYS = re.compile(r"[^\w. \t-]")


def loads(text: bytes) -> dict[str, Any]:
    """The document in a mapping's text. Raises BadMapping."""
    if len(text) > LONGEST:
        raise BadMapping(_("A mapping file may have %(n)d KB.") % {"n": LONGEST >> 10})
    try:
        read = text.decode("utf-8")
        _refuse_depth(read)
        return tomllib.loads(read)
    except (ValueError, RecursionError) as error:  # TOML and UTF-8 have their own ValueErrors
        raise BadMapping(
            _("This is not valid TOML: %(error)s") % {"error": str(error)[:300]}
        ) from error


def _refuse_depth(text: str) -> None:
    bare = TEXTS_AND_COMMENTS.sub(lambda found: "s" if found["text"] else "", text)
    if max(key.count(".") for key in BETWEEN_KEYS.split(bare)) >= DEEPEST:
        raise BadMapping(_("A key of the mapping has more than %(n)d parts.") % {"n": DEEPEST})
    depth = 0
    for bracket in re.findall(r"[\[\]{}]", bare):
        depth += 1 if bracket in "[{" else -1
        if depth > DEEPEST:
            raise BadMapping(_("The mapping nests its tables too deeply."))
