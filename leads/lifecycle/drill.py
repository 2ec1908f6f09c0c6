"""From the number of a report to its leads: the query parameters both sides agree on.

A list of leads is one behind a number when its address has `mode`. Then `campaign`, `channel`, `region`, `owner`,
`from` and `to` speak of the passes counted, not of where the leads stand today, and one of `reached`, `stopped`,
`outcome` and `decision` says which number.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from leads.lifecycle.entries import Mode, PassScope, leads_in
from leads.models import HandoverState, Lead, Outcome, Stage

WHICH = ("reached", "stopped", "outcome", "decision")
PARAMETERS = frozenset({"mode", "campaign", "channel", "region", "owner", "from", "to", *WHICH})
EVER = (datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC))


class NotUnderstood(ValueError):
    """A parameter that says nothing; `field` names it."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """Midnight at the beginning of a day of the organisation."""
    return datetime.combine(day, time.min, zone)


def leads_asked(asked: Mapping[str, str], *, zone: ZoneInfo) -> QuerySet[Lead] | None:
    """The leads behind a number, as a queryset to intersect with what the viewer may read; None without `mode`.

    Raises NotUnderstood.
    """
    if not asked.get("mode"):
        return None
    if asked["mode"] not in list(Mode):
        raise NotUnderstood("mode", _("Say cohort or period."))
    named = {name: asked[name] for name in WHICH if asked.get(name)}
    if len(named) > 1:
        raise NotUnderstood(list(named)[1], _("Ask for one number at a time."))
    for name, value in named.items():
        _check(name, value)
    return leads_in(_scope(asked, zone), **named)


def _scope(asked: Mapping[str, str], zone: ZoneInfo) -> PassScope:
    since, until = _day(asked, "from"), _day(asked, "to")
    owner = asked.get("owner", "")
    if owner and not owner.isdecimal():
        raise NotUnderstood("owner", _("Give the number of a user."))
    return PassScope(
        mode=Mode(asked["mode"]),
        since=day_start(since, zone) if since else EVER[0],
        until=day_start(until + timedelta(days=1), zone) if until else EVER[1],
        campaign=asked.get("campaign", ""),
        channel=asked.get("channel", ""),
        region=asked.get("region", ""),
        owner_id=int(owner) if owner else None,
    )


def _day(asked: Mapping[str, str], name: str) -> date | None:
    try:
        return date.fromisoformat(asked[name]) if asked.get(name) else None
    except ValueError:
        raise NotUnderstood(name, _("Give a day as 2026-09-30.")) from None


def _check(name: str, value: str) -> None:
    known = {
        "outcome": lambda: value in Outcome.values,
        "decision": lambda: value in HandoverState.values,
        "reached": lambda: Stage.objects.filter(slug=value).exists(),
        "stopped": lambda: Stage.objects.filter(slug=value).exists(),
    }
    if not known[name]():
        raise NotUnderstood(name, _("There is no such thing: %(value)s.") % {"value": value})
