"""A morning of a sales rep: three offers decided by keys, the fourth kept and worked on."""

import pytest
from playwright.sync_api import Page, expect

from leads.lifecycle.criteria import set_criterion
from leads.models import Activity, BantAssessment, Handover, Kind, Lead
from leads.people.companies import CompanyFacts
from scoring.touched import drain
from tests.factories import make_lead, make_user, publish_model, stage, view_pages
from tests.journeys.walking import PASSWORD, look, press, sign_in
from users.clock import database_now
from users.models import User

pytestmark = pytest.mark.browser
NAMES = ("Ada", "Ben", "Cleo", "Dan")


@pytest.fixture
def rep(site: str) -> User:
    """A rep to whose team four leads were offered because of what they looked at."""
    now = database_now()
    publish_model(now=now)
    set_criterion(stage("mql"), {"leaf": "score", "model": "mql", "op": "gte", "value": 30}, by=None, now=now)
    rep = make_user(name="Rina Rep", password=PASSWORD)
    company = CompanyFacts(name="Acme", domain="acme.example", employees=400)
    leads = [make_lead(now=now, first_name=name, last_name="Levi", company=company) for name in NAMES]
    for number in range(4):
        view_pages(leads, f"/pricing/{number}", now=now)
    drain(now=now)
    return rep


def state_of(name: str) -> str:
    """What became of the offer of a lead."""
    return Handover.objects.get(lead__first_name=name).state


def at_hand(page: Page) -> str:
    """The first name of whom the inbox shows."""
    page.locator(".lc-decide").wait_for()
    return page.locator("#case-h").inner_text().split()[0]


def toast(page: Page, text: str) -> None:
    """Wait for a toast."""
    expect(page.locator("#toasts")).to_contain_text(text)


def decide_by_keys(page: Page) -> str:
    """Accept, return, reject, and take the last one back; returns who was accepted."""
    kept = at_hand(page)
    press(page, "1")
    toast(page, f"{kept} Levi accepted, now yours")
    returned = at_hand(page)
    press(page, "4")
    box = page.locator("#return-box")
    box.get_by_label("Timeline").check()
    look(page)
    press(page, "1")
    toast(page, f"{returned} Levi returned to marketing")
    rejected = at_hand(page)
    press(page, "3")
    page.locator("#reject-box").wait_for()
    press(page, "1")
    toast(page, f"{rejected} Levi rejected")
    assert (state_of(kept), state_of(returned), state_of(rejected)) == ("accepted", "returned", "rejected")
    assert Handover.objects.get(lead__first_name=returned).missing == ["timeline"]

    press(page, "u")
    toast(page, "Taken back")
    assert at_hand(page) == rejected
    assert state_of(rejected) == "open"
    look(page)
    return kept


def log_call(page: Page, lead: Lead) -> None:
    """Log a call without the mouse."""
    press(page, "c")
    call = page.locator("#call-box")
    call.get_by_label("Minutes").fill("12")
    call.get_by_label("What was said").fill("Wants an offer by Friday")
    look(page)
    press(page, "Control+Enter")
    toast(page, "Call saved")
    expect(page.locator(".lc-timebox")).to_contain_text("Wants an offer by Friday")
    assert Activity.objects.get(lead=lead, kind=Kind.CALL).dwell_seconds == 720


def qualify(page: Page, lead: Lead) -> None:
    """Say what sales knows."""
    press(page, "q")
    for part, state in (("Budget", "Yes"), ("Authority", "Partly"), ("Need", "Partly")):
        page.get_by_role("radiogroup", name=part).get_by_text(state, exact=True).click()
    look(page)
    page.get_by_role("button", name="Save").click()
    toast(page, "BANT saved")
    assert BantAssessment.objects.get(lead=lead).realm == "sales"
    expect(page.get_by_role("list", name="Stages")).to_be_visible()
    look(page)


def test_offers_are_decided_by_keys_and_the_one_kept_is_worked_on(site, page, rep):
    sign_in(page, site, rep.email)
    look(page)
    press(page, "g", "i")
    page.wait_for_url("**/inbox/")
    expect(page.get_by_role("main")).to_contain_text("Why qualified")
    expect(page.locator(".lc-reasons")).to_contain_text("+40")
    expect(page.get_by_role("main")).to_contain_text("4 left")
    look(page)

    kept = decide_by_keys(page)
    lead = Lead.objects.get(first_name=kept)
    page.goto(f"{site}/leads/{lead.pk}/")
    expect(page.get_by_role("list", name="Stages").locator("[aria-current=step]")).to_contain_text("SAL")
    look(page)
    log_call(page, lead)
    qualify(page, lead)
