"""A browser of a person, and an installation that serves it."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys.walking import DESK
from tests.mail.test_agents import CHROME


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A desk, and the name of a browser with a person before it: what hides behind a headless one is a machine."""
    return {**browser_context_args, "viewport": DESK, "user_agent": CHROME, "locale": "en-GB"}


@pytest.fixture
def site(committed_db: None, live_server: Any, settings: Any) -> str:
    """The address of the installation."""
    settings.SITE_URL = live_server.url
    return live_server.url


@pytest.fixture(autouse=True)
def patience(page: Any) -> None:
    """What does not come within half a minute does not come: two cores may have much else to do."""
    page.set_default_timeout(30_000)
    expect.set_options(timeout=30_000)
