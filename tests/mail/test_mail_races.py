"""Several at once: hits are judged once, and what is uncertain is settled by one."""

from functools import partial

from leads.models import Activity, Evidence, Kind
from leads.people.contact import unsubscribe
from mail.judge import judge_hits
from mail.models import Hit, Message, Settlement
from mail.settle import settle
from scoring.touched import process_touched
from tests.factories import NOW, make_leads, minutes
from tests.mail.tracked import hit, many_links, sent, uncertain
from tests.oracle.races import Crew

LATER = NOW + minutes(60)


def test_workers_judge_each_hit_once_while_leads_are_scored_and_unsubscribe(committed_db: None) -> None:
    leads = make_leads(60, consent=True)
    messages = sent(leads, many_links(4))
    for message in messages:
        for link in (1, 2, 3):
            hit(message, 600 + 3 * link, link=link)  # a burst
        hit(message, 300, link=4)  # somebody
    jobs = [partial(judge_hits, now=LATER, limit=7)] * 6 + [partial(process_touched, now=LATER)] * 2

    with Crew(len(jobs) + 1) as crew:
        for lead in leads:
            away = partial(unsubscribe, [lead.pk], source="one-click", ip=None, by=None, now=LATER)
            results = crew.race([*jobs, away])
            assert not [result for result in results if isinstance(result, Exception)]

    assert not Hit.objects.filter(verdict=None).exists()
    clicks = Activity.objects.filter(kind=Kind.MAIL_CLICK)
    assert clicks.count() == 60 * 4
    assert clicks.filter(evidence=Evidence.HUMAN).count() == 60
    assert set(clicks.filter(evidence=Evidence.HUMAN).values_list("data__link", flat=True)) == {4}


def test_of_several_who_settle_one_wins(committed_db: None) -> None:
    messages = uncertain(make_leads(20, consent=True))
    verdicts = [*Settlement.Verdict] * 3

    with Crew(len(verdicts)) as crew:
        for message in messages:
            jobs = [partial(settle, [message.pk], verdict, by=None, now=LATER) for verdict in verdicts]
            results = crew.race(jobs)
            assert sorted(results) == [[]] * (len(verdicts) - 1) + [[message.pk]]

    assert Settlement.objects.count() == len(messages)
    states = {"arrived": "sent", "again": "planned", "left": "failed"}
    said = Settlement.objects.values_list("message", "verdict")
    assert all(Message.objects.get(pk=pk).state == states[verdict] for pk, verdict in said)
