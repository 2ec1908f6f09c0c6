"""Which moves are legal and which lines they write: pure rules, no database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from leads.models import Cause, Outcome, Realm, Stage, StageRole


@dataclass(frozen=True)
class Standing:
    """Where a lead stands before a move; `stage` is None before its first."""

    stage: Stage | None
    outcome: str
    cycle: int
    since: datetime | None


@dataclass(frozen=True)
class Step:
    """One line to be written."""

    from_stage: Stage | None
    from_outcome: str
    to_stage: Stage
    outcome: str
    passed_through: bool
    backward: bool


def refusal(here: Standing, target: Stage | Outcome, cause: Cause, *, begins: bool) -> str:
    """Why this move is not allowed, in words for a person; empty when it is."""
    if cause == Cause.RECYCLE and here.outcome != Outcome.NURTURE:
        return "Only a lead that was set aside comes back by itself."
    if isinstance(target, Outcome):
        return _outcome_refusal(here, target, cause)
    if begins:
        ended = here.stage is None or bool(here.outcome)
        return "" if ended else "Its pass is still open. It ends before another begins."
    return _stage_refusal(here, target, cause)


def _outcome_refusal(here: Standing, target: Outcome, cause: Cause) -> str:
    if here.stage is None:
        return "The lead has not been captured yet."
    if here.outcome:
        return f"This pass has already ended: {here.outcome}. Reopen the lead first."
    if cause == Cause.IMPORT:
        return ""
    if target == Outcome.WON and here.stage.role != StageRole.OPPORTUNITY:
        return "Only an opportunity can be won. Record the proof first."
    if target == Outcome.LOST and here.stage.realm != Realm.SALES:
        return "Only a lead that sales works on can be lost. Disqualify it, or set it to nurture."
    return ""


def _stage_refusal(here: Standing, target: Stage, cause: Cause) -> str:
    if cause == Cause.IMPORT:
        ahead = here.stage is None or target.position > here.stage.position
        return "" if ahead else "An import never moves a lead backwards."
    if here.stage == target and not here.outcome:
        return f"The lead already stands at {target.label}."
    if cause == Cause.RETIRED:  # whoever decided on the stage decided on its leads, either way
        return "The pass of the lead has ended: it stands nowhere." if here.outcome else ""
    forward = here.stage is None or bool(here.outcome) or target.position > here.stage.position
    if cause == Cause.CRITERIA and (here.outcome or not forward):
        return "Criteria only promote leads whose pass is open."
    return _forward_refusal(here, target, cause) if forward else ""


def _forward_refusal(here: Standing, target: Stage, cause: Cause) -> str:
    if target.role == StageRole.OPPORTUNITY and cause != Cause.PROOF:
        return "An opportunity needs recorded proof of the intent to buy."
    crosses = target.realm == Realm.SALES and (here.stage is None or here.stage.realm == Realm.MARKETING)
    if crosses and cause != Cause.HANDOVER:
        return "Only a sales decision on the handover takes a lead across to sales."
    return ""


def steps(here: Standing, target: Stage | Outcome, stages: Sequence[Stage], *, begins: bool) -> list[Step]:
    """The lines of one legal move, in order: stages in between are passed through (R4).

    A pass that begins anew enters the first stage and walks up; a win walks up to the last stage first.
    """
    fresh = begins or here.stage is None or (bool(here.outcome) and isinstance(target, Stage))
    position = 0 if fresh or here.stage is None else here.stage.position
    if isinstance(target, Stage):
        if target.position < position:
            return [Step(here.stage, here.outcome, target, "", passed_through=False, backward=True)]
        way = [stage for stage in stages if position < stage.position <= target.position]
    else:
        way = [stage for stage in stages if target == Outcome.WON and stage.position > position]
    lines: list[Step] = []
    stage, outcome = here.stage, here.outcome
    for entered in way:
        lines.append(Step(stage, outcome, entered, "", passed_through=entered != target, backward=False))
        stage, outcome = entered, ""
    if isinstance(target, Outcome):
        assert stage is not None, "refused above"
        lines.append(Step(stage, outcome, stage, target.value, passed_through=False, backward=False))
    return lines
