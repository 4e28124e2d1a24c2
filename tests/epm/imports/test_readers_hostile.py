"""Files that mean harm, or are not what they seem: a clear no, soon, in little memory."""

import gzip
import io
import json
import os
import random
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import pytest

from epm.imports.readers import ReaderOptions, UnreadableFile, open_table
from epm.imports.readers.contract import MAX_CELL

ROOT = Path(__file__).resolve().parents[3]
HEADER = "id,name,price\n"


@pytest.fixture
def write(tmp_path):
    def write(content, name="sales.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def refusal(*paths, **options):
    """Why the files are refused: file, line and reason."""
    with pytest.raises(UnreadableFile) as refused:
        for _ in open_table(paths, options=ReaderOptions(**options)).batches():
            pass
    facts = refused.value.facts
    assert str(facts["file"]) in str(refused.value.detail)
    return facts["file"], facts["line"], facts["reason"]


def zipped(*members, packing=zipfile.ZIP_DEFLATED):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", packing) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("_case", "text", "line"),
    [
        ("the file ends within it", '1,a,2\n2,"open,3\n3,b,4\n', 3),
        ("another quote ends it", '1,"open,2\n2,"b",3\n', 2),
        ("it opens on the record's second line", '1,"a\nb","open\n2,"c",3\n', 3),
        ("it is open for too long", '1,"' + "\n" * 1001 + '",2\n', 2),
        ("it follows a stray one", '"1" x,"open\nb",2\n', 2),
        ("it opens in the header's place", "", 1),
    ],
)
def test_an_unclosed_quote_is_told_where_it_opens(write, _case, text, line):
    content = HEADER + text if text else 'id,"name\n1,2\n'
    assert refusal(write(content)) == ("sales.csv", line, "unclosed-quote")


def test_a_quote_that_never_closes_does_not_swallow_the_file(write):
    rows = "2,b,3\n" * 100_000
    path = write(HEADER + rows + '1,"open,2\n' + rows)
    table = open_table([path], options=ReaderOptions())
    with pytest.raises(UnreadableFile) as refused:
        list(table.batches())
    assert refused.value.facts["line"] == 100_002
    assert table.bytes_read < 700_000


def test_a_quoted_header_line_must_be_sound(write):
    assert refusal(write('"id" x,name\n1,2\n')) == ("sales.csv", 1, "stray-quote")


@pytest.mark.parametrize("around", ["", '"'])
def test_a_cell_has_a_bound(write, around):
    cell = "x" * MAX_CELL
    table = open_table([write(f"a,b\n1,{around}{cell}{around}\n")], options=ReaderOptions())
    assert [row for batch in table.batches() for row in batch.rows] == [(2, ["1", cell])]
    path = write(f"a,b\n1,2\n1,{around}{cell}x{around}\n")
    assert refusal(path) == ("sales.csv", 3, "cell-too-long")


def test_columns_have_a_bound(write):
    line = ",".join(f"c{i}" for i in range(100_000)) + "\n"
    assert refusal(write(line + line)) == ("sales.csv", 1, "too-many-columns")


def test_a_line_of_nothing_but_delimiters(write):
    assert refusal(write(HEADER + "," * 2_000_000)) == ("sales.csv", 2, "too-many-cells")


def test_a_nul_byte_is_told_with_its_line(write):
    assert refusal(write(HEADER + "1,a,2\n" * 50_000 + "2,b\0,3\n")) == (
        "sales.csv",
        50_002,
        "nul-byte",
    )


def test_columns_of_the_same_name(write):
    assert refusal(write("\n a ,b,a\n")) == ("sales.csv", 2, "duplicate-columns")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\n \r\n\n", "empty"),
        (gzip.compress(b""), "empty"),
        (zipped(), "empty"),
        (zipped(("folder/", "")), "empty"),
        (zipped(("a.csv", "")), "empty"),
        (random.Random(1).randbytes(100_000), "unknown-encoding"),
        (bytes(range(1, 32)) * 100, "not-text"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "nul-byte"),
        (b"%PDF-1.7\n", "foreign-format"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, "foreign-format"),
        (zipped(("[Content_Types].xml", "<x/>"), ("word/document.xml", "<x/>")), "foreign-format"),
        (gzip.compress(HEADER.encode() * 1000)[:-20], "damaged"),
        (gzip.compress(HEADER.encode() * 1000)[:30] + b"junk" * 20, "damaged"),
        (zipped(("a.csv", HEADER * 1000))[:-30], "damaged"),
        (b"PK\x03\x04" + b"\0" * 100, "damaged"),
        (b"PAR1" + b"\0" * 100, "damaged"),
        (gzip.compress(gzip.compress(HEADER.encode())), "nested"),
        (gzip.compress(zipped(("a.csv", HEADER))), "nested"),
        (zipped(("a.zip", zipped(("a.csv", HEADER)))), "nested"),
        (zipped(("a.csv.gz", gzip.compress(HEADER.encode()))), "nested"),
        (zipped(("../../etc/cron.d/x", HEADER)), "unsafe-name"),
        (zipped(("/etc/passwd", HEADER)), "unsafe-name"),
        (zipped(("..\\x.csv", HEADER)), "unsafe-name"),
        (zipped(("C:/x.csv", HEADER)), "unsafe-name"),
        (zipped(("a.csv", HEADER), packing=zipfile.ZIP_BZIP2), "packing"),
        (zipped(("a.csv", HEADER), packing=zipfile.ZIP_LZMA), "packing"),
        (zipped(*((f"{i}.csv", HEADER) for i in range(201))), "too-many-files"),
        (zipped(*((f"{i}.csv", HEADER) for i in range(30_000))), "too-many-files"),
        (zipped(("a.csv", HEADER + "1,x,2\n" * 2_000_000)), "bomb"),
        (gzip.compress(HEADER.encode() + b"1,x,2\n" * 2_000_000), "bomb"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",  # bytes of an archive hold its time
)  # fmt: skip
def test_what_is_no_table_is_refused(write, content, reason):
    assert refusal(write(content))[2] == reason


