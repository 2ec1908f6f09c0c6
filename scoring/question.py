"""What is asked of a version: whose points, which threshold, against which version in force."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from leads.models import Criterion, CriterionMode, Realm, ScoreModel, Stage, StageRole
from scoring.decides import Decision, decision_of, with_threshold
from scoring.diff import match
from scoring.engine import VersionSpec, spec_of
from scoring.models import ModelVersion, VersionState
from scoring.rules import RuleSpec
from scoring.threshold import threshold_then

BORDERLINE = 10


@dataclass(frozen=True)
class Question:
    """What would this version do in place of `base`, the one in force? Without a decision no stage asks for points."""

    slug: str
    spec: VersionSpec
    base: VersionSpec | None
    decision: Decision | None
    threshold: int | None
    borderline_from: int | None
    grid: Mapping[str, list[int]] | None
    campaign_id: int | None = None  # whose leads alone are looked at
    company_rule: str = ""  # how the scores of its people make the score of a company

    @property
    def model_id(self) -> int:
        """The model's."""
        return self.spec.model_id

    @property
    def was(self) -> int | None:
        """The threshold in force."""
        return self.decision.threshold if self.decision else None

    @property
    def criterion(self) -> Criterion | None:
        """The criterion of the decided stage as it would be."""
        return self.asking(self.decision.criterion) if self.decision else None

    @property
    def moves_by_itself(self) -> bool:
        """Whether leads that meet the criterion move without a person."""
        row = self.decision.criterion if self.decision else None
        return row is not None and row.mode == CriterionMode.AUTOMATIC and row.stage.role != StageRole.OPPORTUNITY

    @cached_property
    def pairs(self) -> list[tuple[int | None, int | None]]:
        """The rules side by side, by their places in the version in force and in the one asked about."""
        return paired(self.base.rules if self.base else (), self.spec.rules)

    def asking(self, row: Criterion) -> Criterion:
        """A criterion as publishing would leave it: that of the decided stage asks for the new threshold."""
        if self.decision is None or row.pk != self.decision.criterion.pk or self.threshold in (None, self.was):
            return row
        asked = copy(row)
        asked.condition = with_threshold(row.condition, self.slug, self.threshold or 0)
        return asked

    def feeding(self, stages: Sequence[Stage]) -> list[int]:
        """The stages from which the decided stage opens; all of them where the model decides nothing."""
        if self.decision is None:
            return [row.pk for row in stages]
        goal = self.decision.stage
        sales_only = goal.realm == Realm.SALES
        below = [row for row in stages if row.position < goal.position]
        return [row.pk for row in below if not sales_only or row.realm == Realm.SALES]

    def content(self) -> dict[str, Any]:
        """Everything the answer is made from but the leads themselves, as JSON."""
        row = self.decision.criterion if self.decision else None
        return {
            "spec": asdict(self.spec) | {"number": 0, "history_step": 0},
            "base": self.base.number if self.base else None,
            "criterion": row.pk if row else None,
            "threshold": self.threshold,
            "borderline_from": self.borderline_from,
            "grid": self.grid,
            "campaign": self.campaign_id,
            "company_rule": self.company_rule,
        }


def question_of(
    version: ModelVersion, *, now: datetime, threshold: int | None = None, campaign: int | None = None
) -> Question:
    """The question about a stored version; `threshold` asks for another one than it says, `campaign` for its leads."""
    decision = decision_of(version.model, now=now)
    asked = threshold if threshold is not None else threshold_then(version, now=now)
    if decision is None:
        asked = None
    borderline = version.borderline_from
    if asked is None or borderline is None or borderline >= asked:
        borderline = None if asked is None else asked - BORDERLINE
    return Question(
        slug=version.model.slug,
        spec=spec_of(version),
        base=base_of(version.model),
        decision=decision,
        threshold=asked,
        borderline_from=borderline,
        grid=version.grid,
        campaign_id=campaign,
        company_rule=version.model.company_rule,
    )


def base_of(model: ScoreModel) -> VersionSpec | None:
    """The version in force."""
    rows = ModelVersion.objects.filter(model=model, state=VersionState.PUBLISHED)
    row = rows.prefetch_related("groups", "rules__group").first()
    return spec_of(row) if row else None


def paired(old: Sequence[RuleSpec], new: Sequence[RuleSpec]) -> list[tuple[int | None, int | None]]:
    """Rules of two versions side by side, as the difference in words pairs them; what is gone comes last."""
    pairs = match(old, new)
    gone = [place for place in range(len(old)) if place not in pairs.values()]
    return [*((pairs.get(place), place) for place in range(len(new))), *((place, None) for place in gone)]
