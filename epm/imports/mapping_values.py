"""What the values of a mapping may be. Anything else is refused with its place and its bounds."""

import codecs
import datetime
from collections.abc import Iterable
from collections.abc import Mapping as Dict
from typing import Any, Final

from django.utils.translation import gettext as _

from epm.platform.refusals import Kind, Refusal

DEEPEST: Final = 5
"""Tables and lists within each other: [columns] code = { columns = [...] } are four."""
LONGEST_TEXT: Final = 2_000
LONGEST_LIST: Final = 1_000
MOST_LINES_SKIPPED: Final = 1_000
MOST_JOINED: Final = 50  # PostgreSQL joins fewer than a hundred
SIGNS: Final = "+-\u2212"
LARGEST_NUMBER: Final = 10**18
NO_FILE_IS_WRITTEN_IN: Final = frozenset(
    {"idna", "punycode", "undefined", "unicode-escape", "unicode_escape", "raw-unicode-escape",
     "raw_unicode_escape"}
)  # fmt: skip


class BadMapping(Refusal):
    code = "imports/bad-mapping"
    title = "The mapping file cannot be used"
    kind = Kind.INVALID


def check_plain(value: object, *, where: str = "", depth: int = 0) -> None:
    """Refuse what no mapping needs at any place: depth, length, NUL, numbers without end."""
    if not isinstance(value, (dict, list, tuple)):
        return _check_one(value, where=where[:100])
    if depth >= DEEPEST:
        raise BadMapping(_("The mapping nests its tables too deeply."))
    if isinstance(value, dict):
        for key, inner in value.items():
            _check_one(key, where=where)
            check_plain(inner, where=f"{where}.{key}" if where else str(key), depth=depth + 1)
        return None
    if len(value) > LONGEST_LIST:
        raise wrong(where, _("a list of at most %(n)d") % {"n": LONGEST_LIST})
    for inner in value:
        check_plain(inner, where=where, depth=depth + 1)
    return None


def _check_one(value: object, *, where: str) -> None:
    match value:
        case str():
            if "\0" in value:
                raise BadMapping(_("The mapping holds a NUL character."))
            own_text(value, where=where)
        case bool() | datetime.date() | datetime.time():
            pass
        case int() | float():
            if not (-LARGEST_NUMBER <= value <= LARGEST_NUMBER):  # nan is not, either
                raise wrong(where, _("a number of at most 18 digits"))
        case _:
            raise wrong(where, _("a text, a number, a list or a table"))


def table(document: Dict[str, Any], name: str) -> dict[str, Any]:
    """The section called `name`, empty when there is none."""
    found = document.get(name, {})
    if not isinstance(found, dict):
        raise wrong(name, _("a table"))
    return found


def text(value: object, *, where: str) -> str:
    """A text; a number, yes or no and a date are taken for what they look like."""
    if isinstance(value, (dict, list, tuple)) or value is None:
        raise wrong(where, _("a text"))
    return str(value)


def own_text(value: object, *, where: str, most: int = LONGEST_TEXT) -> str:
    """A text that is one already."""
    if not isinstance(value, str) or len(value) > most:
        raise wrong(where, _("a text of at most %(n)d characters") % {"n": most})
    return value


def texts(value: object, *, where: str, most: int = LONGEST_LIST) -> tuple[str, ...]:
    """A list of one text or more."""
    if not isinstance(value, (list, tuple)) or not 0 < len(value) <= most:
        raise wrong(where, _("a list of 1 to %(n)d texts") % {"n": most})
    return tuple(text(inner, where=where) for inner in value)


