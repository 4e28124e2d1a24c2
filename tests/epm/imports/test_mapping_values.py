"""A mapping is a mapping or BadMapping: nothing in its text runs for long or breaks later."""

import contextlib
import tomllib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from epm.imports import mapping_toml
from epm.imports.mapping import BadMapping, ImportMapping, mapping_from, read_mapping
from epm.imports.readers import ReaderOptions
from epm.imports.services import mappings

KEYS_OF_FILE = ["delimiter", "encoding", "quote", "header", "skip_lines", "sheet"]
KEYS_OF_FORMAT = [
    "decimal_mark", "thousands", "strip", "dates", "timezone", "shift_days", "null_values",
]  # fmt: skip
SECTIONS = [
    "columns", "constants", "values", "defaults", "attributes", "options", "rows", "kind",
    "description",
]  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.dates()
    | st.sampled_from(["idna", "cp1252", "utf-8", "store", "Europe/Paris", ";", "%d/%m/%Y"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=6,
)  # fmt: skip
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[file]\nskip_lines = 99999999999999999999", "file.skip_lines must be a number of"),
        ("[file]\nskip_lines = 1001", "file.skip_lines must be a whole number from 0 to 1000."),
        ("[file]\nskip_lines = -1", "file.skip_lines must be a whole number from 0 to 1000."),
        ("[file]\nskip_lines = true", "file.skip_lines must be a whole number from 0 to 1000."),
        ("[file]\nskip_lines = '3'", "file.skip_lines must be a whole number from 0 to 1000."),
        ("[file]\nheader = 'code'", "file.header must be a list of 1 to 1000 texts."),
        ("[file]\nheader = []", "file.header must be a list of 1 to 1000 texts."),
        ("[file]\ndelimiter = ';;'", "file.delimiter must be one character."),
        ("[file]\nquote = 7", "file.quote must be one character."),
        ("[file]\nquote = ';'\ndelimiter = ';'", "must differ"),
        ("[file]\nsheet = 1", "file.sheet must be a text of at most 255 characters."),
        ("[file]\nencoding = 'idna'", "“idna”, which is no encoding of texts"),
        ("[file]\nencoding = 'rot13'", "“rot13”, which is no encoding of texts"),
        ("[file]\nencoding = 'unicode_escape'", "which is no encoding of texts"),
        ("file = 3", "file must be a table."),
        ("[format]\nnull_values = [1]", "format.null_values must be a text of at most 200"),
        ("[format]\ndates = 1", "format.dates must be a text, or a list of at most 50 texts."),
        ("[format]\ndecimal_mark = ''", "format.decimal_mark must be one character."),
        ("[format]\nthousands = ['.']", "format.thousands must be a text of at most 40"),
        ("[format]\nthousands = '.'", "format.thousands takes the decimal mark “.” out of numbers"),
        ("[format]\nthousands = ','\ndecimal_mark = ','", "1,5 would be 15. They must differ."),
        ("[format]\nstrip = 'Rs.'", "format.strip takes the decimal mark “.” out of numbers"),
        ("[format]\nthousands = '1'", "format.thousands must be neither a digit nor a sign nor a"),
        ("[format]\nthousands = '.-'\ndecimal_mark = ','", "format.thousands must be neither a"),
        ("[format]\nthousands = 'e'", "format.thousands must be neither a digit nor a sign nor a"),
        ("[format]\ndecimal_mark = '0'", "format.decimal_mark must be neither a digit nor a sign"),
        ("[format]\ndecimal_mark = '-'", "format.decimal_mark must be neither a digit nor a sign"),
        ("[format]\ndecimal_mark = 'E'", "format.decimal_mark must be neither a digit nor a sign"),
        ("[format]\nstrip = '€0'", "format.strip must be without digits, signs and the letter e"),
        ("[format]\nstrip = '+'", "format.strip must be without digits, signs and the letter e"),
        ("[format]\nstrip = 'EUR'", "format.strip must be without digits, signs and the letter e"),
        ("[format]\nstrip = 'e'", "format.strip must be without digits, signs and the letter e"),
        ("[format]\nstrip = ','\ndecimal_mark = ','", "takes the decimal mark “,” out of numbers"),
        ("[format]\nshift_days = 1.5", "format.shift_days must be a whole number from -40000"),
        ("[format]\ntimezone = []", "format.timezone must be a text of at most 40 characters."),
        ("[columns]\ncode = { join = 'x' }", "columns.code needs “column” or “columns”."),
        ("[columns]\ncode = { columns = [] }", "columns.code must be a list of 1 to 50 texts."),
        ("[columns]\ncode = { columns = 'abc' }", "columns.code must be a list of 1 to 50 texts."),
        ("[columns]\ncode = []", "columns.code must be a list of 1 to 50 texts."),
        ("[columns]\ncode = { column = ['a'] }", "columns.code must be a text."),
        ("[constants]\ncode = nan", "constants.code must be a number of at most 18 digits."),
        ("description = -inf", "description must be a number of at most 18 digits."),
        ("[rows.fees]\nfield = 7\nvalues = ['a']", "rows.fees.field must be a text of at most"),
        ("[rows.fees]\nfield = 'code'\nvalues = 'a'", "rows.fees.values must be a list of 1 to"),
        ("rows = { fees = 3 }", "fees must be a table."),
        ("[values]\ncode = 'A'", "code must be a table."),
        ('description = "\\u0000"', "The mapping holds a NUL character."),
        ("[columns]\n'a\x7f' = 1", "not valid TOML"),
        ("x = " + "9" * 5000, "not valid TOML"),
        ("x = 0x" + "f" * 5000, "x must be a number of at most 18 digits."),
        (f"description = '{'x' * 2001}'", "description must be a text of at most 2000 characters."),
    ],
)  # fmt: skip
def test_any_other_value_is_refused_with_a_sentence(text, told):
    with pytest.raises(BadMapping) as refused:
        mappings.read_toml(text=text.encode(), kind_name="stores")

    assert told in str(refused.value.detail)


