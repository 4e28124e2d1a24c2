"""Text files in any dialect: every cell comes back as it was written, every oddity is told."""

import csv
import gzip
import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epm.imports.readers import Batch, ReaderOptions, UnreadableFile, open_table
from epm.imports.readers.records import BLOCK


def read(*paths, size=5000, **options):
    """Columns, rows and misfits of the files' table."""
    table = open_table(paths, options=ReaderOptions(**options))
    batches = list(table.batches(size))
    rows = [row for batch in batches for row in batch.rows]
    misfits = [misfit for batch in batches for misfit in batch.misfits]
    assert table.bytes_read == table.total_bytes
    return table.columns, rows, misfits


@pytest.fixture
def write(tmp_path):
    def write(content, name="sales.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def test_cells_come_as_written_with_the_line_they_stand_on(write):
    path = write("sku,name,price\nA1, Milk ,01.50\nA2,,\n")
    table = open_table([path], options=ReaderOptions())
    assert table.columns == ["sku", "name", "price"]
    assert table.total_bytes == path.stat().st_size
    assert list(table.batches()) == [
        Batch("sales.csv", [(2, ["A1", " Milk ", "01.50"]), (3, ["A2", "", ""])], [])
    ]
    assert table.encodings == {"sales.csv": "utf-8"}


def test_a_heading_with_a_quotation_mark_is_no_row(write):
    columns, rows, misfits = read(
        write('a,"the ""longest"" name"\n1,2\na,"the ""longest"" name"\n')
    )

    assert columns == ["a", 'the "longest" name']
    assert rows == [(2, ["1", "2"])]
    assert [reason for _line, _cells, reason in misfits] == ["header-line"]


def test_a_table_can_be_read_twice(write):
    table = open_table([write("a,b\n\n1,2\n")], options=ReaderOptions())
    assert list(table.batches()) == list(table.batches())
    assert table.blank_lines == 1


def test_batches_hold_no_more_rows_than_asked_for(write):
    path = write("a,b\n" + "".join(f"{i},x\n" for i in range(10)))
    sizes = [len(b.rows) for b in open_table([path], options=ReaderOptions()).batches(4)]
    assert sizes == [4, 4, 2]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(write, delimiter):
    text = "id;label;price\n1;Salt, fine | 1 kg;1,50\n2;Oil, olive;2,30\n"
    text = text.replace(";", "\0").replace(delimiter, "/").replace("\0", delimiter)
    columns, rows, misfits = read(write(text))
    assert columns == ["id", "label", "price"]
    assert [len(cells) for _, cells in rows] == [3, 3]
    assert misfits == []


def test_delimiters_within_quotes_do_not_count(write):
    columns, rows, _ = read(write('id;"a,b,c,d"\n1;"x,y,z,w"\n'))
    assert columns == ["id", "a,b,c,d"]
    assert rows == [(2, ["1", "x,y,z,w"])]


def test_decimal_commas_do_not_hide_the_semicolon(write):
    columns, rows, _ = read(write("id;price, EUR;qty\n1;1,50;2\n2;3,10;4\n"))
    assert columns == ["id", "price, EUR", "qty"]
    assert rows == [(2, ["1", "1,50", "2"]), (3, ["2", "3,10", "4"])]


def test_the_hint_excel_writes_is_taken(write):
    assert read(write("sep=|\r\na|b\r\n1|2\r\n")) == (["a", "b"], [(3, ["1", "2"])], [])


def test_a_single_column_needs_no_delimiter(write):
    columns, rows, misfits = read(write('sku\nA1\n\n""\n  \n'))
    assert (columns, misfits) == (["sku"], [])
    assert rows == [(2, ["A1"]), (4, [""]), (5, ["  "])]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_the_encoding_is_found(write, encoding):
    text = "id,libellé\n1,Café « crème » à 3 €\n2,Œufs\n"
    columns, rows, _ = read(write(text.encode(encoding)))
    assert columns == ["id", "libellé"]
    assert rows == [(2, ["1", "Café « crème » à 3 €"]), (3, ["2", "Œufs"])]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("latin-1", "id;nom\n1;Crème brûlée\n"),
        ("cp850", "id;nom\n1;Crème brûlée\n"),
        ("mac_roman", "id;nom\n1;Crème brûlée\n2;Pâté à la forêt\n"),
        ("mac_roman", "id;name\n1;Müller Käse\n2;Größe weiß\n"),
        ("cp1252", "id;name\n1;Müller Käse\n2;Größe weiß\n"),
        ("cp1251", "ид;название\n1;Хлеб ржаной\n2;Молоко пастеризованное\n3;Сыр российский\n"),
        ("koi8_r", "ид;название\n1;Хлеб ржаной\n2;Молоко пастеризованное\n3;Сыр российский\n"),
        ("cp1250", "id;nazwa\n1;Żółty ser\n2;Łosoś wędzony\n3;Mąka pszenna świeża\n"),
        ("utf-16-be", "\ufeffid;nom\n1;Crème\n"),
        ("utf-16-le", "\ufeffid;nom\n1;Crème\n"),
    ],
)
def test_letters_survive_the_encodings_of_other_days(write, encoding, text):
    columns, rows, _ = read(write(text.encode(encoding)))
    found = "\n".join(";".join(line) for line in [columns, *(cells for _, cells in rows)])
    assert found + "\n" == text.removeprefix("\ufeff")


