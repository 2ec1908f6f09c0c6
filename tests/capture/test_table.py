"""Reading files that are not as one would wish."""

import tracemalloc
from pathlib import Path

import pytest

from capture.imports import table
from capture.imports.table import Row, Unreadable, open_table


def rows_of(path: Path, content: bytes, encoding: str = "") -> list[Row]:
    path.write_bytes(content)
    return list(open_table(path, ["id", "name"], encoding=encoding).rows())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.csv"


@pytest.mark.parametrize(
    "content",
    [
        b"id,name\n1,Ann\n",
        b"\xef\xbb\xbfid,name\r\n1,Ann\r\n",
        b"id;name\n1;Ann\n",
        b"id\tname\n1\tAnn",
        b"id,name,\n1,Ann,\n",
        '"id","name"\n"1","Ann"\n'.encode("utf-16"),
    ],
    ids=["plain", "marked", "semicolons", "tabs", "trailing commas", "utf-16"],
)
def test_every_spelling_of_csv_reads_the_same(path, content):
    assert rows_of(path, content) == [Row(2, ["1", "Ann"])]


def test_lines_are_counted_as_an_editor_counts_them(path):
    found = rows_of(path, b'id,name\n1,"two\nlines"\n\n , \n3,Cy\n')

    assert [(row.line, row.cells[0]) for row in found] == [(2, "1"), (6, "3")]


def test_a_row_of_another_width_is_refused_alone(path):
    found = rows_of(path, b"id,name\n1\n2,Bo,extra\n3,Cy\n")

    assert [(row.line, bool(row.refused)) for row in found] == [(2, True), (3, True), (4, False)]
    assert found[0].refused == "1 cells where the header names 2 columns."


def test_an_open_quote_spoils_its_own_line_alone(path):
    found = rows_of(path, b'id,name\n1,Ann\n2,"Bo\n3,Cy\n4,"Di\n5,Ed\n')

    assert [(row.line, bool(row.refused)) for row in found] == [
        (2, False),
        (3, True),
        (4, False),
        (5, True),
        (6, False),
    ]
    assert (found[1].cells, found[1].refused[:27]) == (['2,"Bo'], "This is no CSV record: ',' ")


def test_a_cell_too_long_to_read_is_refused_alone(path):
    found = rows_of(path, b"id,name\n1," + b"x" * 140_000 + b"\n2,Bo\n")

    assert [bool(row.refused) for row in found] == [True, False]


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("cp1252", "Zoë Müller"), ("cp1255", "נועה לוי"), ("utf-8", "נועה"), ("utf-16-le", "Zoë"), ("utf-16-be", "Zoë")],
)
def test_the_encoding_is_found_even_where_the_first_odd_byte_comes_late(path, encoding, name):
    content = ("id,name\n" + "1,Ann\n" * 20_000 + f"2,{name}\n").encode(encoding)

    assert rows_of(path, content)[-1].cells == ["2", name]


def test_a_few_broken_bytes_refuse_their_row_alone(path):
    content = (
        "id,name\n1,Zoë Müller Öz, çß\n".replace(", ", " ").encode() + "2,Zoë äöü éè\n".encode() + b"3,Bo\xff\n4,Cy\n"
    )

    found = rows_of(path, content)

    assert [row.refused for row in found] == ["", "", "The cell holds bytes that are no utf-8.", ""]
    assert found[2].column == "name"


def test_a_whole_record_in_one_quoted_cell_is_taken_out(path):
    content = b'id,name\n1,Ann\n"2,""Bo, the ""\n"3,""Cy, Di"""\n'

    assert rows_of(path, content)[-1].cells == ["3", "Cy, Di"]


def test_a_file_whose_every_record_is_in_one_cell_reads_the_same(path):
    assert rows_of(path, b'"id,name"\n"1,Ann"\n') == [Row(2, ["1", "Ann"])]


def test_statistics_below_the_rows_are_refused_with_their_lines(path):
    found = rows_of(path, b"id,name\n1,Ann\n,\n\nTotal: 1\n")

    assert [(row.line, bool(row.refused)) for row in found] == [(2, False), (5, True)]


def test_a_file_without_a_header_gets_numbered_columns(path):
    path.write_bytes(b"1,ann@acme.example\n2,bo@acme.example\n")

    table = open_table(path)

    assert (table.has_header, table.header, len(list(table.rows()))) == (False, ["Column 1", "Column 2"], 2)


def test_a_long_quoted_cell_of_many_lines_is_one_cell(path):
    words = "line, with commas\n" * 250

    assert rows_of(path, f'id,name\n1,"{words}"\n2,Bo\n'.encode())[0].cells == ["1", words]


def test_hundreds_of_columns_are_read(path):
    path.write_text(",".join(f"c{n}" for n in range(380)) + "\n" + ",".join("x" * 380) + "\n")

    (row,) = open_table(path).rows()

    assert len(row.cells) == 380


def test_a_million_columns_are_refused_in_flat_memory(path):
    path.write_text("id,name\n" + "x," * 1_000_000 + "\n1,Ann\n")

    tracemalloc.start()
    found = list(open_table(path, ["id", "name"]).rows())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert [(row.line, bool(row.refused)) for row in found] == [(2, True), (3, False)]
    assert peak < 12 * 2**20


def test_a_header_of_a_million_columns_is_refused(path):
    path.write_text("x," * 1_000_000 + "\n1,Ann\n")

    with pytest.raises(Unreadable, match="The first line cannot be read"):
        open_table(path)


def test_a_file_too_large_is_refused_before_it_is_read(path, monkeypatch):
    monkeypatch.setattr(table, "MAX_BYTES", 10)
    path.write_bytes(b"id,name\n1,Ann\n")

    with pytest.raises(Unreadable, match="Split it"):
        open_table(path)


def test_a_nul_refuses_its_row_with_its_column(path):
    (row,) = rows_of(path, b"id,name\n1,A\x00nn\n")

    assert (row.refused, row.column) == ("The cell holds a NUL character.", "name")


def test_an_unknown_encoding_is_named(path):
    with pytest.raises(Unreadable, match="cp9999"):
        rows_of(path, b"id,name\n", encoding="cp9999")


def test_a_missing_column_is_named(path):
    with pytest.raises(Unreadable, match=r"Missing: name\. Found: id, nam\."):
        rows_of(path, b"id,nam\n1,Ann\n")


def test_a_column_named_twice_is_refused(path):
    with pytest.raises(Unreadable, match="twice"):
        rows_of(path, b"id,name,name\n1,Ann,Bo\n")


def test_an_empty_file_and_a_missing_one_say_so(path):
    with pytest.raises(Unreadable, match="Found: none"):
        rows_of(path, b"")
    with pytest.raises(Unreadable, match="No such file"):
        open_table(path.with_name("nowhere.csv"), ["id"])
    with pytest.raises(Unreadable, match="directory"):
        open_table(path.parent, ["id"])
