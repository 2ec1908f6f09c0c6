"""Journals for reports, made through the flows."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from leads.handover.close import record_proof
from leads.handover.decide import Decision, Verb, decide, undo_decision
from leads.models import Campaign, Cause, Handover, Lead
from reports.queries.funnel import funnel
from reports.queries.scope import ReportFilter
from tests.factories import NOW, make_user, move_to

ZONE = ZoneInfo("UTC")


def day(number: float) -> datetime:
    """So many days after the start of the tests' time."""
    return NOW + timedelta(days=number)


def asked(**fields: Any) -> ReportFilter:
    """A question about the hundred days from the start on."""
    start = NOW.date()
    return ReportFilter(**{"starts_on": start, "ends_on": start + timedelta(days=100), "zone": ZONE, **fields})


def entries(**fields: Any) -> list[int]:
    """The funnel's entries, from the first stage to the last."""
    return [row.entries for row in funnel(asked(**fields)).stages]


def walk(lead: Lead, days: Mapping[str, float], **fields: Any) -> Lead:
    """Take a lead along the stages, each on its day, as sales would."""
    for slug, number in days.items():
        at = day(number)
        if slug == "sal":
            decide_on(lead, Verb.ACCEPT, number)
        elif slug == "sqo":
            record_proof(lead.pk, form="oral", text="They ordered.", by=make_user().pk, now=at)
        else:
            move_to(lead, slug, now=at, **fields)
    return Lead.objects.get(pk=lead.pk)


def decide_on(lead: Lead, verb: Verb, number: float, *, undone: bool = False) -> None:
    """Decide the open offer of a lead; with `undone` take it back five seconds later."""
    by, at = make_user().pk, day(number)
    offer = Handover.objects.get(lead=lead, state="open")
    reason = {Verb.REJECT: "bogus", Verb.RETURN: "not_ready"}.get(verb, "")
    decide([Decision(handover_id=offer.pk, verb=verb, reason=reason)], by=by, now=at)
    if undone:
        undo_decision(offer.pk, by=by, now=at + timedelta(seconds=5))


def imported(lead: Lead, to: str, number: float, **fields: Any) -> Lead:
    """Move a lead as an import does."""
    now = fields.pop("now", day(90))
    return move_to(lead, to, cause=Cause.IMPORT, occurred_at=day(number), now=now, **fields)


def year_apart() -> tuple[Campaign, Campaign]:
    """A campaign of this March and its predecessor of last March."""
    before = Campaign.objects.create(
        slug="march-25", name="March 25", starts_on=date(2025, 3, 1), ends_on=date(2025, 3, 31)
    )
    now = Campaign.objects.create(
        slug="march-26", name="March 26", starts_on=date(2026, 3, 1), ends_on=date(2026, 3, 31), predecessor=before
    )
    return now, before
