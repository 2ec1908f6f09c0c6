"""Whatever stands in a leaf: it is refused with its place, or asked as it stands. Nothing reaches the database raw."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from leads.conditions.leaves import kinds
from leads.conditions.plan import Plan, Scope
from leads.conditions.select import count_matching, ids_matching, matching
from leads.conditions.tree import InvalidCondition, changes, compile_tree, unset, validate, words
from leads.lifecycle.segments import NewSegment, save_segment
from leads.models import AttributeDefinition, Document, Lead, PathSet, TitleClass
from leads.people.icp import NewProfile, Wish, publish_profile
from leads.people.titles import save_title_class
from tests.factories import NOW, PAGE_VIEWED, make_campaign, make_lead, make_user, publish_model
from users.models import Organisation

pytestmark = pytest.mark.django_db
NASTY = ["'", "'; DROP TABLE leads_lead; --", '"', "%", "%s", "%%s", "%(p0)s", "\\", "\\'", "{}", "{0}", "{scope}"]
NASTY += ["$1", "(?", "[[:alpha:]", ".*", "a|b", "(", "\x00", "x" * 501, "\ud800", "‮", "🙂", "NULL", ""]
ODD: list[Any] = [None, True, -1, 0, 1.5, 10**30, -(10**30), float("nan"), float("inf"), [], {}, [[]], [{}], [None]]
ODD += [{"leaf": "lead"}, [1e400], [True, "a"], "2026-02-30", ["2026-01-01", "2025-01-01"], "9999-12-31", [3, "a"]]
LEAVES: dict[str, list[dict[str, Any]]] = {
    "activity": [
        {"measure": "count", "op": "gte", "value": 1, "kinds": ["page_view"], "paths": ["pricing"], "days": 30},
        {"measure": "days_since_first", "op": "lt", "value": 9, "campaigns": ["spring"], "channels": ["linkedin"]},
        {"measure": "days", "op": "eq", "value": 2, "mediums": ["paid"], "documents": ["report"], "mails": [1]},
        {"measure": "days_since_last", "op": "gt", "value": 9, "days": 20, "unsure": True},
    ],
    "company_activity": [
        {"measure": "people", "op": "gte", "value": 2, "kinds": ["page_view"], "paths": ["pricing"], "days": 30},
        {"measure": "days_since_first", "op": "lt", "value": 9, "days": 20},
    ],
    "lead": [
        {"field": "job_title", "op": "eq", "value": "CFO"},
        {"field": "job_title", "op": "contains", "value": "CFO"},
        {"field": "job_title", "op": "ends_with", "value": "CFO"},
        {"field": "job_title", "op": "in", "value": ["CFO", "CEO"]},
        {"field": "seniority", "op": "in", "value": ["c_level"]},
        {"field": "is_free_mail", "op": "eq", "value": True},
        {"field": "captured_on", "op": "last_days", "value": 3},
        {"field": "attributes.renews_on", "op": "between", "value": ["2026-01-01", "2026-02-01"]},
        {"field": "attributes.tools", "op": "all_of", "value": ["a", "b"]},
        {"field": "buying_role", "op": "not_in", "value": ["finance"]},
    ],
    "company": [
        {"field": "employees", "op": "in", "value": [1, 2.5]},
        {"field": "employees", "op": "between", "value": [1, 2]},
        {"field": "name", "op": "starts_with", "value": "Ac"},
    ],
    "bant": [{"realm": "sales", "part": "budget", "op": "is", "value": "yes"}],
    "bant_count": [{"realm": "sales", "state": "partly", "op": "gte", "value": 3}],
    "consent": [{"value": True}],
    "source": [{"field": "channel", "value": ["linkedin"]}, {"field": "audience", "value": ["cfo"]}],
    "pass": [{"op": "gte", "value": 2, "kinds": ["renewal"]}],
    "owner": [{"op": "user", "value": ["rep@acme.example"]}, {"op": "team", "value": ["sales"]}, {"op": "is_set"}],
    "icp": [{"realm": "sales", "op": "at_least", "value": "B"}],
    "segment": [{"value": ["busy"]}],
    "stage": [{"value": ["mel"]}],
    "stage_days": [{"op": "gte", "value": 3}],
    "outcome": [{"value": ["open", "won"]}],
    "score": [{"model": "mql", "op": "gte", "value": 80}],
    "band": [{"model": "mql", "value": ["hot"]}],
    "phase": [{"op": "at_least", "value": "explore"}],
}


@pytest.fixture(autouse=True)
def names() -> None:
    make_campaign("spring")
    make_user(email="rep@acme.example")
    make_lead(job_title="CFO")
    publish_model()
    Document.objects.create(slug="report", name="Report {0} %s")
    PathSet.objects.create(slug="pricing", name="Pricing {} %(x)s '", patterns=["/pricing*"])
    AttributeDefinition.objects.create(subject="lead", key="renews_on", label="Renewal %s {}", type="date")
    AttributeDefinition.objects.create(subject="lead", key="tools", label="Tools", type="choices", choices=["a", "b"])
    save_segment(None, NewSegment("Busy", PAGE_VIEWED), by=None, now=NOW)
    publish_profile("sales", NewProfile([Wish("need", "Busy", PAGE_VIEWED)]), by=None, now=NOW)


def ask(leaf: dict[str, Any]) -> None:
    """Everything a condition is ever used for."""
    now = NOW + timedelta(days=1)
    matching(leaf, now=now)
    matching(leaf, now=now, scope=Scope(low=0, high=10**9))
    count_matching(leaf, now=now)
    list(Lead.objects.filter(pk__in=ids_matching(leaf, now=now)))
    assert words(leaf)
    for past in (False, True):
        plan = Plan(today=now.date(), zone=Organisation.load().zone, past=past)
        scope = Scope(ids=[1, 2])
        columns = [compile_tree({"not": leaf}, plan), unset(leaf, plan)]
        columns += [f"({day})::text" for day in changes(leaf, plan)]
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(columns)} {plan.source(scope)}", {**plan.params, **scope.params})


def refused(leaf: dict[str, Any]) -> list[tuple[str, str]]:
    """Why a leaf is refused, by place; nothing for one that is taken."""
    try:
        validate(leaf)
    except InvalidCondition as wrong:
        return wrong.errors
    return []


def refused_or_asked(leaf: dict[str, Any]) -> None:
    for place, why in (wrong := refused(leaf)):
        assert why
        assert place.partition(".")[0] in {*leaf, "value", ""}
    if not wrong:
        with transaction.atomic():
            ask(leaf)


def samples(kind: str) -> list[dict[str, Any]]:
    fields = kinds()[kind].fields
    return [{"leaf": kind, **leaf} for leaf in LEAVES.get(kind, [dict.fromkeys(fields, "x")])]


def put(leaf: dict[str, Any], value: Any) -> Iterator[dict[str, Any]]:
    """The leaf with this value in each of its fields; in a list where one stands there."""
    for field in leaf.keys() - {"leaf"}:
        yield {**leaf, field: value}
        if isinstance(leaf[field], list):
            yield {**leaf, field: [value]}
            yield {**leaf, field: [*leaf[field], value]}


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_any_value_is_refused_or_asked_as_it_stands(kind: str) -> None:
    for leaf in samples(kind):
        if kind in LEAVES:
            ask(dict(validate(leaf)))
        for value in [*NASTY, *ODD]:
            for changed in put(leaf, value):
                refused_or_asked(changed)


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_fields_that_do_not_belong_are_named(kind: str) -> None:
    for name in ("'", "x; --", "leaf2"):
        with pytest.raises(InvalidCondition) as wrong:
            validate({"any": [{"not": {**samples(kind)[0], name: 1}}]})
        assert f"any.0.not.{name}" in dict(wrong.value.errors)


@pytest.mark.parametrize("text", [text for text in NASTY if 0 < len(text) <= 150 and text.isprintable()])
def test_a_text_is_found_as_it_stands(text: str) -> None:
    lead = make_lead(job_title=f"x{text}y")

    for op, value in (("eq", f"x{text}y"), ("contains", f"x{text}"), ("ends_with", f"{text}y"), ("in", [f"X{text}Y"])):
        leaf = validate({"leaf": "lead", "field": "job_title", "op": op, "value": value})
        assert matching(leaf, now=NOW) == [lead.pk]


@pytest.mark.parametrize("text", [text for text in NASTY if 0 < len(text) <= 80 and text.isprintable()])
def test_a_word_of_a_title_class_is_found_as_it_stands(text: str) -> None:
    lead = make_lead(job_title=f"1st x{text}y")
    make_lead(job_title="1st xzy")
    words_ = [f"x{text}y".replace("*", "") or "x"]
    save_title_class(TitleClass(kind="seniority", slug="odd", label="Odd", words=words_, position=0))
    if "*" in text:
        lead.job_title = lead.job_title.replace("*", "")
        lead.save()

    assert matching({"leaf": "lead", "field": "seniority", "op": "eq", "value": "odd"}, now=NOW) == [lead.pk]
