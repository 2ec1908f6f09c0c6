"""What to say to a lead: the scripts that suit its stage, its role in the decision and its company's pains (R64)."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q

from leads.models import BuyingRole, Lead, Script, ScriptKind, Stage

PAINS = "pains"  # the attribute of companies in which pains stand
WHOLE_WORD = 4  # shorter words must stand as they are; longer ones may go on: invoice finds invoices
SHOWN = 6


@dataclass(frozen=True)
class Sayings:
    """The scripts that suit a lead, of each kind the best fitting first."""

    points: Sequence[Script]
    questions: Sequence[Script]
    calls: Sequence[Script]
    objections: Sequence[Script]

    def __bool__(self) -> bool:
        return any((self.points, self.questions, self.calls, self.objections))


def sayings(lead: Lead, stage: Stage | None = None) -> Sayings:
    """What suits the lead at a stage, by default where it stands; one query. Its company should be at hand."""
    stage = stage or lead.stage
    rows = Script.objects.filter(Q(stage=None) | Q(stage=stage), role__in=["", lead.buying_role], is_active=True)
    pains = words_of(pains_of(lead))
    suit = sorted((row for row in rows if suits(row.pain, pains)), key=_fit)
    of = {kind: [row for row in suit if row.kind == kind][:SHOWN] for kind in ScriptKind.values}
    return Sayings(*(of[kind] for kind in _ORDER))


_ORDER = (ScriptKind.TALKING_POINT, ScriptKind.QUESTION, ScriptKind.CALL, ScriptKind.OBJECTION)


def _fit(script: Script) -> tuple[int, int, int]:
    """What speaks of the pain comes first, then what is for the role, then for the stage."""
    said = 4 * bool(script.pain) + 2 * bool(script.role) + bool(script.stage_id)
    return -said, script.position, script.pk


def pains_of(lead: Lead) -> str:
    """What is known to hurt the lead's company, as text."""
    value = lead.company.attributes.get(PAINS) if lead.company else None
    return " ".join(map(str, value)) if isinstance(value, list) else str(value or "")


def words_of(text: str) -> list[str]:
    """The words of a text, in lower case."""
    return re.findall(r"\w+", text.casefold())


def suits(pain: str, pains: Sequence[str]) -> bool:
    """Whether every word of a script's pain stands in those of the company; no word suits all."""
    return all(_stands(word, pains) for word in words_of(pain))


def _stands(word: str, pains: Iterable[str]) -> bool:
    return any(found == word or (len(word) >= WHOLE_WORD and found.startswith(word)) for found in pains)


@dataclass(frozen=True)
class Cell:
    """The scripts for one stage and one role: written for just this role, and those that suit everybody."""

    stage: Stage | None
    role: str
    own: int
    general: int

    @property
    def is_gap(self) -> bool:
        """Nothing was written for this role at this stage."""
        return not self.own


def matrix(scripts: Sequence[Script], stages: Sequence[Stage]) -> list[tuple[Stage, list[Cell]]]:
    """Stage by role: what was written, and where only what suits everybody is left to say."""
    active = [script for script in scripts if script.is_active]
    return [(stage, [_cell(active, stage, role) for role in BuyingRole.values]) for stage in stages]


def _cell(scripts: Sequence[Script], stage: Stage, role: str) -> Cell:
    here = [script for script in scripts if script.stage_id in (None, stage.pk)]
    own = sum(script.role == role for script in here)
    return Cell(stage, role, own, sum(not script.role for script in here))
