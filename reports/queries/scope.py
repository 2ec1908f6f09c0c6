"""What a report is about: the filter every report takes, its time and what it is compared with."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from leads.lifecycle.entries import Mode, PassScope
from leads.models import Campaign, Lead

DEFAULT_DAYS = 90


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """Midnight at the beginning of a day of the organisation."""
    return datetime.combine(day, time.min, zone)


@dataclass(frozen=True, kw_only=True)
class ReportFilter:
    """One question to the journal. Days are the organisation's and both inclusive; empty texts mean all.

    `leads` is what the reader's reports may count (leads.access.leads_in_reports); None counts everything.
    """

    starts_on: date
    ends_on: date
    zone: ZoneInfo
    mode: Mode = Mode.COHORT
    campaign: Campaign | None = None
    channel: str = ""
    region: str = ""
    owner_id: int | None = None
    leads: QuerySet[Lead] | None = None

    @property
    def scope(self) -> PassScope:
        """The passes meant."""
        return PassScope(
            mode=self.mode,
            since=day_start(self.starts_on, self.zone),
            until=day_start(self.ends_on + timedelta(days=1), self.zone),
            campaign=self.campaign.slug if self.campaign else "",
            channel=self.channel,
            region=self.region,
            owner_id=self.owner_id,
            leads=self.leads,
        )


def days_of(
    campaign: Campaign | None, today: date, starts_on: date | None = None, ends_on: date | None = None
) -> tuple[date, date]:
    """The days a report covers: those asked for, else the campaign's own, else the last ninety."""
    own = campaign is not None and campaign.starts_on is not None
    last = ends_on or (own and campaign and campaign.ends_on) or max(today, starts_on or today)
    first = starts_on or (campaign and campaign.starts_on) or last - timedelta(days=DEFAULT_DAYS - 1)
    return first, last


def year_before(wanted: ReportFilter) -> ReportFilter:
    """What last year means: the campaign's predecessor in its own time, else the same days a year earlier.

    Days other than the campaign's own are moved as far as the predecessor lies before the campaign.
    """
    campaign = wanted.campaign
    before = campaign.predecessor if campaign else None
    if campaign is None or before is None:
        return replace(wanted, starts_on=_last_year(wanted.starts_on), ends_on=_last_year(wanted.ends_on))
    if None not in (before.starts_on, before.ends_on) and _is_own_time(wanted, campaign):
        assert before.starts_on is not None, "checked above"
        assert before.ends_on is not None, "checked above"
        return replace(wanted, campaign=before, starts_on=before.starts_on, ends_on=before.ends_on)
    if campaign.starts_on and before.starts_on:
        apart = campaign.starts_on - before.starts_on
        starts_on, ends_on = wanted.starts_on - apart, wanted.ends_on - apart
    else:
        starts_on, ends_on = _last_year(wanted.starts_on), _last_year(wanted.ends_on)
    return replace(wanted, campaign=before, starts_on=starts_on, ends_on=ends_on)


def _is_own_time(wanted: ReportFilter, campaign: Campaign) -> bool:
    return (wanted.starts_on, wanted.ends_on) == (campaign.starts_on, campaign.ends_on)


def _last_year(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # 29 February
        return day.replace(year=day.year - 1, day=28)
