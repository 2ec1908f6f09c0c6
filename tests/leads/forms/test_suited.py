"""The fields of a row suit each other: comparisons the type of the field, values those there are."""

from typing import Any

import pytest

from leads.conditions.catalog import Catalog
from leads.conditions.tree import validate
from leads.forms.suited import slots_of
from leads.forms.tree import TreeEditor
from leads.models import AttributeDefinition
from tests.factories import make_campaign, make_leads, make_user
from tests.leads.forms.test_tree_editor import sent

pytestmark = pytest.mark.django_db
REP = "o'neil@acme.example"
LEAVES: list[dict[str, Any]] = [
    {"leaf": "lead", "field": "seniority", "op": "in", "value": ["c_level", "vp"]},
    {"leaf": "lead", "field": "function", "op": "eq", "value": "finance"},
    {"leaf": "lead", "field": "is_free_mail", "op": "eq", "value": False},
    {"leaf": "lead", "field": "is_free_mail", "op": "eq", "value": True},
    {"leaf": "lead", "field": "captured_on", "op": "last_days", "value": 7},
    {"leaf": "lead", "field": "attributes.renews_on", "op": "between", "value": ["2026-01-01", "2026-02-01"]},
    {"leaf": "lead", "field": "attributes.renews_on", "op": "gt", "value": "2026-01-01"},
    {"leaf": "lead", "field": "attributes.tools", "op": "all_of", "value": ["a, b", "c"]},
    {"leaf": "lead", "field": "attributes.tools", "op": "in", "value": ["a, b"]},
    {"leaf": "lead", "field": "phone", "op": "is_unset"},
    {"leaf": "company", "field": "employees", "op": "in", "value": [0, 200, 1.5]},
    {"leaf": "company", "field": "employees", "op": "eq", "value": 0},
    {"leaf": "company", "field": "name", "op": "not_in", "value": ["Acme", "Beta"]},
    {"leaf": "company_activity", "measure": "people", "op": "gte", "value": 2, "kinds": ["page_view"], "days": 30},
    {"leaf": "activity", "measure": "days_since_first", "op": "lte", "value": 3},
    {"leaf": "pass", "op": "gte", "value": 2},
    {"leaf": "pass", "kinds": ["renewal", "upsell"]},
    {"leaf": "owner", "op": "is_set"},
    {"leaf": "owner", "op": "user", "value": [REP]},
    {"leaf": "owner", "op": "team", "value": ["sales"]},
    {"leaf": "source", "field": "channel", "value": ["linkedin"]},
    {"leaf": "source", "field": "campaign", "value": ["spring"]},
    {"leaf": "source", "field": "medium", "value": ["paid", "mail"]},
    {"leaf": "source", "field": "audience", "value": ["cfo", "it"]},
]


@pytest.fixture(autouse=True)
def names() -> None:
    make_campaign("spring")
    make_user(email=REP, name="Pat O'Neil")
    AttributeDefinition.objects.create(subject="lead", key="renews_on", label="Renewal", type="date")
    AttributeDefinition.objects.create(
        subject="lead", key="tools", label="Tools", type="choices", choices=["a, b", "c", "d"]
    )


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: f"{leaf['leaf']}-{leaf.get('field', '')}-{leaf.get('op')}")
def test_what_a_row_shows_is_what_it_reads_back(leaf: dict[str, Any]) -> None:
    editor = TreeEditor(sent(TreeEditor(tree=leaf)))

    assert editor.is_valid(), (editor.errors, [row.errors for row in editor.rows])
    assert editor.tree == validate(leaf)


def choices(kind: str, slot: str, **values: Any) -> list[Any]:
    catalog = Catalog()
    found = next(one for one in slots_of(kind, values, catalog) if one.name == slot)
    return [key for key, _label in found.choices(catalog)] if found.choices else []


def test_the_comparisons_suit_the_field() -> None:
    assert "contains" in choices("lead", "op", field="job_title")
    assert "contains" not in choices("lead", "op", field="seniority")
    assert "next_days" in choices("lead", "op", field="attributes.renews_on")
    assert choices("lead", "op", field="is_free_mail") == ["eq", "is_set", "is_unset"]
    assert "between" in choices("company", "op", field="employees")


@pytest.mark.parametrize(
    ("field", "labels"),
    [("is_free_mail", ["free mail", "not free mail"]), ("attributes.converted", ["yes", "no"])],
)
def test_what_is_true_or_false_is_said_from_the_beginning(field: str, labels: list[str]) -> None:
    AttributeDefinition.objects.create(subject="lead", key="converted", label="Converted", type="boolean")
    values = {"field": field, "op": "eq"}
    slot = next(slot for slot in slots_of("lead", values, Catalog()) if slot.name == "value")

    assert slot.choices is not None
    assert [str(label) for _key, label in slot.choices(Catalog())] == labels
    assert not slot.optional  # the first is chosen, and shown: a row never looks complete without a value


