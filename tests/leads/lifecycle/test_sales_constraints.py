"""What the database refuses about journals, handovers, times, deals, profiles and phases, whoever asks."""

from collections.abc import Callable

import pytest

from leads.handover.decide import Decision, Verb, decide
from leads.lifecycle.phase import set_phase
from leads.models import Handover, Lead, Opportunity, Stage, StageChange
from tests.factories import NOW, make_handover, make_lead, make_user, move_to
from tests.leads.lifecycle.test_constraints import LINE, execute
from tests.leads.lifecycle.test_constraints import refused as refused

pytestmark = pytest.mark.django_db
Refused = Callable[..., None]


def place(slug: str) -> int:
    """The id of a stage, retired or not."""
    return Stage.everything.get(slug=slug).pk


def line(lead: Lead, **said: object) -> list[object]:
    """The parameters of LINE: a move of a captured lead to the engaged stage, but for what is said otherwise."""
    given = {
        "cycle": 1,
        "from_stage": place("mcl"),
        "from_outcome": "",
        "to": place("mel"),
        "outcome": "",
        "cause": "person",
        "cause_id": None,
        "undoes": None,
    }
    return [lead.pk, *(given | said).values()]


@pytest.fixture
def moved(refused: Refused) -> Callable[..., None]:
    """Write a line and let the lead stand there, as a flow would, and expect a refusal that names the constraint."""

    def run(name: str, lead: Lead, **said: object) -> None:
        _lead, cycle, _from, _outcome, to, outcome, *_ = line(lead, **said)
        stand = "UPDATE leads_lead SET stage_id = %s, outcome = %s, cycle = %s WHERE id = %s"
        refused(name, f"{LINE}; {stand}", *line(lead, **said), to, outcome, cycle, lead.pk)

    return run


def test_a_line_that_begins_elsewhere_than_the_one_before_ended(moved: Callable[..., None]) -> None:
    lead = make_lead()

    moved("begins where the one before it ended", lead, from_stage=place("mql"))
    moved("begins where the one before it ended", lead, from_outcome="lost")


def test_a_journal_that_begins_twice(moved: Callable[..., None]) -> None:
    moved("stage_change_begins_once", make_lead(), from_stage=None)


def test_a_pass_that_never_began_or_is_over(moved: Callable[..., None]) -> None:
    lead = move_to(make_lead(), "disqualified")
    moved("has not begun", lead, cycle=2, from_outcome="disqualified")

    again = move_to(lead, "mel")

    assert again.cycle == 2
    moved("is over", lead, cycle=1, from_stage=place("mel"), to=place("mql"))


def test_an_undo_that_leads_elsewhere_or_undoes_the_line_of_another(moved: Callable[..., None]) -> None:
    lead, other = move_to(make_lead(), "mel"), move_to(make_lead(), "mel")
    own, theirs = (StageChange.objects.filter(lead=one).latest("pk").pk for one in (lead, other))
    undo = {"from_stage": place("mel"), "cause": "undo"}

    moved("leads back to where that began", lead, **undo, to=place("mql"), cause_id=own, undoes=own)
    moved("leads back to where that began", lead, **undo, to=place("mcl"), cause_id=theirs, undoes=theirs)


def test_a_line_to_a_stage_that_was_retired(refused: Refused) -> None:
    lead = make_lead()
    gone = "UPDATE leads_stage SET retired_at = now(), leads_go_to_id = %s WHERE slug = 'mel'"
    execute(gone, place("mcl"))

    refused("takes no lead any more", LINE, *line(lead))


def test_an_outcome_nobody_knows(refused: Refused) -> None:
    lead = make_lead()

    refused("stage_change_outcome_known", LINE, *line(lead, outcome="gone"))
    refused("lead_outcome_known", "UPDATE leads_lead SET outcome = 'gone' WHERE id = %s", lead.pk)


def test_a_day_to_try_again_of_a_lead_that_is_not_nurtured(refused: Refused) -> None:
    text = LINE.replace("undoes_id,", "undoes_id, until,").replace("%s, now(), now()", "%s, current_date, now(), now()")

    refused("stage_change_until_of_nurture", text, *line(make_lead()))


def test_an_undo_that_is_not_called_so(refused: Refused) -> None:
    lead = move_to(make_lead(), "mel")

    refused("stage_change_undo_is_said", LINE, *line(lead, undoes=StageChange.objects.latest("pk").pk))


def test_stages_with_one_key_role_or_place(refused: Refused) -> None:
    refused("append-only", "UPDATE leads_stage SET slug = 'other' WHERE slug = 'mel'")
    refused("stage_role_once", "UPDATE leads_stage SET role = 'captured' WHERE slug = 'mel'")
    refused("stage_position_once", "UPDATE leads_stage SET position = 10 WHERE slug = 'mel'")
    refused("stage_merged_is_retired", "UPDATE leads_stage SET merged_into_id = %s WHERE slug = 'mel'", place("mql"))


