"""User, team, API token and the organisation's settings."""

from users.models.organisation import Organisation
from users.models.people import Absence, User, UserManager, validate_language
from users.models.teams import Holiday, Team, WorkingTime
from users.models.tokens import ApiToken
from users.models.words import Role, Scope

__all__ = [
    "Absence",
    "ApiToken",
    "Holiday",
    "Organisation",
    "Role",
    "Scope",
    "Team",
    "User",
    "UserManager",
    "WorkingTime",
    "validate_language",
]