@pytest.mark.parametrize(
    ("_case", "text"),
    [
        ("a long dotted key", ".".join("a" * 25_000) + " = 1"),
        ("with spaces", " . ".join("a" * 9) + " = 1"),
        ("of quoted names", ".".join(['"a"', "'b'"] * 5) + " = 1"),
        ("of a table", "[" + ".".join("a" * 9) + "]"),
        ("within a table on one line", "x = { " + ".".join("a" * 9) + " = 1 }"),
        ("after a text", "x = '''a'''\ny = \"\\\"\"\n" + ".".join("a" * 9) + " = 1"),
        ("lists within lists", "x = " + "[" * 30_000),
        ("tables within tables", "x = " + "{ a = " * 9),
        ("larger than 64 KB", "# " + "x" * (64 << 10)),
        ("no UTF-8", b"# \xff"),
    ],
)
def test_what_would_keep_the_parser_busy_does_not_reach_it(monkeypatch, _case, text):
    reached = []
    monkeypatch.setattr(tomllib, "loads", reached.append)

    with pytest.raises(BadMapping):
        mapping_toml.loads(text if isinstance(text, bytes) else text.encode())

    assert reached == []


def test_dots_and_brackets_within_texts_and_comments_are_no_depth():
    text = """
        # a.b.c.d.e.f.g.h.i.j.k [[[[[[[[[[[[
        description = "a.b.c.d.e.f.g.h.i.j.k [[[[[[[[[[ \\" # '"
        [rows.fees]
        field = "code"
        values = ['''a.b.c.d.e.f.g.h.i.j.k''', "1.2.3.4.5.6.7.8.9.10.11.12"]
        [constants]
        price = 1.5
    """
    assert mapping_toml.loads(text.encode()) == tomllib.loads(text)


@pytest.mark.parametrize("quotes", ['"', "'", '"""', "'''", '"""\\', '"\\'])
def test_a_text_without_its_end_is_refused(quotes):
    with pytest.raises(BadMapping, match="not valid TOML"):
        mapping_toml.loads(("x = " + quotes).encode())


def test_a_mapping_file_of_a_command_has_the_same_bounds(tmp_path):
    path = tmp_path / "mapping.toml"
    path.write_text("# " + "x" * (64 << 10))

    with pytest.raises(BadMapping, match="64 KB"):
        read_mapping(path, kind="stores")


def test_what_is_right_stays_as_it_was_written():
    document = {
        "file": {"skip_lines": 1000, "quote": "", "encoding": "cp1252", "header": ["a", "b"]},
        "format": {"dates": "%d/%m/%Y", "null_values": ["NULL", "-"], "shift_days": -364},
    }
    mapping = mapping_from(document, kind="stores")

    assert mapping.reader == ReaderOptions(
        skip_lines=1000, quote="", encoding="cp1252", header=["a", "b"]
    )
    assert (mapping.format.dates, mapping.format.null_values) == (("%d/%m/%Y",), ("NULL", "-"))
    assert mapping.source == document


@patient
@given(
    file=st.dictionaries(st.sampled_from(KEYS_OF_FILE), VALUES, max_size=3),
    fmt=st.dictionaries(st.sampled_from(KEYS_OF_FORMAT), VALUES, max_size=3),
)
def test_any_file_and_format_is_a_mapping_or_refused(file, fmt):
    try:
        mapping = mapping_from({"file": file, "format": fmt}, kind="stores")
    except BadMapping:
        return
    assert isinstance(mapping, ImportMapping)
    assert 0 <= mapping.reader.skip_lines <= 1000
    assert all(isinstance(text, str) for text in (*mapping.format.dates, mapping.format.strip))


@patient
@given(
    document=st.dictionaries(
        st.sampled_from(SECTIONS),
        st.dictionaries(st.sampled_from(["code", "fees"]), VALUES, max_size=2) | VALUES,
        max_size=4,
    )
)
def test_any_document_is_a_mapping_or_refused(document):
    with contextlib.suppress(BadMapping):
        assert isinstance(mapping_from(document, kind="stores"), ImportMapping)
