"""The access table: what each role may do. The only place where roles are turned into rights."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from users.models import ApiToken, Role, Scope, User


class Reach(StrEnum):
    """Which leads a role reaches."""

    ALL = "all"
    MARKETING = "marketing"  # leads standing in the marketing realm
    TEAM = "team"  # the team's and unowned ones
    OWN = "own"  # own, own company's, routed to them or their team
    NONE = "none"


class Right(StrEnum):
    """What may be asked beyond reading and writing leads."""

    DECIDE_HANDOVERS = "decide_handovers"
    BUILD_RULES = "build_rules"
    BUILD_SALES_MODELS = "build_sales_models"
    APPROVE_SALES_MODELS = "approve_sales_models"  # the sales manager's word alone, not even an administrator's
    SEE_REPORTS = "see_reports"
    SEE_COST = "see_cost"
    SEE_MARGIN = "see_margin"
    CHANGE_SETTINGS = "change_settings"
    CAPTURE = "capture"
    RECORD_ACTIVITIES = "record_activities"
    DIAGNOSE = "diagnose"  # speak to leads at the desk, and recommend them


@dataclass(frozen=True)
class Access:
    """One line of the access table."""

    read: Reach
    write: Reach
    rights: frozenset[Right]


_EVERYONE = {Right.SEE_REPORTS, Right.CAPTURE, Right.RECORD_ACTIVITIES}
TABLE: dict[str, Access] = {
    Role.ADMIN: Access(Reach.ALL, Reach.ALL, frozenset(Right) - {Right.APPROVE_SALES_MODELS}),
    Role.MARKETER: Access(Reach.ALL, Reach.MARKETING, frozenset(_EVERYONE | {Right.BUILD_RULES, Right.SEE_COST})),
    Role.SDR: Access(Reach.TEAM, Reach.TEAM, frozenset(_EVERYONE | {Right.DIAGNOSE})),
    Role.SALES_REP: Access(Reach.OWN, Reach.OWN, frozenset(_EVERYONE | {Right.DECIDE_HANDOVERS, Right.DIAGNOSE})),
    Role.SALES_MANAGER: Access(
        Reach.TEAM,
        Reach.TEAM,
        frozenset(
            _EVERYONE
            | {Right.DECIDE_HANDOVERS, Right.DIAGNOSE, Right.BUILD_SALES_MODELS, Right.APPROVE_SALES_MODELS}
            | {Right.SEE_COST, Right.SEE_MARGIN}
        ),
    ),
}
REPORT_REACH: dict[str, Reach] = {
    Role.ADMIN: Reach.ALL,
    Role.MARKETER: Reach.ALL,
    Role.SDR: Reach.TEAM,
    Role.SALES_REP: Reach.OWN,
    Role.SALES_MANAGER: Reach.ALL,
}
BANT_REALMS: dict[str, frozenset[str]] = {
    Role.ADMIN: frozenset({"marketing", "sales"}),
    Role.MARKETER: frozenset({"marketing"}),
    Role.SDR: frozenset({"marketing", "sales"}),
    Role.SALES_REP: frozenset({"sales"}),
    Role.SALES_MANAGER: frozenset({"sales"}),
}
# Which scopes open a right to a token; Scope.ADMIN opens them all.
SCOPES_FOR: dict[str, frozenset[Scope]] = {
    "read": frozenset({Scope.LEADS_READ, Scope.LEADS_WRITE}),
    "write": frozenset({Scope.LEADS_WRITE}),
    Right.CAPTURE: frozenset({Scope.CAPTURE_WRITE, Scope.LEADS_WRITE}),
    Right.RECORD_ACTIVITIES: frozenset({Scope.ACTIVITIES_WRITE, Scope.LEADS_WRITE}),
    Right.DECIDE_HANDOVERS: frozenset({Scope.HANDOVERS_DECIDE}),
    Right.SEE_REPORTS: frozenset({Scope.REPORTS_READ}),
    Right.BUILD_RULES: frozenset({Scope.RULES_WRITE}),
    Right.BUILD_SALES_MODELS: frozenset({Scope.RULES_WRITE}),
    Right.APPROVE_SALES_MODELS: frozenset({Scope.RULES_WRITE}),
}


def access_of(user: User) -> Access:
    """The user's line of the table."""
    return TABLE[user.role]


def has_right(user: User, right: Right) -> bool:
    """Whether the user's role carries `right`; SDRs decide on handovers where their team lets them accept."""
    if not user.is_active:
        return False
    if right == Right.DECIDE_HANDOVERS and user.role == Role.SDR:
        return user.team is not None and user.team.sdr_accepts
    return right in access_of(user).rights


def assesses(user: User) -> frozenset[str]:
    """The realms whose BANT the user writes (R41): marketers theirs, sales theirs, those in between both."""
    return BANT_REALMS[user.role]


def report_reach(user: User) -> Reach:
    """Which leads count in the reports the user sees."""
    return REPORT_REACH[user.role]


def token_allows(token: ApiToken | None, need: str) -> bool:
    """Whether a token's scopes cover `need` ("read", "write" or a Right); a session (None) is not narrowed."""
    if token is None or not token.scopes:
        return True
    scopes: Collection[str] = token.scopes
    return Scope.ADMIN in scopes or any(scope in scopes for scope in SCOPES_FOR.get(need, ()))
