"""Which rows a user may see and write. Every door starts from one of these querysets, never from a bare table."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from leads.models import Company, Handover, HandoverState, Lead, Realm
from users.access import Reach, Right, access_of, has_right, report_reach
from users.models import Role, User


def leads_for_user(user: User, verb: str = "read") -> QuerySet[Lead]:
    """Leads the user may "read" or "write"; archived ones too."""
    access = access_of(user)
    return reached(Lead.objects.all(), user, access.write if verb == "write" else access.read)


def leads_in_reports(user: User) -> QuerySet[Lead]:
    """Leads that count in the user's reports."""
    return reached(Lead.objects.all(), user, report_reach(user))


def reached(leads: QuerySet[Lead], user: User, reach: Reach) -> QuerySet[Lead]:
    """Narrow leads to a reach of the access table."""
    if reach == Reach.ALL:
        return leads
    if reach == Reach.MARKETING:
        return leads.filter(stage__realm=Realm.MARKETING)
    if reach == Reach.NONE:
        return leads.none()
    offered = Handover.objects.filter(lead=OuterRef("pk"), state=HandoverState.OPEN)
    if reach == Reach.TEAM:
        team = Q(owner=user) | Q(owner__isnull=True)
        if user.team_id is None:
            return leads.filter(team)
        return leads.filter(team | Q(owner__team_id=user.team_id) | Exists(offered.filter(team_id=user.team_id)))
    own = Q(owner=user) | Q(company__in=Lead.objects.filter(owner=user, company__isnull=False).values("company"))
    return leads.filter(own | Exists(offered.filter(routed_to(user))))


def companies_for_user(user: User, verb: str = "read") -> QuerySet[Company]:
    """Companies the user may "read" or "write": for narrow reaches, those of leads they reach."""
    access = access_of(user)
    reach = access.write if verb == "write" else access.read
    if reach in (Reach.ALL, Reach.MARKETING):
        return Company.objects.all()
    return Company.objects.filter(pk__in=leads_for_user(user, verb).values("company"))


def may_add_companies(user: User) -> bool:
    """Whether the user may add companies that no lead belongs to yet: those whose reach does not hang on leads."""
    return access_of(user).write in (Reach.ALL, Reach.MARKETING)


def handovers_for_user(user: User) -> QuerySet[Handover]:
    """Handovers the user may see."""
    if access_of(user).read == Reach.ALL:
        return Handover.objects.all()
    mine = Q(assignee=user) | Q(decided_by=user)
    if user.team_id is not None:
        mine |= Q(team_id=user.team_id)
    return Handover.objects.filter(mine)


def handovers_to_decide(user: User) -> QuerySet[Handover]:
    """Handovers the user may decide on: all for an admin, the team's for a manager, routed ones for a rep.

    SDRs decide as reps do where their team lets them accept.
    """
    if not has_right(user, Right.DECIDE_HANDOVERS):
        return Handover.objects.none()
    if access_of(user).write == Reach.ALL:
        return Handover.objects.all()
    if user.role == Role.SALES_MANAGER:
        return Handover.objects.filter(Q(assignee=user) | Q(team_id=user.team_id, team__isnull=False))
    return Handover.objects.filter(routed_to(user))


def waiting(handovers: QuerySet[Handover], now: datetime | Now) -> QuerySet[Handover]:
    """The queue: open, of leads that are not archived, and not put aside until later."""
    aside = Q(snoozed_until__gt=now)
    return handovers.filter(~aside, state=HandoverState.OPEN, lead__archived_at=None)


def may_be_given(user: User, team_id: int) -> bool:
    """Whether handovers of a team may be given to this person."""
    return user.team_id == team_id and has_right(user, Right.DECIDE_HANDOVERS)


def deciders(team_ids: Iterable[int]) -> QuerySet[User]:
    """The people of teams who may decide on handovers, in the order they came."""
    decides = Q(role__in=(Role.SALES_REP, Role.SALES_MANAGER)) | Q(role=Role.SDR, team__sdr_accepts=True)
    return User.objects.filter(decides, is_active=True, team_id__in=list(team_ids)).order_by("pk")


def routed_to(user: User) -> Q:
    """Handovers routed to the user, or to their team and nobody in it."""
    mine = Q(assignee=user)
    if user.team_id is not None:
        mine |= Q(assignee__isnull=True, team_id=user.team_id)
    return mine
