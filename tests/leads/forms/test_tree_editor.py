"""The condition editor: what it shows is what it reads back."""

import json

import pytest
from django.http import QueryDict

from leads.conditions.tree import MAX_DEPTH
from leads.forms.rows import Group, Row
from leads.forms.tree import TreeEditor
from tests.factories import PAGE_VIEWED, publish_model

pytestmark = pytest.mark.django_db
CONSENT = {"leaf": "consent", "value": True}
TITLE = {"leaf": "lead", "field": "job_title", "op": "in", "value": ["CFO", "VP Finance"]}
SIZE = {"leaf": "company", "field": "employees", "op": "between", "value": [100, 500]}
SCORE = {"leaf": "score", "model": "mql", "op": "gte", "value": 80}
BANT = {"leaf": "bant_count", "realm": "sales", "state": "partly", "op": "gte", "value": 3}
VISITS = {**PAGE_VIEWED, "measure": "visits", "mails": [1, 2], "days": 30, "mediums": ["paid"], "unsure": True}


def sent(editor: TreeEditor, **more: str) -> QueryDict:
    """What a browser sends for what the editor shows."""
    data = QueryDict(mutable=True)
    if editor.json_text is not None:
        data[f"{editor.prefix}-json"] = editor.json_text
    else:
        _send_group(data, editor.drawn)
    for name, value in more.items():
        data[name.replace("_", "-")] = value
    return data


def _send_group(data: QueryDict, group: Group) -> None:
    data.appendlist("when-at", group.mark)
    data[f"when-{group.mark}-word"] = group.word
    if group.number:
        data[f"when-{group.mark}-in"] = str(group.group)
    if group.negated:
        data[f"when-{group.mark}-not"] = "1"
    for part in group.children:
        if isinstance(part, Row):
            _send_row(data, part)
        else:
            _send_group(data, part)


def _send_row(data: QueryDict, row: Row) -> None:
    data.appendlist("when-at", row.mark)
    data[f"when-r{row.number}-in"] = str(row.group)
    data[f"when-r{row.number}-kind"] = row.kind
    if row.negated:
        data[f"when-r{row.number}-not"] = "1"
    for field in row.inputs:
        if field.slot.shape in ("many", "kept"):
            data.setlist(field.name, field.many)
        elif field.slot.shape != "flag":
            data[field.name] = field.text
        elif field.value:
            data[field.name] = "1"


@pytest.mark.parametrize(
    "tree",
    [
        CONSENT,
        VISITS,
        {"all": [TITLE, SIZE, {"not": CONSENT}]},
        {"any": [SCORE, {"all": [BANT, {"not": TITLE}]}]},
        {"all": [CONSENT, {"not": {"any": [TITLE, SIZE]}}]},
        {"not": {"any": [TITLE, CONSENT]}},
        {"any": [{"all": [CONSENT, {"any": [TITLE, {"all": [SIZE, BANT]}]}]}, SCORE]},
        {"all": [{"not": {"any": [{"not": {"all": [TITLE, SIZE]}}, CONSENT]}}, BANT]},
    ],
)
def test_a_tree_survives_the_editor(tree):
    publish_model()

    editor = TreeEditor(sent(TreeEditor(tree=tree)))

    assert editor.is_valid(), editor.errors
    assert editor.tree == tree


def test_groups_stand_in_groups_as_deep_as_the_language_goes():
    tree = CONSENT
    for word in ("any", "all") * 3:
        tree = {word: [TITLE, tree]}
    editor = TreeEditor(tree={"any": [SIZE, tree]})

    deepest = [part for part in editor.parts if isinstance(part, Group)][-1]

    assert editor.json_text is None
    assert editor.drawn.level == 1
    assert deepest.level == MAX_DEPTH - 1 > editor.deepest  # it holds conditions, no further group
    assert TreeEditor(sent(editor)).is_valid()


def test_one_level_more_is_refused_at_its_place():
    tree = CONSENT
    for word in ("any", "all") * 4:
        tree = {word: [TITLE, tree]}
    editor = TreeEditor(sent(TreeEditor(tree=tree)))

    assert not editor.is_valid()
    assert editor.rows[-1].complaints == ["Nest at most 8 levels."]


def test_a_leaf_without_fields_is_shown_as_json(monkeypatch):
    monkeypatch.setattr("leads.forms.rows.SLOTS", {})

    assert '"consent"' in (TreeEditor(tree={"all": [CONSENT, TITLE]}).json_text or "")


