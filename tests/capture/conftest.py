"""Small made-up files and the commands that import them."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

LEAD_HEADER = "mql_id,first_contact_date,landing_page_id,origin"
DEAL_HEADER = (
    "mql_id,seller_id,sdr_id,sr_id,won_date,business_segment,lead_type,lead_behaviour_profile,has_company,has_gtin,"
    "average_stock,business_type,declared_product_catalog_size,declared_monthly_revenue"
)


@dataclass(frozen=True)
class Run:
    """What a command printed."""

    count: str
    told: list[str]


Import = Callable[..., Run]


def deal_line(mql_id: str, won: str = "2018-02-26 19:58:54", revenue: str = "0.0", segment: str = "pet") -> str:
    """One line of a deals file."""
    return f"{mql_id},s-1,sdr-1,sr-1,{won},{segment},online_big,cat,True,,5-20,reseller,120.0,{revenue}"


def _import(command: str, path: Path, header: str, lines: Sequence[str], options: dict[str, Any]) -> Run:
    path.write_text("\n".join([header, *lines, ""]), encoding="utf-8")
    out, err = io.StringIO(), io.StringIO()
    call_command(command, str(path), preset="olist", stdout=out, stderr=err, **options)
    return Run(out.getvalue().splitlines()[-1], err.getvalue().splitlines())


@pytest.fixture
def import_leads(db: None, tmp_path: Path) -> Import:
    """Import lead lines (under the usual header) with the real command."""
    return lambda *lines, **options: _import("import_leads", tmp_path / "leads.csv", LEAD_HEADER, lines, options)


@pytest.fixture
def import_deals(db: None, tmp_path: Path) -> Import:
    """Import deal lines with the real command."""
    return lambda *lines, **options: _import(
        "import_opportunities", tmp_path / "deals.csv", DEAL_HEADER, lines, options
    )


def everything_stored() -> dict[str, tuple[int, str]]:
    """Every table's number of rows and a digest of all they hold."""
    with connection.cursor() as cursor:
        found = {}
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM \"{table}\" t")
            found[table] = cursor.fetchone()
        return found
