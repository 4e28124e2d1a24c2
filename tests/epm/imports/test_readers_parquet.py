"""Parquet: every value as the text it prints as."""

import random
import struct

import duckdb
import pytest

from epm.imports.readers import Batch, ReaderOptions, UnreadableFile, open_table


@pytest.fixture
def write(tmp_path):
    def write(query, name="sales.parquet", how=""):
        path = tmp_path / name
        target = str(path).replace("'", "''")
        with duckdb.connect(config={"threads": 1}) as connection:
            connection.execute(f"COPY ({query}) TO '{target}' (FORMAT parquet {how})")
        return path

    return write


def read(*paths, size=5000):
    table = open_table(paths, options=ReaderOptions())
    rows = [row for batch in table.batches(size) for row in batch.rows]
    assert table.bytes_read == table.total_bytes
    return table.columns, rows


def refusal(*paths):
    with pytest.raises(UnreadableFile) as refused:
        read(*paths)
    return refused.value.facts


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1.776e-15::double", "1.776e-15"),
        ("0.1::double + 0.2::double", "0.30000000000000004"),
        ("3::double", "3.0"),
        ("-0.5::float", "-0.5"),
        ("123456789012345::double", "123456789012345.0"),
        ("1.10::decimal(10, 2)", "1.10"),
        ("9223372036854775807", "9223372036854775807"),
        ("timestamp '2017-01-01 11:53:26'", "2017-01-01 11:53:26"),
        ("timestamp '2017-01-01 11:53:26.000123'", "2017-01-01 11:53:26.000123"),
        ("timestamptz '2017-01-01 11:53:26+02'", "2017-01-01 09:53:26+00"),
        ("date '2017-02-03'", "2017-02-03"),
        ("true", "true"),
        ("NULL::integer", ""),
        ("NULL::varchar", ""),
        ("''", ""),
        ("'  é;,\"\n€😀 '", '  é;,"\n€😀 '),
        ("'nan'::double", "nan"),
        ("[1, 2]", "[1, 2]"),
        ("{'a': 1}", "{'a': 1}"),
    ],
)
def test_values_come_as_they_print(write, value, text):
    assert read(write(f"SELECT 7 AS first, {value} AS cell")) == (
        ["first", "cell"],
        [(1, ["7", text])],
    )


def test_rows_are_numbered_from_one_in_the_files_order(write):
    path = write("SELECT i, 'x' || i AS name FROM range(10000) t(i)", how=", row_group_size 2048")
    table = open_table([path], options=ReaderOptions())
    batches = list(table.batches(700))
    assert batches[0].file_name == "sales.parquet"
    assert max(len(batch.rows) for batch in batches) <= 700
    rows = [row for batch in batches for row in batch.rows]
    assert rows == [(i + 1, [str(i), f"x{i}"]) for i in range(10000)]


def test_no_rows_are_fine(write):
    assert read(write("SELECT 1 AS a WHERE false")) == (["a"], [])


def test_names_are_taken_literally(write):
    path = write("""SELECT 1 AS "a ""b'", 2 AS "file_row_number", 'x' AS t""", "it's [1]*?.PARQUET")
    assert read(path) == (["a \"b'", "file_row_number", "t"], [(1, ["1", "2", "x"])])


def test_parquet_and_text_make_one_table(write, tmp_path):
    text = tmp_path / "more.csv"
    text.write_text("b,a\n4,3\n")
    table = open_table([write("SELECT 1 AS a, 2 AS b"), text], options=ReaderOptions())
    assert list(table.batches()) == [
        Batch("sales.parquet", [(1, ["1", "2"])], []),
        Batch("more.csv", [(2, ["3", "4"])], []),
    ]


def test_a_nul_is_told_with_its_row(write):
    path = write("SELECT i, 'a' || if(i = 2999, chr(0), '') AS b FROM range(5000) t(i)")
    assert refusal(path) == {"file": "sales.parquet", "line": 3000, "reason": "nul-byte"}


def test_an_endless_row_is_told_with_its_number(write):
    path = write("SELECT i, repeat('x', if(i = 2999, 20000, 5)) AS b FROM range(5000) t(i)")
    assert refusal(path) == {"file": "sales.parquet", "line": 3000, "reason": "row-too-long"}


def test_too_many_columns(write):
    columns = ", ".join(f"{i} AS c{i}" for i in range(1001))
    assert refusal(write(f"SELECT {columns}"))["reason"] == "too-many-columns"


def test_a_bomb_of_rows(write):
    path = write("SELECT 1 AS a, 'x' AS b FROM range(30_000_000)", how=", row_group_size 30000000")
    assert refusal(path)["reason"] == "bomb"


@pytest.fixture
def sound(write):
    return write("SELECT i, 'name ' || i AS name, i / 7 AS price FROM range(20000) t(i)")


@pytest.mark.parametrize("damage", ["cut", "footer", "length", "body"])
def test_damage_is_a_refusal(sound, damage):
    whole = sound.read_bytes()
    noise = random.Random(1).randbytes(300)
    sound.write_bytes({
        "cut": whole[: len(whole) // 2],
        "footer": whole[:-308] + noise + whole[-8:],
        "length": whole[:-8] + struct.pack("<I", 2**31) + b"PAR1",
        "body": whole[:2000] + noise + whole[2300:],
    }[damage])  # fmt: skip
    assert refusal(sound) == {"file": "sales.parquet", "line": None, "reason": "damaged"}
