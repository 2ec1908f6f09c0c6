"""A condition is built by keys alone, and the focus is never lost."""

from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, Route, expect

from leads.models import Segment
from tests.factories import make_lead, make_user
from tests.journeys.walking import look
from users.models import Role

pytestmark = pytest.mark.browser
HERE = "() => document.activeElement.id || document.activeElement.textContent.trim()"


@pytest.fixture
def builder(site: str, page: Page) -> Page:
    """A marketer before an empty segment."""
    client = Client()
    client.force_login(make_user(Role.MARKETER))
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}])
    page.goto(f"{site}/settings/segments/new/")
    return page


def go_to(page: Page, name: str, *, back: bool = False) -> None:
    """Press Tab until something of that id or text has the focus."""
    for _press in range(40):
        if page.evaluate(HERE) == name:
            return
        page.keyboard.press("Shift+Tab" if back else "Tab")
    raise AssertionError(f"{name} is not reached by Tab")


def at(page: Page, field: str) -> None:
    """Wait until a field has the focus."""
    expect(page.locator(f"#{field}")).to_be_focused()


def press(page: Page, name: str, **way: Any) -> None:
    """Go to a button and press it."""
    go_to(page, name, **way)
    page.keyboard.press("Enter")


def test_a_condition_is_built_without_a_mouse(builder: Page) -> None:
    page = builder
    for title in ("CFO of Acme", "Baker"):
        make_lead(job_title=title)
    go_to(page, "id_name")
    page.keyboard.type("Money people")

    press(page, "when-add-0")
    at(page, "when-r1-kind")
    page.keyboard.type("About the p")  # a choice is made by its first letters, and the focus stays on it
    expect(page.locator("#when-r1-field")).to_be_visible()
    at(page, "when-r1-kind")
    go_to(page, "when-r1-field")
    page.keyboard.type("Job t")
    go_to(page, "when-r1-op")
    page.keyboard.type("conta")
    go_to(page, "when-r1-value")
    page.keyboard.type("CFO")
    expect(page.get_by_text("1 lead matches")).to_be_visible()

    press(page, "Group")
    at(page, "when-g1-word")
    press(page, "Group")
    at(page, "when-g2-word")
    press(page, "Remove group", back=False)
    at(page, "when-r2-kind")
    look(page)
    go_to(page, "Remove group", back=True)
    page.keyboard.press("Enter")
    at(page, "when-r1-kind")

    go_to(page, "when-r1-value")
    page.keyboard.press("Enter")
    page.wait_for_url("**/settings/segments/")
    leaf = {"leaf": "lead", "field": "job_title", "op": "contains", "value": "CFO"}
    assert Segment.objects.get().condition == leaf


def test_what_is_typed_while_the_editor_is_drawn_anew_stays(builder: Page) -> None:
    page = builder
    page.click("#when-add-0")
    page.select_option("#when-r1-kind", "lead")
    expect(page.locator("#when-r1-field")).to_be_visible()
    held: list[Route] = []
    page.route("**/segments/new/", lambda route: held.append(route))

    with page.expect_request("**/segments/new/"):
        page.select_option("#when-r1-field", "job_title")
    page.click("#when-r1-value")
    page.keyboard.type("CFO")
    page.keyboard.press("Home")
    held[0].continue_()

    expect(page.locator("#when-r1-value")).to_have_value("CFO")
    expect(page.locator("#when-r1-field option[selected]")).to_have_text("Job title")
    at(page, "when-r1-value")
    page.keyboard.type("A ")
    expect(page.locator("#when-r1-value")).to_have_value("A CFO")
