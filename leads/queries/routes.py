"""Why a lead goes to whom it goes, in words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from leads.conditions.catalog import Catalog
from leads.conditions.tree import InvalidCondition, sentence, validate
from leads.handover.routing import route
from leads.models import Route, RoutingRule, Spread
from users.models import Team, User


@dataclass(frozen=True)
class Way:
    """Where a lead would go, and why."""

    team: Team | None
    person: User | None
    why: str


def would_go(lead_id: int, *, now: datetime) -> Way:
    """Where a lead would go if it qualified now. Changes nothing."""
    found = route([lead_id], now=now)[lead_id]
    rule = RoutingRule.objects.filter(pk=found.rule_id or 0).first()
    team = Team.objects.filter(pk=found.team_id or 0).first()
    person = User.objects.filter(pk=found.assignee_id or 0).first()
    return Way(team, person, _said(found.route, rule, team, has_person=person is not None))


def _said(route_: Route, rule: RoutingRule | None, team: Team | None, *, has_person: bool) -> str:
    names = {"team": str(team or ""), "rule": rule.name if rule else ""}
    if route_ == Route.OWNER:
        return _("Works with this company already")
    if rule is None:
        return _("No rule matched: whoever in %(team)s takes it first") % names if team else _("No rule matched")
    if rule.spread != Spread.TEAM and not has_person:
        return _("By rule “%(rule)s”, but nobody there has room: whoever in %(team)s takes it first") % names
    return {
        Spread.TEAM: _("Whoever in %(team)s takes it first, by rule “%(rule)s”"),
        Spread.ROTATION: _("Rotation in %(team)s, by rule “%(rule)s”"),
        Spread.PERSON: _("By rule “%(rule)s”"),
    }[Spread(rule.spread)] % names


def worded_rules() -> list[dict[str, Any]]:
    """All rules in the order they are asked, each as a sentence; as none where its condition can be used no more.

    With the ids of those asked `before` and `after` it.
    """
    catalog = Catalog()
    rows = list(RoutingRule.objects.select_related("team", "person"))
    beside = [None, *(row.pk for row in rows), None]
    return [
        {"row": row, "words": _worded(row, catalog), "before": beside[place], "after": beside[place + 2]}
        for place, row in enumerate(rows)
    ]


def _worded(rule: RoutingRule, catalog: Catalog) -> str:
    try:
        validate(rule.condition, catalog=catalog)
    except InvalidCondition:
        return ""
    return sentence(rule.condition, catalog)
