"""What the demo's people think about right now: named segments, and sales' proposal to ask for less (R53)."""

from datetime import datetime
from typing import Any

from leads.lifecycle.segments import NewSegment, save_segment
from leads.models import ScoreModel
from scoring.draft import save_rule, set_note, set_threshold
from scoring.models import ModelVersion, VersionState
from scoring.publish import copy_to_draft
from scoring.rules import RuleSpec

PROPOSED_THRESHOLD, PROPOSED_BORDERLINE = 70, 60
NOTE = (
    "Four accepted leads of the study stand between 70 and 80, and we never called them. Ask for 70, and give points "
    "for branches in both states, where invoicing goes wrong most often."
)


def _branches(state: str) -> dict[str, Any]:
    return {"leaf": "company", "field": "attributes.branch_states", "op": "contains", "value": state}


BRANCHES = RuleSpec(
    points=8,
    group="deal",
    label="Branches in New York and New Jersey",
    condition={"all": [_branches("New York"), _branches("New Jersey")]},
)
_FINANCE = {"leaf": "lead", "field": "function", "op": "in", "value": ["finance"]}
_SENIOR = {"leaf": "lead", "field": "seniority", "op": "in", "value": ["c_level", "vp", "director"]}
_SEEN = {"kinds": ["page_view"], "paths": ["relevant"]}
_INTERESTED = {"leaf": "activity", "measure": "visits", "op": "gte", "value": 2, **_SEEN}
_NOT_YET = {"leaf": "stage", "value": ["mcl", "mel"]}
_QUIET = {"leaf": "activity", "measure": "count", "op": "eq", "value": 0, "kinds": ["page_view"], "days": 30}
SEGMENTS = [
    NewSegment("Finance leaders", {"all": [_FINANCE, _SENIOR]}, "Who signs for invoicing."),
    NewSegment("Looking, not yet qualified", {"all": [_INTERESTED, _NOT_YET]}, "Came back to pages that matter."),
    NewSegment("Quiet for 30 days", _QUIET, "No visit in a month: for keeping in touch."),
]


def propose(*, marketer: int, manager: int, now: datetime) -> None:
    """Write the segments, and the draft that the sales manager is about to decide on."""
    for segment in SEGMENTS:
        save_segment(None, segment, by=marketer, now=now)
    sales = ScoreModel.objects.get(slug="sales")
    draft = copy_to_draft(ModelVersion.objects.get(model=sales, state=VersionState.PUBLISHED), by=manager, now=now)
    save_rule(draft.pk, BRANCHES)
    set_threshold(draft.pk, threshold=PROPOSED_THRESHOLD, borderline_from=PROPOSED_BORDERLINE)
    set_note(draft.pk, NOTE)
