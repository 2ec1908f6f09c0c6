"""Opportunities without leads, and accounts, from small made-up files."""

import io
from datetime import date

import pytest
from django.core.management import CommandError, call_command

from leads.models import Company, Opportunity
from tests.capture.conftest import Run, everything_stored

pytestmark = pytest.mark.django_db
HEADER = "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value"


@pytest.fixture
def imported(tmp_path):
    """Import lines with one of the commands."""

    def run(command: str, *lines: str, **options) -> Run:
        path = tmp_path / "file.csv"
        path.write_text("\n".join([*lines, ""]), encoding="utf-8")
        out, err = io.StringIO(), io.StringIO()
        call_command(command, str(path), preset="maven", stdout=out, stderr=err, **options)
        return Run(out.getvalue().splitlines()[-1], err.getvalue().splitlines())

    return run


def test_an_opportunity_stands_beside_its_company(imported):
    done = imported(
        "import_opportunities",
        HEADER,
        'a,Ann,GTXPro,Acme Ltd,Won,10/20/2016,3/1/2017,"$1,054.00 "',
        "b,Ann,MG Special,,Prospecting,,,",
        "c,Bo,MG Special,ACME,Lost,1/2/2017,1/3/2017,0",
    )

    assert done.count == "new 3 updated 0 unchanged 0 refused 0"
    won, open_one, lost = Opportunity.objects.order_by("external_id")
    assert (won.state, won.amount, won.currency, won.company) == ("won", 1054, "USD", Company.objects.get())
    assert (won.opened_at.date(), won.closed_at.date()) == (date(2016, 10, 20), date(2017, 3, 1))
    assert won.data == {"sales_agent": "Ann", "product": "GTX Pro", "deal_stage": "Won"}
    assert (open_one.state, open_one.company, open_one.closed_at) == ("open", None, None)
    assert (lost.state, lost.amount, lost.company) == ("lost", None, won.company)


def test_odd_times_are_flagged_and_not_refused(imported):
    done = imported(
        "import_opportunities",
        HEADER,
        "a,Ann,X,,Won,2017-03-02,2017-03-01,1",
        "b,Ann,X,,Won,2017-03-02,2199-03-01,1",
    )

    assert done.count == "new 2 updated 0 unchanged 0 refused 0"
    assert done.told[-2:] == ["1 row flagged: closed before it was opened", "1 row flagged: closed in the future"]


def test_bad_rows_are_told_and_the_rest_stands(imported):
    done = imported(
        "import_opportunities",
        HEADER,
        "a,Ann,X,,Winning,,,",
        "b,Ann,X,,Won,2017-03-02,,1",
        ",Ann,X,,Won,,,",
        "d,Ann,X,,Won,2017-03-02,2017-02-31,1",
        "e,Ann,X,,Engaging,2017-03-02,,",
    )

    assert done.count == "new 1 updated 0 unchanged 0 refused 4"
    assert [line.partition(":")[0] for line in done.told] == [
        "line 2, deal_stage",
        "line 3, close_date",
        "line 4, opportunity_id",
        "line 5, close_date",
    ]


def test_a_deal_named_twice_is_stored_and_then_completed(imported):
    done = imported(
        "import_opportunities", HEADER, "a,Ann,X,,Engaging,2017-03-02,,", "a,Ann,X,,Won,2017-03-02,2017-03-09,5"
    )

    assert done.count == "new 1 updated 1 unchanged 0 refused 0"
    assert Opportunity.objects.get().state == "won"


def test_a_dry_run_writes_nothing(imported):
    before = everything_stored()

    assert imported("import_opportunities", HEADER, "a,Ann,X,Acme,Engaging,,,", dry_run=True).count.startswith("new 1 ")
    assert everything_stored() == before


def test_accounts_complete_their_companies(imported):
    header = "account,sector,year_established,revenue,employees,office_location,subsidiary_of"
    imported("import_opportunities", HEADER, "a,Ann,X,Acme,Engaging,,,")
    lines = [header, "Acme,technolgy,1996,1100.04,2822,Philipines,", 'Bolt,retail,2001,"1,098",12,Kenya,Acme']

    assert imported("import_companies", *lines).count == "new 1 updated 1 unchanged 0 refused 0"
    acme, bolt = Company.objects.order_by("name")
    assert (acme.industry, acme.employees) == ("technology", 2822)
    assert acme.attributes == {"year_established": 1996, "revenue_millions": 1100.04, "office_location": "Philippines"}
    assert bolt.attributes["subsidiary_of"] == "Acme"
    assert imported("import_companies", *lines).count == "new 0 updated 0 unchanged 2 refused 0"


def test_a_file_of_another_kind_is_refused_as_a_whole(imported):
    with pytest.raises(CommandError, match="Missing: opportunity_id"):
        imported("import_opportunities", "id,name", "1,Ann")
