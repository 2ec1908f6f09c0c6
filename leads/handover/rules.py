"""The rules by which leads are routed, and the service levels: written, put in order, switched off."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from leads.conditions.tree import validate
from leads.models import RoutingRule, Sla, Spread
from leads.seen import ChangedMeanwhile, check_seen, digest
from users.models import Team
from users.transactions import one_transaction


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleDraft:
    """What a routing rule says; a person only where one gets all."""

    name: str
    condition: Mapping[str, Any]
    team_id: int
    spread: str
    person_id: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Level:
    """How long a thing may take, when somebody is warned and when it is escalated."""

    amount: int
    unit: str
    warn_percent: int
    escalate_hours: int


@one_transaction()
def write_rule(
    draft: RuleDraft,
    rule: RoutingRule | None = None,
    *,
    seen: str | None = None,
    by: int | None = None,
    now: datetime | None = None,
) -> RoutingRule:
    """Write a rule, or other words into one; a new one is asked last. Raises ValueError for a person too few or many.

    Offers made before stay where they are. Raises InvalidCondition, and ChangedMeanwhile where it says something else
    than what was `seen` of it.
    """
    if (draft.spread == Spread.PERSON) != (draft.person_id is not None):
        raise ValueError("Name a person where one gets all, and nobody otherwise.")
    row = _new_rule() if rule is None else RoutingRule.objects.select_for_update().get(pk=rule.pk)
    if rule is not None:
        check_seen(seen, stamp_of_rule(row), _("This rule was changed meanwhile."))
    for name, value in asdict(draft).items():
        setattr(row, name, value)
    row.condition = validate(draft.condition)
    row.changed_by_id, row.changed_at = by, now
    row.save()
    return row


def _new_rule() -> RoutingRule:
    return RoutingRule(position=(RoutingRule.objects.aggregate(last=Max("position"))["last"] or 0) + 1)


def stamp_of_rule(rule: RoutingRule) -> str:
    """What a rule says, wherever it is asked and whether it is switched on."""
    return digest([getattr(rule, field.name) for field in fields(RuleDraft)])


@one_transaction()
def switch_rule(rule_id: int, *, on: bool) -> None:
    """Switch a rule off, so that it routes nothing, or on again."""
    RoutingRule.objects.filter(pk=rule_id).update(is_active=on)


@one_transaction()
def shift_rule(rule_id: int, *, up: bool, beside: int | None = None) -> None:
    """Ask a rule one place earlier or later; at the end it stays where it is.

    Raises ChangedMeanwhile where another rule stands there than the one that was seen `beside` it.
    """
    rows = list(RoutingRule.objects.select_for_update().order_by("position", "pk"))
    at = next(place for place, row in enumerate(rows) if row.pk == rule_id)
    to = at - 1 if up else at + 1
    is_inside = 0 <= to < len(rows)
    if beside is not None and (not is_inside or rows[to].pk != beside):
        raise ChangedMeanwhile(_("The order of the rules was changed meanwhile."))
    if is_inside:
        rows[at], rows[to] = rows[to], rows[at]
    for position, row in enumerate(rows, start=1):
        row.position = position
    RoutingRule.objects.bulk_update(rows, ["position"])


@one_transaction()
def set_level(kind: str, team_id: int | None, level: Level) -> None:
    """Agree on a service level of a team, or of every team without one of its own. Clocks that run keep their end."""
    team = Team.objects.get(pk=team_id) if team_id else None
    Sla.objects.update_or_create(kind=kind, team=team, defaults=asdict(level))


@one_transaction()
def drop_level(kind: str, team_id: int | None) -> None:
    """Agree on nothing of one's own any more: everybody's counts; without that, no clock is started."""
    Sla.objects.filter(kind=kind, **{"team_id": team_id}).delete()