def test_values_of_a_list_are_chosen_from_it() -> None:
    assert choices("lead", "value", field="attributes.tools", op="in") == ["a, b", "c", "d"]
    assert "c_level" in choices("lead", "value", field="seniority", op="eq")
    assert choices("lead", "value", field="buying_role", op="contains") == []
    assert REP in choices("owner", "value", op="user")
    assert "linkedin" in choices("source", "value", field="channel")


def test_a_value_that_is_no_longer_in_the_list_is_shown_and_refused() -> None:
    leaf = {"leaf": "lead", "field": "seniority", "op": "in", "value": ["c_level", "gone"]}
    editor = TreeEditor(sent(TreeEditor(tree=leaf)))

    assert "gone" in choices("lead", "value", field="seniority", op="in", value=["c_level", "gone"])
    assert not editor.is_valid()
    assert "'gone' is not known" in editor.rows[0].errors["value"]


def test_another_field_begins_with_an_empty_value() -> None:
    leaf = {"leaf": "lead", "field": "job_title", "op": "eq", "value": "CFO"}
    data = sent(TreeEditor(tree=leaf), **{"when-do": "field:0", "when-r0-field": "seniority"})

    editor = TreeEditor(data)

    assert editor.rows[0].values == {"field": "seniority", "op": "eq"}
    assert editor.focus == "when-r0-field"


@pytest.mark.parametrize(
    ("field", "typed", "kept"),
    [
        ("job_title", "CFO", "CFO"),
        ("buying_role", "user", "user"),
        ("buying_role", "CFO", None),
        ("is_free_mail", "CFO", None),
    ],
)
def test_what_was_typed_before_the_field_was_chosen_stays_where_it_suits(field, typed, kept) -> None:
    leaf = {"leaf": "lead", "field": "last_name", "op": "eq", "value": typed}

    editor = TreeEditor(sent(TreeEditor(tree=leaf), **{"when-do": "field:0", "when-r0-field": field}))

    assert editor.rows[0].values.get("value") == kept


@pytest.mark.parametrize(
    "leaf",
    [
        {"leaf": "lead", "field": "job_title", "op": "contains", "value": "CFO, VP"},
        {"leaf": "lead", "field": "seniority", "op": "in", "value": ["c_level", "vp"]},
        {"leaf": "lead", "field": "is_free_mail", "op": "eq", "value": False},
        {"leaf": "company", "field": "employees", "op": "between", "value": [100, 500]},
        {"leaf": "owner", "op": "user", "value": [REP]},
    ],
    ids=lambda leaf: leaf["op"],
)
def test_a_value_waits_while_nothing_is_asked_for_but_whether_it_is_known(leaf: dict[str, Any]) -> None:
    known = TreeEditor(sent(TreeEditor(tree=leaf), **{"when-do": "op:0", "when-r0-op": "is_set"}))
    back = TreeEditor(sent(known, **{"when-do": "op:0", "when-r0-op": leaf["op"]}))

    assert known.is_valid()
    assert known.tree == {name: said for name, said in leaf.items() if name != "value"} | {"op": "is_set"}
    assert back.is_valid()
    assert back.tree == validate(leaf)


@pytest.mark.parametrize(("field", "kept"), [("last_name", "CFO"), ("is_free_mail", None)])
def test_a_value_that_waits_goes_with_a_field_it_does_not_suit(field: str, kept: str | None) -> None:
    leaf = {"leaf": "lead", "field": "job_title", "op": "eq", "value": "CFO"}
    known = TreeEditor(sent(TreeEditor(tree=leaf), **{"when-do": "op:0", "when-r0-op": "is_set"}))

    other = TreeEditor(sent(known, **{"when-do": "field:0", "when-r0-field": field}))

    assert other.rows[0].values.get("value") == kept


@pytest.mark.parametrize(
    ("field", "op", "offered"),
    [
        ("job_title", "eq", ["CFO", "Head, Sales"]),
        ("job_title", "in", ["CFO"]),  # a comma ends a value of a list
        ("job_title", "ends_with", []),
        ("job_title", "is_set", []),
        ("first_name", "eq", []),
        ("seniority", "eq", []),
    ],
)
def test_a_text_field_offers_the_values_it_has(field, op, offered) -> None:
    make_leads(3, job_title="CFO", first_name="Dana")
    make_leads(2, job_title="Head, Sales", first_name="Dana")
    row = TreeEditor(tree={"leaf": "lead", "field": field, "op": op, "value": "x"}).drawn.children[0]

    assert [value for shown in row.inputs for value in shown.suggested] == offered


def test_each_field_is_asked_about_once(django_assert_max_num_queries) -> None:
    title = {"leaf": "lead", "field": "job_title", "op": "eq", "value": "CFO"}
    editor = TreeEditor(tree={"any": [{**title, "value": str(n)} for n in range(9)]})
    assert editor.catalog.attributes  # read before

    with django_assert_max_num_queries(8):
        assert editor.drawn
