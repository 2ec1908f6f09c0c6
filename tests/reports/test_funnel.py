"""What counts as an entry, and what is made of the counts."""

from datetime import timedelta

import pytest

from leads.handover.close import close_won
from leads.handover.decide import Verb
from leads.lifecycle.entries import Mode, leads_in
from leads.models import Channel, Lead
from reports.queries.breakdown import regions, sources
from reports.queries.funnel import change, decisions, funnel
from reports.queries.scope import days_of, year_before
from tests.factories import NOW, make_campaign, make_lead, make_leads, make_user, move_to
from tests.reports.histories import asked, day, decide_on, entries, imported, walk, year_apart

pytestmark = pytest.mark.django_db


def test_a_return_does_not_count_a_stage_twice() -> None:
    lead = walk(make_lead(), {"mel": 1, "mql": 2})
    decide_on(lead, Verb.RETURN, 3)
    walk(lead, {"mql": 4})
    decide_on(lead, Verb.ACCEPT, 5)

    assert entries() == [1, 1, 1, 1, 0, 0]
    assert decisions(asked()) == {"accepted": 1, "returned": 1, "rejected": 0}


def test_what_was_undone_never_counts() -> None:
    lead = walk(make_lead(), {"mql": 2})
    decide_on(lead, Verb.ACCEPT, 3, undone=True)

    assert entries() == [1, 1, 1, 0, 0, 0]
    assert decisions(asked()) == {"accepted": 0, "returned": 0, "rejected": 0}


def test_an_undone_rejection_is_no_outcome() -> None:
    lead = walk(make_lead(), {"mql": 2})
    decide_on(lead, Verb.REJECT, 3, undone=True)

    assert funnel(asked()).outcomes == {"won": 0, "lost": 0, "disqualified": 0, "nurture": 0}


def test_a_second_pass_counts_again() -> None:
    lead = walk(make_lead(), {"mel": 1, "nurture": 2})
    make_lead(email=lead.email, occurred_at=day(9), now=day(9))

    assert entries() == [2, 1, 0, 0, 0, 0]
    assert funnel(asked()).outcomes["nurture"] == 1


def test_a_win_carries_a_lead_through_every_stage() -> None:
    imported(make_lead(), "won", 20)

    result = funnel(asked())

    assert entries() == [1, 1, 1, 1, 1, 1]
    assert result.outcomes["won"] == 1


def test_cohort_follows_on_and_period_counts_what_happened() -> None:
    early = make_lead(now=day(-5), occurred_at=day(-5))
    walk(early, {"mel": 1})
    walk(make_lead(), {"mel": 120})

    assert entries() == [1, 1, 0, 0, 0, 0]
    assert entries(mode=Mode.PERIOD) == [1, 1, 0, 0, 0, 0]
    cohort = leads_in(asked().scope, reached="mel").get()
    period = leads_in(asked(mode=Mode.PERIOD).scope, reached="mel").get()
    assert (cohort == early, period == early) == (False, True)


def test_in_a_period_only_the_first_entry_counts() -> None:
    lead = walk(make_lead(now=day(-9), occurred_at=day(-9)), {"mql": -8})
    decide_on(lead, Verb.RETURN, -7)
    walk(lead, {"mql": 3})

    assert entries(mode=Mode.PERIOD) == [0, 0, 0, 0, 0, 0]


def test_days_are_those_of_the_organisation() -> None:
    midnight = NOW.replace(hour=0)
    make_lead(occurred_at=midnight)
    make_lead(occurred_at=midnight - timedelta(seconds=1))
    make_lead(occurred_at=midnight + timedelta(days=101))

    assert entries()[0] == 1


