"""The journal of a lead: every line with what it rests on, and how long the lead stood there."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.handover.close import record_proof
from leads.handover.decide import Decision, Verb, decide
from leads.lifecycle.criteria import set_criterion
from leads.lifecycle.move import Move, move
from leads.lifecycle.undo import UndoNotPossible, undo
from leads.models import Cause, Handover, Lead, StageChange
from leads.queries.journal import journal
from scoring.touched import drain
from tests.browsing import browser
from tests.factories import NOW, PAGE_VIEWED, make_lead, make_user, minutes, move_to, stage, view_pages
from users.models import Organisation, Role

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def marketer():
    return make_user(Role.MARKETER, name="Maya")


def lines(lead: Lead, now=NOW):
    return journal(Lead.objects.select_related("stage", "owner").get(pk=lead.pk), now)


def far(marketer) -> Lead:
    """A lead captured, promoted, handed over, accepted and proved."""
    set_criterion(stage("mel"), PAGE_VIEWED, by=None, now=NOW)
    lead, rep = make_lead(), make_user(name="Rami")
    view_pages([lead])
    drain(now=NOW)
    move_to(lead, "mql", by=marketer.pk, note="Met at the fair.")
    offer = Handover.objects.get(lead=lead)
    decide([Decision(handover_id=offer.pk, verb=Verb.ACCEPT)], by=rep.pk, now=NOW)
    record_proof(lead.pk, form="oral", text="Asked for the contract.", by=rep.pk, now=NOW)
    return lead


def test_each_line_says_what_it_rests_on(marketer):
    lead = far(marketer)

    page = browser(marketer).get(f"/leads/{lead.pk}/journal/").content.decode()

    said = [line.why for line in lines(lead)]
    assert said == [
        "Proof: Asked for the contract.",
        "Proof: Asked for the contract.",
        "Handover: accepted",
        "Moved by a person",
        "Criterion of MEL, version 1",
        "Captured",
    ]
    for words in ("Maya", "Rami", "Met at the fair.", "passed through", "/settings/criteria/"):
        assert words in page


def test_time_there_is_told_by_the_clock_and_in_working_time():
    Organisation.objects.update(working_days=[1, 2, 3, 4, 5], opens_at="09:00", closes_at="17:00", time_zone="UTC")
    lead = make_lead()  # on a Monday at nine
    move_to(lead, "mel", now=NOW + 5 * DAY)

    entered, captured = lines(lead, now=NOW + 7 * DAY + timedelta(hours=1))

    assert (captured.stood, captured.worked) == (5 * DAY, timedelta(hours=40))
    assert (entered.stood, entered.worked) == (2 * DAY + timedelta(hours=1), timedelta(hours=1))


def test_what_was_taken_back_is_shown_and_measures_nothing(marketer):
    lead = make_lead()
    move_to(lead, "mel", by=marketer.pk)
    change = StageChange.objects.filter(lead=lead).latest("pk")
    undo([change.pk], by=marketer.pk, now=NOW + minutes(0.1))

    taking_back, gone, captured = lines(lead, now=NOW + DAY)

    assert (gone.is_gone, gone.stood, taking_back.stood) == (True, None, None)
    assert captured.stood == DAY
    assert f"#line-{change.pk}" in browser(marketer).get(f"/leads/{lead.pk}/journal/").content.decode()


def test_a_move_too_old_to_undo_is_reversed_by_another_line(marketer):
    lead = make_lead()
    move_to(lead, "mql", by=marketer.pk)
    last = StageChange.objects.filter(lead=lead).latest("pk")
    week = NOW + 7 * DAY
    with pytest.raises(UndoNotPossible, match="by hand"):
        undo([last.pk], by=marketer.pk, now=week)

    page = browser(marketer).get(f"/leads/{lead.pk}/move/").content.decode()
    move([Move(lead_id=lead.pk, to="mel", cause=Cause.PERSON, note="By mistake.")], by=marketer.pk, now=week)

    assert 'value="mel"' in page
    back = lines(lead, now=week)[0].row
    assert (back.backward, back.undoes_id, back.to_stage.slug, back.cycle) == (True, None, "mel", 1)


def test_a_long_life_asks_no_more_questions(marketer):
    short, long = make_lead(), far(marketer)
    client, counts = browser(marketer), []
    for to in ("sql", "sal", "nurture", "mel", "mcl"):
        move_to(long, to, by=marketer.pk)
    for lead in (short, long):
        with CaptureQueriesContext(connection) as caught:
            client.get(f"/leads/{lead.pk}/journal/")
        counts.append(len(caught))

    assert counts[1] <= counts[0] + 4  # criteria, handovers, proofs, the owner


def test_the_lead_page_leads_there_and_says_how_long_it_stands(marketer):
    lead = make_lead()

    page = browser(marketer).get(f"/leads/{lead.pk}/").content.decode()

    assert f"/leads/{lead.pk}/journal/" in page
    assert "In MCL for" in page
