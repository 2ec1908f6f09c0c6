"""The desk of sales development: whom to speak to next, and why (R43)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import (
    Case,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextChoices,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext_lazy as _

from leads.models import (
    Activity,
    BantAssessment,
    BantState,
    Handover,
    HandoverState,
    Kind,
    Lead,
    LeadScore,
    Pass,
    PassKind,
    Realm,
    StageRole,
    Task,
    TaskKind,
)
from leads.queries.standing import Goal
from users.models import Organisation, User

SHOWN = 50
COUNTED = 500
LOOKED_AT = 1000
ROLES = (StageRole.ENGAGED, StageRole.QUALIFIED)
BORDER = 10  # points short of the threshold
TRIED = timedelta(hours=4)  # how long a lead that was just called is left alone


class Because(TextChoices):
    """Why a lead is to be spoken to."""

    CALL_BACK = "call_back", _("call back")
    RECYCLED = "recycled", _("try again")
    BORDERLINE = "borderline", _("borderline")
    DIAGNOSE = "diagnose", _("find out more")


@dataclass(frozen=True)
class Waiting:
    """A lead in the queue: why, by when, its points and how many parts of marketing's BANT are known."""

    lead: Lead
    because: Because
    points: int | None
    known: int
    task: Task | None = None


@dataclass(frozen=True)
class Queue:
    """The head of the queue and how long it is; `is_more` where nobody counted further."""

    rows: Sequence[Waiting]
    total: int

    @property
    def is_more(self) -> bool:
        """Whether there are more than were counted."""
        return self.total > COUNTED

    def place_of(self, lead_id: int) -> int | None:
        """Where a lead stands in the queue."""
        return next((at for at, row in enumerate(self.rows) if row.lead.pk == lead_id), None)


def queue(leads: QuerySet[Lead], user: User, goal: Goal | None, now: datetime) -> Queue:
    """Calls promised first, then who came back today, then who is little known: borderline before score.

    Who was called a moment ago, was recommended or is the wrong person does not wait.
    """
    open_leads = leads.filter(outcome="", archived_at=None)
    owed = _call_backs(open_leads, user, now)
    waiting = _with_facts(open_leads, goal).filter(~Exists(_calls(now - TRIED)), ~Exists(_recommended()))
    wrong = {"wrong_person": True}
    waiting = waiting.exclude(attributes__contains=wrong).exclude(pk__in=[task.lead_id for task in owed])
    back = list(_recycled(waiting, now)[:SHOWN])
    rest: QuerySet[Any] = _little_known(waiting).exclude(pk__in=[lead.pk for lead in back])
    rows = [Waiting(task.lead, Because.CALL_BACK, None, 0, task) for task in owed]
    rows += [_waiting(lead, Because.RECYCLED) for lead in back]
    if (left := SHOWN - len(rows)) > 0:
        found = _head(rest, open_leads, goal, left)
        rows += [_waiting(lead, Because.BORDERLINE if lead.borders else Because.DIAGNOSE) for lead in found]
    total = len(owed) + len(back) + rest.order_by().values("pk")[: COUNTED + 1].count()
    return Queue(rows[:SHOWN], total)


def _head(rest: QuerySet[Any], open_leads: QuerySet[Lead], goal: Goal | None, number: int) -> list[Any]:
    """The first of those little known. Among very many leads the best by score alone are looked at first."""
    ordered = rest.order_by("-borders", F("points").desc(nulls_last=True), "pk")
    if goal is not None:
        scores = LeadScore.objects.filter(
            model__slug=goal.model_slug, lead__in=open_leads.filter(stage__role__in=ROLES)
        )
        best = scores.order_by(Case(When(_near(goal), then=0), default=1), "-points", "lead_id")
        found = list(ordered.filter(pk__in=list(best.values_list("lead_id", flat=True)[:LOOKED_AT]))[:number])
        if len(found) == number:
            return found
    return list(ordered[:number])


def _near(goal: Goal) -> Q:
    return Q(points__gte=goal.points - BORDER, points__lt=goal.points)


def _waiting(lead: Lead, because: Because) -> Waiting:
    return Waiting(lead, because, lead.points, lead.known)  # type: ignore[attr-defined]


def _call_backs(leads: QuerySet[Lead], user: User, now: datetime) -> list[Task]:
    """Promised calls that are due, the oldest first: one's own, and the team's that are nobody's."""
    mine = Q(assignee=user)
    if user.team_id is not None:
        mine |= Q(assignee=None, team=user.team_id)
    due = Task.objects.filter(mine, kind=TaskKind.CALL_BACK, done_at=None, due_at__lte=now, lead__in=leads)
    # One tried since it was promised waits as others do.
    since = Greatest(OuterRef("created_at"), Value(now - TRIED))
    tried = Activity.objects.filter(lead=OuterRef("lead"), kind=Kind.CALL, occurred_at__gt=since)
    rows = due.filter(~Exists(tried)).select_related("lead__company", "lead__stage").order_by("due_at", "pk")
    first: dict[int, Task] = {}
    for task in rows[:SHOWN]:
        first.setdefault(task.lead_id, task)
    return list(first.values())


def _with_facts(leads: QuerySet[Lead], goal: Goal | None) -> QuerySet[Lead]:
    """Annotate `points`, `borders` on the threshold or not, and `known` parts of marketing's BANT."""
    of = LeadScore.objects.filter(lead=OuterRef("pk"), model__slug=goal.model_slug if goal else "")
    last = BantAssessment.objects.filter(lead=OuterRef("pk"), realm=Realm.MARKETING).order_by("-occurred_at", "-pk")
    parts = sum(
        (Case(When(**{f"{part}__gt": BantState.UNKNOWN}, then=1), default=0) for part in BantAssessment.PARTS),
        start=Value(0),
    )
    near = _near(goal) if goal else Q(pk=None)
    return leads.select_related("company", "stage").annotate(
        points=Subquery(of.values("points")[:1]),
        known=Coalesce(Subquery(last.annotate(parts=parts).values("parts")[:1], output_field=IntegerField()), 0),
        borders=Case(When(near, then=True), default=False),
    )


def _recycled(waiting: QuerySet[Lead], now: datetime) -> QuerySet[Lead]:
    """Who came back from an ended pass on this day of the organisation."""
    zone = Organisation.load().zone
    morning = datetime.combine(now.astimezone(zone).date(), time.min, tzinfo=zone)
    began = Pass.objects.filter(kind=PassKind.RECYCLED, began_at__gte=morning)
    began = began.filter(lead=OuterRef("pk"), cycle=OuterRef("cycle"))
    return waiting.filter(Exists(began), stage__realm=Realm.MARKETING).order_by("stage_since", "pk")


def _little_known(waiting: QuerySet[Any]) -> QuerySet[Any]:
    return waiting.filter(stage__role__in=ROLES, known__lt=len(BantAssessment.PARTS))


def _calls(since: datetime) -> QuerySet[Activity]:
    return Activity.objects.filter(lead=OuterRef("pk"), kind=Kind.CALL, occurred_at__gte=since)


def _recommended() -> QuerySet[Handover]:
    return Handover.objects.filter(lead=OuterRef("pk"), state=HandoverState.OPEN, recommended_at__isnull=False)


def last_calls(lead_id: int, number: int = 3) -> Sequence[Activity]:
    """The calls last made to a lead."""
    rows = Activity.objects.filter(lead=lead_id, kind=Kind.CALL).select_related("by")
    return list(rows.order_by("-occurred_at", "-pk")[:number])
