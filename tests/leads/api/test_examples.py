"""The examples that integrators were given, asked and answered literally."""

from datetime import UTC, datetime

import pytest
from django.utils.dateparse import parse_datetime

from leads.activity.pages import save_path_set
from leads.models import Company, Lead, LeadScore, PathSet, ScoreModel
from scoring.engine import GroupSpec
from scoring.publish import Draft, publish_version, save_draft
from scoring.rules import RuleSpec
from scoring.touched import drain
from tests.callers import Caller, faults
from tests.factories import make_campaign, make_handover, make_lead, make_user
from users.clock import database_now
from users.models import Role

pytestmark = pytest.mark.django_db

DANA = {
    "email": "Dana.Levi@acme.co.il",
    "first_name": "Dana",
    "last_name": "Levi",
    "job_title": "CFO",
    "company": {
        "name": "Acme",
        "domain": "acme.co.il",
        "employees": 400,
        "industry": "saas",
        "country": "IL",
        "region": "israel",
        "attributes": {"branches": 3},
    },
    "source": {
        "channel": "linkedin",
        "campaign": "always-on",
        "audience": "cfo",
        "document": "oecd-report",
        "utm": {"source": "linkedin"},
    },
    "consent": {"granted": True, "text": "I agree to receive …"},
    "external_ids": [{"system": "salesforce", "id": "00Q5…"}],
    "attributes": {"customers_per_month": 1200},
    "captured_at": "2025-11-20T09:30:00+02:00",
}
VISIT = {
    "lead": {"email": "dana.levi@acme.co.il"},
    "kind": "page_view",
    "occurred_at": "2025-11-20T10:00:00Z",
    "url": "https://www.example/pricing",
    "dwell_seconds": 95,
    "visit": "v-81",
    "medium": "organic",
    "campaign": "always-on",
    "external_id": "ev-1",
    "data": {},
}


@pytest.fixture
def caller():
    make_campaign("always-on")
    return Caller()


def test_a_new_person_is_captured(caller):
    answer = caller.post("leads/", DANA, key="7f0")

    lead = Lead.objects.get()
    assert answer.status_code == 201
    shown = answer.json()
    expected = {
        "id": lead.pk,
        "email": "dana.levi@acme.co.il",
        "stage": "mcl",
        "outcome": None,
        "cycle": 1,
        "owner": None,
        "company": {"id": Company.objects.get().pk, "name": "Acme"},
        "scores": [],
        "campaign": "always-on",
        "captured_at": "2025-11-20T07:30:00Z",
    }
    assert {name: shown[name] for name in expected} == expected
    company = Company.objects.get()
    assert (company.domain, company.employees, company.attributes) == ("acme.co.il", 400, {"branches": 3})
    assert lead.attributes == {"customers_per_month": 1200}
    assert lead.consents.get().granted is True
    assert (lead.captures.get().audience, lead.captures.get().document.slug) == ("cfo", "oecd-report")
    assert lead.captures.get().payload == DANA


def test_a_known_person_is_answered_with_200_and_the_same_body(caller):
    first = caller.post("leads/", DANA)

    second = caller.post("leads/", DANA)

    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json() == first.json()
    assert Lead.objects.count() == 1


def test_a_write_only_token_learns_nothing(caller):
    forms = Caller(caller.user, scopes=("capture:write",))

    answers = [forms.post("leads/", DANA), forms.post("leads/", DANA)]

    assert [(answer.status_code, answer.json()) for answer in answers] == [(202, {"received": True})] * 2


def test_activities_come_alone_or_in_a_list(caller):
    caller.post("leads/", DANA)

    listed = caller.post("activities/", [VISIT])
    again = caller.post("activities/", [VISIT])
    alone = caller.post("activities/", {**VISIT, "external_id": "ev-2"})

    assert (listed.status_code, listed.json()) == (201, {"recorded": 1, "known": 0})
    assert again.json() == {"recorded": 0, "known": 1}
    assert alone.json() == {"recorded": 1, "known": 0}


