"""The condition editor: what it shows is what it reads back."""

import pytest
from django.http import QueryDict

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
        for group, rows in editor.drawn:
            data.appendlist("when-group", str(group.number))
            data[f"when-g{group.number}-word"] = group.word
            if group.negated:
                data[f"when-g{group.number}-not"] = "1"
            for row in rows:
                _send_row(data, row)
    for name, value in more.items():
        data[name.replace("_", "-")] = value
    return data


def _send_row(data: QueryDict, row) -> None:
    data.appendlist("when-row", str(row.number))
    data[f"when-r{row.number}-in"] = str(row.group)
    data[f"when-r{row.number}-kind"] = row.kind
    if row.negated:
        data[f"when-r{row.number}-not"] = "1"
    for field in row.inputs:
        if field.slot.shape == "many":
            data.setlist(field.name, field.value or [])
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
    ],
)
def test_a_tree_survives_the_editor(tree):
    publish_model()

    editor = TreeEditor(sent(TreeEditor(tree=tree)))

    assert editor.is_valid(), editor.errors
    assert editor.tree == tree


def test_a_tree_too_deep_for_rows_is_shown_as_json():
    deep = {"all": [CONSENT, {"any": [TITLE, {"all": [SIZE, CONSENT]}]}]}

    assert TreeEditor(tree=deep).json_text is not None
    assert TreeEditor(tree={"all": [CONSENT, {"any": [TITLE]}]}).json_text is None


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