def test_an_encrypted_member_is_refused_by_name(write):
    packed = bytearray(zipped(("a.csv", HEADER)))
    packed[6] |= 1  # the flag in the member's own header and in the table of contents
    packed[packed.index(b"PK\x01\x02") + 8] |= 1
    assert refusal(write(bytes(packed), "s.zip")) == ("s.zip/a.csv", None, "encrypted")


def test_a_link_in_an_archive_is_refused(write):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        info = zipfile.ZipInfo("a.csv")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    assert refusal(write(packed.getvalue(), "s.zip")) == ("s.zip/a.csv", None, "unsafe-name")


def test_a_member_whose_content_was_changed_is_damaged(write):
    packed = zipped(("a.csv", HEADER + "1,a,2\n"), packing=zipfile.ZIP_STORED)
    path = write(packed.replace(b"1,a,2", b"1,a,3"), "s.zip")
    assert refusal(path) == ("s.zip/a.csv", None, "damaged")


def test_paths_that_are_no_files(write, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert refusal(tmp_path) == (tmp_path.name, None, "not-a-file")
    assert refusal(tmp_path / "pipe") == ("pipe", None, "not-a-file")
    assert refusal(tmp_path / "absent.csv") == ("absent.csv", None, "missing")
    assert refusal() == ("", None, "no-file")


@pytest.mark.parametrize(
    "options",
    [
        {"delimiter": ";;"},
        {"delimiter": ""},
        {"delimiter": "\n"},
        {"delimiter": '"'},
        {"quote": "''"},
        {"encoding": "klingon"},
        {"encoding": "rot13"},
        {"header": []},
        {"skip_lines": -1},
    ],
)
def test_options_that_make_no_sense(write, options):
    assert refusal(write(HEADER), **options) == ("sales.csv", None, "bad-options")


PROBE = textwrap.dedent("""
    import json, sys, time
    from pathlib import Path
    from django.conf import settings
    settings.configure(USE_I18N=False)
    from epm.imports.readers import ReaderOptions, UnreadableFile, open_table
    began, rows, facts = time.monotonic(), 0, None
    try:
        for batch in open_table([Path(sys.argv[1])], options=ReaderOptions()).batches():
            rows += len(batch.rows) + len(batch.misfits)
    except UnreadableFile as refused:
        facts = refused.facts
    # Not getrusage: its peak is at least that of the process that started this one.
    status = Path("/proc/self/status").read_text()
    peak = int(status.split("VmHWM:")[1].split()[0]) // 1024
    print(json.dumps([rows, facts, peak, time.monotonic() - began]))
""")


def probe(path):
    """Rows read, the refusal's facts, peak MB and seconds, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(path)],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    return json.loads(done.stdout)


def gigabyte(path, *, start):
    with path.open("wb") as file:
        file.write(start)
        block = b"x" * (1 << 20)
        for _ in range(1024):
            file.write(block)


@pytest.mark.parametrize("start", [b"a,b\n1,", b'a,b\n1,"', b""])
def test_a_gigabyte_in_one_field(tmp_path, start):
    path = tmp_path / "big.csv"
    gigabyte(path, start=start)
    _, facts, peak, seconds = probe(path)
    path.unlink()
    assert facts == {"file": "big.csv", "line": 2 if start else 1, "reason": "line-too-long"}
    assert peak < 120
    assert seconds < 10


@pytest.mark.parametrize("packer", ["zip", "gz"])
def test_a_bomb_of_a_gigabyte(tmp_path, packer):
    path = tmp_path / f"bomb.{packer}"
    block = b"1,x,2\n" * (1 << 17)
    if packer == "gz":
        with gzip.open(path, "wb", 1) as out:
            out.writelines([b"a,b,c\n", *[block] * 1300])
    else:
        with (
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
            archive.open("a.csv", "w") as out,
        ):
            out.writelines([b"a,b,c\n", *[block] * 1300])
    _, facts, peak, seconds = probe(path)
    assert facts == {"file": path.name, "line": None, "reason": "bomb"}
    assert peak < 120
    assert seconds < 20


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1 AS a, repeat('x', 300_000_000) AS b",
        "SELECT i AS a, repeat('x', 1_000_000) AS b FROM range(3000) t(i)",
        "SELECT i AS a, repeat('x', 9_990) AS b FROM range(20_000) t(i)",
    ],
)
def test_parquet_stays_within_bounds(tmp_path, query):
    import duckdb

    path = tmp_path / "big.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({query}) TO '{path}'")
    rows, facts, peak, seconds = probe(path)
    assert (rows, facts and facts["reason"]) in [
        (0, "too-large"),
        (0, "row-too-long"),
        (20_000, None),
    ]
    assert peak < 200
    assert seconds < 20


def test_memory_does_not_grow_with_the_file(tmp_path):
    peaks = {}
    for count in (10_000, 600_000):
        path = tmp_path / f"{count}.csv"
        with path.open("w") as file:
            file.write("id,store,name,price,at\n")
            file.writelines(f'{i},S1,"milk, whole",1.50,2017-01-01\n' for i in range(count))
        rows, facts, peaks[count], _ = probe(path)
        assert (rows, facts) == (count, None)
    assert peaks[600_000] - peaks[10_000] < 10
