"""Maven's real files, where they stand: companies, and opportunities that belong to no lead."""

import csv
import io
import os
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command

from leads.models import Company, Lead, Opportunity
from reports.queries.deals import deal_report
from tests.browsing import browser
from tests.capture.conftest import everything_stored
from tests.factories import make_user
from users.models import Role

FOLDER = Path(os.environ.get("LEADCRM_REAL_DATA", "")) / "maven_crm"

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        "LEADCRM_REAL_DATA" not in os.environ or not FOLDER.exists(),
        reason="the real input data are not here: set LEADCRM_REAL_DATA to their folder",
    ),
]


def imported(command: str, file: str, **options) -> str:
    out = io.StringIO()
    call_command(command, str(FOLDER / file), preset="maven", stdout=out, stderr=io.StringIO(), **options)
    return out.getvalue().splitlines()[-1]


def test_both_spellings_of_dates_give_the_same_opportunities():
    assert imported("import_companies", "accounts.csv") == "new 85 updated 0 unchanged 0 refused 0"
    assert imported("import_opportunities", "sales_pipeline.csv") == "new 8800 updated 0 unchanged 0 refused 0"

    assert Counter(Opportunity.objects.values_list("state", flat=True)) == {"won": 4238, "lost": 2473, "open": 2089}
    assert Opportunity.objects.filter(company=None).count() == 1425
    assert Opportunity.objects.filter(data__product="GTX Pro").count() == 1480
    assert Opportunity.objects.exclude(lead=None).count() == Lead.objects.count() == 0
    assert Company.objects.count() == 85
    before = everything_stored()

    for file in ("variant_sales_pipeline_us_dates.csv", "sales_pipeline.csv"):
        assert imported("import_opportunities", file) == "new 0 updated 0 unchanged 8800 refused 0"
    assert imported("import_companies", "accounts.csv") == "new 0 updated 0 unchanged 85 refused 0"
    assert everything_stored() == before


def lines_of(file: str) -> list[dict[str, str]]:
    with (FOLDER / file).open(encoding="utf-8-sig", newline="") as rows:
        return list(csv.DictReader(rows))


def counted(keys: list[str]) -> tuple[dict[str, Counter], dict[str, Decimal]]:
    """The file's own counts under a key each line has: states by key, and what was won."""
    states, worth = defaultdict(Counter), defaultdict(Decimal)
    for key, line in zip(keys, lines_of("sales_pipeline.csv"), strict=True):
        state = {"Won": "won", "Lost": "lost"}.get(line["deal_stage"], "open")
        states[key][state] += 1
        if state == "won":
            worth[key] += Decimal(line["close_value"])
    return dict(states), dict(worth)


def test_won_and_lost_by_rep_manager_month_and_product_are_the_files_own():
    imported("import_companies", "accounts.csv")
    assert imported("import_opportunities", "sales_pipeline.csv") == "new 8800 updated 0 unchanged 0 refused 0"
    with_teams = imported("import_opportunities", "sales_pipeline.csv", teams=FOLDER / "sales_teams.csv")
    assert with_teams == "new 0 updated 8800 unchanged 0 refused 0"
    teams = {row["sales_agent"]: row for row in lines_of("sales_teams.csv")}
    pipeline = lines_of("sales_pipeline.csv")
    keys = {
        "rep": [row["sales_agent"] for row in pipeline],
        "manager": [teams[row["sales_agent"]]["manager"] for row in pipeline],
        "office": [teams[row["sales_agent"]]["regional_office"] for row in pipeline],
        "product": [row["product"].replace("GTXPro", "GTX Pro") for row in pipeline],
        "month": [row["close_date"][:7] for row in pipeline],
    }

    for axis, each in keys.items():
        states, worth = counted(each)
        report = deal_report(Opportunity.objects.all(), axis)

        found = {row.key: Counter({"won": row.won, "lost": row.lost, "open": row.open}) for row in report.rows}
        assert {key: +counts for key, counts in found.items()} == states, axis
        won = {row.key: row.won_amounts["USD"] for row in report.rows if row.won_amounts}
        assert won == {key: amount for key, amount in worth.items() if amount}, axis
        assert (report.total.won, report.total.lost, report.total.open) == (4238, 2473, 2089)

    days = [(row.closed_at - row.opened_at).days for row in Opportunity.objects.filter(state="won")]
    assert round(report.total.mean_days, 4) == round(sum(days) / len(days), 4)


def test_imported_deals_are_seen_on_their_companies():
    imported("import_companies", "accounts.csv")
    imported("import_opportunities", "sales_pipeline.csv", teams=FOLDER / "sales_teams.csv")
    admin = browser(make_user(Role.ADMIN))
    company = Company.objects.get(name="Isdom")

    page = admin.get(f"/companies/{company.pk}/")
    board = admin.get("/opportunities/")

    mine = [row for row in lines_of("sales_pipeline.csv") if row["account"] == "Isdom"]
    assert Opportunity.objects.filter(company=company).count() == len(mine)
    assert len(page.context["deals"]) == 50
    assert page.context["deals"][0].state == "open"
    assert board.context["columns"][-1].total.count == 2089
    deal = admin.get(f"/opportunities/{page.context['deals'][0].pk}/")
    assert {"Manager", "Sales agent", "Product"} <= {fact["label"] for fact in deal.context["particulars"]}
