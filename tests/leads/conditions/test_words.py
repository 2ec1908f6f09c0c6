"""A tree reads as one sentence: brackets wherever "and" meets "or", and nowhere else."""

from typing import Any

import pytest

from leads.conditions.tree import sentence, words

pytestmark = pytest.mark.django_db
CFO = {"leaf": "lead", "field": "job_title", "op": "eq", "value": "CFO"}
EITHER = {"leaf": "lead", "field": "job_title", "op": "in", "value": ["CFO", "VP"]}
QUOTED = {"leaf": "lead", "field": "job_title", "op": "contains", "value": "bits and (bobs or"}
YES = {"leaf": "consent", "value": True}


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        ({"all": [CFO, YES]}, "Job title is CFO and consented to mail"),
        ({"any": [CFO, {"all": [YES, CFO]}]}, "Job title is CFO or (consented to mail and Job title is CFO)"),
        ({"all": [EITHER, YES]}, "(Job title is CFO or VP) and consented to mail"),
        ({"any": [EITHER, YES]}, "Job title is CFO or VP or consented to mail"),
        ({"any": [QUOTED, YES]}, "Job title contains “bits and (bobs or” or consented to mail"),
        ({"not": EITHER}, "not (Job title is CFO or VP)"),
        (
            {"all": [{"not": {"any": [CFO, YES]}}, YES]},
            "not (Job title is CFO or consented to mail) and consented to mail",
        ),
        ({"all": [{"any": [{"all": [CFO]}]}, YES]}, "Job title is CFO and consented to mail"),
        (
            {"all": [{"any": [{"all": [CFO, YES]}]}, YES]},
            "Job title is CFO and consented to mail and consented to mail",
        ),
    ],
)
def test_brackets_stand_where_they_are_needed(tree: dict[str, Any], text: str) -> None:
    assert words(tree) == text


def test_a_sentence_begins_with_a_capital_letter_and_survives_what_is_gone() -> None:
    assert sentence(YES) == "Consented to mail"
    assert sentence({"any": [{"all": [YES, CFO]}, CFO]}).startswith("(Consented to mail and")
    assert sentence({"leaf": "score", "model": "gone", "op": "gte", "value": 1}).startswith("It names something")
