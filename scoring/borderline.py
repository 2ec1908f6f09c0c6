"""The borderline queue (R55): leads just below the threshold of a model, for a team that looks at each of them."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from leads.access import leads_for_user
from leads.models import Cause, Lead, ScoreHistory, ScoreModel, Stage, StageChange
from scoring.approval import building_right
from scoring.decides import decision_of
from scoring.models import BorderlineReview, ModelVersion, VersionState
from users.access import has_right
from users.models import Organisation, Role, User

COUNTED = 999  # further nobody reads


@dataclass(frozen=True)
class Band:
    """From `low` up to but not including `high`, the threshold of the stage that the model opens."""

    model: ScoreModel
    version: int
    low: int
    high: int
    stage: Stage


def band_of(model: ScoreModel, now: datetime) -> Band | None:
    """The band of a model's version in force; None where it has none or decides no stage."""
    version = ModelVersion.objects.filter(model=model, state=VersionState.PUBLISHED).first()
    if version is None or version.borderline_from is None:
        return None
    decision = decision_of(model, now=now)
    if decision is None or version.borderline_from >= decision.threshold:
        return None
    return Band(model, version.number, version.borderline_from, decision.threshold, decision.stage)


def in_band(band: Band, today: date) -> QuerySet[Lead]:
    """Leads in the band that may still enter its stage and do not wait for a day; with their `points`."""
    places = Stage.objects.filter(realm=band.stage.realm, position__lt=band.stage.position)
    last = said_of(OuterRef("pk"), band.model, OuterRef("cycle"))
    rows = Lead.objects.filter(
        scores__model=band.model,
        scores__points__gte=band.low,
        scores__points__lt=band.high,
        stage__in=places,
        outcome="",
        archived_at=None,
    )
    rows = rows.annotate(
        points=F("scores__points"), missing=band.high - F("scores__points"), comes_on=Subquery(last.values("until")[:1])
    )
    return rows.filter(Q(comes_on=None) | Q(comes_on__lte=today))


def said_of(lead: Lead | OuterRef, model: ScoreModel, cycle: int | OuterRef) -> QuerySet[BorderlineReview]:
    """What reviewers said of a lead in a pass, the latest first; not what was taken back, here or by undoing its move.

    A verdict and the journal lines of its move are written at one moment.
    """
    undone = StageChange.objects.filter(
        lead=OuterRef("lead"),
        cycle=OuterRef("cycle"),
        recorded_at=OuterRef("recorded_at"),
        cause=Cause.PERSON,
        undone_by__isnull=False,
    )
    rows = BorderlineReview.objects.filter(model=model, lead=lead, cycle=cycle, taken_back_at=None)
    return rows.exclude(Exists(undone)).order_by("-pk")


def may_review(user: User, model: ScoreModel) -> bool:
    """Whether the user looks at a model's borderline: its team, who builds models of its realm, administrators."""
    if not user.is_active:
        return False
    return is_of_team(user, model) or has_right(user, building_right(model.purpose))


def is_of_team(user: User, model: ScoreModel) -> bool:
    """Whether the queue is this person's to work through, whoever owns its leads."""
    return user.role == Role.ADMIN or (user.team_id is not None and user.team_id == model.borderline_team_id)


def reachable(user: User, model: ScoreModel, verb: str = "write") -> QuerySet[Lead]:
    """The leads whose place in the queue the user may see: the team all of them, others those within their reach."""
    return Lead.objects.all() if is_of_team(user, model) else leads_for_user(user, verb)


def queue_for(user: User, band: Band, today: date) -> QuerySet[Lead]:
    """The queue as the user sees it, those with the most points first."""
    rows = in_band(band, today)
    if not is_of_team(user, band.model):
        rows = rows.filter(pk__in=leads_for_user(user, "write").order_by().values("pk"))
    return rows.select_related("company", "stage", "owner", "channel").order_by(F("points").desc(), "pk")


def models_of(user: User) -> list[ScoreModel]:
    """The models with a borderline that the user may look at, those of the own team first."""
    rows = ScoreModel.objects.filter(
        versions__state=VersionState.PUBLISHED, versions__borderline_from__isnull=False
    ).order_by("purpose", "slug")
    mine = [model for model in rows if may_review(user, model)]
    return sorted(mine, key=lambda model: model.borderline_team_id is None or model.borderline_team_id != user.team_id)


def teams_models(user: User) -> list[ScoreModel]:
    """The models whose borderline is the user's team's to look at."""
    if user.team_id is None:
        return []
    forced = {"versions__state": VersionState.PUBLISHED, "versions__borderline_from__isnull": False}
    return list(ScoreModel.objects.filter(borderline_team_id=user.team_id, **forced))


def waiting_for_team(user: User, now: datetime) -> int:
    """How many leads wait in the queues of the user's team, counted as far as anybody reads."""
    today = now.astimezone(Organisation.load().zone).date()
    bands = [band for model in teams_models(user) if (band := band_of(model, now))]
    return sum(in_band(band, today).order_by().values("pk")[:COUNTED].count() for band in bands)


def in_band_since(lead: Lead, band: Band) -> datetime | None:
    """Since when the kept history shows the lead in the band without a break; None where it does not tell."""
    rows = ScoreHistory.objects.filter(lead=lead, model=band.model).order_by("-recorded_at", "-pk")
    since = None
    for at, points in rows.values_list("recorded_at", "points")[:200]:
        if not band.low <= points < band.high:
            break
        since = at
    return since
