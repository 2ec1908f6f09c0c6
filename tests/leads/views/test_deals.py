"""The pages of opportunities."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.handover.deals import NewMilestone, Stake, add_milestones, set_stakeholders
from leads.handover.named import NamedDeal, keep_deals
from leads.models import BuyingRole, Milestone, Opportunity, OpportunityChange, OpportunityState, Stakeholder
from leads.people.companies import CompanyFacts, upsert_companies
from leads.queries.deals import lanes_of, month_end, today_of
from tests.browsing import browser
from tests.factories import make_lead, make_user
from tests.leads.dealing import ACME, make_deal
from users.clock import database_now
from users.models import Role, Team

pytestmark = pytest.mark.django_db


@pytest.fixture
def rep():
    return make_user()


@pytest.fixture
def now(db):
    return database_now()


def today():
    return today_of(database_now())


def url(deal: Opportunity, act: str = "") -> str:
    return f"/opportunities/{deal.pk}/{act}"


def test_the_board_sorts_deals_by_the_month_they_are_expected_in(rep, now):
    for day in (today() - timedelta(days=1), today(), None):
        make_deal(rep, now=now, amount=Decimal(100), currency="EUR", expected_close_on=day)

    columns = browser(rep).get("/opportunities/").context["columns"]

    assert [(column.lane.key == "overdue", column.total.count) for column in columns[:2]] == [(True, 1), (False, 1)]
    assert columns[-1].total.count == 1
    assert "without an amount" not in browser(rep).get("/opportunities/").content.decode()


def test_a_card_moves_to_another_month_by_its_menu_and_back(rep, now):
    deal = make_deal(rep, now=now, expected_close_on=today())
    target = lanes_of(today())[2]

    answer = browser(rep).post(url(deal, "close-on/"), {"to": target.key}, follow=True)

    deal.refresh_from_db()
    assert deal.expected_close_on == month_end(target.first)
    assert answer.redirect_chain[-1][0].startswith("/opportunities/")
    change = OpportunityChange.objects.latest("pk")
    assert f"/opportunities/changes/{change.pk}/undo/" in answer.content.decode()
    browser(rep).post(f"/opportunities/changes/{change.pk}/undo/")
    deal.refresh_from_db()
    assert deal.expected_close_on == today()


def test_a_dragged_card_gets_the_board_back_with_its_filters(rep, now):
    deal = make_deal(rep, now=now)
    make_deal(rep, now=now, company=CompanyFacts(name="Other", domain="other.example"))

    answer = browser(rep, **{"HX-Request": "true"}).post(url(deal, "close-on/?q=Other"), {"to": "none"})

    assert answer.status_code == 200
    assert b"<html" not in answer.content
    assert sum(column.total.count for column in answer.context["columns"]) == 1


def test_nobody_plans_to_be_late(rep, now):
    deal = make_deal(rep, now=now)

    assert browser(rep).post(url(deal, "close-on/"), {"to": "overdue"}).status_code == 400
    assert browser(rep).post(url(deal, "close-on/"), {"to": "2020-01"}).status_code == 400


def test_a_column_loads_twenty_and_the_rest_on_demand(rep, now):
    keep_deals("maven", [NamedDeal(external_id=str(n), state=OpportunityState.OPEN) for n in range(25)])
    admin = make_user(Role.ADMIN)
    client = browser(admin, **{"HX-Request": "true"})

    column = browser(admin).get("/opportunities/").context["columns"][-1]
    rest = client.get("/opportunities/lanes/none/?after=20")

    assert (len(column.deals), column.more) == (20, 5)
    assert (len(rest.context["deals"]), rest.context["more"]) == (5, 0)
    assert browser(admin).get("/opportunities/lanes/none/").status_code == 302
    assert client.get("/opportunities/lanes/nowhere/").status_code == 404


def test_pages_cost_the_same_queries_with_many_deals(rep, now):
    client = browser(rep)
    for _ in range(2):
        make_deal(rep, now=now)
    costs = {}
    for path in ("/opportunities/", "/opportunities/list/", "/opportunities/forecast/"):
        client.get(path)
        with CaptureQueriesContext(connection) as few:
            client.get(path)
        costs[path] = len(few)
    for _ in range(6):
        make_deal(rep, now=now, amount=Decimal(5), currency="EUR")
    for path, cost in costs.items():
        with CaptureQueriesContext(connection) as many:
            assert client.get(path).status_code == 200
        assert len(many) <= cost + 1 <= 22, path


def test_filters_narrow_and_the_forecast_leads_to_the_list(rep, now):
    other = make_user(team=Team.objects.get(slug="sales"))
    make_deal(rep, now=now, amount=Decimal(10), currency="EUR", expected_close_on=today())
    make_deal(other, now=now, amount=Decimal(90), currency="USD", expected_close_on=today())
    admin = browser(make_user(Role.ADMIN))

    (part,) = admin.get(f"/opportunities/forecast/?owner={rep.pk}").context["found"].currencies
    page = admin.get(f"/opportunities/list/?close={today():%Y-%m}&currency=USD")

    assert (part.currency, part.open.amount) == ("EUR", Decimal(10))
    assert [deal.currency for deal in page.context["rows"]] == ["USD"]
    assert len(browser(rep).get("/opportunities/list/?whose=own").context["rows"]) == 1
    assert len(admin.get("/opportunities/list/?whose=nonsense&owner=x&q=%00").context["rows"]) == 2


def test_an_empty_board_says_how_opportunities_come(rep):
    assert "proof of its intent" in browser(rep).get("/opportunities/").content.decode()
    assert "hide all" in browser(rep).get("/opportunities/?q=nothing").content.decode()
    assert "forecast adds up" in browser(rep).get("/opportunities/forecast/").content.decode()
    assert "hide all" not in browser(rep).get("/opportunities/list/").content.decode()


def test_the_page_says_what_is_missing_and_what_would_be_rushed(rep, now):
    deal = make_deal(rep, now=now)
    add_milestones([NewMilestone(deal_id=deal.pk, title="Demo")], by=rep.pk, now=now)
    set_stakeholders({deal.pk: {deal.lead_id: Stake(role=BuyingRole.CHAMPION)}}, by=rep.pk, now=now)

    page = browser(rep).get(url(deal))

    assert page.context["missing"] == ["the amount", "when it is expected to close"]
    assert len(page.context["cautions"]) == 2
    assert [seat.role for seat in page.context["gaps"]] == ["decision_maker", "technical", "finance"]
    won = browser(rep).get(f"/leads/{deal.lead_id}/won/")
    assert "Milestones still open: Demo." in won.content.decode()
    answer = browser(rep).post(f"/leads/{deal.lead_id}/won/", {"amount": "5", "currency": "EUR", "note": ""})
    assert answer.status_code == 302


def test_terms_are_edited_with_their_history(rep, now):
    deal = make_deal(rep, now=now)
    said = {"name": "Forty seats", "amount": "1200", "currency": "eur", "expected_close_on": "2026-12-24"}

    browser(rep).post(url(deal, "edit/"), {**said, "competitor": "Rival"})
    page = browser(rep).get(url(deal))

    assert page.context["missing"] == ["milestones agreed with the customer", "who has a say"]
    assert "Expected close: 24 Dec 2026" in page.content.decode()
    bad = browser(rep).post(url(deal, "edit/"), {**said, "currency": "", "expected_close_on": "1066-10-14"})
    assert bad.status_code == 422
    assert set(bad.context["form"].errors) == {"currency", "expected_close_on"}
    assert "Forty seats" in bad.content.decode()


def test_milestones_go_through_their_life(rep, now):
    deal, client = make_deal(rep, now=now), browser(rep)

    assert client.post(url(deal, "milestones/"), {"title": "", "agreed_with": "CFO"}).status_code == 422
    client.post(url(deal, "milestones/"), {"title": "Demo", "due_on": "2026-12-01", "agreed_with": "CFO"})
    step = Milestone.objects.get()
    client.post(url(deal, f"milestones/{step.pk}/tick/"), {"done": "yes"})
    step.refresh_from_db()
    assert step.done_at is not None
    client.post(url(deal, f"milestones/{step.pk}/tick/"), {"done": "no"})
    client.post(url(deal, f"milestones/{step.pk}/"), {"title": "Big demo"})
    step.refresh_from_db()
    assert (step.title, step.done_at, step.due_on) == ("Big demo", None, None)
    client.post(url(deal, f"milestones/{step.pk}/drop/"))
    assert not Milestone.objects.exists()
    assert client.get(url(deal, f"milestones/{step.pk}/")).status_code == 404


def test_only_people_one_sees_of_the_company_get_a_say(rep, now):
    deal = make_deal(rep, now=now)
    colleague = make_lead(company=ACME)
    stranger = make_lead(company=CompanyFacts(name="Other", domain="other.example"))
    client = browser(rep)

    client.post(url(deal, "stakeholders/"), {"person": colleague.pk, "role": "finance", "note": "signs"})
    refused = client.post(url(deal, "stakeholders/"), {"person": stranger.pk, "role": "user"})

    assert Stakeholder.objects.get().lead == colleague
    assert refused.status_code == 422
    client.post(url(deal, "stakeholders/"), {"person": colleague.pk, "role": ""})
    assert not Stakeholder.objects.exists()


def test_another_systems_deal_is_shown_and_not_written(now):
    (company_id,) = upsert_companies([ACME], by=None, now=now)
    particulars = {"sales_agent": "Anna", "product": "GTX"}
    row = NamedDeal(external_id="X1", state=OpportunityState.OPEN, company_id=company_id, data=particulars)
    keep_deals("maven", [row])
    deal, admin = Opportunity.objects.get(), make_user(Role.ADMIN)

    page = browser(admin).get(url(deal))

    assert page.context["particulars"] == [
        {"label": "Product", "value": "GTX"},
        {"label": "Sales agent", "value": "Anna"},
    ]
    assert not page.context["may_write"]
    assert browser(admin).post(url(deal, "edit/"), {}).status_code == 403
    assert browser(admin).post(url(deal, "close-on/"), {"to": "none"}).status_code == 403
    assert browser(make_user()).get(url(deal)).status_code == 404


def test_marketers_read_and_do_not_write(rep, now):
    deal = make_deal(rep, now=now)
    marketer = browser(make_user(Role.MARKETER))

    assert marketer.get(url(deal)).status_code == 200
    assert marketer.post(url(deal, "milestones/"), {"title": "x"}).status_code == 403
    assert not Milestone.objects.exists()


def test_a_change_is_taken_back_by_who_made_it_only(rep, now):
    deal = make_deal(rep, now=now)
    browser(rep).post(url(deal, "edit/"), {"amount": "5", "currency": "EUR"})
    change = OpportunityChange.objects.latest("pk")

    assert browser(make_user(Role.ADMIN)).post(f"/opportunities/changes/{change.pk}/undo/").status_code == 403
    browser(rep).post(f"/opportunities/changes/{change.pk}/undo/")
    deal.refresh_from_db()
    assert deal.amount is None


def test_the_lead_page_has_its_opportunity(rep, now):
    deal = make_deal(rep, now=now, competitor="Rival")

    panel = browser(rep, **{"HX-Request": "true"}).get(f"/leads/{deal.lead_id}/opportunity/").content.decode()

    assert "Rival" in panel
    assert "<html" not in panel
    assert "<html" in browser(rep).get(f"/leads/{deal.lead_id}/opportunity/").content.decode()


def test_the_company_page_shows_committee_deals_and_past_passes(rep, now):
    deal = make_deal(rep, now=now)
    company = deal.lead.company_id
    keep_deals("maven", [NamedDeal(external_id="X1", state=OpportunityState.OPEN, company_id=company)])
    browser(rep).post(f"/companies/{company}/people/{deal.lead_id}/role/", {"role": "finance"})
    browser(rep).post(f"/leads/{deal.lead_id}/lost/", {"reason": "price"})

    page = browser(rep).get(f"/companies/{company}/")

    assert len(page.context["deals"]) == 2
    assert [past.outcome for past in page.context["passes"]] == ["lost"]
    assert "finance" not in [seat.role for seat in page.context["gaps"]]
    assert "nobody known" in page.content.decode()
    refused = browser(rep).post(f"/companies/{company}/people/{deal.lead_id}/role/", {"role": "emperor"})
    assert refused.status_code == 400