@pytest.mark.parametrize("by", ["id", "external_id"])
def test_activities_name_their_lead_in_three_ways(caller, by):
    lead_id = caller.post("leads/", DANA).json()["id"]
    ref = {"id": lead_id} if by == "id" else {by: {"system": "salesforce", "id": "00Q5…"}}

    answer = caller.post("activities/", {**VISIT, "lead": ref})

    assert answer.json() == {"recorded": 1, "known": 0}


def test_a_lead_by_itself_says_since_when_and_what_comes_next(caller):
    lead_id = caller.post("leads/", DANA).json()["id"]

    shown = caller.get(f"leads/{lead_id}/").json()

    assert (shown["stage_since"], shown["next_change_on"]) == ("2025-11-20T07:30:00Z", None)


def make_mql_model():
    now = database_now()
    save_path_set(PathSet(slug="pricing", name="Pricing page", patterns=["/pricing"]))
    model = ScoreModel.objects.create(slug="mql", name="MQL", purpose="marketing")
    cfo = {"leaf": "lead", "field": "job_title", "op": "eq", "value": "CFO"}
    seen = {"leaf": "activity", "measure": "visits", "op": "gte", "value": 1, "paths": ["pricing"], "days": 30}
    rules = [
        RuleSpec(points=30, group="fit", condition=cfo),
        RuleSpec(points=15, group="engagement", condition=seen, label="Pricing page in 30 days"),
    ]
    groups = [GroupSpec("fit", "fit"), GroupSpec("engagement", "engagement", 40)]
    publish_version(save_draft(model, Draft(groups=groups, rules=rules)), by=None, now=now)
    return model


def test_scores_stand_beside_a_scored_lead(caller):
    make_mql_model()
    lead_id = caller.post("leads/", {**DANA, "captured_at": database_now().isoformat()}).json()["id"]
    drain(now=database_now())

    shown = caller.get(f"leads/{lead_id}/").json()

    assert shown["scores"] == [{"model": "mql", "points": 30, "fit": 30, "engagement": 0, "band": "cold"}]


def test_an_explanation_adds_up_to_the_score(caller):
    make_mql_model()
    lead_id = caller.post("leads/", DANA).json()["id"]
    caller.post("activities/", {**VISIT, "occurred_at": database_now().isoformat()})
    drain(now=database_now())

    answer = caller.get(f"leads/{lead_id}/explanation/", model="mql")

    shown = answer.json()
    head = {name: shown[name] for name in ("model", "version", "points", "fit", "engagement", "band")}
    assert head == {"model": "mql", "version": 1, "points": 45, "fit": 30, "engagement": 15, "band": "cold"}
    assert shown["points"] == sum(line["points"] for line in shown["lines"]) == LeadScore.objects.get().points
    visits = next(line for line in shown["lines"] if line.get("rule") == "Pricing page in 30 days")
    assert visits["group"] == "engagement"
    assert visits["evidence"][0].startswith("activity:")
    assert visits["fades_on"] > shown["at"]
    assert shown["lines"][-1] == {"cap": "engagement", "points": 0}


def test_an_explanation_is_refused_for_days_before_the_lead_was_known(caller):
    make_mql_model()
    lead_id = caller.post("leads/", DANA).json()["id"]

    refused = caller.get(f"leads/{lead_id}/explanation/", model="mql", at="2025-12-01")

    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "at")


def test_a_timeline_is_read_in_slices(caller):
    lead_id = caller.post("leads/", DANA).json()["id"]
    day = datetime(2025, 11, 21, 10, tzinfo=UTC)
    views = [
        {**VISIT, "kind": "webinar", "external_id": f"w-{n}", "occurred_at": day.replace(minute=n).isoformat()}
        for n in range(45)
    ]
    caller.post("activities/", views)

    first = caller.get(f"leads/{lead_id}/timeline/").json()
    second = caller.client.get(first["next"]).json()

    lines = first["results"] + second["results"]
    assert second["next"] is None
    assert {"at", "kind", "title", "by", "data"} <= lines[0].keys()
    assert (lines[0]["kind"], lines[0]["title"], lines[0]["by"]) == ("webinar", "Webinar", caller.user.email)
    assert [line["kind"] for line in lines].count("webinar") == 45
    assert {"stage", "consent", "capture"} <= {line["kind"] for line in lines}
    moments = [parse_datetime(line["at"]) for line in lines]
    assert moments == sorted(moments, reverse=True)


