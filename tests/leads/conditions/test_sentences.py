"""Every leaf reads as part of one sentence."""

from typing import Any

import pytest

from leads.conditions.tree import words
from leads.models import AttributeDefinition, PathSet
from tests.factories import make_user

pytestmark = pytest.mark.django_db
VISIT: dict[str, Any] = {"leaf": "activity", "kinds": ["page_view"], "paths": ["pricing"], "days": 30}
SENTENCES: list[tuple[dict[str, Any], str]] = [
    ({**VISIT, "measure": "count", "op": "eq", "value": 0}, "no page visit on Pricing in 30 days"),
    ({**VISIT, "measure": "count", "op": "lt", "value": 1}, "no page visit on Pricing in 30 days"),
    ({**VISIT, "measure": "visits", "op": "lte", "value": 0}, "no visit with page visit on Pricing in 30 days"),
    ({"leaf": "activity", "measure": "count", "op": "eq", "value": 0, "days": 7}, "no activity in 7 days"),
    (
        {**VISIT, "measure": "days", "op": "gte", "value": 3},
        "at least 3 different days with page visit on Pricing in 30 days",
    ),
    ({"leaf": "activity", "measure": "days", "op": "gte", "value": 1}, "at least 1 day with any activity"),
    (
        {"leaf": "activity", "measure": "days_since_first", "op": "lt", "value": 3, "kinds": ["meeting"]},
        "fewer than 3 days since the first meeting",
    ),
    (
        {**VISIT, "leaf": "company_activity", "measure": "people", "op": "gte", "value": 2},
        "at the company at least 2 different people with page visit on Pricing in 30 days",
    ),
    (
        {**VISIT, "leaf": "company_activity", "measure": "people", "op": "lt", "value": 1},
        "at the company no page visit on Pricing in 30 days",
    ),
    (
        {"leaf": "lead", "field": "seniority", "op": "in", "value": ["c_level", "vp"]},
        "Seniority is C level or Vice president",
    ),
    ({"leaf": "lead", "field": "function", "op": "ne", "value": "it"}, "Function is not IT"),
    ({"leaf": "lead", "field": "seniority", "op": "eq", "value": "gone"}, "Seniority is gone"),
    ({"leaf": "lead", "field": "is_free_mail", "op": "eq", "value": True}, "e-mail is free mail"),
    ({"leaf": "lead", "field": "is_free_mail", "op": "eq", "value": False}, "e-mail is not free mail"),
    ({"leaf": "lead", "field": "captured_on", "op": "last_days", "value": 1}, "Captured within the last 1 day"),
    (
        {"leaf": "lead", "field": "attributes.renews_on", "op": "next_days", "value": 30},
        "Renewal within the next 30 days",
    ),
    (
        {"leaf": "lead", "field": "attributes.renews_on", "op": "more_days_ago", "value": 9},
        "Renewal more than 9 days ago",
    ),
    ({"leaf": "lead", "field": "attributes.tools", "op": "all_of", "value": ["a", "b"]}, "Tools holds a and b"),
    ({"leaf": "company", "field": "employees", "op": "in", "value": [1, 20]}, "Employees is 1 or 20"),
    ({"leaf": "pass", "op": "gte", "value": 2}, "number of the pass is at least 2"),
    ({"leaf": "pass", "kinds": ["renewal", "upsell"]}, "the pass is renewal or up-sell"),
    ({"leaf": "owner", "op": "is_unset"}, "nobody owns the lead"),
    (
        {"leaf": "owner", "op": "user", "value": ["rep@acme.example", "gone@acme.example"]},
        "owner is Pat Rep or gone@acme.example (nobody has this address)",
    ),
    ({"leaf": "owner", "op": "team", "value": ["sales"]}, "owner is in team Sales"),
]


@pytest.fixture(autouse=True)
def names() -> None:
    make_user(email="rep@acme.example", name="Pat Rep")
    PathSet.objects.create(slug="pricing", name="Pricing", patterns=["/pricing*"])
    AttributeDefinition.objects.create(subject="lead", key="renews_on", label="Renewal", type="date")
    AttributeDefinition.objects.create(subject="lead", key="tools", label="Tools", type="choices", choices=["a", "b"])


@pytest.mark.parametrize(("leaf", "sentence"), SENTENCES, ids=[sentence for _leaf, sentence in SENTENCES])
def test_a_leaf_in_words(leaf: dict[str, Any], sentence: str) -> None:
    assert words(leaf) == sentence
