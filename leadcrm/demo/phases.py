"""What shows the demo's marketers how far a buyer is."""

from typing import Any

from leads.lifecycle.phase import save_rule
from leads.models import Outcome, Phase, PhaseRule


def _seen(measure: str, value: int, **filters: Any) -> dict[str, Any]:
    return {"leaf": "activity", "measure": measure, "op": "gte", "value": value, **filters}


RULES = [
    (Phase.DISCOVER, "Reads about the problem", _seen("count", 1, kinds=["page_view", "mail_click", "download"])),
    (
        Phase.EXPLORE,
        "Compares: product pages on several visits, or the solutions in our mails",
        {
            "any": [
                _seen("visits", 2, kinds=["page_view"], paths=["relevant"]),
                _seen("count", 1, kinds=["mail_click"], mails=[3, 4]),
            ]
        },
    ),
    (
        Phase.BUY,
        "Weighs an offer: prices again and again, or asked for a demo",
        {
            "any": [
                _seen("visits", 4, kinds=["page_view"], paths=["relevant"]),
                _seen("count", 1, kinds=["meeting"]),
                _seen("count", 1, kinds=["mail_click"], mails=[5]),
            ]
        },
    ),
    (Phase.INTEGRATE, "Has bought", {"leaf": "outcome", "value": [Outcome.WON.value]}),
]


def write_phase_rules() -> None:
    """Write the rules of buying phases; they name the path set of pages that matter."""
    for phase, label, condition in RULES:
        save_rule(PhaseRule(phase=phase, label=label, condition=condition))