def test_the_inbox_lists_open_handovers_of_a_campaign(caller):
    campaign = make_campaign("other")
    handover = make_handover()
    make_handover(make_lead(campaign_id=campaign.pk))
    Lead.objects.filter(pk=handover.lead_id).update(campaign=campaign.__class__.objects.get(slug="always-on"))

    answer = caller.get("handovers/", state="open", campaign="always-on").json()

    assert answer["count"] == 1
    (row,) = answer["results"]
    expected = {"id": handover.pk, "lead": handover.lead_id, "cycle": 1, "state": "open", "assignee": None}
    assert {name: row[name] for name in expected} == expected
    assert (row["team"], row["why"]) == ("sales", [])
    assert row["offered_at"] < row["due_at"]


def test_accepting_makes_the_caller_responsible():
    handover, rep = make_handover(), Caller(make_user(Role.SALES_REP, email="rep@heshbonit4u.example"))

    answer = rep.post(f"handovers/{handover.pk}/accept/", {"note": "call on Monday"})

    assert answer.status_code == 200
    shown = answer.json()
    expected = {"id": handover.pk, "state": "accepted", "decided_by": "rep@heshbonit4u.example"}
    assert {name: shown[name] for name in expected} == expected
    lead = rep.get(f"leads/{handover.lead_id}/").json()
    assert (lead["stage"], lead["owner"]) == ("sal", "rep@heshbonit4u.example")


@pytest.mark.parametrize(
    ("verb", "body", "state"),
    [
        ("reject", {"reason": "too_small", "note": ""}, "rejected"),
        ("return", {"reason": "not_ready", "missing": ["timeline"]}, "returned"),
    ],
)
def test_refusing_needs_a_reason(verb, body, state):
    handover, rep = make_handover(), Caller(make_user(Role.SALES_REP))

    bare = rep.post(f"handovers/{handover.pk}/{verb}/", {})
    wrong = rep.post(f"handovers/{handover.pk}/{verb}/", {"reason": "no_such"})
    answer = rep.post(f"handovers/{handover.pk}/{verb}/", body)

    assert faults(bare) == faults(wrong) == ["reason"]
    assert (answer.status_code, answer.json()["state"]) == (200, state)
    assert answer.json()["missing"] == body.get("missing", [])


@pytest.mark.parametrize("is_same", [True, False])
def test_the_second_decision_is_told_who_was_first(is_same):
    handover, first = make_handover(), Caller(make_user(Role.SALES_REP, email="rep@heshbonit4u.example"))
    second = first if is_same else Caller(make_user(Role.SALES_REP))
    first.post(f"handovers/{handover.pk}/accept/")

    answer = second.post(f"handovers/{handover.pk}/return/", {"reason": "not_ready"})

    problem = answer.json()
    assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")
    assert problem["type"].endswith("/already-decided")
    assert (problem["title"], problem["status"]) == ("Already decided", 409)
    assert problem["detail"].startswith("Accepted by rep@heshbonit4u.example at 20")


def test_a_validation_problem_names_the_field(caller):
    answer = caller.post("leads/", {"email": "no address"})

    problem = answer.json()
    (error,) = problem.pop("errors")
    assert problem["type"].endswith("/validation")
    assert (problem["title"], problem["status"]) == ("Invalid input", 400)
    assert (error["field"], error["code"]) == ("email", "invalid")


def test_the_answer_to_a_capture_reads_like_the_lead_in_a_list(caller):
    make_mql_model()
    fresh = caller.post("leads/", {**DANA, "captured_at": database_now().isoformat()}).json()
    drain(now=database_now())

    answer = caller.post("leads/", DANA).json()

    (row,) = caller.get("leads/").json()["results"]
    assert answer == row
    assert list(fresh) == list(answer) == list(row)


def test_a_capture_takes_a_handful_of_statements(caller, django_assert_max_num_queries):
    caller.post("leads/", DANA)

    with django_assert_max_num_queries(26):
        caller.post("leads/", {**DANA, "email": "noa@acme.co.il", "external_ids": []}, key="8")
