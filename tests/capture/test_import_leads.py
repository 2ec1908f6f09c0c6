"""Leads of a file become captures at rest."""

from datetime import UTC, datetime

import pytest
from django.core.management import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from capture.imports import run
from leads.lifecycle.criteria import set_criterion
from leads.models import Capture, Cause, Channel, Event, Handover, Lead, LeadScore, Pass, StageChange, Touched
from leads.people.capture import NewCapture, capture
from scoring.rules import RuleSpec
from scoring.touched import drain
from tests.capture.conftest import everything_stored
from tests.factories import make_campaign, publish_model, stage
from users.clock import database_now
from users.models import Organisation

LINES = ["a1,2018-02-01,page-1,social", "A1,2017-10-20,page-2,organic_search", "b2,2018-03-22,,unknown"]
ANYONE = {"leaf": "source", "field": "channel", "value": ["unknown"]}


def lead(external_id: str) -> Lead:
    return Lead.objects.select_related("channel", "stage").get(external_ids__value=external_id)


def test_a_row_becomes_a_lead_with_its_capture(import_leads):
    Organisation.objects.update(time_zone="Asia/Jerusalem")

    assert import_leads(*LINES).count == "new 3 updated 0 unchanged 0 refused 0"

    row, (change,) = lead("a1"), StageChange.objects.filter(lead=lead("a1"))
    assert (row.stage.slug, row.channel.slug, row.email) == ("mcl", "social", None)
    assert row.captured_at == datetime(2018, 1, 31, 22, tzinfo=UTC)  # midnight in Jerusalem
    assert (change.cause, change.date_only, change.occurred_at) == (Cause.IMPORT, True, row.captured_at)
    stored = Capture.objects.get(lead=row)
    assert (stored.landing_page, stored.payload["import"], stored.payload["line"]) == ("page-1", "olist", 2)
    assert stored.payload["row"]["origin"] == "social"


def test_unknown_is_a_source_and_blank_is_none(import_leads):
    import_leads("a,2018-02-01,p,unknown", "b,2018-02-01,p,", "c,2018-02-01,p,other_publicities")

    assert lead("a").channel == Channel.objects.get(slug="unknown")
    assert lead("b").channel is None
    assert (lead("c").channel.slug, lead("c").channel.name) == ("other-publicities", "Other publicities")


def test_a_second_run_changes_nothing(import_leads):
    import_leads(*LINES)
    before = everything_stored()

    assert import_leads(*LINES).count == "new 0 updated 0 unchanged 3 refused 0"
    assert everything_stored() == before


def test_a_dry_run_counts_and_writes_nothing(import_leads, monkeypatch):
    monkeypatch.setattr(run, "BATCH", 2)
    before = everything_stored()

    rehearsed = import_leads(*LINES, "x,never,p,social", LINES[0], dry_run=True)

    assert rehearsed.count == "new 3 updated 0 unchanged 1 refused 1"
    assert rehearsed.told[-1] == "Dry run: nothing was written."
    assert everything_stored() == before


def test_bad_rows_are_told_with_line_and_column_and_the_rest_stands(import_leads):
    done = import_leads(
        "a,2018-13-01,p,social",
        ",2018-02-01,p,social",
        "c,2018-02-01,p\x00,social",
        "d,2018-02-01,p",
        "e,0001-02-01,p,social",
        f"{'f' * 201},2018-02-01,p,social",
        "h,2018-02-01,p,__",
        "g,2018-02-01,p,social",
    )

    assert done.count == "new 1 updated 0 unchanged 0 refused 7"
    assert done.told == [
        "line 2, first_contact_date: '2018-13-01' is no date like 2018-02-01.",
        "line 3, mql_id: The cell is empty.",
        "line 4, landing_page_id: The cell holds a NUL character.",
        "line 5: 3 cells where the header names 4 columns.",
        "line 6, first_contact_date: '0001-02-01' lies outside the years 1900 to 2199.",
        "line 7, mql_id: Longer than 200 characters.",
        "line 8, origin: '__' gives no key of at most 50 letters and digits for a channel.",
    ]
    assert Lead.objects.get() == lead("g")


def test_a_person_in_other_words_is_one_more_touch(import_leads, monkeypatch):
    import_leads(LINES[0])

    assert import_leads("a1,2018-02-09,page-9,email").count == "new 0 updated 1 unchanged 0 refused 0"
    assert import_leads(LINES[0], "a1,2018-02-09,page-9,email").count == "new 0 updated 0 unchanged 2 refused 0"
    assert Lead.objects.get() == lead("a1")
    assert lead("a1").channel.slug == "social"
    assert Capture.objects.count() == 2
    assert Pass.objects.count() == 1


@pytest.mark.parametrize("size", [1, 100])
def test_a_person_twice_in_one_file_counts_the_same_however_it_is_cut(import_leads, monkeypatch, size):
    monkeypatch.setattr(run, "BATCH", size)

    done = import_leads(LINES[0], "a1,2018-02-09,page-9,email", LINES[0])

    assert done.count == "new 1 updated 1 unchanged 1 refused 0"


def test_imported_leads_are_scored_but_rest(import_leads):
    now = database_now()
    publish_model(rules=[RuleSpec(points=90, group="fit", condition=ANYONE)], now=now)
    for slug in ("mel", "mql"):
        set_criterion(stage(slug), ANYONE, by=None, now=now)
    import_leads("a,2018-02-01,p,unknown")

    drain(now=database_now())
    import_leads("a,2018-02-02,p,unknown")
    drain(now=database_now())

    assert LeadScore.objects.get(lead=lead("a")).points == 90
    assert lead("a").stage.slug == "mcl"
    assert not Handover.objects.exists()
    assert not Touched.objects.exists()
    assert not Event.objects.filter(kind="handover_offered").exists()


def test_an_imported_lead_wakes_when_something_new_happens(import_leads):
    set_criterion(stage("mel"), ANYONE, by=None, now=database_now())
    import_leads("a,2018-02-01,p,unknown")

    now = database_now()
    capture([NewCapture(occurred_at=now, external_ids=[("olist", "a")])], by=None, now=now)
    drain(now=database_now())

    assert lead("a").stage.slug == "mel"


def test_the_campaign_is_the_one_named(import_leads):
    campaign = make_campaign()

    import_leads(LINES[0], campaign=campaign.slug)

    assert lead("a1").campaign == campaign
    with pytest.raises(CommandError, match="no campaign 'summer'"):
        import_leads(LINES[0], campaign="summer")


def test_a_file_that_cannot_be_read_is_said_plainly(db, tmp_path):
    from django.core.management import call_command

    with pytest.raises(CommandError, match="No such file"):
        call_command("import_leads", str(tmp_path / "none.csv"), preset="olist")
    (tmp_path / "other.csv").write_text("id,when\n1,2\n")
    with pytest.raises(CommandError, match="Missing: mql_id, first_contact_date, landing_page_id, origin"):
        call_command("import_leads", str(tmp_path / "other.csv"), preset="olist")


@pytest.mark.django_db
def test_queries_do_not_grow_with_the_rows(import_leads):
    def queries(number: int, name: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as context:
            import_leads(*(f"{name}{n},2018-02-01,p,social" for n in range(number)))
        return len(context)

    queries(2, "warm")

    assert queries(200, "many") == queries(2, "few")
