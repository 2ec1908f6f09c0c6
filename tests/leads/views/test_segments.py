"""Segments: listed with their sentences, written in rows, found again in the list of leads."""

import json
import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.lifecycle.criteria import set_criterion
from leads.lifecycle.segments import NewSegment, save_segment, stamp_of
from leads.models import Segment
from tests.browsing import browser
from tests.factories import NOW, PAGE_VIEWED, make_lead, make_leads, make_user, stage, view_pages
from users.models import Role

pytestmark = pytest.mark.django_db
URL = "/settings/segments/"
TITLE = {"leaf": "lead", "field": "job_title", "op": "contains", "value": "CFO"}
ROWS = {
    "when-at": ["g0", "r0"],
    "when-r0-kind": "lead",
    "when-r0-field": "job_title",
    "when-r0-op": "contains",
    "when-r0-value": "CFO",
}


@pytest.fixture
def client():
    return browser(make_user(Role.MARKETER))


def make_segment(slug: str = "cfos", condition: Any = TITLE, **fields: Any) -> Segment:
    said = NewSegment(fields.pop("name", slug.upper()), condition, slug=slug)
    return save_segment(None, said, by=None, now=NOW)


def test_without_segments_the_page_says_what_they_are_for(client):
    assert "No segments yet" in client.get(URL).content.decode()


def test_the_list_tells_meaning_and_use_and_leaves_counting_to_fragments(client):
    make_segment()
    set_criterion(stage("mel"), {"leaf": "segment", "value": ["cfos"]}, by=None, now=NOW)

    page = client.get(URL).content.decode()

    assert "Job title contains “CFO”" in page
    assert "used in 1 place" in page
    assert "Criterion of MEL" in page
    assert f'hx-get="{URL}cfos/count/"' in page


def test_the_number_of_queries_does_not_depend_on_the_segments(client):
    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(URL)
        return len(queries)

    make_segment("a")
    make_segment("b", {"leaf": "segment", "value": ["a"]})
    before = asked()
    for number in range(8):
        make_segment(f"c{number}", {"leaf": "segment", "value": ["a", "b"]})

    assert asked() == before <= 22


def test_a_segment_is_written_in_rows(client):
    answer = client.post(f"{URL}new/", {**ROWS, "name": "Money people"})

    row = Segment.objects.get()
    assert answer.status_code == 302
    assert (row.slug, row.name, row.condition) == ("money-people", "Money people", TITLE)


def test_what_is_wrong_is_said_at_its_place_and_nothing_is_lost(client):
    nameless = client.post(f"{URL}new/", {**ROWS, "name": "", "slug": "No Key"})
    missing = client.post(f"{URL}new/", {**ROWS, "name": "Kept", "when-r0-value": ""})
    empty = client.post(f"{URL}new/", {"name": "Kept"})

    assert [answer.status_code for answer in (nameless, missing, empty)] == [422] * 3
    assert set(nameless.context["form"].errors) == {"name", "slug"}
    assert missing.context["editor"].rows[0].errors.keys() == {"value"}
    assert 'value="Kept"' in missing.content.decode()
    assert empty.context["editor"].errors == ["Add at least one condition."]


@pytest.mark.parametrize(
    ("tree", "reason"),
    [
        (
            {"leaf": "lead", "field": "attributes.shoe", "op": "eq", "value": "1"},
            "field: 'attributes.shoe' is not known",
        ),
        ({"any": [TITLE, {"leaf": "company", "field": "employees", "op": "contains", "value": "1"}]}, "any.1.op: "),
        ({"leaf": "segment", "value": ["cfos"]}, "cfos uses cfos"),
        ({"all": []}, "all: Give a list"),
        ([], "A condition is an object"),
        ({"all": [TITLE] * 101}, "Use at most 100 conditions"),
        ({"not": {"not": {"not": {"not": {"not": {"not": {"not": {"not": TITLE}}}}}}}}, "Nest at most 8 levels"),
        ({"all": [{"leaf": "x"}] * 3000}, "all.0.leaf: 'x' is not known"),
    ],
)
def test_a_bad_tree_is_refused_with_the_place_in_it(client, tree, reason):
    row = make_segment()

    said = {"name": "CFOs", "slug": "cfos", "when-json": json.dumps(tree), "seen": stamp_of(row)}
    answer = client.post(f"{URL}cfos/", said)

    assert answer.status_code == 422
    assert reason in " ".join(answer.context["editor"].errors)
    assert len(answer.context["editor"].errors) <= 50
    row.refresh_from_db()
    assert row.condition == TITLE


