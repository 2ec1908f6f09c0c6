"""BANT as the pages show it: what each realm knows, how complete that is, and what it knew before."""

from collections.abc import Collection
from typing import Any

from leads.models import BantAssessment, BantState, Realm
from leads.queries.facts import bant_parts, latest_bant

EARLIER = 20


def known(assessment: BantAssessment | None) -> int:
    """How many of the four parts are known, whatever they are."""
    return sum(getattr(assessment, part, 0) != BantState.UNKNOWN for part in BantAssessment.PARTS)


def panel(lead_id: int, written: Collection[str]) -> list[dict[str, Any]]:
    """Both realms' assessments of a lead with their history; `written` are the realms that may be changed."""
    latest = latest_bant(lead_id)
    rows = BantAssessment.objects.filter(lead=lead_id).select_related("by").order_by("-occurred_at", "-pk")
    earlier = list(rows[:EARLIER])
    return [
        {
            "realm": realm,
            "last": (last := latest.get(realm.value)),
            "parts": list(zip(BantAssessment.PARTS, *zip(*bant_parts(last), strict=True), notes_of(last), strict=True)),
            "known": known(last),
            "may_write": realm.value in written,
            "earlier": [
                {"row": row, "parts": bant_parts(row), "known": known(row)}
                for row in earlier
                if row.realm == realm and row != last
            ],
        }
        for realm in (Realm.MARKETING, Realm.SALES)
    ]


def notes_of(assessment: BantAssessment | None) -> list[str]:
    """The note on each part, empty where there is none."""
    notes = assessment.notes if assessment else {}
    return [notes.get(part, "") for part in BantAssessment.PARTS]