def test_a_pass_that_begins_twice(refused: Refused) -> None:
    lead = make_lead()

    refused(
        "pass_unique", "INSERT INTO leads_pass (lead_id, cycle, began_at, kind) VALUES (%s, 1, now(), 'new')", lead.pk
    )


def test_a_decision_without_its_time(refused: Refused) -> None:
    offer = make_handover()

    refused("handover_decided_has_time", "UPDATE leads_handover SET state = 'accepted' WHERE id = %s", offer.pk)
    refused("handover_decided_has_time", "UPDATE leads_handover SET decided_at = now() WHERE id = %s", offer.pk)
    refused(
        "handover_state_known", "UPDATE leads_handover SET state = 'maybe', decided_at = now() WHERE id = %s", offer.pk
    )


def test_two_running_clocks_of_one_kind(refused: Refused) -> None:
    offer = make_handover()
    columns = "lead_id, cycle, kind, started_at, warn_at, due_at, escalate_at"
    clock = f"INSERT INTO leads_deadline ({columns}) VALUES (%s, 1, 'decide', now(), now(), now(), now())"

    refused("deadline_one_runs", clock, offer.lead_id)
    refused("deadline_in_order", "UPDATE leads_deadline SET warn_at = due_at + interval '1 day'")
    refused("deadline_ends_once", "UPDATE leads_deadline SET met_at = now(), dropped_at = now()")
    refused("sla_takes_time", "UPDATE leads_sla SET amount = 0")
    refused("sla_warns_in_time", "UPDATE leads_sla SET warn_percent = 101")
    columns = "kind, amount, unit, warn_percent, escalate_hours"
    refused("sla_once_a_team", f"INSERT INTO leads_sla ({columns}) VALUES ('decide', 1, 'days', 75, 1)")


def test_two_first_contacts_of_one_pass(refused: Refused) -> None:
    offer = make_handover()
    task = "INSERT INTO leads_task (lead_id, cycle, kind, title, created_at) VALUES (%s, 1, 'contact', 'Call', now())"
    decide([Decision(handover_id=offer.pk, verb=Verb.ACCEPT)], by=make_user().pk, now=NOW)
    execute("DELETE FROM leads_task WHERE lead_id = %s", offer.lead_id)
    execute(task, offer.lead_id)

    refused("task_one_first_contact", task, offer.lead_id)


def test_two_deals_of_one_pass(refused: Refused) -> None:
    lead = make_lead()
    Opportunity.objects.create(lead=lead, cycle=1)
    deal = (
        "INSERT INTO leads_opportunity (lead_id, cycle, state, currency, reason, data) VALUES (%s, 1, %s, '', '', '{}')"
    )

    refused("opportunity_one_per_pass", deal, lead.pk, "open")
    refused("opportunity_closed_has_time", "UPDATE leads_opportunity SET state = 'won'")
    refused("opportunity_amount_not_negative", "UPDATE leads_opportunity SET amount = -1")


def test_a_profile_whose_grades_are_out_of_order(refused: Refused) -> None:
    profile = (
        "INSERT INTO leads_icpprofile (realm, version, a_from, b_from, c_from, recorded_at)"
        " VALUES ('sales', 99, %s, %s, %s, now())"
    )

    refused("icp_grades_in_order", profile, 50, 60, 25)
    refused("icp_grades_in_order", profile, 101, 60, 25)


def test_a_phase_rewritten(refused: Refused) -> None:
    lead = make_lead()
    set_phase({lead.pk: "buy"}, note="They asked.", by=make_user().pk, now=NOW)

    refused("append-only", "UPDATE leads_phasechange SET phase = 'explore'")
    refused("append-only", "UPDATE leads_phasechange SET evidence = ''")
    refused("append-only", "DELETE FROM leads_phasechange")
    refused(
        "phase_change_known",
        "INSERT INTO leads_phasechange (lead_id, phase, evidence, recorded_at) VALUES (%s, 'later', '', now())",
        lead.pk,
    )


def test_a_notice_told_twice(refused: Refused) -> None:
    user = make_user()
    notice = (
        "INSERT INTO leads_notification (user_id, kind, data, dedupe_key, created_at)"
        " VALUES (%s, 'won', '{}', 'key', now())"
    )
    execute(notice, user.pk)

    refused("notification_once", notice, user.pk)


def test_what_stands_open_stays_open_after_a_refusal(refused: Refused) -> None:
    offer = make_handover()

    refused(
        "handover_state_known", "UPDATE leads_handover SET state = 'maybe', decided_at = now() WHERE id = %s", offer.pk
    )

    assert Handover.objects.get(pk=offer.pk).state == "open"
