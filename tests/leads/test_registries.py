"""What apps above may ask of leads is pinned here: a new entry changes this test, knowingly."""

from leads.activity.record import heard
from leads.conditions.leaves import kinds
from leads.conditions.used import past_sources, sources
from leads.handover.close import sync_opportunities
from leads.handover.deadlines import meet_contacts, sync_deadlines
from leads.handover.offer import sync_handovers
from leads.lifecycle.hooks import registered
from leads.lifecycle.together import statements
from leads.models import Kind
from leads.notices.causes import TELLERS
from leads.people.todo import open_follow_ups
from leads.queries.judged_by import lookups

IN_SCORING = {
    "activity",
    "bant",
    "bant_count",
    "company",
    "company_activity",
    "consent",
    "icp",
    "lead",
    "pass",
    "segment",
    "source",
}
ABOUT_STANDING = {"band", "company_score", "grade", "outcome", "owner", "phase", "score", "stage", "stage_days"}


def test_what_must_happen_with_a_move() -> None:
    assert registered() == [sync_handovers, sync_opportunities, open_follow_ups, sync_deadlines]


def test_what_must_happen_with_a_record() -> None:
    assert heard() == {meet_contacts: {Kind.CALL, Kind.MEETING}}


def test_where_a_name_may_be_used() -> None:
    assert set(sources()) == {"criteria", "routing", "phases", "ideal_customers", "segments", "scoring", "sequences"}
    assert set(past_sources()) == {"ideal_customers", "scoring"}


def test_what_is_asked_of_every_lead_at_once() -> None:
    assert set(statements()) == {"judging", "phases", "grades", "scoring"}


def test_who_knows_the_versions_of_models() -> None:
    assert [lookup.__module__ for lookup in lookups()] == ["scoring.in_force"]


def test_who_tells_people_of_news_besides_leads() -> None:
    modules = {tell.__module__ for tell in TELLERS.values()}
    assert modules == {"leads.notices.causes", "scoring.approval"}


def test_kinds_of_leaves() -> None:
    assert {kind for kind, leaf in kinds().items() if leaf.in_scoring} == IN_SCORING
    assert {kind for kind, leaf in kinds().items() if not leaf.in_scoring} == ABOUT_STANDING
