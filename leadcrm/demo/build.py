"""Makes the demo: set-up, then three campaigns driven day by day, in one transaction."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from leadcrm.demo.always_on import always_on_facts, began_on
from leadcrm.demo.campaign import campaign_facts
from leadcrm.demo.dates import Quarter, last_full_quarter
from leadcrm.demo.drive import Driver
from leadcrm.demo.facts import Fact
from leadcrm.demo.logins import open_logins
from leadcrm.demo.nurture import set_up_sequences
from leadcrm.demo.people import Population
from leadcrm.demo.proposals import propose
from leadcrm.demo.rules import THRESHOLD, set_up_rules
from leadcrm.demo.shapes import LAST_YEAR as LAST_YEAR_SHAPE
from leadcrm.demo.shapes import THIS_YEAR as THIS_YEAR_SHAPE
from leadcrm.demo.state import LAST_YEAR, RUNNING, THIS_YEAR
from leads.people.campaigns import NewCampaign, open_campaigns
from reports import digest
from users.accounts import change_organisation
from users.transactions import one_transaction

ZONE = ZoneInfo("America/New_York")
SEED = 41


@one_transaction()
def build(
    *, password: str, now: datetime, tell: Callable[[str], None] = lambda phase: None, mql_threshold: int = THRESHOLD
) -> None:
    """Fill an empty installation as of `now`; all of it or, when interrupted, nothing. `tell` hears of each phase."""
    change_organisation(name="Heshbonit4U", time_zone=ZONE.key, currency="USD")
    users = open_logins(password)
    this_year = last_full_quarter(now, ZONE)
    last_year = this_year.a_year_earlier()
    before = last_year.start - timedelta(days=1)
    set_up_rules(marketer=users["marketer"], manager=users["manager"], mql_threshold=mql_threshold, now=before)
    _open_campaigns(last_year, this_year, now)
    set_up_sequences(marketer=users["marketer"], now=before)
    phases = _Phases(tell, last_year, this_year)
    tell("set up")
    Driver(users, ZONE).drive(_facts(last_year, this_year, now), until=now, tell=phases.day_over)
    propose(marketer=users["marketer"], manager=users["manager"], now=now)
    digest.mail(digest.make(digest.last_week(now), by=None, now=now), now=now)
    tell(RUNNING)


def _open_campaigns(last_year: Quarter, this_year: Quarter, now: datetime) -> None:
    open_campaigns(
        [
            NewCampaign(
                slug=LAST_YEAR,
                name="OECD study, last year",
                starts_on=last_year.first_day,
                ends_on=last_year.last_day,
            ),
            NewCampaign(
                slug=THIS_YEAR,
                name="OECD study",
                starts_on=this_year.first_day,
                ends_on=this_year.last_day,
                predecessor=LAST_YEAR,
            ),
            NewCampaign(slug=RUNNING, name="Always on", starts_on=began_on(now, ZONE).date()),
        ]
    )


def _facts(last_year: Quarter, this_year: Quarter, now: datetime) -> list[Fact]:
    population = Population(SEED)
    facts = campaign_facts(LAST_YEAR, LAST_YEAR_SHAPE, last_year, population, SEED + 1)
    facts += campaign_facts(THIS_YEAR, THIS_YEAR_SHAPE, this_year, population, SEED + 2)
    return facts + always_on_facts(RUNNING, now, ZONE, population, SEED + 3)


class _Phases:
    """Says once when each campaign is over."""

    def __init__(self, tell: Callable[[str], None], *quarters: Quarter) -> None:
        self._tell = tell
        self._ends = list(zip((LAST_YEAR, THIS_YEAR), (quarter.end for quarter in quarters), strict=True))

    def day_over(self, moment: datetime) -> None:
        while self._ends and moment >= self._ends[0][1]:
            self._tell(self._ends.pop(0)[0])
