"""The rows of the leads list: filtered, sorted, with main score and last touch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, Case, F, IntegerField, OrderBy, OuterRef, QuerySet, Subquery, Value, When

from leads.activity.record import PASSIVE
from leads.models import Activity, Evidence, Lead, LeadScore, Outcome, Phase, ScoreModel, Stage
from leads.queries.phases import in_phases, latest_phases
from leads.queries.search import search_leads

OPEN = "open"
NOBODY = "none"
DEFAULT_SORT = "-captured"


def filtered(leads: QuerySet[Lead], wanted: Mapping[str, Any], *, archived: bool | None = False) -> QuerySet[Lead]:
    """Narrow leads by the cleaned values of the filter form; empty values narrow nothing.

    Archived leads are left out unless asked for; with `archived` None they stand among the others.
    """
    if archived is not None:
        leads = leads.filter(archived_at__isnull=not wanted.get("archived", archived))
    for name, lookup in _PLAIN.items():
        if value := wanted.get(name):
            leads = leads.filter(**{lookup: value})
    if stages := wanted.get("stage"):
        merged = Stage.everything.filter(merged_into__in=stages).values_list("pk", flat=True)
        leads = leads.filter(stage__in=[*(stage.pk for stage in stages), *merged])
    if outcomes := wanted.get("outcome"):
        leads = leads.filter(outcome__in=["" if outcome == OPEN else outcome for outcome in outcomes])
    if phases := wanted.get("phase"):
        leads = in_phases(leads, phases)
    if owner := wanted.get("owner"):
        leads = leads.filter(owner__isnull=True) if owner == NOBODY else leads.filter(owner_id=int(owner))
    return search_leads(leads, wanted.get("q") or "")


_PLAIN = {
    "campaign": "campaign",
    "channel": "channel",
    "region": "company__region",
    "company": "company",
}
OUTCOMES = (OPEN, *Outcome.values)


def sorted_by(leads: QuerySet[Lead], key: str, mains: Mapping[int, str]) -> QuerySet[Lead]:
    """Order leads by one of SORTS, `-` first for descending; an unknown key is the default order."""
    name, descending = key.removeprefix("-"), key.startswith("-")
    if name == "score":
        leads = with_main_points(leads, mains)
    orders = SORTS.get(name)
    if orders is None:
        return sorted_by(leads, DEFAULT_SORT, mains)
    return leads.order_by(*(_order(order, descending=descending) for order in orders))


SORTS: Mapping[str, Sequence[str]] = {
    "captured": ("captured_at", "id"),
    "name": ("first_name", "last_name", "id"),
    "stage": ("stage__position", "stage_since", "id"),
    "score": ("main_points", "id"),
    "company": ("company__name", "id"),
}


def _order(name: str, *, descending: bool) -> OrderBy:
    # What is empty stands last in both directions; id and captured_at never are, and so keep to their index.
    nulls_last = True if name in ("main_points", "company__name") else None
    return F(name).desc(nulls_last=nulls_last) if descending else F(name).asc(nulls_last=nulls_last)


def with_main_points(leads: QuerySet[Lead], mains: Mapping[int, str]) -> QuerySet[Lead]:
    """Annotate `main_points`: the points of each lead in the main model of its stage."""
    ids = model_ids(mains)
    cases = [When(stage_id=stage_id, then=Value(ids[slug])) for stage_id, slug in mains.items() if slug in ids]
    if not cases:
        return leads.annotate(main_points=Value(None, output_field=IntegerField()))
    score = LeadScore.objects.filter(lead=OuterRef("pk"), model_id=OuterRef("main_model"))
    return leads.annotate(main_model=Case(*cases, output_field=BigIntegerField())).annotate(
        main_points=Subquery(score.values("points")[:1])
    )


def model_ids(mains: Mapping[int, str]) -> dict[str, int]:
    """Ids of the models named as main ones, by slug."""
    return dict(ScoreModel.objects.filter(slug__in=set(mains.values())).values_list("slug", "pk"))


@dataclass
class LeadRow:
    """One lead as the list shows it."""

    lead: Lead
    score: LeadScore | None
    touched_at: datetime | None
    phase: Phase | None
    cells: list[str] = field(default_factory=list)  # of the columns chosen beside the usual ones


def rows_of(leads: Sequence[Lead], mains: Mapping[int, str]) -> list[LeadRow]:
    """The rows of one page of leads: main scores, last touches and buying phases in one query each."""
    ids = [lead.pk for lead in leads]
    models = model_ids(mains)
    scores = {(s.lead_id, s.model_id): s for s in LeadScore.objects.filter(lead__in=ids)}
    touches, phases = last_touches(ids), latest_phases(ids)
    return [
        LeadRow(
            lead,
            scores.get((lead.pk, models.get(mains.get(lead.stage_id, ""), 0))),
            touches.get(lead.pk),
            phases.get(lead.pk),
        )
        for lead in leads
    ]


def last_touches(lead_ids: Sequence[int]) -> dict[int, datetime]:
    """When each lead last did something itself: the newest human activity, one index look-up a lead."""
    acts = Activity.objects.filter(lead=OuterRef("pk"), evidence__lt=Evidence.MACHINE).exclude(kind__in=PASSIVE)
    latest = Subquery(acts.order_by("-occurred_at").values("occurred_at")[:1])
    rows = Lead.objects.filter(pk__in=lead_ids).order_by().annotate(last_at=latest).values_list("pk", "last_at")
    return {pk: at for pk, at in rows if at is not None}
