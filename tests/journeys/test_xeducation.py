"""X Education in the browser: a model is built, looked at, published, and judged by who converted.

The steps are those of a person: a form for the model, one for each rule, one for the bands, one to publish.
"""

import io
import os
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from playwright.sync_api import Page, expect

from leads.models import Lead, LeadScore
from scoring.tasks import process_touched
from tests.factories import make_user
from tests.journeys.walking import PASSWORD, look, sign_in
from users.models import Role

FOLDER = Path(os.environ.get("LEADCRM_REAL_DATA", "")) / "xeducation"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        "LEADCRM_REAL_DATA" not in os.environ or not FOLDER.exists(),
        reason="the real input data are not here: set LEADCRM_REAL_DATA to their folder",
    ),
]

SETTLED = "() => !document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling')"
# What they are and did before anybody spoke with them; in the order of the form: group, points, field, is, value.
RULES = [
    ("Fit", 30, "Occupation", "is", "Working Professional"),
    ("Fit", 40, "Lead Origin", "is", "Lead Add Form"),
    ("Fit", 5, "City", "is", "Other Metro Cities"),
    ("Engagement", 25, "Seconds on the site", "at least", "500"),
    ("Engagement", 20, "Last Activity", "is", "SMS Sent"),
    ("Engagement", 5, "Last Activity", "is", "Email Opened"),
    ("Engagement", -10, "Last Activity", "is", "Olark Chat Conversation"),
]


def begin_model(page: Page, site: str, slug: str = "course") -> None:
    """Name a model and begin its draft from nothing."""
    page.goto(f"{site}/scoring/new/")
    page.get_by_role("textbox", name="Name").fill("Buys a course")
    page.get_by_role("textbox", name="Key").fill(slug)
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Begin").last.click()
    page.get_by_role("heading", name="Rules").wait_for()


def choose(page: Page, name: str, label: str) -> None:
    """Choose in the builder, and wait as people do until it is drawn anew."""
    place = page.locator(f"#when-r1-{name}")
    if place.locator("option:checked").inner_text() != label:
        with page.expect_response("**/rules/new/**"):
            place.select_option(label=label)
    page.wait_for_function(SETTLED)


def add_rule(page: Page, group: str, points: int, field: str, op: str, value: str) -> None:
    """Add a rule on what is known of a person."""
    box = page.locator(".lc-group").filter(has=page.locator("b", has_text=group))
    box.get_by_role("link", name="Rule", exact=True).click()
    page.get_by_label("Points", exact=True).fill(str(points))
    page.get_by_role("button", name="Condition", exact=True).click()
    choose(page, "kind", "About the person")
    choose(page, "field", field)
    choose(page, "op", op)
    page.locator("#when-r1-value").fill(value)
    expect(page.get_by_role("main")).to_contain_text("leads")
    page.get_by_role("button", name="Save rule").click()
    page.get_by_role("heading", name="Rules").wait_for()


def publish(page: Page) -> None:
    """Set the bands, look at what the draft would do, and put it in force."""
    page.get_by_role("link", name="Threshold and bands").click()
    page.get_by_label("Hot from").fill("60")
    page.get_by_label("Warm from").fill("30")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("heading", name="Rules").wait_for()
    page.get_by_role("heading", name="By band of the Buys a course score").wait_for()
    look(page)
    page.get_by_role("button", name="Publish").first.click()
    page.locator("#publish-box").get_by_role("button", name="Publish").click()
    expect(page.locator("#toasts")).to_contain_text("in force")


def rates(page: Page) -> list[float]:
    """The share converted of each band, from the highest to the lowest."""
    cells = page.locator("#by-band tbody td:last-child bdi:first-of-type").all_inner_texts()
    return [float(cell.removesuffix(" %")) for cell in cells if "–" not in cell]


def walk(page: Page, site: str, slug: str = "course") -> None:
    """From nothing to a model in force, then what it is worth."""
    began = time.monotonic()
    begin_model(page, site, slug)
    for rule in RULES:
        add_rule(page, *rule)
    publish(page)
    print(f"built and published in {time.monotonic() - began:.0f} s by a machine, {len(RULES)} rules")
    while process_touched():
        pass
    assert LeadScore.objects.filter(model__slug=slug).count() == Lead.objects.count() == 9240

    judge(page, site, slug)


def judge(page: Page, site: str, slug: str = "course") -> None:
    """The bands tell who converts, and the card names the rules that do not help."""
    page.goto(f"{site}/scoring/{slug}/1/by-band/?outcome=converted")
    look(page)
    hot, warm, cold = rates(page)
    assert hot > 90 > warm > 60 > 20 > cold

    page.goto(f"{site}/scoring/{slug}/report-card/?outcome=converted")
    look(page)
    to_look_at = page.get_by_role("region", name="Rules to look at")
    expect(to_look_at).to_contain_text("Other Metro Cities")
    expect(to_look_at).to_contain_text("Email Opened")
    expect(to_look_at).not_to_contain_text("Working Professional")
    verdicts = page.get_by_role("row").filter(has_text="SMS Sent")
    expect(verdicts).to_contain_text("helps")


@pytest.fixture
def marketer(site: str) -> Any:
    """A marketer of a company that has imported its leads."""
    call_command("import_leads", str(FOLDER / "Leads.csv"), preset="xeducation", stdout=io.StringIO())
    return make_user(Role.MARKETER, name="Mika Marketer", password=PASSWORD)


def test_a_model_is_built_published_and_judged_by_who_converted(page: Page, site: str, marketer: Any) -> None:
    sign_in(page, site, marketer.email)
    walk(page, site)
