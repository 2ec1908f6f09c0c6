"""Bad steps and edits are refused by name, illegal ones with their reason."""

import pytest

from leads.models import BantAssessment, Company, Lead
from tests.callers import Caller, faults
from tests.factories import make_handover, make_lead, make_user, move_to
from users.models import Role

pytestmark = pytest.mark.django_db

HUGE = 10**30


@pytest.fixture
def caller():
    return Caller()


@pytest.mark.parametrize(
    ("verb", "body", "field"),
    [
        ("moves", {"to": "mvp"}, "to"),
        ("moves", {}, "to"),
        ("moves", {"to": "won"}, "to"),
        ("moves", {"to": "disqualified"}, "reason"),
        ("moves", {"to": "mel", "reason": "because"}, "reason"),
        ("moves", {"to": "mel", "stage": "mel"}, "stage"),
        ("bant", {}, "budget"),
        ("bant", {"budget": "maybe"}, "budget"),
        ("bant", {"budget": 3}, "budget"),
        ("bant", {"notes": {"price": "high"}}, "notes.price"),
        ("moves", {"to": "mel", "until": "2199-03-01"}, "until"),
        ("moves", {"to": "nurture", "reason": "later", "until": "2020-03-01"}, "until"),
        ("moves", {"to": "nurture", "reason": "later", "until": "soon"}, "until"),
        ("bant", {"realm": "finance", "need": "yes"}, "realm"),
        ("consents", {}, "granted"),
        ("consents", {"granted": True, "ip": "1.2.3"}, "ip"),
        ("proof", {"form": "rumour", "text": "x"}, "form"),
        ("proof", {"form": "oral", "text": " "}, "text"),
        ("won", {"amount": "a lot"}, "amount"),
        ("won", {"amount": "1e400"}, "amount"),
        ("won", {"amount": "NaN"}, "amount"),
        ("won", {"amount": -1}, "amount"),
        ("won", {"amount": "12.345"}, "amount"),
        ("won", {"amount": 1, "currency": "E1R"}, "currency"),
        ("lost", {}, "reason"),
        ("lost", {"reason": "none-such"}, "reason"),
    ],
)
def test_a_bad_step_is_refused_by_name(caller, verb, body, field):
    lead = make_lead()
    lines = lead.stage_changes.count()

    assert field in faults(caller.post(f"leads/{lead.pk}/{verb}/", body))
    assert lead.stage_changes.count() == lines


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("moves", {"to": "sal"}),
        ("moves", {"to": "sqo"}),
        ("moves", {"to": "mcl"}),
        ("proof", {"form": "oral", "text": "We buy."}),
        ("won", {"amount": "100.00"}),
        ("lost", {"reason": "price"}),
    ],
)
def test_an_illegal_move_is_refused_with_its_reason(caller, verb, body):
    lead = make_lead()

    answer = caller.post(f"leads/{lead.pk}/{verb}/", body)

    lead.refresh_from_db()
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("/move-not-allowed")
    assert answer.json()["detail"]
    assert (lead.stage.slug, lead.outcome) == ("mcl", "")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "taken@acme.example"}, "email"),
        ({"email": "no"}, "email"),
        ({"email": None}, "email"),
        ({"stage": "mql"}, "stage"),
        ({"owner": "me@acme.example"}, "owner"),
        ({"company": {"id": HUGE}}, "company.id"),
        ({"company": {"id": 987654321}}, "company.id"),
        ({"company": "Acme"}, "company"),
        ({"attributes": {"shoe_size": 3}}, "attributes.shoe_size"),
        ({"phone": "12"}, "phone"),
    ],
)
def test_a_bad_edit_of_a_lead_is_refused_by_name(caller, body, field):
    lead = make_lead()
    make_lead(email="taken@acme.example")

    assert field in faults(caller.patch(f"leads/{lead.pk}/", body))
    assert Lead.objects.get(pk=lead.pk).email == lead.email


@pytest.mark.parametrize(
    ("body", "field"), [({"domain": "b.example"}, "domain"), ({"name": ""}, "name"), ({"name_key": "x"}, "name_key")]
)
def test_a_bad_edit_of_a_company_is_refused_by_name(caller, body, field):
    company_id = caller.post("companies/", {"name": "A", "domain": "a.example"}).json()["id"]
    caller.post("companies/", {"name": "B", "domain": "b.example"})

    assert field in faults(caller.patch(f"companies/{company_id}/", body))


def test_a_mail_provider_is_no_company(caller):
    assert faults(caller.post("companies/", {"name": "Gmail", "domain": "gmail.com"})) == ["domain"]


def test_missing_things_are_a_short_list_of_short_texts():
    handover, rep = make_handover(), Caller(make_user(Role.SALES_REP))

    for missing in ("timeline", ["x" * 41], ["a"] * 21, [""], [5]):
        body = {"reason": "not_ready", "missing": missing}
        assert faults(rep.post(f"handovers/{handover.pk}/return/", body))[0].startswith("missing")


def test_a_lead_that_moved_on_cannot_be_decided_on():
    handover, rep = make_handover(), Caller(make_user(Role.SALES_REP))
    move_to(handover.lead, "mel")

    answer = rep.post(f"handovers/{handover.pk}/accept/")

    assert answer.status_code == 409
    assert answer.json()["detail"].startswith("Withdrawn by the system at ")


@pytest.mark.parametrize(("realm", "status"), [("marketing", 201), ("sales", 403)])
def test_a_marketer_writes_the_bant_of_marketing_only(realm, status):
    lead = make_lead()
    marketer = Caller(make_user(Role.MARKETER))

    answer = marketer.post(f"leads/{lead.pk}/bant/", {"realm": realm, "budget": "yes"})

    assert (answer.status_code, BantAssessment.objects.count()) == (status, int(status == 201))


def test_who_reaches_leads_of_their_own_only_adds_no_company_without_one():
    rep = Caller(make_user(Role.SALES_REP))

    assert rep.post("companies/", {"name": "Acme"}).status_code == 403
    assert not Company.objects.exists()


def test_a_company_is_named_by_its_number_in_an_edit_too(caller):
    lead = make_lead()

    assert faults(caller.patch(f"leads/{lead.pk}/", {"company": {}})) == ["company.id"]


@pytest.mark.parametrize("address", ["leads/", "companies/", "handovers/"])
def test_asked_for_its_verbs_a_door_names_them(caller, address):
    answer = caller.client.options(f"/api/v1/{address}")

    assert (answer.status_code, answer.content) == (204, b"")
    assert "OPTIONS" in answer["Allow"]
