"""Sales agents' managers, from a file of their own."""

import io

import pytest
from django.core.management import CommandError, call_command

from leads.models import Opportunity

pytestmark = pytest.mark.django_db
PIPELINE = "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value\n"
TEAMS = "sales_agent,manager,regional_office\n"


def run(tmp_path, teams: str, preset: str = "maven") -> str:
    (tmp_path / "pipeline.csv").write_text(
        PIPELINE + "1,Anna,GTX,Acme,Won,2016-10-20,2017-03-01,10\n2,Ben,GTX,Acme,Won,2016-10-20,2017-03-01,10\n"
    )
    (tmp_path / "teams.csv").write_text(teams)
    out, file = io.StringIO(), str(tmp_path / "pipeline.csv")
    call_command(
        "import_opportunities", file, preset=preset, teams=tmp_path / "teams.csv", stdout=out, stderr=io.StringIO()
    )
    return out.getvalue().splitlines()[-1]


def test_deals_get_the_manager_and_office_of_their_agent(tmp_path):
    assert run(tmp_path, TEAMS + "Anna,Mia,East\n") == "new 2 updated 0 unchanged 0 refused 0"

    anna, ben = Opportunity.objects.order_by("external_id")
    assert (anna.data["manager"], anna.data["regional_office"]) == ("Mia", "East")
    assert "manager" not in ben.data
    assert run(tmp_path, TEAMS + "Anna,Mia,East\n") == "new 0 updated 0 unchanged 2 refused 0"


@pytest.mark.parametrize(
    ("teams", "why"),
    [
        ("agent,boss\nAnna,Mia\n", "needs the columns"),
        (TEAMS, "needs the columns"),
        (TEAMS + "Anna,Mia,East\nAnna,Max,East\n", "line 3"),
        (TEAMS + ",Mia,East\n", "line 2"),
    ],
)
def test_a_bad_file_of_teams_is_refused_before_anything_is_read(tmp_path, teams, why):
    with pytest.raises(CommandError, match=why):
        run(tmp_path, teams)

    assert not Opportunity.objects.exists()
