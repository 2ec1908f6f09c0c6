"""One person is one lead, however they are named and whoever captures them at once."""

from functools import partial

import pytest

from leads.models import Capture, Cause, Company, ExternalId, Lead, Pass, StageChange
from leads.people.capture import IdentityMissing, NewCapture, capture
from leads.people.companies import CompanyFacts
from leads.people.normalise import normalise_email
from scoring.touched import drain
from tests.factories import NOW, make_campaign, make_lead, minutes, move_to
from tests.oracle.races import Crew

pytestmark = pytest.mark.django_db


def take(*rows: dict, now=NOW, **options) -> list:
    return capture([NewCapture(**{"occurred_at": now, **row}) for row in rows], by=None, now=now, **options)


def test_an_address_names_one_lead_whatever_its_case() -> None:
    first, second = take(
        {"email": normalise_email("Dana@Acme.Example")}, {"email": normalise_email(" dana@acme.example ")}
    )

    assert first.lead_id == second.lead_id
    assert (first.is_new, second.is_new) == (True, False)
    assert Lead.objects.get().email == "dana@acme.example"
    assert Capture.objects.count() == 2


def test_external_ids_are_compared_exactly() -> None:
    upper, lower = take({"external_ids": [("crm", "00QA")]}, {"external_ids": [("crm", "00qa")]})
    (again,) = take({"external_ids": [("crm", "00QA")], "email": "dana@acme.example"})

    assert upper.lead_id != lower.lead_id
    assert again.lead_id == upper.lead_id
    assert Lead.objects.get(pk=upper.lead_id).email == "dana@acme.example"


def test_one_id_in_two_systems_names_two_people() -> None:
    one, other = take({"external_ids": [("crm", "1")]}, {"external_ids": [("shop", "1")]})

    assert one.lead_id != other.lead_id


def test_a_phone_names_a_person_only_alone() -> None:
    alone, again, beside = take(
        {"phone": "+97235550100"}, {"phone": "+97235550100"}, {"phone": "+97235550100", "email": "a@b.example"}
    )

    assert again.lead_id == alone.lead_id
    assert beside.lead_id != alone.lead_id


def test_identities_of_different_people_are_refused_alone() -> None:
    make_lead(email="a@b.example")
    make_lead(email="c@d.example", external_ids=[("crm", "1")])

    clash, fine = take({"email": "a@b.example", "external_ids": [("crm", "1")]}, {"email": "e@f.example"})

    assert (clash.lead_id, clash.is_new) == (None, False)
    assert "different leads" in clash.refused
    assert fine.is_new
    assert Capture.objects.count() == 3


def test_nobody_is_no_lead() -> None:
    with pytest.raises(IdentityMissing):
        take({"first_name": "Dana"})


def test_a_person_known_twice_in_one_list_becomes_one_lead() -> None:
    results = take(
        {"email": "a@b.example", "first_name": "Dana"},
        {"external_ids": [("crm", "1")]},
        {"email": "a@b.example", "external_ids": [("shop", "2")], "job_title": "CFO"},
    )

    assert len({row.lead_id for row in results}) == 2
    lead = Lead.objects.get(email="a@b.example")
    assert (lead.first_name, lead.job_title) == ("Dana", "CFO")
    assert ExternalId.objects.get(system="shop").lead == lead


def test_blanks_say_nothing_and_an_address_is_never_replaced() -> None:
    lead = make_lead(email="a@b.example", first_name="Dana", external_ids=[("crm", "1")])

    take({"external_ids": [("crm", "1")], "first_name": "", "last_name": "Levi"})

    lead.refresh_from_db()
    assert (lead.email, lead.first_name, lead.last_name) == ("a@b.example", "Dana", "Levi")


def test_the_first_touch_stays_and_every_touch_is_kept() -> None:
    spring, autumn = make_campaign("spring"), make_campaign("autumn")
    lead = make_lead(campaign_id=spring.pk)

    make_lead(email=lead.email, campaign_id=autumn.pk, now=NOW + minutes(5))

    lead.refresh_from_db()
    assert lead.campaign == spring
    assert list(Capture.objects.order_by("pk").values_list("campaign__slug", flat=True)) == ["spring", "autumn"]