def whole(value: object, *, where: str, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise wrong(
            where,
            _("a whole number from %(least)d to %(most)d") % {"least": least, "most": most},
        )
    return value


def reader_values(section: Dict[str, Any]) -> dict[str, Any]:
    """The values of [file], each of its type and within its bounds."""
    given = {name: _reader_value(name, value) for name, value in section.items()}
    if given.get("quote", '"') and given.get("quote", '"') == given.get("delimiter"):
        raise BadMapping(_("file.delimiter and file.quote must differ."))
    return given


def _reader_value(name: str, value: object) -> object:
    where = f"file.{name}"
    match name:
        case "skip_lines":
            return whole(value, where=where, least=0, most=MOST_LINES_SKIPPED)
        case "delimiter":
            return _character(value, where=where)
        case "quote":
            return value if value == "" else _character(value, where=where)
        case "encoding":
            return _encoding(value, where=where)
        case "header":
            return list(texts(value, where=where))
        case _:
            return own_text(value, where=where, most=255)


def format_values(section: Dict[str, Any], *, furthest: int) -> dict[str, Any]:
    """The values of [format], each of its type and within its bounds."""
    given = dict(section)
    for name, value in given.items():
        where = f"format.{name}"
        match name:
            case "dates" | "null_values":
                given[name] = _few_texts(value, where=where)
            case "shift_days":
                given[name] = whole(value, where=where, least=-furthest, most=furthest)
            case "decimal_mark":
                _mark(_character(value, where=where), where=where)
            case _:
                _mark(own_text(value, where=where, most=40), where=where)
    mark = given.get("decimal_mark", ".")
    for name in ("thousands", "strip"):
        if mark in given.get(name, ""):  # else 1,5 were read as 15
            raise BadMapping(
                _("format.%(name)s takes the decimal mark “%(mark)s” out of numbers: 1%(mark)s5"
                  " would be 15. They must differ.") % {"name": name, "mark": mark}
            )  # fmt: skip
    return given


def wrong(where: str, what: str) -> BadMapping:
    return BadMapping(_("%(where)s must be %(what)s.") % {"where": where[:100], "what": what})


def only(section: Iterable[str], known: set[str], *, where: str) -> None:
    """Refuse names that are not among the `known`."""
    if unknown := sorted(set(section) - known):
        raise BadMapping(
            _("The mapping knows no %(unknown)s%(where)s; known are: %(known)s.")
            % {
                "unknown": quoted(unknown),
                "where": f" [{where}]" if where else "",
                "known": quoted(sorted(known)),
            }
        )


def quoted(names: Iterable[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)


def _few_texts(value: object, *, where: str) -> tuple[str, ...]:
    """A text, or a list of them: each becomes part of one SQL expression, so they are few."""
    given = (value,) if isinstance(value, str) else value
    if not isinstance(given, (list, tuple)) or len(given) > MOST_JOINED:
        raise wrong(where, _("a text, or a list of at most %(n)d texts") % {"n": MOST_JOINED})
    return tuple(own_text(inner, where=where, most=200) for inner in given)


def _mark(given: str, *, where: str) -> None:
    """Digits, signs and the e of an exponent are the number: no mark, nothing to take away."""
    if where == "format.strip":
        if any(one.isnumeric() or one in SIGNS or one in "eE" for one in given):
            raise wrong(
                where, _("without digits, signs and the letter e, which are part of numbers")
            )
    elif where != "format.timezone" and any(one.isalnum() or one in SIGNS for one in given):
        raise wrong(where, _("neither a digit nor a sign nor a letter"))


def _character(value: object, *, where: str) -> str:
    if not isinstance(value, str) or len(value) != 1 or value in "\r\n\0":
        raise wrong(where, _("one character"))
    return value


def _encoding(value: object, *, where: str) -> str:
    name = own_text(value, where=where, most=40)
    try:
        found = codecs.lookup(name).name
        "".encode(found)  # refuses the codecs that do not make text
        known = found not in NO_FILE_IS_WRITTEN_IN
    except (LookupError, ValueError):
        known = False
    if not known:
        raise BadMapping(
            _("file.encoding is “%(name)s”, which is no encoding of texts. Common ones are utf-8, "
              "cp1252, mac_roman and utf-16.") % {"name": name}
        )  # fmt: skip
    return name
