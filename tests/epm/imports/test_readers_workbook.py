"""Excel workbooks: every cell as it is, and a hostile one costs nobody anything."""

import datetime
import io
import json
import subprocess
import sys
import zipfile
from decimal import Decimal

import pytest
import xlsxwriter

from epm.imports.mapping import BadMapping
from epm.imports.readers import ReaderOptions, UnreadableFile, open_table
from epm.organization.models import Store
from tests.imports_support import reasons

MOMENT = datetime.datetime(2026, 11, 21, 8, 49, 33)  # noqa: DTZ001  (a spreadsheet knows no zone)
TYPES = b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
BOOK = (
    b'<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r='
    b'"http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
    b'<sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
ROOT_RELS = (
    b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    b'<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    b'relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)
RELS = (
    b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    b'<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    b'relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
)
SHEET = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s'
    b"</sheetData></worksheet>"
)


def cell(place, text):
    return b'<c r="%s" t="inlineStr"><is><t>%s</t></is></c>' % (place.encode(), text.encode())


def hand_made(rows, *more, before=b""):
    """A workbook of one sheet whose rows are this XML."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr("_rels/.rels", ROOT_RELS)
        archive.writestr("xl/workbook.xml", BOOK)
        archive.writestr("xl/_rels/workbook.xml.rels", RELS)
        archive.writestr("xl/worksheets/sheet1.xml", before + SHEET % rows)
        for name, content in more:
            archive.writestr(name, content)
    return packed.getvalue()


HEADER = b'<row r="1">' + cell("A1", "code") + cell("B1", "name") + b"</row>"


@pytest.fixture
def book(tmp_path):
    """`book(fill)` → a workbook's path, `fill(workbook)` having written it."""

    def make(fill, name="book.xlsx"):
        path = tmp_path / name
        with xlsxwriter.Workbook(path) as workbook:
            fill(workbook)
        return path

    return make


