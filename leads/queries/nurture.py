"""Leads that were set aside: until when, why, and which of them come back soon."""

from collections.abc import Mapping
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from leads.models import Lead, Outcome, StageChange

WITHIN: Mapping[str, int] = {"today": 0, "week": 7, "month": 30, "quarter": 91}
DATED, UNDATED = "dated", "undated"
CHOICES = [
    ("", _("Any")),
    ("today", _("today")),
    ("week", _("within 7 days")),
    ("month", _("within 30 days")),
    ("quarter", _("within 3 months")),
    (DATED, _("on some day")),
    (UNDATED, _("no day agreed")),
]


def lines() -> QuerySet[StageChange]:
    """Lines of the journal that set somebody aside and were not taken back."""
    return StageChange.objects.filter(outcome=Outcome.NURTURE, undoes=None, undone_by=None)


def set_aside(lead: Lead) -> StageChange | None:
    """What set the lead aside, where it is set aside now."""
    if lead.outcome != Outcome.NURTURE:
        return None
    return lines().filter(lead=lead, cycle=lead.cycle).select_related("by").last()


def was_set_aside(lead: Lead) -> StageChange | None:
    """What set the lead aside in the pass before its present one."""
    return lines().filter(lead=lead, cycle=lead.cycle - 1).select_related("by").last()


def coming_back(leads: QuerySet[Lead], when: str, today: date) -> QuerySet[Lead]:
    """Leads set aside that come back within the time named by one of CHOICES."""
    now = lines().filter(lead=OuterRef("pk"), cycle=OuterRef("cycle"))
    if when in (DATED, UNDATED):
        dated = Q(Exists(now.filter(until__isnull=False)))
        return leads.filter(dated if when == DATED else ~dated, outcome=Outcome.NURTURE)
    until = today + timedelta(days=WITHIN[when])
    return leads.filter(Exists(now.filter(until__lte=until)), outcome=Outcome.NURTURE)
