"""Files for people: what a spreadsheet is given, and what it must never run."""

import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO, StringIO

import pytest
from python_calamine import CalamineWorkbook

from epm.platform import exports
from epm.platform.exports import CellKind, Column

COLUMNS = [
    Column("Name"),
    Column("Revenue", CellKind.MONEY, kpi="revenue_ht@1"),
    Column("On", CellKind.DAY),
    Column("At", CellKind.MOMENT),
    Column("Active"),
]
ROWS = [
    ("Épicerie", Decimal("1234.50"), date(2025, 3, 1), datetime(2025, 3, 1, 12, tzinfo=UTC), True),
    ('=HYPERLINK("x")', None, None, None, False),
]


def table(response):
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(StringIO(text)))


def sheets(response):
    book = CalamineWorkbook.from_filelike(BytesIO(b"".join(response.streaming_content)))
    return [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]


def test_csv_has_headings_plain_numbers_and_no_formula():
    response = exports.csv_response(COLUMNS, iter(ROWS), "sales")

    assert response.headers["Content-Disposition"] == 'attachment; filename="sales.csv"'
    assert response.headers["Cache-Control"] == "private, no-store"
    assert table(response) == [
        ["Name", "Revenue [revenue_ht@1]", "On", "At", "Active"],
        ["Épicerie", "1234.50", "2025-03-01", "2025-03-01T12:00:00+00:00", "yes"],
        ['\'=HYPERLINK("x")', "n/a", "", "", "no"],
    ]


def test_xlsx_has_numbers_and_dates_as_such_and_text_as_text():
    response = exports.xlsx_response(COLUMNS, iter(ROWS), "sales")

    assert response.headers["Content-Disposition"] == 'attachment; filename="sales.xlsx"'
    assert sheets(response) == [
        [
            ["Name", "Revenue [revenue_ht@1]", "On", "At (UTC)", "Active"],
            ["Épicerie", 1234.5, date(2025, 3, 1), datetime(2025, 3, 1, 12), "yes"],  # noqa: DTZ001
            ['=HYPERLINK("x")', "n/a", "", "", "no"],
        ]
    ]


def test_an_exact_number_has_the_decimals_that_say_something():
    columns = [Column("Goods", CellKind.EXACT, places=0), Column("Cost", CellKind.EXACT)]
    rows = [
        (Decimal("0.000"), Decimal("0.000000")),
        (Decimal("1234.500"), Decimal("2.500000")),
        (Decimal("-12.000"), Decimal("0.333333")),
        (Decimal("100.000"), None),
    ]

    assert table(exports.csv_response(columns, rows, "stock"))[1:] == [
        ["0", "0.00"], ["1234.5", "2.50"], ["-12", "0.333333"], ["100", ""],
    ]  # fmt: skip
    assert sheets(exports.xlsx_response(columns, rows, "stock"))[0][1:] == [
        [0, 0], [1234.5, 2.5], [-12, 0.333333], [100, ""],
    ]  # fmt: skip


def test_no_rows_leave_the_headings():
    assert table(exports.csv_response(COLUMNS[:1], [], "none")) == [["Name"]]
    assert sheets(exports.xlsx_response(COLUMNS[:1], [], "none")) == [[["Name"]]]


def test_a_full_sheet_goes_on_in_a_next(monkeypatch):
    monkeypatch.setattr(exports, "SHEET_ROWS", 3)

    response = exports.xlsx_response([Column("n", CellKind.NUMBER)], ([n] for n in range(5)), "n")

    assert sheets(response) == [[["n"], [0], [1]], [["n"], [2], [3]], [["n"], [4]]]


def test_csv_is_sent_while_its_rows_are_read():
    read = []

    def rows():
        for number in range(2 * exports.CHUNK):
            read.append(number)
            yield [number]

    content = iter(exports.csv_response([Column("n")], rows(), "n").streaming_content)
    next(content)

    assert len(read) == exports.CHUNK


@pytest.mark.parametrize(
    ("_case", "text", "shown"),
    [
        ("formula", "=1+1", "'=1+1"),
        ("plus", "+33 1 23", "'+33 1 23"),
        ("at", "@SUM(A1)", "'@SUM(A1)"),
        ("tab", "\t=1", "'\t=1"),
        ("full width", "\uff1d1", "'\uff1d1"),
        ("negative number", "-12,50", "-12,50"),
        ("plain", "Rue de l'Église", "Rue de l'Église"),
    ],
)
def test_what_would_run_as_a_formula_is_made_inert(_case, text, shown):
    assert exports.inert(text) == shown


def test_a_nul_byte_and_a_cell_beyond_what_excel_takes_break_nothing():
    column = [Column("text")]

    assert table(exports.csv_response(column, [["a\0b"]], "x")) == [["text"], ["ab"]]
    assert len(sheets(exports.xlsx_response(column, [["x" * 40_000]], "x"))[0][1][0]) == 32_767


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("Foo;=1+1", "Foo;'=1+1"),
        ("a; @b", "a;' @b"),
        (" =1+1", "' =1+1"),
        ("\u200b=1", "'\u200b=1"),
        ("﹦1", "'﹦1"),
        ("Rennes; -3 °C", "Rennes; -3 °C"),
        ("a;-b", "a;'-b"),
        ("-3", "-3"),
    ],
)
def test_no_cell_is_run_however_the_line_is_split(cell, written):
    (body,) = list(exports._csv([exports.Column("x")], [[cell]]))
    assert body.decode().splitlines()[1].strip('"') == written
