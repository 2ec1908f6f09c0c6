"""News becomes notifications: to the right people, once each, and never of what was taken back."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.activity.news import publish
from leads.activity.outbox import consume
from leads.handover.close import close_won
from leads.handover.decide import Decision, Verb, decide, undo_decision
from leads.lifecycle.move import Move, move
from leads.lifecycle.undo import undo
from leads.models import Cause, Deadline, Handover, Lead, MailWish, Notification, Task, TaskKind
from leads.notices import news
from leads.notices.wishes import Wish, set_wishes
from leads.people.todo import NewTask, open_tasks, reassign_tasks
from tests.factories import NOW, make_handover, make_lead, make_leads, make_user
from users.models import Role, Team

LATER = NOW + timedelta(minutes=1)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _rows(committed_db: None) -> None:
    """The rows every installation starts with."""


@pytest.fixture
def rep():
    """The only sales rep of the sales team."""
    return make_user(email="rep@sales.example", name="Robin")


def hear(now=LATER) -> None:
    """Read all the news there is."""
    while consume(news.NAME, now=now, older_than=news.HELD_BACK):
        pass


def told() -> list[tuple[str, str]]:
    """Who was told of what."""
    return sorted(Notification.objects.values_list("user__email", "kind"))


def test_who_may_decide_hears_of_an_offer_and_nobody_else(rep):
    manager = make_user(Role.SALES_MANAGER, email="manager@sales.example")
    make_user(Role.SDR)
    make_user(Role.MARKETER)
    make_user(team=Team.objects.create(slug="other", name="Other"))
    make_user(is_active=False)

    make_handover()
    hear()

    assert told() == [(manager.email, "offered"), (rep.email, "offered")]


def test_an_offer_to_one_person_is_told_to_that_person(rep):
    other = make_user()
    row = make_handover()
    Handover.objects.filter(pk=row.pk).update(assignee=other)

    hear()

    assert told() == [(other.email, "offered")]


def test_the_same_news_twice_is_told_once(rep):
    make_handover()
    hear()
    publish("handover_offered", [Lead.objects.get().pk], now=NOW)
    hear()

    assert len(told()) == 1


def test_nothing_is_told_within_the_time_to_undo(rep):
    make_handover()

    hear(now=NOW + timedelta(seconds=14))

    assert told() == []


def test_an_undone_decision_tells_nobody_and_the_offer_still_stands(rep):
    marketer = make_user(Role.MARKETER)
    row = make_handover()
    decide([Decision(handover_id=row.pk, verb=Verb.ACCEPT)], by=rep.pk, now=NOW)
    undo_decision(row.pk, by=rep.pk, now=NOW + timedelta(seconds=5))

    hear()

    assert told() == [(rep.email, "offered")]
    decide([Decision(handover_id=row.pk, verb=Verb.REJECT, reason="bogus")], by=rep.pk, now=LATER)
    hear(now=LATER + timedelta(minutes=1))
    assert (marketer.email, "decided") in told()


def test_a_move_taken_back_tells_nobody(rep):
    lead = make_lead()
    (moved,) = move([Move(lead_id=lead.pk, to="mql", cause=Cause.PERSON)], by=rep.pk, now=NOW)
    undo([moved.change_id], by=rep.pk, now=NOW + timedelta(seconds=5))

    hear()

    assert told() == []


def test_marketings_owner_hears_of_the_decision_with_its_reason(rep):
    owner, _another = make_user(Role.MARKETER, email="maya@sales.example"), make_user(Role.MARKETER)
    lead = make_lead()
    Lead.objects.filter(pk=lead.pk).update(owner=owner)
    row = make_handover(lead)
    wish = Decision(handover_id=row.pk, verb=Verb.RETURN, reason="not_ready", missing=["timeline"])
    decide([wish], by=rep.pk, now=NOW)

    hear()

    (notice,) = Notification.objects.filter(kind="decided")
    assert notice.user == owner
    assert (notice.data["by"], notice.data["reason"]) == ("Robin", "Not ready yet")
    assert notice.data["missing"] == ["Timeline"]


def test_a_decision_made_by_another_takes_the_offer_off_the_bell(rep):
    other = make_user()
    row = make_handover()
    hear()
    decide([Decision(handover_id=row.pk, verb=Verb.ACCEPT)], by=other.pk, now=LATER)

    hear(now=LATER + timedelta(minutes=1))

    assert not Notification.objects.filter(kind="offered", read_at=None).exists()


def test_old_news_tells_nobody(rep):
    make_handover()

    hear(now=NOW + timedelta(days=4))

    assert told() == []


def test_imports_are_not_announced(rep):
    make_user(Role.MARKETER)
    lead = make_lead()
    move([Move(lead_id=lead.pk, to="won", cause=Cause.IMPORT)], by=None, now=NOW)

    hear()

    assert told() == []


def test_a_win_is_told_to_marketing_and_the_manager_not_to_the_winner(rep):
    marketer = make_user(Role.MARKETER, email="maya@sales.example")
    manager = make_user(Role.SALES_MANAGER, email="manager@sales.example")
    row = make_handover()
    decide([Decision(handover_id=row.pk, verb=Verb.ACCEPT)], by=rep.pk, now=NOW)
    for place in ("sql", "sqo"):
        move([Move(lead_id=row.lead_id, to=place, cause=Cause.IMPORT)], by=None, now=NOW)
    close_won(row.lead_id, amount=None, currency="", by=rep.pk, now=NOW)

    hear()

    assert set(told()) == {(manager.email, "won"), (marketer.email, "won"), (marketer.email, "decided")}


def clock(lead, **fields):
    """The running deadline on the decision."""
    times = dict.fromkeys(("started_at", "warn_at", "due_at", "escalate_at"), NOW)
    said = {"team": Team.objects.get(slug="sales"), **times, **fields}
    return Deadline.objects.update_or_create(lead=lead, cycle=1, kind="decide", defaults=said)[0]


@pytest.mark.parametrize(
    ("kind", "people"),
    [("warned", {"rep", "manager"}), ("breached", {"rep", "manager"}), ("escalated", {"manager"})],
)
def test_deadlines_are_told_to_who_is_to_act(rep, kind, people):
    manager = make_user(Role.SALES_MANAGER, email="manager@sales.example")
    row = clock(make_handover().lead)

    publish(f"deadline_{kind}", [row.lead_id], now=NOW, data={"deadlines": [row.pk]})
    hear()

    by_name = {"rep": rep, "manager": manager}
    assert [one for one in told() if one[1] == kind] == sorted((by_name[name].email, kind) for name in people)


def test_an_escalation_without_managers_goes_to_the_administrators(rep):
    admin = make_user(Role.ADMIN)
    row = clock(make_lead())

    publish("deadline_escalated", [row.lead_id], now=NOW, data={"deadlines": [row.pk]})
    hear()

    assert told() == [(admin.email, "escalated")]


def test_a_deadline_met_meanwhile_tells_nobody(rep):
    row = clock(make_lead(), met_at=NOW)

    publish("deadline_breached", [row.lead_id], now=NOW, data={"deadlines": [row.pk]})
    hear()

    assert told() == []


def test_tasks_recommendations_assignments_and_recycled_leads_are_told(rep):
    sdr = make_user(Role.SDR, email="sam@sales.example", name="Sam")
    marketer = make_user(Role.MARKETER, email="maya@sales.example")
    row = make_handover()
    Handover.objects.filter(pk=row.pk).update(recommended_at=LATER, recommended_by=sdr, assignee=rep, offered_at=LATER)
    task = Task.objects.create(
        lead_id=row.lead_id, cycle=1, kind="call_back", title="Call", assignee=sdr, due_at=LATER, created_at=NOW
    )
    publish("handover_recommended", [row.lead_id], now=LATER)
    publish("handover_assigned", [row.lead_id], now=LATER, data={"user": rep.pk, "by": sdr.pk})
    publish("handover_claimed", [row.lead_id], now=LATER, data={"user": rep.pk, "by": rep.pk})
    publish("task_due", [row.lead_id], now=LATER, data={"tasks": [task.pk]})
    publish("lead_recycled", [row.lead_id], now=LATER)

    hear(now=LATER + timedelta(minutes=1))

    assert told() == [
        (marketer.email, "recycled"),
        (rep.email, "assigned"),
        (rep.email, "recommended"),
        (sdr.email, "due"),
    ]


def test_a_task_given_by_another_is_told_one_taken_by_oneself_is_not(rep):
    marketer, other = make_user(Role.MARKETER, name="Maya"), make_user(Role.MARKETER)
    lead = make_lead()
    asked = NewTask(lead_id=lead.pk, kind=TaskKind.CALL_BACK, title="Call", assignee_id=other.pk)
    own = NewTask(lead_id=lead.pk, kind=TaskKind.CALL_BACK, title="Call", assignee_id=marketer.pk)
    task, _own = open_tasks([asked, own], by=marketer.pk, now=NOW)
    hear()
    reassign_tasks([task], marketer.pk, by=marketer.pk, now=LATER)
    hear(now=LATER + timedelta(minutes=1))

    (notice,) = Notification.objects.all()
    assert (notice.user, notice.kind, notice.data["by"]) == (other, "assigned", "Maya")


def test_who_set_a_nurtured_lead_aside_hears_that_its_day_has_come(rep):
    marketer, _other = make_user(Role.MARKETER), make_user(Role.MARKETER)
    lead = make_lead()

    publish("lead_recycled", [lead.pk], now=NOW, data={"set_aside_by": {str(lead.pk): marketer.pk}})
    hear()

    assert told() == [(marketer.email, "recycled")]


def test_nobody_is_told_of_a_lead_they_may_not_see(rep):
    stranger = make_user(team=Team.objects.create(slug="other", name="Other"))
    lead = make_lead()
    Lead.objects.filter(pk=lead.pk).update(owner=rep)
    row = clock(lead, user=stranger)

    publish("deadline_breached", [lead.pk], now=NOW, data={"deadlines": [row.pk]})
    hear()

    assert told() == []


def test_wishes_say_whether_it_rings_and_whether_it_is_mailed(rep):
    quiet = make_user()
    set_wishes(rep.pk, {"offered": Wish(MailWish.AT_ONCE, in_app=False)}, quiet_from=None, quiet_until=None)
    set_wishes(quiet.pk, {"offered": Wish(MailWish.OFF, in_app=False)}, quiet_from=None, quiet_until=None)

    make_handover()
    hear()

    (notice,) = Notification.objects.all()
    assert (notice.user, notice.read_at, notice.mail_at) == (rep, LATER, LATER)


def test_a_thousand_events_cost_as_many_statements_as_ten(rep):
    make_user(Role.SALES_MANAGER)
    counts = []
    for number in (10, 1000):
        leads = make_leads(number)
        move([Move(lead_id=lead.pk, to="mql", cause=Cause.PERSON) for lead in leads], by=None, now=NOW)
        for lead in leads:
            publish("handover_offered", [lead.pk], now=NOW)
        with CaptureQueriesContext(connection) as queries:
            hear()
        counts.append(len(queries) / (number // 500 + 2))

    assert Notification.objects.count() == 2 * 1010
    assert counts[1] <= counts[0] + 2


def test_a_crash_between_telling_and_the_cursor_tells_once(rep, monkeypatch):
    make_handover()

    def tell_and_die(events, now):
        news.hear(events, now)
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr("leads.activity.outbox._consumers", {news.NAME: tell_and_die})
        with pytest.raises(SystemExit):
            hear()
    assert told() == []
    hear()

    assert told() == [(rep.email, "offered")]
