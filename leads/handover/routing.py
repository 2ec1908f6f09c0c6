"""To whom a qualified lead goes: set-based, for any number of leads at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from leads.access import deciders
from leads.conditions.plan import Plan, Scope
from leads.conditions.select import plan_for
from leads.conditions.tree import InvalidCondition, compile_tree, validate
from leads.models import Route, RoutingRule, Spread
from users.models import Absence, Role, Team, User


@dataclass(frozen=True, slots=True)
class Routed:
    """Where one lead goes; without an assignee whoever in the team takes it first."""

    team_id: int | None
    assignee_id: int | None
    route: Route
    rule_id: int | None = None


def route(lead_ids: Sequence[int], *, now: datetime) -> dict[int, Routed]:
    """Where each lead goes: who already works with its company first, then the first rule that matches it.

    Nobody who is gone or away today gets one; then it waits for the team. In turn, whoever in the team has the fewest
    open leads is next, within their capacity, and among equals whoever waited longest. Leads no rule matches wait for
    the first team. Call it inside the transaction that stores the answer: two callers never hand out the same turn.
    """
    if not lead_ids:
        return {}
    plan = plan_for(now)
    owners = _owners(lead_ids, plan.today)
    left = [pk for pk in lead_ids if pk not in owners]
    rules = {row.pk: row for row in RoutingRule.objects.filter(is_active=True)} if left else {}
    matched = _matched(left, list(rules.values()), plan)
    staff = Staff([rules[pk] for pk in set(matched.values())], plan.today)
    first = Team.objects.order_by("pk").values_list("pk", flat=True).first() if len(matched) < len(left) else None
    found = {pk: Routed(team_id, user_id, Route.OWNER) for pk, (user_id, team_id) in owners.items()}
    for pk in left:
        rule = rules.get(matched.get(pk, 0))
        if rule is None:
            found[pk] = Routed(first, None, Route.DEFAULT)
        else:
            found[pk] = Routed(rule.team_id, staff.choose(rule), Route.RULE, rule.pk)
    return found


def _owners(lead_ids: Sequence[int], today: date) -> dict[int, tuple[int, int]]:
    """Who of sales works with somebody of the same company, the latest first, with their team."""
    sales = [Role.SALES_REP.value, Role.SALES_MANAGER.value]
    with connection.cursor() as cursor:
        cursor.execute(_OWNERS, {"ids": list(lead_ids), "sales": sales, "today": today})
        return {pk: (user_id, team_id) for pk, user_id, team_id in cursor.fetchall()}


_OWNERS = """
SELECT DISTINCT ON (l.id) l.id, u.id, u.team_id FROM leads_lead l
JOIN leads_lead c ON c.company_id = l.company_id AND c.id <> l.id AND c.archived_at IS NULL
JOIN users_user u ON u.id = c.owner_id AND u.is_active AND u.team_id IS NOT NULL AND u.role = ANY(%(sales)s)
WHERE l.id = ANY(%(ids)s) AND NOT EXISTS (
    SELECT FROM users_absence a WHERE a.user_id = u.id AND %(today)s BETWEEN a.starts_on AND a.ends_on)
ORDER BY l.id, c.stage_since DESC, c.id DESC
"""


def _matched(lead_ids: Sequence[int], rules: Sequence[RoutingRule], plan: Plan) -> dict[int, int]:
    """The first rule that matches each lead, all asked in one statement. One that no longer makes sense is skipped."""
    cases = [f"WHEN {text} THEN {rule.pk}" for rule in rules if (text := _compiled(rule, plan))]
    if not (cases and lead_ids):
        return {}
    scope = Scope(ids=lead_ids)
    text = f"SELECT id, rule FROM (SELECT l.id, CASE {' '.join(cases)} END AS rule {plan.source(scope)}"
    with connection.cursor() as cursor:
        text += f" WHERE {scope.condition('l.id')}) r WHERE rule IS NOT NULL"
        cursor.execute(text, {**plan.params, **scope.params})
        return dict(cursor.fetchall())


def _compiled(rule: RoutingRule, plan: Plan) -> str:
    try:
        validate(rule.condition, catalog=plan.catalog)
    except InvalidCondition:  # something it names has been deleted since: the page of rules says so
        return ""
    return compile_tree(rule.condition, plan)


class Staff:
    """Those whom the rules at hand may choose: who is here, how much each has, who waited longest."""

    def __init__(self, rules: Iterable[RoutingRule], today: date) -> None:
        asked = [(rule.team_id, rule.spread) for rule in rules if rule.spread != Spread.TEAM]
        in_turn = [team_id for team_id, spread in asked if spread == Spread.ROTATION]
        self._here: dict[int, User] = {}
        self._open: dict[int, int] = {}
        self._last: dict[int, tuple[int, float]] = {}  # when each was last given one, here or before
        self._turns = 0
        if not asked:
            return
        if in_turn:
            _hold(in_turn)
        away = Absence.objects.filter(starts_on__lte=today, ends_on__gte=today).values("user")
        self._here = {user.pk: user for user in deciders({team_id for team_id, _ in asked}).exclude(pk__in=away)}
        if in_turn:
            for pk, count, at in _loads(list(self._here)):
                self._open[pk] = count
                self._last[pk] = (1, at.timestamp()) if at else (0, 0.0)

    def choose(self, rule: RoutingRule) -> int | None:
        """Whom the rule gives the next lead to; None leaves it to the team."""
        if rule.spread == Spread.TEAM:
            return None
        if rule.spread == Spread.PERSON:
            there = self._here.get(rule.person_id or 0)
            return there.pk if there and there.team_id == rule.team_id else None
        in_turn = [user for user in self._here.values() if user.team_id == rule.team_id and self._has_room(user)]
        if not in_turn:
            return None
        chosen = min(in_turn, key=self._turn).pk
        self._turns += 1
        self._open[chosen] += 1
        self._last[chosen] = (2, self._turns)
        return chosen

    def _has_room(self, user: User) -> bool:
        return user.role != Role.SALES_MANAGER and (user.capacity is None or self._open[user.pk] < user.capacity)

    def _turn(self, user: User) -> tuple[int, tuple[int, float], int]:
        """Fewest open leads first, then who never had one, then who waited longest."""
        return self._open[user.pk], self._last[user.pk], user.pk


def _hold(team_ids: Sequence[int]) -> None:
    """Whoever else hands out turns of these teams waits until ours are stored."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM users_team WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [sorted(set(team_ids))]
        )


def _loads(user_ids: Sequence[int]) -> list[tuple[int, int, datetime | None]]:
    """How many open leads each has, offered or owned, and when each was last given one."""
    with connection.cursor() as cursor:
        cursor.execute(_LOADS, {"users": list(user_ids)})
        return cursor.fetchall()


_LOADS = """
SELECT u.id, (SELECT count(*) FROM leads_handover h JOIN leads_lead l ON l.id = h.lead_id
              WHERE h.assignee_id = u.id AND h.state = 'open' AND l.archived_at IS NULL)
           + (SELECT count(*) FROM leads_lead l JOIN leads_stage s ON s.id = l.stage_id
              WHERE l.owner_id = u.id AND l.outcome = '' AND l.archived_at IS NULL AND s.realm = 'sales'),
       (SELECT max(h.offered_at) FROM leads_handover h WHERE h.assignee_id = u.id)
FROM unnest(%(users)s::bigint[]) AS u (id)
"""
