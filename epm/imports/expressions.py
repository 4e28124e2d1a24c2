"""From a mapping to SQL: the text of a field in the raw stage, and its value."""

import re
from collections.abc import Mapping

from django.utils.translation import gettext as _
from psycopg import sql

from epm.imports.fields import Field
from epm.imports.mapping import BadMapping, ColumnSpec, Format, ImportMapping, RowMatch

ISO_FORMATS = {"%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"}
TOKENS = {
    "%Y": r"(\d{4})", "%y": r"(\d{2})", "%m": r"(\d{1,2})", "%b": r"([A-Za-z]{3})",
    "%d": r"(\d{1,2})", "%H": r"(\d{1,2})", "%I": r"(\d{1,2})", "%M": r"(\d{1,2})",
    "%S": r"(\d{1,2}(?:\.\d{1,6})?)", "%p": r"([AaPp][Mm])",
}  # fmt: skip
NO_BREAK = "\u00a0\u202f"
MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec"


def text_of(name: str, *, mapping: ImportMapping, header: list[str]) -> sql.Composable:
    """The field's text, trimmed, translated and defaulted; NULL when there is none."""
    if name in mapping.columns:
        text = _columns(mapping.columns[name], header=header, fmt=mapping.format)
    elif name in mapping.constants:
        text = sql.Literal(mapping.constants[name]) + sql.SQL("::text")
    else:
        text = sql.SQL("NULL::text")
    if name in mapping.values:
        text = sql.SQL("nullif({}, '')").format(_translated(text, mapping.values[name]))
    if name in mapping.defaults:
        text = sql.SQL("coalesce({}, {})").format(text, sql.Literal(mapping.defaults[name]))
    return text


def column_text(column: str, *, header: list[str], fmt: Format) -> sql.Composable:
    """One raw column, trimmed; empty and the file's own words for nothing are NULL."""
    cell = sql.SQL("nullif(btrim({}), '')").format(sql.Identifier(f"c{header.index(column) + 1}"))
    for nothing in fmt.null_values:
        cell = sql.SQL("nullif({}, {})").format(cell, sql.Literal(nothing))
    return cell


def value_of(field: Field, text: sql.Composable, *, fmt: Format) -> sql.Composable:
    """The typed value of `text`: NULL when it is empty or not one."""
    match field.type:
        case "number":
            return number(text, fmt=fmt)
        case "integer":
            value = number(text, fmt=fmt)
            whole = "CASE WHEN {v} = trunc({v}) AND abs({v}) < 1e9 THEN ({v})::integer END"
            return sql.SQL(whole).format(v=value)
        case "moment":
            return moment(text, fmt=fmt)
        case "date":
            return sql.SQL("({})::date").format(moment(text, fmt=fmt))
        case "month":
            return sql.SQL("date_trunc('month', {})::date").format(
                moment(_month_as_day(text), fmt=fmt)
            )
        case _:
            return text


def number(text: sql.Composable, *, fmt: Format) -> sql.Composable:
    """A decimal number in the file's own writing; NULL where a mark stands that may not there."""
    marks = fmt.thousands + (NO_BREAK if " " in fmt.thousands else "")
    if fmt.strip or " " in marks:
        text = _without_edges(text, edges=fmt.strip + " " + NO_BREAK)
    plain = sql.SQL("translate({}, {}, '')").format(text, sql.Literal(marks)) if marks else text
    value = plain
    if fmt.decimal_mark != ".":
        value = sql.SQL("replace({}, {}, '.')").format(plain, sql.Literal(fmt.decimal_mark))
    value = sql.SQL("imports_number({})").format(value)
    if not marks:
        return value
    mark = "(" + "|".join(map(re.escape, marks)) + ")"
    grouped = rf"^[+-]?[0-9]{{1,3}}({mark}[0-9]{{3}})+({re.escape(fmt.decimal_mark)}[0-9]*)?$"
    return sql.SQL("CASE WHEN {t} = {p} OR {t} ~ {g} THEN {v} END").format(
        t=text, p=plain, g=sql.Literal(grouped), v=value
    )


def _without_edges(text: sql.Composable, *, edges: str) -> sql.Composable:
    """Without what stands before and after a number, or between its sign and its digits."""
    return sql.SQL(
        "regexp_replace(btrim({t}, {e}), {between}, '\\1')"
    ).format(
        t=text, e=sql.Literal(edges),
        between=sql.Literal("^([+-])(" + "|".join(map(re.escape, edges)) + ")+"),
    )  # fmt: skip


def moment(text: sql.Composable, *, fmt: Format) -> sql.Composable:
    """A timestamp as the file's clock showed it, moved by `shift_days`."""
    formats = fmt.dates or ("%Y-%m-%d %H:%M:%S",)
    parsed = [_in_format(text, given) for given in dict.fromkeys(formats)]
    value = (
        parsed[0]
        if len(parsed) == 1
        else sql.SQL("coalesce({})").format(sql.SQL(", ").join(parsed))
    )
    if fmt.shift_days:
        value = sql.SQL("({} + make_interval(days => {}))").format(
            value, sql.Literal(fmt.shift_days)
        )
    return value


def attributes(*, mapping: ImportMapping, header: list[str]) -> sql.Composable:
    """`attributes`: the columns the mapping keeps as they are, as one JSON object."""
    cells = [
        column_text(column, header=header, fmt=mapping.format)
        for _name, column in sorted(mapping.attributes.items())
    ]
    return sql.SQL("jsonb_strip_nulls(jsonb_object({}, ARRAY[{}])) AS attributes").format(
        sql.Literal(sorted(mapping.attributes)), sql.SQL(", ").join(cells)
    )