@pytest.fixture
def hostile(tmp_path):
    def make(content, name="hostile.xlsx"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return make


def rows_of(path, **options):
    table = open_table([path], options=ReaderOptions(**options))
    rows, misfits = [], []
    for batch in table.batches():
        rows += batch.rows
        misfits += batch.misfits
    return table, rows, misfits


def refusal(path, **options):
    with pytest.raises(UnreadableFile) as refused:
        rows_of(path, **options)
    assert path.name in str(refused.value.detail)
    return refused.value.facts["reason"]


def of_every_type(workbook):
    sheet = workbook.add_worksheet("Data")
    day, moment, clock, share, length = (
        workbook.add_format({"num_format": text})
        for text in ("dd/mm/yyyy", "dd/mm/yyyy hh:mm", "hh:mm:ss", "0.0%", "[h]:mm:ss")
    )
    sheet.write_row(0, 0, [f"c{number}" for number in range(16)])
    sheet.write(1, 0, 12.0)
    sheet.write(1, 1, 3770012345678)
    sheet.write(1, 2, 1.1 * 3)
    sheet.write(1, 3, 1e-7)
    sheet.write(1, 4, -12.5)
    sheet.write(1, 5, True)
    sheet.write_datetime(1, 6, datetime.date(2026, 11, 21), day)
    sheet.write_datetime(1, 7, MOMENT, moment)
    sheet.write_datetime(1, 8, datetime.time(8, 49, 33), clock)
    sheet.write(1, 9, 0.055, share)
    sheet.write(1, 10, 1.5, length)
    sheet.write_formula(1, 11, "=1+1", None, 2)
    sheet.write_string(1, 12, "=cmd()")
    sheet.write_string(1, 13, "00123")
    sheet.write_string(1, 14, "two\nlines\tand a tab")
    sheet.write(1, 15, 12345678901234567890)


def test_every_cell_is_told_as_it_is(book):
    path = book(of_every_type)

    _table, rows, misfits = rows_of(path)

    assert rows == [
        (2, ["12", "3770012345678", "3.3", "0.0000001", "-12.5", "true", "2026-11-21",
             "2026-11-21 08:49:33", "08:49:33", "0.055", "36:00:00", "2", "=cmd()", "00123",
             "two\nlines\tand a tab", "#DIGITS!"]),
    ]  # fmt: skip
    assert misfits == []


def test_the_first_visible_sheet_with_something_on_it_unless_one_is_named(book):
    def fill(workbook):
        hidden, _empty, data, other = (
            workbook.add_worksheet(name) for name in ("Hidden", "Empty", "Data", "Other")
        )
        data.activate()
        hidden.hide()
        for sheet in (hidden, data, other):
            sheet.write_row(0, 0, ["sheet"])
            sheet.write_row(1, 0, [sheet.get_name()])

    path = book(fill)

    assert rows_of(path)[0].sheets == {"book.xlsx": "Data"}
    assert rows_of(path)[1] == [(2, ["Data"])]
    assert rows_of(path, sheet="Other")[1] == [(2, ["Other"])]
    assert rows_of(path, sheet="Hidden")[1] == [(2, ["Hidden"])]
    assert refusal(path, sheet="Nothing") == "no-such-sheet"
    assert refusal(path, sheet="Empty") == "empty"


def test_blank_rows_merged_cells_titles_and_repeated_headers(book):
    def fill(workbook):
        sheet = workbook.add_worksheet()
        sheet.write(0, 1, "Stores of the chain")
        sheet.write_row(3, 1, ["code", "name"])
        sheet.write_row(4, 1, ["A", "Alpha"])
        sheet.write_row(6, 1, ["code", "name"])
        sheet.merge_range(7, 1, 7, 2, "B")
        sheet.write_row(8, 1, ["C", "Gamma", "too much"])

    path = book(fill)

    table, rows, misfits = rows_of(path, skip_lines=1)

    assert table.columns == ["code", "name"]
    assert rows == [(5, ["A", "Alpha"]), (8, ["B", ""])]
    assert misfits == [
        (7, ["code", "name"], "header-line"), (9, ["C", "Gamma", "too much"], "wrong-cell-count")
    ]  # fmt: skip
    assert table.blank_lines == 1


@pytest.mark.parametrize(
    ("_case", "content", "reason"),
    [
        ("a type", hand_made(HEADER, before=b"<!DOCTYPE a [<!ENTITY x 'y'>]>"), "entities"),
        (
            "a document type in another part",
            hand_made(HEADER, ("xl/styles.xml", b" " * 65534 + b'<!DOCTYPE a SYSTEM "file:///x">')),
            "entities",
        ),
        ("UTF-16", hand_made(HEADER, ("xl/styles.xml", "<a/>".encode("utf-16"))), "not-utf8"),
        ("macros", hand_made(HEADER, ("xl/vbaProject.bin", b"x")), "macros"),
        (
            "an archive inside",
            hand_made(HEADER, ("xl/embeddings/a.bin", hand_made(HEADER))),
            "nested",
        ),
        ("a bomb", hand_made(HEADER, ("xl/media/a.xml", b" " * (64 << 20))), "bomb"),
        ("two parts of one name", hand_made(HEADER, ("XL/workbook.xml", BOOK)), "too-many-files"),
        ("a way out", hand_made(HEADER, ("../../x.xml", b"")), "unsafe-name"),
        (
            "16,384 columns",
            hand_made(HEADER + b'<row r="2">' + cell("XFD2", "x") + b"</row>"),
            "too-many-columns",
        ),
        ("no rows", hand_made(b""), "empty"),
        ("no XML", hand_made(b"<row><c>"), "damaged"),
        ("cut short", hand_made(HEADER)[:-40], "damaged"),
        ("nothing but content types", b"", "foreign-format"),
        ("a password", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)
         + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        ("Excel 97", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "foreign-format"),
    ],
)  # fmt: skip
def test_a_hostile_workbook_is_refused(_case, content, reason, hostile):
    if not content:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("[Content_Types].xml", TYPES)
            archive.writestr("word/document.xml", b"<a/>")
        content = packed.getvalue()

    assert refusal(hostile(content)) == reason


def test_an_encrypted_member_is_refused(hostile):
    content = bytearray(hand_made(HEADER))
    content[content.index(b"PK\x01\x02") + 8] |= 1

    assert refusal(hostile(bytes(content))) == "encrypted"


def test_a_sheet_that_fills_the_memory_kills_its_reader_only(hostile, settings):
    settings.EPM_WORKBOOK_MEMORY_MB = 256
    path = hostile(hand_made(HEADER + b'<row r="1048576">' + cell("ALL1048576", "x") + b"</row>"))

    assert refusal(path) == "too-large"


def test_a_reader_that_takes_too_long_is_stopped(hostile, settings):
    settings.EPM_WORKBOOK_SECONDS = 1
    rows = b"".join(
        b"<row>" + b"<c><v>%d</v></c>" % number * 40 + b"</row>" for number in range(60_000)
    )

    assert refusal(hostile(hand_made(HEADER + rows))) == "too-large"


def test_a_million_empty_rows_hold_nothing(hostile):
    last = b'<row r="1000001">' + cell("A1000001", "Z") + cell("B1000001", "Omega") + b"</row>"
    rows = b"".join(b'<row r="%d"/>' % number for number in range(2, 1_000_001))

    table, found, misfits = rows_of(hostile(hand_made(HEADER + rows + last)))

    assert found == [(1_000_001, ["Z", "Omega"])]
    assert misfits == []
    assert table.blank_lines == 999_999


def test_the_child_needs_nothing_of_ours(book):
    """No Django, no settings, no secrets in its environment."""
    from epm.imports.readers.workbook import CHILD

    asked = {"wanted": "", "decimal_mark": ",", "max_columns": 20,
             "limits": {"memory": 1 << 30, "cpu_seconds": 60, "output": 1 << 20}}  # fmt: skip
    said = subprocess.run(
        [sys.executable, "-I", str(CHILD), str(book(of_every_type)), json.dumps(asked)],
        env={}, capture_output=True, check=True,
    ).stdout.decode().splitlines()  # fmt: skip

    assert json.loads(said[0]) == {"sheet": "Data"}
    assert json.loads(said[2])[1][2:5] == ["3,3", "0,0000001", "-12,5"]
    assert json.loads(said[-1]) == {"rows": 2, "errors": 1}


@pytest.mark.django_db
class TestImported:
    def test_error_cells_wait_in_quarantine_where_the_mapping_reads_them(self, book, imported):
        def fill(workbook):
            sheet = workbook.add_worksheet()
            sheet.write_row(0, 0, ["code", "name", "note"])
            sheet.write_row(1, 0, ["A", "Alpha"])
            sheet.write_formula(1, 2, "=1/0", None, "#DIV/0!")
            sheet.write(2, 0, "B")
            sheet.write_formula(2, 1, "=NA()", None, "#N/A")

        run = imported("stores", book(fill).read_bytes(), name="stores.xlsx")

        assert run.account["rows"] == {
            "read": 2, "applied": 1, "unchanged": 0, "quarantined": 1
        }  # fmt: skip
        assert reasons(run) == [(3, "error-cell", "name = #N/A")]
        assert list(Store.objects.values_list("code", "name")) == [("A", "Alpha")]

    def test_a_workbooks_own_numbers_and_dates_beside_those_written_as_text(self, book, imported):
        def fill(workbook):
            sheet = workbook.add_worksheet()
            day = workbook.add_format({"num_format": "dd/mm/yyyy"})
            sheet.write_row(0, 0, ["code", "floor", "opened"])
            sheet.write_row(1, 0, ["A", 1234.5])
            sheet.write_datetime(1, 2, datetime.date(2026, 5, 4), day)
            sheet.write_row(2, 0, ["B", "1.234,5", "04/05/2026"])

        content = book(fill).read_bytes()
        mapping = {
            "format": {"decimal_mark": ",", "thousands": ".", "dates": "%d/%m/%Y"},
            "columns": {"code": "code", "floor_area_m2": "floor", "opened_on": "opened"},
        }

        run = imported("stores", content, name="stores.xlsx", **mapping)

        assert run.account["rows"]["applied"] == 2
        assert set(Store.objects.values_list("code", "floor_area_m2", "opened_on")) == {
            (code, Decimal("1234.50"), datetime.date(2026, 5, 4)) for code in "AB"
        }

    def test_dates_that_a_format_would_misread_are_refused(self, book, imported):
        with pytest.raises(BadMapping):
            imported(
                "stores", book(lambda w: w.add_worksheet().write_row(0, 0, ["code"])).read_bytes(),
                name="stores.xlsx", format={"dates": "%Y-%d-%m"}, columns={"code": "code"},
            )  # fmt: skip

        assert not Store.objects.exists()