def test_the_encoding_declared_wins(write):
    _, rows, _ = read(write("a,b\n1,Хлеб\n".encode("cp866")), encoding="cp866")
    assert rows == [(2, ["1", "Хлеб"])]


def test_utf16_without_its_mark_needs_only_to_be_named(write):
    path = write("a,b\n1,é\n".encode("utf-16-le"))
    with pytest.raises(UnreadableFile) as refused:
        read(path)
    assert refused.value.facts == {"file": "sales.csv", "line": 1, "reason": "nul-byte"}
    assert read(path, encoding="utf-16-le")[1] == [(2, ["1", "é"])]


def test_a_late_byte_that_is_not_utf8_is_told_with_its_line(write):
    good = "".join(f"{i},plain\n" for i in range(60_000))
    path = write(b"a,b\n" + good.encode() + "x,Crème brûlée\n".encode("cp1252") + good.encode())
    with pytest.raises(UnreadableFile, match='encoding = "cp1252"') as refused:
        read(path)
    assert refused.value.facts == {"file": "sales.csv", "line": 60_002, "reason": "encoding"}
    assert read(path, encoding="cp1252")[1][60_000] == (60_002, ["x", "Crème brûlée"])


def test_one_broken_byte_among_utf8_is_no_other_encoding(write):
    with pytest.raises(UnreadableFile) as refused:
        read(write("a,b\n1,éèàç\n2,".encode() + b"\xe9\n3,x\n"))
    assert refused.value.facts == {"file": "sales.csv", "line": 3, "reason": "encoding"}


def test_a_character_cut_by_a_block_is_whole(write):
    for shift in range(4):
        text = "a,b\n" + "x" * (BLOCK - 8 + shift) + ",€😀é\n"
        assert read(write(text))[1] == [(2, ["x" * (BLOCK - 8 + shift), "€😀é"])]


def test_line_ends_may_be_mixed(write):
    columns, rows, misfits = read(write("a,b\r1,2\r\n3,4\n5,6\r\r\n7,8"))
    assert (columns, misfits) == (["a", "b"], [])
    assert rows == [(2, ["1", "2"]), (3, ["3", "4"]), (4, ["5", "6"]), (6, ["7", "8"])]


def test_a_line_end_cut_by_a_block_is_one(write):
    for shift in range(-3, 4):
        cell = "x" * (BLOCK - 8 + shift)
        assert read(write(f"a,b\r\n1,{cell}\r\n2,y\r\n"))[1] == [(2, ["1", cell]), (3, ["2", "y"])]


def test_quoted_cells_keep_their_line_ends_and_count_their_lines(write):
    _, rows, _ = read(write('a,b\n1,"x\r\ny\rz\n""w"""\n2,v\n'))
    assert rows == [(2, ["1", 'x\r\ny\rz\n"w"']), (6, ["2", "v"])]


def test_a_quote_within_a_cell_is_text(write):
    assert read(write('a,b\n5" pipe,6"\n'))[1] == [(2, ['5" pipe', '6"'])]


def test_another_quotation_mark_or_none(write):
    assert read(write("a,b\n'1,5',x\n"), quote="'")[1] == [(2, ["1,5", "x"])]
    assert read(write('a,b\n"1,"x"\n'), quote="")[1] == [(2, ['"1', '"x"'])]


def test_rows_that_do_not_fit_are_told_apart(write):
    text = 'a,b\n1,2\n3\n4,5,6\na,b\n7,8,\n a , b \n"9" x,y\n10,11\n'
    columns, rows, misfits = read(write(text))
    assert columns == ["a", "b"]
    assert rows == [(2, ["1", "2"]), (6, ["7", "8"]), (9, ["10", "11"])]
    assert misfits == [
        (3, ["3"], "wrong-cell-count"),
        (4, ["4", "5", "6"], "wrong-cell-count"),
        (5, ["a", "b"], "header-line"),
        (7, [" a ", " b "], "header-line"),
        (8, ["9 x", "y"], "stray-quote"),
    ]


def test_blank_lines_are_skipped_and_counted(write):
    table = open_table([write("\n\na,b\n1,2\n\n   \n,\n3,4\n\n")], options=ReaderOptions())
    rows = [row for batch in table.batches() for row in batch.rows]
    assert rows == [(4, ["1", "2"]), (7, ["", ""]), (8, ["3", "4"])]
    assert table.blank_lines == 5


def test_a_file_without_a_header_line_takes_the_mappings(write):
    path = write("1;2,5\n3;4,5\n")
    assert read(path, header=["id", "price"]) == (
        ["id", "price"],
        [(1, ["1", "2,5"]), (2, ["3", "4,5"])],
        [],
    )


