"""Reading files that are not as one would wish."""

from pathlib import Path

import pytest

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
    assert rows_of(path, content) == [Row(2, {"id": "1", "name": "Ann"})]


def test_lines_are_counted_as_an_editor_counts_them(path):
    found = rows_of(path, b'id,name\n1,"two\nlines"\n\n , \n3,Cy\n')

    assert [(row.line, row.cells["id"]) for row in found] == [(2, "1"), (6, "3")]


def test_a_row_of_another_width_is_refused_alone(path):
    found = rows_of(path, b"id,name\n1\n2,Bo,extra\n3,Cy\n")

    assert [(row.line, bool(row.refused)) for row in found] == [(2, True), (3, True), (4, False)]
    assert found[0].refused == "1 cells where the header names 2 columns."


def test_an_open_quote_is_told_on_its_line(path):
    (first, broken) = rows_of(path, b'id,name\n1,Ann\n2,"Bo\n3,Cy\n')

    assert (first.refused, broken.line) == ("", 3)
    assert "unexpected end of data" in broken.refused


def test_a_cell_too_long_to_read_is_refused_alone(path):
    found = rows_of(path, b"id,name\n1," + b"x" * 140_000 + b"\n2,Bo\n")

    assert [bool(row.refused) for row in found] == [True, False]


def test_bytes_of_another_encoding_are_found_before_anything_is_read(path):
    content = b"id,name\n" + b"1,Ann\n" * 20_000 + "2,Zoë\n".encode("cp1252")

    with pytest.raises(Unreadable, match="--encoding cp1252"):
        rows_of(path, content)
    assert rows_of(path, content, encoding="cp1252")[-1].cells["name"] == "Zoë"


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
