"""Whom news concerns: everybody who works here, read once for a batch of news."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from leads.access import leads_for_user
from users.access import Reach, Right, access_of, has_right
from users.models import Role, User


class Staff:
    """The active users, by what they do."""

    def __init__(self) -> None:
        self.by_id = {user.pk: user for user in User.objects.filter(is_active=True).select_related("team")}

    def named(self, *user_ids: int | None) -> list[int]:
        """Those of these people who still work here."""
        return [pk for pk in dict.fromkeys(user_ids) if pk in self.by_id]

    def of_role(self, role: Role, team_id: int | None = None) -> list[int]:
        """Everybody of a role, or those of one team."""
        return [
            user.pk
            for user in self.by_id.values()
            if user.role == role and (team_id is None or user.team_id == team_id)
        ]

    def deciders(self, assignee_id: int | None, team_id: int | None) -> list[int]:
        """Who is expected to decide: one person, else all of the team who may, else the administrators."""
        return (
            self.named(assignee_id)
            or [user.pk for user in self._team(team_id) if has_right(user, Right.DECIDE_HANDOVERS)]
            or self.of_role(Role.ADMIN)
        )

    def team(self, team_id: int | None) -> list[int]:
        """Everybody of a team."""
        return [user.pk for user in self._team(team_id)]

    def superiors(self, team_id: int | None) -> list[int]:
        """The sales managers of a team, else the administrators."""
        managers = [] if team_id is None else self.of_role(Role.SALES_MANAGER, team_id)
        return managers or self.of_role(Role.ADMIN)

    def having(self, right: Right) -> list[int]:
        """Everybody whose role carries a right."""
        return [pk for pk, user in self.by_id.items() if has_right(user, right)]

    def marketing(self, *owner_ids: int | None) -> list[int]:
        """Marketing's owner of a lead; without one all marketers."""
        return self.named(*owner_ids) or self.of_role(Role.MARKETER)

    def name(self, user_id: int | None) -> str:
        """What a person is called; empty for nobody and for who is gone."""
        return str(self.by_id[user_id]) if user_id in self.by_id else ""

    def _team(self, team_id: int | None) -> list[User]:
        return [user for user in self.by_id.values() if team_id is not None and user.team_id == team_id]


def within_reach(users: Mapping[int, User], wanted: Iterable[tuple[int, int]]) -> Collection[tuple[int, int]]:
    """Of pairs of a user and a lead those where the user may see the lead: at most one statement a user."""
    leads: dict[int, set[int]] = {}
    for user_id, lead_id in wanted:
        leads.setdefault(user_id, set()).add(lead_id)
    allowed: set[tuple[int, int]] = set()
    for user_id, lead_ids in leads.items():
        user = users[user_id]
        if access_of(user).read == Reach.ALL:
            seen = lead_ids
        else:
            seen = set(leads_for_user(user).filter(pk__in=lead_ids).values_list("pk", flat=True))
        allowed |= {(user_id, lead_id) for lead_id in seen}
    return allowed


def may_open(user: User, data: Mapping[str, Any]) -> bool:
    """Whether somebody still has the right that a notification of no lead asks for."""
    return "right" not in data or has_right(user, Right(data["right"]))
