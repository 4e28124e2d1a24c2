"""The first look at a file handed in by page: a request waits for it, so it ends soon."""

import io
import json
import zipfile

import pytest
import xlsxwriter

from epm.imports import readers
from epm.imports.readers import ReaderOptions, workbook
from epm.imports.selectors import peeks


@pytest.fixture
def looked(monkeypatch, tmp_path):
    """(the look, the table it was had of) at a file of these bytes."""
    tables = []

    def open_table(paths, *, options):
        tables.append(readers.open_table(paths, options=options))
        return tables[-1]

    monkeypatch.setattr(peeks, "open_table", open_table)

    def look(content, name="file.csv"):
        (tmp_path / name).write_bytes(content)
        return peeks.at(tmp_path / name, options=ReaderOptions()), tables[-1]

    return look


@pytest.mark.parametrize(
    "rest", [b"\n" * (40 << 20), b"A\n" * (20 << 20)], ids=["blank lines", "misfits"]
)
def test_does_not_read_on_where_no_rows_come(looked, rest):
    peek, table = looked(b"code,name\n" + rest)

    assert (peek.columns, peek.samples) == (["code", "name"], [[], []])
    assert table.bytes_read < 10 << 20


def test_takes_the_first_rows_of_many(looked):
    peek, table = looked(b"code,name\n" + b"A,Alpha\n" * (2 << 20))

    assert peek.samples == [["A"] * 200, ["Alpha"] * 200]
    assert table.bytes_read < 2 << 20


def test_opens_the_first_files_of_an_archive(looked):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(50):
            archive.writestr(f"{number:02}.csv", "code,name\nA,Alpha\n")

    peek, table = looked(packed.getvalue(), "many.zip")

    assert peek.samples == [["A"] * 8, ["Alpha"] * 8]
    assert len(table._parts) == 10


def test_writes_out_the_first_rows_of_a_sheet_and_gives_it_little_time(looked, monkeypatch):
    asked = []
    real = workbook.subprocess.run
    monkeypatch.setattr(
        workbook.subprocess, "run",
        lambda command, **how: asked.append((json.loads(command[-1]), how["timeout"]))
        or real(command, **how),
    )  # fmt: skip
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for row in range(5_000):
            sheet.write_row(row, 0, ["code", "name"] if row == 0 else ["A", "Alpha"])

    peek, table = looked(made.getvalue(), "book.xlsx")

    assert peek.samples == [["A"] * 200, ["Alpha"] * 200]
    assert sum(1 for _row in table._parts[0]._rows()) == 1_200
    ((said, timeout),) = asked
    assert (said["limits"]["cpu_seconds"], timeout) == (15, 30)