def test_before_a_segment_in_use_is_changed_the_page_says_where_it_is_used(client):
    make_segment()
    make_segment("group", {"leaf": "segment", "value": ["cfos"]})

    page = client.get(f"{URL}cfos/").content.decode()

    assert "Used in 1 place. What you save here changes it at once:" in page
    assert f'href="{URL}group/"' in page


def test_the_key_of_one_in_use_stays(client):
    row = make_segment()
    make_segment("group", {"leaf": "segment", "value": ["cfos"]})

    answer = client.post(f"{URL}cfos/", {**ROWS, "name": "CFOs", "slug": "other", "seen": stamp_of(row)})

    assert "in use and stays as it is: Segment “GROUP”" in str(answer.context["form"].errors["slug"])


def test_one_in_use_is_not_deleted_and_says_where(client):
    make_segment()
    make_segment("group", {"leaf": "segment", "value": ["cfos"]})

    refused = client.post(f"{URL}cfos/delete/")
    gone = client.post(f"{URL}group/delete/")

    assert (refused.status_code, gone.status_code) == (409, 302)
    assert "Segment “GROUP”" in refused.content.decode()
    assert [row.slug for row in Segment.objects.all()] == ["cfos"]


def test_a_segment_counts_its_leads_as_a_fragment_and_as_a_page(client):
    make_lead(job_title="CFO")
    make_segment()

    for headers in ({}, {"HX-Request": "true"}):
        answer = client.get(f"{URL}cfos/count/", headers=headers)
        assert "1 lead" in answer.content.decode()
        assert ("<html" in answer.content.decode()) == (not headers)


def test_the_list_of_leads_is_narrowed_by_a_segment(client):
    make_segment()
    cfo, _other = make_lead(job_title="CFO"), make_lead()

    answer = client.get("/leads/?segment=cfos")

    assert [row.lead for row in answer.context["rows"]] == [cfo]
    assert [(chip["label"], chip["value"]) for chip in answer.context["chips"]] == [("Segment", "CFOS")]
    assert len(client.get("/leads/?segment=nobody").context["rows"]) == 2


def test_the_filters_of_the_list_become_a_segment(client):
    make_segment()
    lead, *_others = make_leads(3, job_title="CFO", attributes={})
    view_pages([lead])
    query = "stage=mel&stage=mcl&outcome=open&phase=buy&phase=explore&owner=none&channel=linkedin&segment=cfos"

    url = client.get(f"/leads/?{query}").context["segment_url"]
    begun = client.get(url)

    tree = begun.context["editor"].tree
    assert begun.context["editor"].errors == []
    assert [next(iter(part.values())) if "leaf" in part else "phase" for part in tree["all"]] == [
        "stage",
        "outcome",
        "segment",
        "phase",
        "owner",
        "source",
    ]
    assert client.get("/leads/?q=x&segment=cfos").context["segment_url"] == ""
    assert client.get("/leads/").context["segment_url"] == ""
    assert browser(make_user()).get("/leads/?segment=cfos").context["segment_url"] == ""


def test_what_another_realm_relies_on_is_theirs_to_change(client):
    manager = browser(make_user(Role.SALES_MANAGER))
    said = {**ROWS, "name": "Mine", "slug": "cfos", "seen": stamp_of(make_segment())}
    set_criterion(stage("sql"), {"leaf": "segment", "value": ["cfos"]}, by=None, now=NOW)
    group = make_segment("group")

    assert "but not change it" in client.get(f"{URL}cfos/").content.decode()
    assert client.post(f"{URL}cfos/", said).status_code == 403
    assert client.post(f"{URL}group/", {**said, "slug": "group", "seen": stamp_of(group)}).status_code == 302
    assert manager.post(f"{URL}cfos/", said).status_code == 302


def test_the_largest_condition_there_may_be_is_edited_in_rows(client):
    row = make_segment(
        condition={"any": [{**PAGE_VIEWED, "days": day, "mails": [1], "mediums": ["paid"]} for day in range(1, 101)]}
    )
    page = client.get(f"{URL}cfos/").content.decode()
    fields = [tag for tag in re.findall(r"<(?:input|select)[^>]*>", page) if 'name="when-' in tag]
    sent: dict[str, list[str]] = {"name": ["CFOs"], "slug": ["cfos"], "when-do": ["add:0"]}
    for tag in fields:
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ('type="checkbox"' not in tag or " checked" in tag):
            sent.setdefault(name[1], []).append(value[1] if value else "")

    answer = client.post(f"{URL}cfos/", sent)

    assert answer.status_code == 200
    assert sum(map(len, sent.values())) > 1000
    assert len(answer.context["editor"].rows) == 101
    assert row.condition["any"][99]["days"] == 100
