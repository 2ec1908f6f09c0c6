"""A call of an SDR, by keys alone: the queue, the call, BANT while talking, the recommendation, the next lead."""

import pytest
from playwright.sync_api import Page, expect

from leads.models import Activity, BantAssessment, Handover, Kind, Lead, StageChange, Task
from tests.factories import make_lead, make_user, move_to
from tests.journeys.walking import PASSWORD, look, press, sign_in
from users.clock import database_now
from users.models import Role, User

pytestmark = pytest.mark.browser
NAMES = ("Ada", "Ben", "Cleo", "Dan")


@pytest.fixture
def sdr(site: str) -> User:
    """An SDR for whom four engaged leads wait, of whom nothing is known."""
    now = database_now()
    for name in NAMES:
        move_to(make_lead(now=now, first_name=name, last_name="Levi", phone="+97235550100"), "mel", now=now)
    return make_user(Role.SDR, name="Sam Dee", password=PASSWORD)


def at_hand(page: Page) -> str:
    """The first name of whom the desk shows."""
    page.locator(".lc-decide").wait_for()
    return page.locator("#case-h").inner_text().split()[0]


def pressed(page: Page, *keys: str, then: str) -> None:
    """Press keys and wait for what the page says then."""
    press(page, *keys)
    expect(page.locator("#toasts")).to_contain_text(then)


def test_a_call_ends_in_a_recommendation_and_the_next_lead_opens(site, page, sdr):
    sign_in(page, site, sdr.email)
    press(page, "g", "k")
    page.wait_for_url("**/desk/")
    look(page)
    name = at_hand(page)

    pressed(page, "r", then=f"Call to {name} Levi saved: reached")
    assert at_hand(page) == name
    page.get_by_role("radiogroup", name="Budget").get_by_text("Yes", exact=True).click()
    page.get_by_label("Note on Budget").fill("40 k a year")
    page.get_by_label("What was said").fill("Decides in May")
    press(page, "Escape")
    pressed(page, "1", then=f"{name} Levi recommended to sales")

    lead = Lead.objects.get(first_name=name)
    assert Handover.objects.get(lead=lead).recommendation == "Decides in May"
    assert BantAssessment.objects.get(lead=lead).notes == {"budget": "40 k a year"}
    assert Activity.objects.filter(lead=lead, kind=Kind.CALL).count() == 1

    later = at_hand(page)
    assert later != name
    pressed(page, "b", "3", then=f"Call to {later} Levi saved: call back")
    assert Task.objects.get(lead__first_name=later).assignee == sdr
    aside = at_hand(page)
    press(page, "2")
    page.locator("#nurture-box").wait_for()
    pressed(page, "1", then=f"{aside} Levi set aside")
    assert StageChange.objects.filter(lead__first_name=aside).latest("pk").until is not None
    pressed(page, "u", then="Taken back")
    assert at_hand(page) == aside
    assert Lead.objects.get(first_name=aside).outcome == ""

    press(page, "g", "h")
    expect(page.get_by_role("main")).to_contain_text("Call back, as promised")
    look(page)
    press(page, "j")
    pressed(page, "d", then="Done: Call back")