def test_lines_before_the_table_are_skipped(write):
    path = write('Report of "May\n\r\nid,x\n1,2\n')
    assert read(path, skip_lines=2) == (["id", "x"], [(4, ["1", "2"])], [])


def test_a_header_alone_is_a_table_without_rows(write):
    assert read(write("a,b")) == (["a", "b"], [], [])


def test_nameless_columns_are_called_after_their_place(write):
    assert read(write(' a ,,\xa0"b"\n1,2,3\n'))[0] == ["a", "column_2", '"b"']


@pytest.mark.parametrize("name", ["sales.csv", "SALES.CSV.GZ", "sales.dat"])
def test_gzip_is_known_by_its_content(write, name):
    packed = gzip.compress(b"a,b\n1,2\n") + gzip.compress(b"3,4\n") + b"\0" * 512
    assert read(write(packed, name))[1] == [(2, ["1", "2"]), (3, ["3", "4"])]


def test_a_zip_is_the_table_of_its_members(tmp_path):
    path = tmp_path / "Sales.ZIP"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("years/", "")
        archive.writestr("years/2015.csv", "a,b\n1,2\n")
        archive.writestr("__MACOSX/years/._2015.csv", b"\0\0\0")
        archive.writestr("years/2016.TXT", "b;a\n4;3\n")
    table = open_table([path], options=ReaderOptions())
    assert list(table.batches()) == [
        Batch("Sales.ZIP/years/2015.csv", [(2, ["1", "2"])], []),
        Batch("Sales.ZIP/years/2016.TXT", [(2, ["3", "4"])], []),
    ]


def test_several_files_are_one_table_in_the_firsts_order(write):
    first, second = write("a,b,c\n1,2,3\n", "1.csv"), write("c;a;b\n6;4;5\nx\n", "2.csv")
    assert read(first, second) == (
        ["a", "b", "c"],
        [(2, ["1", "2", "3"]), (2, ["4", "5", "6"])],
        [(3, ["x"], "wrong-cell-count")],
    )


def test_files_of_other_columns_are_refused_by_name(write):
    with pytest.raises(UnreadableFile, match=r"lacks “c”.*has “d”, “e” besides") as refused:
        read(write("a,b,c\n", "1.csv"), write("a,d,b,e\n", "2.csv"))
    assert refused.value.facts == {"file": "2.csv", "line": None, "reason": "different-columns"}


def test_wide_tables_up_to_a_thousand_columns(write):
    header = [f"c{i}" for i in range(1000)]
    columns, rows, _ = read(write(",".join(header) + "\n" + ",".join(["x"] * 1000) + "\n"))
    assert columns == header
    assert rows == [(2, ["x"] * 1000)]


CONTROLS = "".join(map(chr, range(32)))
cells = st.text(
    st.characters(
        exclude_categories=["Cs"],
        exclude_characters=set(CONTROLS) - set("\t\n\v\f\r\x1a") | {"\ufeff"},
    ),
    max_size=12,
) | st.text("\",;\t|\r\n 'é", max_size=8)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_any_table_in_any_dialect_comes_back(data, tmp_path_factory):
    width = data.draw(st.integers(2, 6))
    header = [f"col {i}" for i in range(width)]
    row = st.lists(cells, min_size=width, max_size=width)
    rows = data.draw(st.lists(row, max_size=8)) * data.draw(st.sampled_from([1, 1, 3000]))
    delimiter = data.draw(st.sampled_from(",;\t|"))
    encoding = data.draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le"]))
    # Before Python 3.13 csv.writer quotes no line end but its own.
    foreign_ends = any(end in cell for row in rows for cell in row for end in "\r\n")
    minimal = csv.QUOTE_ALL if foreign_ends else csv.QUOTE_MINIMAL
    text = io.StringIO(newline="")
    writer = csv.writer(
        text,
        delimiter=delimiter,
        quotechar=data.draw(st.sampled_from("\"'")),
        lineterminator=data.draw(st.sampled_from(["\n", "\r\n", "\r"])),
        quoting=data.draw(st.sampled_from([minimal, csv.QUOTE_ALL])),
    )
    quote = writer.dialect.quotechar
    writer.writerow(header)
    writer.writerows(rows)
    path = tmp_path_factory.mktemp("table") / "t.csv"
    path.write_bytes(text.getvalue().encode(encoding))
    columns, found, misfits = read(path, delimiter=delimiter, quote=quote, encoding=encoding)
    assert columns == header
    assert [cells for _, cells in found] == rows
    assert misfits == []
    lines = io.StringIO(text.getvalue(), newline="").readlines()
    reader = csv.reader(lines, delimiter=delimiter, quotechar=quote)
    starts, start = [], 1
    for _ in reader:
        starts.append(start)
        start = reader.line_num + 1
    assert [line for line, _ in found] == starts[1:]


def test_a_control_character_here_and_there_is_text(write):
    assert read(write("a,b\n1,\x1f\n\x02,\x1a\n"))[1] == [(2, ["1", "\x1f"]), (3, ["\x02", "\x1a"])]