def test_rates_and_bands_follow_the_table() -> None:
    for _ in range(3):
        walk(make_lead(), {"mql": 1, "sal": 2})
    walk(make_lead(), {"mql": 1})
    make_leads(4)

    _, mel, mql, sal, sql, _ = funnel(asked()).stages

    assert (mel.step_rate, mql.overall_rate, sal.step_rate) == (0.5, 0.5, 0.75)
    assert (mel.band, sal.band) == (None, "good")
    assert (sql.step_rate, sql.band) == (0.0, "failing")


def test_nothing_of_nothing_is_no_rate() -> None:
    first, second, *_ = funnel(asked()).stages

    assert (first.overall_rate, second.step_rate, second.band) == (None, None, None)
    assert change(3, 0) is None


def test_who_did_not_go_on_has_entered_and_never_the_next() -> None:
    stayed = make_lead()
    walk(make_lead(), {"mel": 1})

    row = funnel(asked()).stages[0]

    assert row.stopped == 1
    assert leads_in(asked().scope, stopped="mcl").get() == stayed


def test_last_year_is_the_predecessor_in_its_own_time() -> None:
    now, before = year_apart()
    make_leads(5, campaign_id=now.pk)
    make_leads(4, campaign_id=before.pk, occurred_at=NOW.replace(year=2025))
    starts_on, ends_on = days_of(now, NOW.date())

    question = asked(campaign=now, starts_on=starts_on, ends_on=ends_on)

    assert funnel(question).captured == 5
    assert funnel(year_before(question)).captured == 4
    assert change(5, 4) == 0.25


def test_part_of_a_campaign_is_compared_with_that_part_of_its_predecessor() -> None:
    now, before = year_apart()
    question = asked(campaign=now, starts_on=NOW.date(), ends_on=NOW.date() + timedelta(days=6))

    then = year_before(question)

    assert then.campaign == before
    assert (NOW.date() - then.starts_on).days == 365
    assert (then.ends_on - then.starts_on).days == 6


def test_without_days_a_report_covers_the_campaign_or_ninety_days() -> None:
    campaign, _ = year_apart()
    open_end = make_campaign(starts_on=NOW.date() - timedelta(days=200))

    assert days_of(campaign, NOW.date()) == (campaign.starts_on, campaign.ends_on)
    assert days_of(open_end, NOW.date()) == (open_end.starts_on, NOW.date())
    assert days_of(None, NOW.date()) == (NOW.date() - timedelta(days=89), NOW.date())


def test_the_campaign_and_source_of_a_pass_stay_its_own() -> None:
    spring, autumn = make_campaign(), make_campaign("autumn")
    linkedin = Channel.objects.get(slug="linkedin")
    lead = make_lead(campaign_id=spring.pk, channel_id=linkedin.pk)
    move_to(lead, "nurture", now=day(1))
    make_lead(email=lead.email, campaign_id=autumn.pk, occurred_at=day(5), now=day(5))

    assert Lead.objects.get().campaign == autumn
    assert entries(campaign=spring) == entries(campaign=autumn) == [1, 0, 0, 0, 0, 0]
    assert entries(channel="linkedin") == entries(channel="none") == [1, 0, 0, 0, 0, 0]
    assert leads_in(asked(campaign=spring).scope, outcome="nurture").get() == lead


def test_sources_and_regions_add_up_to_the_whole() -> None:
    linkedin = Channel.objects.get(slug="linkedin")
    walk(make_lead(channel_id=linkedin.pk), {"mel": 1})
    won = walk(make_lead(), {"mql": 1, "sal": 2, "sqo": 3})
    close_won(won.pk, amount=None, currency="", by=make_user().pk, now=day(4))

    by_source = {row.key: row for row in sources(asked())}
    (nowhere,) = regions(asked())

    assert list(by_source["linkedin"].stages.values()) == [1, 1, 0, 0, 0, 0]
    assert (by_source[""].won, by_source[""].to_won, by_source[""].to_last) == (1, 1.0, 1.0)
    assert (nowhere.key, nowhere.link) == ("", "none")
    assert list(nowhere.stages.values()) == [2, 2, 1, 1, 1, 1]
