"""Hits become activities, once, with a verdict; bursts are seen whole, and late ones judged again."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from leads.lifecycle.criteria import set_criterion
from leads.models import Activity, Evidence, EvidenceChange, Kind, Lead
from mail.judge import judge_hits
from mail.models import Hit, Purpose
from scoring.engine import GroupSpec
from scoring.rules import RuleSpec
from scoring.touched import drain
from tests.factories import NOW, make_lead, make_leads, publish_model, stage
from tests.mail.tracked import ago, hit, many_links, sent

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
CLICKED = {"leaf": "activity", "measure": "count", "op": "gte", "value": 1, "kinds": ["mail_click"]}


def evidence(kind: Kind = Kind.MAIL_CLICK) -> list[int]:
    return list(Activity.objects.filter(kind=kind).order_by("occurred_at", "pk").values_list("evidence", flat=True))


def test_a_click_becomes_an_activity_of_the_mail_once():
    (message,) = sent()
    hit(message, 600, link=2)

    assert judge_hits(now=LATER) == 1
    assert judge_hits(now=LATER) == 0

    (click,) = Activity.objects.filter(kind=Kind.MAIL_CLICK)
    stored = Hit.objects.get()
    assert (click.lead_id, click.occurred_at, click.evidence) == (message.lead_id, NOW + ago(600), Evidence.HUMAN)
    assert (click.source, click.external_id, click.mail_number) == ("mail", f"hit:{stored.pk}", 3)
    assert (click.document.slug, click.data) == (
        "study",
        {"message": message.pk, "link": 2, "url": "https://site.example/2"},
    )
    assert (stored.verdict, stored.reason) == (Evidence.HUMAN, "")


def test_opens_are_judged_at_once_and_stay_opens():
    (message,) = sent()
    hit(message, 30, link=None)
    hit(message, 40, link=None, agent="Mozilla/5.0")

    assert judge_hits(now=NOW + ago(41)) == 2

    assert evidence(Kind.MAIL_OPEN) == [Evidence.HUMAN, Evidence.UNSURE]
    assert not Activity.objects.filter(kind=Kind.MAIL_CLICK).exists()


def test_a_click_waits_until_a_burst_would_be_seen():
    (message,) = sent()
    hit(message, 600)

    assert judge_hits(now=NOW + ago(611)) == 0
    assert judge_hits(now=NOW + ago(612)) == 1


def test_a_sweep_over_all_links_is_a_machine_to_the_first_click():
    (message,) = sent()
    for link in range(1, 6):
        hit(message, 43 + link * 3, link=link)

    judge_hits(now=LATER)

    assert evidence() == [Evidence.MACHINE] * 5
    assert set(Hit.objects.values_list("reason", flat=True)) == {"burst"}


def test_clicks_of_two_mails_are_no_burst():
    first, second = sent(make_leads(2, consent=True))
    hit(first, 60, link=1)
    hit(second, 60.5, link=2)

    judge_hits(now=LATER)

    assert evidence() == [Evidence.HUMAN, Evidence.HUMAN]


def test_a_burst_that_shows_up_late_takes_the_verdict_back():
    (message,) = sent()
    hit(message, 600, link=1)
    judge_hits(now=NOW + ago(613))
    assert evidence() == [Evidence.HUMAN]

    for link in (2, 3):  # doors that were slow to store them
        hit(message, 600 + link, link=link)
    judge_hits(now=LATER)

    assert evidence() == [Evidence.MACHINE] * 3
    assert [(c.before, c.after, c.reason) for c in EvidenceChange.objects.all()] == [
        (Evidence.HUMAN, Evidence.MACHINE, "burst")
    ]


def test_hits_of_test_mails_are_judged_and_told_to_nobody():
    (message,) = sent()
    type(message).objects.update(purpose=Purpose.TEST)
    hit(message, 600)

    assert judge_hits(now=LATER) == 1
    assert not Activity.objects.filter(kind=Kind.MAIL_CLICK).exists()


@pytest.fixture
def click_promotes():
    """Ten points for a click, and ten points make an MEL."""
    rule = RuleSpec(points=10, group="behaviour", condition=CLICKED)
    publish_model("clicks", [rule], (GroupSpec("behaviour", "engagement"),))
    set_criterion(stage("mel"), {"leaf": "score", "model": "clicks", "op": "gte", "value": 10}, by=None, now=NOW)
    drain(now=NOW)


def test_a_click_of_a_person_scores_and_promotes(click_promotes):
    lead = make_lead(consent=True)
    (message,) = sent([lead])
    hit(message, 600)

    judge_hits(now=LATER)
    drain(now=LATER)

    lead = Lead.objects.get(pk=lead.pk)
    assert (lead.stage.slug, lead.scores.get(model__slug="clicks").points) == ("mel", 10)


@pytest.mark.parametrize(
    "sweep",
    [
        [(40 + n / 5, {"link": n}) for n in range(1, 6)],  # all links within a second
        [(1.5, {"link": 1})],  # the only link, at once
        [(43, {"link": 1, "method": "HEAD"}), (80, {"link": 1, "agent": "Barracuda"}), (90, {"link": 2, "agent": ""})],
        [(43 + 4 * n, {"link": n}) for n in range(1, 7)],  # slowly, one after the other
        [(30, {"link": 1, "is_prefetch": True})],
    ],
)
def test_no_scanner_promotes_anybody(click_promotes, sweep):
    lead = make_lead(consent=True)
    (message,) = sent([lead])
    for after, how in sweep:
        hit(message, after, **how)

    judge_hits(now=LATER)
    drain(now=LATER)

    lead = Lead.objects.get(pk=lead.pk)
    assert lead.stage.slug == "mcl"
    assert evidence() == [Evidence.MACHINE] * len(sweep)


@given(st.lists(st.tuples(st.integers(3, 60), st.integers(1, 6)), min_size=1, max_size=10), st.data())
def test_verdicts_do_not_depend_on_when_they_are_asked_for(clicks, data):
    """Judged one by one as they come, or all at the end: the same evidence stands in the end."""
    often, once = sent(make_leads(2, consent=True), many_links())
    for second, link in sorted(clicks):
        hit(often, second, link=link)
        if data.draw(st.booleans()):
            judge_hits(now=NOW + ago(second + 12), limit=3)
    for second, link in sorted(clicks):
        hit(once, second, link=link)
    while judge_hits(now=LATER, limit=2):
        pass

    found = [list(Hit.objects.filter(message=m).order_by("at", "pk").values_list("verdict")) for m in (often, once)]
    assert found[0] == found[1]
    recorded = Activity.objects.filter(kind=Kind.MAIL_CLICK, lead__in=[often.lead_id, once.lead_id])
    assert recorded.count() == 2 * len(clicks)
    Hit.objects.all().delete()


def test_many_hits_cost_no_more_questions_than_one():
    messages = sent(make_leads(30, consent=True))
    for message in messages:
        hit(message, 600)
    with CaptureQueriesContext(connection) as one:
        assert judge_hits(now=LATER, limit=1) == 1
    with CaptureQueriesContext(connection) as many:
        assert judge_hits(now=LATER) == 29

    assert len(many) <= len(one) + 1