def test_who_comes_back_after_the_end_begins_a_new_pass() -> None:
    spring, autumn = make_campaign("spring"), make_campaign("autumn")
    lead = make_lead(campaign_id=spring.pk)
    move_to(lead, "disqualified", now=NOW + minutes(1))

    make_lead(email=lead.email, campaign_id=autumn.pk, now=NOW + minutes(5))

    lead.refresh_from_db()
    assert (lead.cycle, lead.outcome, lead.stage.slug, lead.campaign) == (2, "", "mcl", autumn)
    assert list(Pass.objects.order_by("cycle").values_list("cycle", "campaign__slug")) == [(1, "spring"), (2, "autumn")]


def test_imported_leads_rest() -> None:
    (row,) = take({"email": "a@b.example", "consent": True}, cause=Cause.IMPORT)
    drain(now=NOW)

    assert Lead.objects.get(pk=row.lead_id).quiet_since == NOW
    assert StageChange.objects.get().cause == "import"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (CompanyFacts(name="Acme Ltd", domain="acme.example"), CompanyFacts(name="Other", domain="acme.example")),
        (CompanyFacts(name="Acme Ltd."), CompanyFacts(name="ACME")),
        (CompanyFacts(name="Acme"), CompanyFacts(name="acme inc", domain="acme.example")),
        (CompanyFacts(name="Acme", domain="acme.example"), CompanyFacts(name="Acme")),
    ],
)
def test_a_company_is_known_by_its_domain_else_by_its_name(first: CompanyFacts, second: CompanyFacts) -> None:
    take({"phone": "+97235550100", "company": first})
    take({"phone": "+97235550101", "company": second})

    assert Company.objects.count() == 1
    assert Lead.objects.exclude(company=None).count() == 2


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (CompanyFacts(name="Acme"), CompanyFacts(name="acme inc", domain="acme.example")),
        (CompanyFacts(name="acme inc", domain="acme.example"), CompanyFacts(name="Acme")),
    ],
)
def test_one_company_named_twice_in_one_list_is_one(first: CompanyFacts, second: CompanyFacts) -> None:
    take({"phone": "+97235550100", "company": first}, {"phone": "+97235550101", "company": second})

    assert Company.objects.count() == 1


def test_a_free_mail_domain_names_no_company() -> None:
    take({"email": "dana@gmail.com", "company": CompanyFacts(name="Acme")}, {"email": "avi@gmail.com"})

    assert Company.objects.get().domain is None
    assert Lead.objects.get(email="avi@gmail.com").company is None


def test_a_work_address_names_the_domain_of_the_company() -> None:
    take({"email": "dana@acme.example", "company": CompanyFacts(name="Acme")})

    assert Company.objects.get().domain == "acme.example"


SAME = [
    {"email": "a@b.example"},
    {"external_ids": [("crm", "1")]},
    {"email": "a@b.example", "external_ids": [("crm", "1"), ("shop", "2")]},
    {"phone": "+97235550100"},
]


@pytest.mark.parametrize("who", SAME, ids=lambda who: "+".join(who))
def test_one_person_captured_many_times_at_once_is_one_lead(committed_db: None, who: dict) -> None:
    with Crew(8) as crew:
        for turn in range(5):
            mine = {name: _numbered(value, turn) for name, value in who.items()}
            rows = crew.race([partial(take, mine)] * 8)
            assert len({row[0].lead_id for row in rows}) == 1
            assert sum(row[0].is_new for row in rows) == 1

    assert Lead.objects.count() == 5
    assert not ExternalId.objects.exclude(lead__in=Lead.objects.all()).exists()


def _numbered(value, turn: int):
    return [(kind, f"{text}{turn}") for kind, text in value] if isinstance(value, list) else f"{turn}{value}"


def test_one_company_named_many_times_at_once_is_one(committed_db: None) -> None:
    with Crew(4) as crew:
        for turn in range(5):
            facts = CompanyFacts(name=f"Acme {turn}", employees=turn)
            jobs = [partial(take, {"email": f"{turn}.{n}@gmail.com", "company": facts}) for n in range(4)]
            assert len({Lead.objects.get(pk=row[0].lead_id).company_id for row in crew.race(jobs)}) == 1

    assert Company.objects.count() == 5


def test_lists_with_the_same_people_in_another_order_do_not_lock_each_other_out(committed_db: None) -> None:
    people = [{"email": f"p{n}@b{n}.example", "company": CompanyFacts(name=f"B{n}")} for n in range(30)]

    with Crew(2) as crew:
        for _ in range(3):
            forth, back = crew.race([partial(take, *people), partial(take, *reversed(people))])
            assert {row.lead_id for row in forth} == {row.lead_id for row in back}

    assert Lead.objects.count() == 30
