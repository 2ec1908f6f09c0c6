"""Step times: what is measured and what is left out."""

from datetime import timedelta

import pytest

from leads.lifecycle.entries import Mode
from reports.queries.maturity import maturity
from reports.queries.velocity import Velocity, velocity
from tests.factories import make_lead, make_leads
from tests.reports.histories import asked, day, imported, walk
from users.models import Organisation

pytestmark = pytest.mark.django_db


def step(found: Velocity, end: str) -> tuple[int, float | None, float | None]:
    """n, mean and median of the step that ends at a stage."""
    row = next(row for row in found.steps if row.end == end)
    return row.n, row.mean_days, row.median_days


def test_steps_are_measured_between_consecutive_entries() -> None:
    walk(make_lead(), {"mel": 2, "mql": 5})
    walk(make_lead(), {"mel": 3})
    walk(make_lead(), {"mel": 10})

    found = velocity(asked())

    assert step(found, "mel") == (3, 5.0, 3.0)
    assert step(found, "mql") == (1, 3.0, 3.0)
    assert found.steps[0].p90_days == pytest.approx(8.6)


def test_stages_passed_through_say_nothing_about_time() -> None:
    walk(make_lead(), {"mql": 5})

    found = velocity(asked())

    assert step(found, "mel") == step(found, "mql") == (0, None, None)


def test_the_whole_path_does_not_need_its_steps() -> None:
    walk(make_lead(), {"mql": 5, "sal": 6, "sqo": 9})

    found = velocity(asked())

    assert found.mean_whole_path == 9.0
    assert found.sum_of_means is None


def test_the_sum_of_means_and_the_mean_of_sums_differ() -> None:
    walk(make_lead(), {"mel": 1, "mql": 2, "sal": 3, "sql": 4, "sqo": 5})
    walk(make_lead(), {"mel": 9})

    found = velocity(asked())

    assert (found.sum_of_means, found.mean_whole_path) == (9.0, 5.0)


def test_an_entry_out_of_order_is_left_out() -> None:
    imported(imported(make_lead(), "mel", 10), "mql", 8)

    found = velocity(asked())

    assert step(found, "mel") == (1, 10.0, 10.0)
    assert step(found, "mql") == (0, None, None)


def test_days_without_an_hour_are_counted_on_the_calendar() -> None:
    Organisation.objects.update(time_zone="Asia/Jerusalem")
    lead = make_lead(occurred_at=day(0) + timedelta(hours=12, minutes=30))
    imported(lead, "mel", 1.6, date_only=True)

    found = velocity(asked(zone=Organisation.load().zone))

    # 23:30 of one day to 01:24 of the day after the next: 2 days on the calendar there, 1 in UTC.
    assert step(found, "mel") == (1, 2.0, 2.0)


def test_the_way_to_a_win_counts_from_the_first_stage() -> None:
    imported(make_lead(), "won", 14, date_only=True)

    found = velocity(asked())

    assert (found.to_won.start, found.to_won.end, found.to_won.n) == ("mcl", "won", 1)
    assert found.to_won.median_days == 14.0


def test_a_period_measures_the_steps_completed_in_it() -> None:
    walk(make_lead(now=day(-8), occurred_at=day(-8)), {"mel": 2})
    walk(make_lead(), {"mel": 200})

    assert step(velocity(asked(mode=Mode.PERIOD)), "mel") == (1, 10.0, 10.0)
    assert step(velocity(asked()), "mel") == (1, 200.0, 200.0)


def test_a_young_cohort_is_known_to_be_immature() -> None:
    make_leads(3)
    lead = make_lead(occurred_at=day(40))
    walk(lead, {"disqualified": 41})
    make_lead(email=lead.email, occurred_at=day(45), now=day(45))

    found = maturity(asked(), velocity(asked()), day(60))

    assert (found.passes, found.young, found.days, found.repeated) == (5, 2, 30, 1)
    assert found.share == 0.4
