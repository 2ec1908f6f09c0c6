"""The package: what to know and what to say before the first conversation."""

from datetime import timedelta

import pytest

from leads.activity.assess import Assessment, assess
from leads.activity.record import NewActivity, record
from leads.handover.decide import Decision, Verb, decide
from leads.models import BantState, BuyingRole, Evidence, Kind, Lead, Realm, Script
from leads.people.companies import CompanyFacts
from leads.queries.package import diet, first_contact
from tests.browsing import browser
from tests.factories import NOW, make_campaign, make_handover, make_lead, make_user, stage, view_pages
from users.clock import database_now
from users.models import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def rep():
    return make_user()


@pytest.fixture
def accepted(rep) -> Lead:
    """A lead in finance that the rep accepted."""
    company = CompanyFacts(name="Acme", domain="acme.example", attributes={"pains": "Manual invoices"})
    lead = make_lead(first_name="Ada", company=company)
    Lead.objects.filter(pk=lead.pk).update(buying_role=BuyingRole.FINANCE)
    offer = make_handover(lead)
    decide([Decision(handover_id=offer.pk, verb=Verb.ACCEPT, note="Knows us.")], by=rep.pk, now=database_now())
    return Lead.objects.select_related("stage", "company").get(pk=lead.pk)


def test_the_page_brings_together_what_is_known_and_what_to_say(rep, accepted):
    Script.objects.create(kind="question", text="How many by hand?", stage=stage("sal"), pain="manual")
    part = Assessment(
        lead_id=accepted.pk, realm=Realm.MARKETING, budget=BantState.YES, note="In spring.", occurred_at=NOW
    )
    assess([part], by=None, now=NOW)
    view_pages([accepted], "/pricing", dwell_seconds=90)

    page = browser(rep).get(f"/leads/{accepted.pk}/package/").content.decode()

    for text in (
        "How many by hand?",
        "In spring.",
        "/pricing",
        "Manual invoices",
        "Knows us.",
        "Money, in their words",
    ):
        assert text in page


def test_an_accepted_lead_waits_for_its_first_contact(rep, accepted):
    contact = first_contact(accepted)

    assert contact is not None
    assert contact.due_at is not None
    assert contact.done_at is None
    assert first_contact(make_lead()) is None


def test_content_is_grouped_latest_first_and_machines_took_nothing(accepted):
    campaign, later = make_campaign(name="Spring"), NOW + timedelta(hours=1)
    view_pages([accepted], "/pricing", dwell_seconds=60)
    view_pages([accepted], "/pricing", dwell_seconds=30, now=later)
    view_pages([accepted], "/about")
    view_pages([accepted], "/bot", evidence=Evidence.MACHINE)
    mail = {"lead_id": accepted.pk, "mail_number": 2, "campaign_id": campaign.pk, "occurred_at": NOW}
    download = NewActivity(lead_id=accepted.pk, kind=Kind.DOWNLOAD, occurred_at=NOW, document="checklist")
    opened, clicked = NewActivity(kind=Kind.MAIL_OPEN, **mail), NewActivity(kind=Kind.MAIL_CLICK, **mail)
    record([download, opened, clicked], by=None, now=NOW)

    found = diet(accepted.pk)

    assert [(row.name, row.times, row.seconds) for row in found.pages] == [("/pricing", 2, 90), ("/about", 1, 0)]
    assert [row.name for row in found.documents] == ["checklist"]
    assert [(row.name, row.note) for row in found.mails] == [("Mail 2, Spring", "clicked")]


def test_the_leads_page_leads_there_once_sales_works_on_it(rep, accepted):
    client, waiting = browser(rep), make_handover().lead

    assert f"/leads/{accepted.pk}/package/" in client.get(f"/leads/{accepted.pk}/").content.decode()
    assert f"/leads/{waiting.pk}/package/" not in client.get(f"/leads/{waiting.pk}/").content.decode()


def test_who_may_not_read_the_lead_does_not_find_it(accepted):
    assert browser(make_user(Role.SALES_REP, team=None)).get(f"/leads/{accepted.pk}/package/").status_code == 404


def test_the_page_asks_a_bounded_number_of_questions(rep, accepted, django_assert_max_num_queries):
    client = browser(rep)
    client.get(f"/leads/{accepted.pk}/package/")
    view_pages([accepted] * 1, "/pricing")

    with django_assert_max_num_queries(45):
        client.get(f"/leads/{accepted.pk}/package/")