def matches(match: RowMatch, *, mapping: ImportMapping, header: list[str]) -> sql.Composable:
    """Whether a raw row is one of those meant; never NULL."""
    if match.field is not None:
        text = text_of(match.field, mapping=mapping, header=header)
    else:
        text = column_text(str(match.column), header=header, fmt=mapping.format)
    if match.pattern is not None:
        return sql.SQL("coalesce({} ~ {}, false)").format(text, sql.Literal(match.pattern))
    return sql.SQL(
        "coalesce(lower({}) = ANY (ARRAY(SELECT lower(v) FROM unnest({}::text[]) v)), false)"
    ).format(text, sql.Literal(list(match.values)))


def _columns(spec: ColumnSpec, *, header: list[str], fmt: Format) -> sql.Composable:
    cells = [column_text(column, header=header, fmt=fmt) for column in spec.columns]
    if len(cells) == 1:
        text = cells[0]
    else:
        text = sql.SQL("nullif(concat_ws({}, {}), '')").format(
            sql.Literal(spec.join), sql.SQL(", ").join(cells)
        )
    if spec.pattern:
        text = sql.SQL("nullif(substring({} from {}), '')").format(text, sql.Literal(spec.pattern))
    if spec.prefix or spec.suffix:  # || keeps NULL: a prefix alone is nothing
        text = sql.SQL("({} || {} || {})").format(
            sql.Literal(spec.prefix), text, sql.Literal(spec.suffix)
        )
    return text


def _translated(text: sql.Composable, pairs: Mapping[str, str]) -> sql.Composable:
    """The value the mapping gives for this text; `"*"` stands for any other, `""` for none."""
    branches = [
        sql.SQL("WHEN {} THEN {}").format(sql.Literal(given), sql.Literal(ours))
        for given, ours in pairs.items()
        if given not in {"", "*"}
    ]
    rest: sql.Composable = sql.Literal(pairs["*"]) if "*" in pairs else text
    if "" in pairs:
        rest = sql.SQL("CASE WHEN {} IS NULL THEN {} ELSE {} END").format(
            text, sql.Literal(pairs[""]), rest
        )
    if not branches:
        return rest
    return sql.SQL("CASE {} {} ELSE {} END").format(text, sql.SQL(" ").join(branches), rest)


def _in_format(text: sql.Composable, given: str) -> sql.Composable:
    if given in ISO_FORMATS:
        return sql.SQL("imports_timestamp({})").format(text)
    tokens = re.findall(r"%.", given)
    if unknown := sorted(set(tokens) - set(TOKENS)):
        raise BadMapping(
            _("The date format “%(format)s” uses %(unknown)s; known are %(known)s.")
            % {"format": given, "unknown": " ".join(unknown), "known": " ".join(TOKENS)}
        )
    pattern = "^" + "".join(
        TOKENS.get(part, re.escape(part)) for part in re.split(r"(%.)", given)
    ) + "$"  # fmt: skip
    found = sql.SQL("regexp_match({}, {})").format(text, sql.Literal(pattern))
    return sql.SQL("(SELECT imports_timestamp({iso}) FROM (SELECT {found} AS m) AS parts)").format(
        iso=_iso([token[1] for token in tokens]), found=found
    )


def _iso(tokens: list[str]) -> sql.Composable:
    """`m`, the parts in the order of `tokens`, written as ISO 8601."""
    part = {token: sql.SQL("m[{}]").format(sql.Literal(i)) for i, token in enumerate(tokens, 1)}
    two = "lpad({}, 2, '0')"
    year = (
        part["Y"] if "Y" in part else sql.SQL("'20' || {}").format(part.get("y", sql.SQL("NULL")))
    )
    if "b" in part:
        month = sql.SQL(
            "lpad(array_position(string_to_array({}, ' '), lower({}))::text, 2, '0')"
        ).format(sql.Literal(MONTHS), part["b"])
    else:
        month = sql.SQL(two).format(part.get("m", sql.SQL("NULL")))
    day = sql.SQL(two).format(part["d"]) if "d" in part else sql.SQL("'01'")
    iso = sql.SQL("{} || '-' || {} || '-' || {}").format(year, month, day)
    if "H" in part or "I" in part:
        iso += sql.SQL(" || ' ' || ") + _hour(part)
        iso += sql.SQL(" || ':' || ") + (
            sql.SQL(two).format(part["M"]) if "M" in part else sql.SQL("'00'")
        )
        seconds = sql.SQL("CASE WHEN {s} LIKE '_' OR {s} LIKE '_.%' THEN '0' ELSE '' END || {s}")
        iso += sql.SQL(" || ':' || ") + (
            seconds.format(s=part["S"]) if "S" in part else sql.SQL("'00'")
        )
    return iso


def _hour(part: dict[str, sql.Composed]) -> sql.Composable:
    if "I" not in part:
        return sql.SQL("lpad({}, 2, '0')").format(part["H"])
    return sql.SQL(
        "lpad(CASE WHEN {h}::integer BETWEEN 1 AND 12"
        " THEN {h}::integer % 12 + CASE WHEN lower({p}) = 'pm' THEN 12 ELSE 0 END END || '', 2,"
        " '0')"
    ).format(h=part["I"], p=part.get("p", sql.SQL("'am'")))


def _month_as_day(text: sql.Composable) -> sql.Composable:
    """2017-10 and 201710 name a month as well as any day of it does."""
    return sql.SQL(
        "CASE WHEN {t} ~ '^[0-9]{{4}}-[0-9]{{2}}$' THEN {t} || '-01'"
        " WHEN {t} ~ '^[0-9]{{6}}$' THEN substr({t}, 1, 4) || '-' || substr({t}, 5) || '-01'"
        " ELSE {t} END"
    ).format(t=text)
