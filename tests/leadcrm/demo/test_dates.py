"""Whatever the day, the campaigns fill the last full quarter and the same one a year before."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from leadcrm.demo.campaign import campaign_facts
from leadcrm.demo.dates import last_full_quarter
from leadcrm.demo.facts import CampaignEnded, Learned
from leadcrm.demo.history import DAY, tracks_of
from leadcrm.demo.people import Population
from leadcrm.demo.shapes import LAST_YEAR, THIS_YEAR

ZONE = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("now", "first", "last"),
    [
        (datetime(2027, 1, 1, 4, 59, tzinfo=UTC), date(2026, 7, 1), date(2026, 9, 30)),
        (datetime(2027, 1, 1, 5, 0, tzinfo=UTC), date(2026, 10, 1), date(2026, 12, 31)),
        (datetime(2028, 5, 20, tzinfo=UTC), date(2028, 1, 1), date(2028, 3, 31)),
    ],
)
def test_the_last_full_quarter_is_one_of_the_zone(now, first, last):
    quarter = last_full_quarter(now, ZONE)

    assert (quarter.first_day, quarter.last_day) == (first, last)
    assert quarter.a_year_earlier().first_day == first.replace(year=first.year - 1)


def is_of_a_customer(fact):
    """How a customer fares is known weeks after the win."""
    return isinstance(fact, Learned) and "onboarded_on" in fact.company


@pytest.mark.parametrize("month", [1, 4, 7, 10])
@pytest.mark.parametrize("shape", [THIS_YEAR, LAST_YEAR], ids=["this", "last"])
def test_all_facts_lie_within_the_quarter_and_follow_the_capture(month, shape):
    quarter = last_full_quarter(datetime(2027, month, 15, tzinfo=UTC), ZONE)
    facts = [f for f in campaign_facts("x", shape, quarter, Population(1), 1) if not isinstance(f, CampaignEnded)]

    arrived = {fact.who: fact.at for fact in facts if hasattr(fact, "person")}
    assert len(arrived) == shape.counts[0]
    assert all(arrived[fact.who] <= fact.at for fact in facts)
    assert all(fact.at < quarter.end for fact in facts if not is_of_a_customer(fact))
    assert min(arrived.values()) >= quarter.start


@pytest.mark.parametrize("shape", [THIS_YEAR, LAST_YEAR], ids=["this", "last"])
def test_who_qualifies_has_had_all_the_mails_first(shape):
    qualified = [track.qualified for track in tracks_of(shape, 5) if track.qualified]

    assert len(qualified) == shape.counts[2]
    assert min(qualified) > 14 * DAY
