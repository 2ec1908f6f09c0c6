"""Dates in every spelling; the order of day and month is that of the whole column."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from capture.imports.dates import DateColumn, Order, read_when

JERUSALEM = ZoneInfo("Asia/Jerusalem")


def column(*cells: str) -> DateColumn:
    seen = DateColumn()
    for cell in cells:
        seen.see(cell)
    return seen


@pytest.mark.parametrize(
    ("cells", "order", "is_sure"),
    [
        (["08-06-2020 15:38", "8/13/2020 1:20"], Order.MONTH_FIRST, True),  # two spellings in one column
        (["08/06/2020", "13/06/2020"], Order.DAY_FIRST, True),
        (["01.02.2020", "03.04.2020"], Order.DAY_FIRST, False),
        (["01/02/2020", "03/04/2020"], Order.MONTH_FIRST, False),
        (["13/06/2020", "14/06/2020", "6/15/2020"], Order.DAY_FIRST, False),
        (["2020-06-08", "2020-06-13"], Order.MONTH_FIRST, True),
    ],
)
def test_the_order_is_that_of_the_whole_column(cells, order, is_sure):
    assert (column(*cells).order, column(*cells).is_sure) == (order, is_sure)


@pytest.mark.parametrize(
    ("cell", "at"),
    [
        ("08-06-2020 15:38", datetime(2020, 8, 6, 15, 38, tzinfo=JERUSALEM)),
        ("8/13/2020 1:20 PM", datetime(2020, 8, 13, 13, 20, tzinfo=JERUSALEM)),
        ("12/31/99", datetime(1999, 12, 31, tzinfo=JERUSALEM)),
        ("1/2/26", datetime(2026, 1, 2, tzinfo=JERUSALEM)),
        ("1596721080000", datetime(2020, 8, 6, 13, 38, tzinfo=UTC)),
        ("1596721080", datetime(2020, 8, 6, 13, 38, tzinfo=UTC)),
        ("2020-08-06 13:38:00 UTC", datetime(2020, 8, 6, 13, 38, tzinfo=UTC)),
        ("2020-08-06T13:38:00.250Z", datetime(2020, 8, 6, 13, 38, 0, 250_000, tzinfo=UTC)),
        ("2020-08-06T16:38:00+03:00", datetime(2020, 8, 6, 13, 38, tzinfo=UTC)),
        ("6 Aug 2020", datetime(2020, 8, 6, tzinfo=JERUSALEM)),
        ("August 6, 2020", datetime(2020, 8, 6, tzinfo=JERUSALEM)),
    ],
)
def test_a_time_is_read(cell, at):
    assert read_when(cell, JERUSALEM, Order.MONTH_FIRST).at == at


def test_the_same_cell_reads_otherwise_the_other_way_round():
    assert read_when("8/6/2020", JERUSALEM, Order.DAY_FIRST).at.date().isoformat() == "2020-06-08"


def test_a_day_without_an_hour_says_so():
    assert read_when("2020-08-06", JERUSALEM, Order.DAY_FIRST).date_only
    assert not read_when("2020-08-06 10:00", JERUSALEM, Order.DAY_FIRST).date_only


@pytest.mark.parametrize("cell", ["13/13/2020", "2020-02-30", "yesterday", "1/1/0001", "6 Foo 2020", "1/2/2020 25:00"])
def test_what_is_no_date_is_refused(cell):
    with pytest.raises(ValueError, match=r"no (date|day|month)|outside"):
        read_when(cell, JERUSALEM, Order.MONTH_FIRST)