def test_two_nots_are_none():
    editor = TreeEditor(sent(TreeEditor(tree={"not": {"not": CONSENT}})))

    assert editor.is_valid()
    assert editor.tree == CONSENT


NESTED = {"all": [CONSENT, {"any": [TITLE, {"all": [SIZE, BANT]}]}, SCORE]}


@pytest.mark.parametrize(
    ("act", "shape", "focus"),
    [
        ("add:1", "r0 g1(r1 g2(r2 r3) r5) r4", "when-r5-kind"),
        ("add:2", "r0 g1(r1 g2(r2 r3 r5)) r4", "when-r5-kind"),
        ("add:99", "r0 g1(r1 g2(r2 r3)) r4 r5", "when-r5-kind"),
        ("group:2", "r0 g1(r1 g2(r2 r3 g3(r5))) r4", "when-g3-word"),
        ("group", "r0 g1(r1 g2(r2 r3)) r4 g3(r5)", "when-g3-word"),
        ("drop:0", "g1(r1 g2(r2 r3)) r4", "when-g1-word"),
        ("drop:3", "r0 g1(r1 g2(r2)) r4", "when-r2-kind"),
        ("drop:99", "r0 g1(r1 g2(r2 r3)) r4", ""),
        ("ungroup:2", "r0 g1(r1) r4", "when-r1-kind"),
        ("ungroup:1", "r0 r4", "when-r4-kind"),
        ("ungroup:0", "r0 g1(r1 g2(r2 r3)) r4", ""),
        ("kind:2", "r0 g1(r1 g2(r2 r3)) r4", "when-r2-kind"),
        ("nonsense", "r0 g1(r1 g2(r2 r3)) r4", ""),
    ],
)
def test_a_button_changes_the_parts_and_says_where_to_go_on(act, shape, focus):
    publish_model()

    editor = TreeEditor(sent(TreeEditor(tree=NESTED), when_do=act))

    assert _shape(editor.drawn) == shape
    assert editor.focus == focus


def test_who_removes_the_last_condition_goes_on_at_the_button_that_adds_one():
    editor = TreeEditor(sent(TreeEditor(tree=CONSENT), when_do="drop:0"))

    assert editor.focus == "when-add-0"


def _shape(group: Group) -> str:
    return " ".join(part.mark if isinstance(part, Row) else f"{part.mark}({_shape(part)})" for part in group.children)


def test_groups_that_stand_in_each_other_come_back_to_the_root():
    data = QueryDict("when-at=g1&when-at=g2&when-at=r0&when-g1-in=2&when-g2-in=1&when-r0-in=2&when-r0-kind=consent")

    assert _shape(TreeEditor(data).drawn) == "g1(g2(r0))"


def test_the_editor_begins_with_the_condition_in_the_address():
    publish_model()

    assert TreeEditor.begun(QueryDict(f"tree={json.dumps(CONSENT)}")).rows[0].kind == "consent"
    assert TreeEditor.begun(QueryDict("")).rows == []
    for text, limits in (("{", {}), ('{"leaf":"x"}', {}), (json.dumps(SCORE), {"scoring": True})):
        begun = TreeEditor.begun(QueryDict(f"tree={text}"), **limits)
        assert begun.errors
        assert begun.rows == []


def test_rows_become_json_and_json_becomes_rows():
    shown = TreeEditor(sent(TreeEditor(tree={"all": [CONSENT, TITLE]}), when_do="json"))

    back = TreeEditor(sent(shown, when_do="rows"))

    assert '"consent"' in (shown.json_text or "")
    assert back.json_text is None
    assert [row.kind for row in back.rows] == ["consent", "lead"]


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', "{}", '{"all": []}', '{"all": {"leaf": 1}}', "[" * 5000])
def test_nonsense_is_refused_with_words(text):
    editor = TreeEditor(_json(text))

    assert not editor.is_valid()
    assert editor.errors


def _json(text: str) -> QueryDict:
    data = QueryDict(mutable=True)
    data["when-json"] = text
    return data


def test_garbage_in_the_rows_is_refused_not_raised():
    data = QueryDict("when-group=x&when-group=7&when-row=0&when-row=a&when-r0-kind=nothing&when-r0-in=99")

    assert not TreeEditor(data).is_valid()
