"""Cells of other systems become values."""

from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from capture.imports.columns import money, number, ranked, yes_or_no
from capture.imports.fields import channel
from users.cells import safe

UTC = ZoneInfo("UTC")


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1,098", 1098),
        ("100.00%", 100),
        ("-1", -1),
        ("(1,200.50)", -1200.5),
        ("1.098,50", 1098.5),
        ("12,5", 12.5),
        ("1 098", 1098),
        ("1.234.567", 1234567),
    ],
)
def test_numbers_as_people_write_them(cell, value):
    assert number(cell, UTC) == value


@pytest.mark.parametrize("cell", ["$195,000.00", "USD 195,000.00", "195.000,00 €", "₪195,000"])
def test_an_amount_in_any_dress(cell):
    assert money(cell, UTC) == Decimal("195000.00")


@pytest.mark.parametrize("cell", ["1,09,8", "12 apples", "1e5", "", "١٢", "--5"])
def test_what_is_no_number_is_refused(cell):
    with pytest.raises(ValueError, match="is no number"):
        number(cell, UTC)


def test_a_rank_is_taken_off_its_word():
    assert [ranked(cell, UTC) for cell in ("01.High", "02.Medium", "1.5", "High")] == ["High", "Medium", "1.5", "High"]


def test_yes_and_no_of_other_systems():
    assert [yes_or_no(cell, UTC) for cell in ("TRUE", "Yes", "1", "n")] == [True, True, True, False]


def test_a_source_keeps_its_name_and_gets_a_key():
    assert channel("organic_search", UTC) == ("organic-search", "Organic search")


@pytest.mark.parametrize("cell", ["=1+1", "@sum", "+cmd|x", "-2+3+cmd", "\tx", "\r=1"])
def test_a_formula_is_neutralised_on_the_way_out(cell):
    assert safe(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["+972 3 555-0100", "-12.5", "a=b", "נועה", ""])
def test_a_phone_keeps_its_plus(cell):
    assert safe(cell) == cell
