"""Leads set aside until a date come back when the day begins, once, and quietly."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.lifecycle.criteria import set_criterion
from leads.lifecycle.move import Move, MoveNotAllowed, move
from leads.lifecycle.recycle import recycle
from leads.lifecycle.undo import undo
from leads.models import Cause, Event, Handover, Lead, Pass, PassKind, StageChange, Task
from leads.people.edit import archive_leads
from scoring.touched import drain
from tests.factories import NOW, PAGE_VIEWED, make_lead, make_leads, make_user, move_to, stage, view_pages
from users.models import Organisation

pytestmark = pytest.mark.django_db
DAY = date(2026, 6, 1)
MORNING = datetime(2026, 6, 1, 0, 0, tzinfo=UTC)


def set_aside(lead: Lead, until: date | None = DAY, **fields) -> Lead:
    """To nurture until a day."""
    return move_to(lead, "nurture", until=until, reason="later", **fields)


def again(lead: Lead) -> Lead:
    """The lead as it stands now."""
    return Lead.objects.select_related("stage").get(pk=lead.pk)


def test_a_lead_comes_back_when_its_day_begins() -> None:
    lead = set_aside(make_lead())

    assert recycle(now=MORNING - timedelta(seconds=1)) == 0
    assert recycle(now=MORNING) == 1

    lead = again(lead)
    line = StageChange.objects.filter(lead=lead).latest("pk")
    assert (lead.stage.slug, lead.outcome, lead.cycle, lead.quiet_since) == ("mcl", "", 2, MORNING)
    assert (line.cause, StageChange.objects.get(pk=line.cause_id).outcome) == (Cause.RECYCLE, "nurture")
    assert Pass.objects.get(lead=lead, cycle=2).kind == PassKind.RECYCLED
    assert recycle(now=MORNING + timedelta(hours=1)) == 0


def test_an_engaged_lead_walks_to_the_engaged_stage() -> None:
    lead = set_aside(move_to(make_lead(), "mql"))

    recycle(now=MORNING)

    lines = StageChange.objects.filter(lead=lead, cycle=2).order_by("pk")
    assert [(line.to_stage.slug, line.passed_through) for line in lines] == [("mcl", True), ("mel", False)]
    assert not Handover.objects.filter(lead=lead, cycle=2).exists()


@pytest.mark.parametrize(
    ("zone", "begins"),
    [
        ("Asia/Jerusalem", datetime(2026, 3, 26, 22, 0, tzinfo=UTC)),  # the night in which summer begins
        ("America/New_York", datetime(2026, 3, 27, 4, 0, tzinfo=UTC)),
        ("Pacific/Kiritimati", datetime(2026, 3, 26, 10, 0, tzinfo=UTC)),
    ],
)
def test_the_day_is_that_of_the_organisation(zone: str, begins: datetime) -> None:
    Organisation.objects.update(time_zone=zone)
    set_aside(make_lead(), date(2026, 3, 27))

    assert recycle(now=begins - timedelta(minutes=1)) == 0
    assert recycle(now=begins) == 1


def test_old_facts_do_not_qualify_it_but_a_new_one_does() -> None:
    set_criterion(stage("mql"), PAGE_VIEWED, by=None, now=NOW)
    lead = make_lead()
    view_pages([lead])
    drain(now=NOW)
    set_aside(again(lead))
    recycle(now=MORNING)

    drain(now=MORNING)
    assert again(lead).stage.slug == "mel"

    later = MORNING + timedelta(days=1)
    view_pages([lead], now=later)
    drain(now=later)
    assert again(lead).stage.slug == "mql"


@pytest.mark.parametrize("to", ["mel", "disqualified"])
def test_who_has_moved_on_since_stays_there(to: str) -> None:
    lead = set_aside(make_lead())
    lead = move_to(lead, "mel")
    if to == "disqualified":
        lead = move_to(lead, to)

    assert recycle(now=MORNING) == 0
    assert again(lead).cycle == 2


def test_archived_leads_and_those_without_a_day_stay() -> None:
    archived = set_aside(make_lead())
    archive_leads([archived.pk], now=NOW)
    set_aside(make_lead(), None)

    assert recycle(now=MORNING) == 0


def test_undoing_a_move_out_of_nurture_brings_its_day_back() -> None:
    lead = set_aside(make_lead())
    move_to(lead, "mel", now=NOW)
    undo([StageChange.objects.latest("pk").pk], by=None, now=NOW)

    assert recycle(now=MORNING) == 1


def test_what_the_calendar_did_is_undone_once_and_for_all() -> None:
    user = make_user()
    lead = set_aside(make_lead(), by=user.pk)
    recycle(now=MORNING)

    undo([StageChange.objects.latest("pk").pk], by=user.pk, now=MORNING + timedelta(seconds=5))

    lead = again(lead)
    assert (lead.outcome, lead.cycle) == ("nurture", 1)
    assert not Task.objects.exists()
    assert recycle(now=MORNING + timedelta(hours=1)) == 0


def test_who_set_it_aside_is_to_follow_up_if_still_here() -> None:
    user, gone = make_user(), make_user(is_active=False)
    mine, theirs = set_aside(make_lead(), by=user.pk), set_aside(make_lead(), by=gone.pk)

    recycle(now=MORNING)

    task = Task.objects.get()
    assert (task.lead, task.assignee, task.kind, task.cycle, task.due_at) == (mine, user, "follow_up", 2, MORNING)
    event = Event.objects.get(kind="lead_recycled")
    assert event.lead_ids == [mine.pk, theirs.pk]
    assert event.data == {"set_aside_by": {str(mine.pk): user.pk, str(theirs.pk): gone.pk}}


def test_disqualified_and_lost_come_back_by_hand_as_recycled() -> None:
    lead = move_to(move_to(make_lead(), "disqualified"), "mel")

    assert (lead.stage.slug, lead.outcome, lead.cycle) == ("mel", "", 2)
    assert Pass.objects.get(lead=lead, cycle=2).kind == PassKind.RECYCLED


def test_the_calendar_moves_only_who_was_set_aside() -> None:
    lead = move_to(make_lead(), "mel")

    with pytest.raises(MoveNotAllowed, match="set aside"):
        move([Move(lead_id=lead.pk, to="mql", cause=Cause.RECYCLE, cause_id=1)], by=None, now=NOW)


def test_many_cost_as_many_questions_as_one() -> None:
    counts = []
    for number in (1, 40):
        leads = make_leads(number)
        moves = [Move(lead_id=lead.pk, to="nurture", cause=Cause.PERSON, until=DAY) for lead in leads]
        move(moves, by=make_user().pk, now=NOW)
        with CaptureQueriesContext(connection) as queries:
            assert recycle(now=MORNING) == number
        counts.append(len(queries))

    assert counts[0] == counts[1]
