"""What journeys do at every page: look at it with other eyes, and on a phone."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
PASSWORD = "a long word"
# A page wider than its window scrolls sideways; the worst offenders help to find out why.
TOO_WIDE = """() => {
  const wide = document.documentElement.scrollWidth - window.innerWidth;
  return wide <= 0 ? [] : [wide + " px too wide", ...[...document.querySelectorAll("main *")]
    .filter((found) => found.getBoundingClientRect().right > window.innerWidth + 1 && !found.closest(".lc-scroll"))
    .slice(0, 5).map((found) => found.tagName + "." + found.className)];
}"""
# Colors fade over, and the fading begins with the next frame. A browser that has no time draws none: then so be it.
FADED = """() => Promise.race([
  new Promise((done) => setTimeout(done, 5000)),
  new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
    .then(() => Promise.allSettled(document.getAnimations().map((one) => one.finished)))])"""


def sign_in(page: Page, site: str, email: str) -> None:
    """Through the door, as everybody does."""
    page.goto(f"{site}/accounts/login/")
    look(page)
    page.get_by_label("Work e-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("navigation").first.wait_for()
    page.wait_for_load_state()


def press(page: Page, *keys: str) -> None:
    """Press keys one after the other, each on a page whose scripts have begun: before that nobody listens."""
    for key in keys:
        page.wait_for_load_state()
        page.keyboard.press(key)


def look(page: Page) -> None:
    """No fault that axe finds, by day and by night; nothing beside the edge of a phone."""
    page.wait_for_load_state("networkidle")
    page.evaluate(FADED)  # news rises and fades in
    _none(faults(page))
    page.emulate_media(color_scheme="dark")
    page.evaluate(FADED)
    _none(faults(page))
    page.emulate_media(color_scheme="light")
    page.evaluate(FADED)
    page.set_viewport_size(PHONE)
    _none(page.evaluate(TOO_WIDE))
    page.set_viewport_size(DESK)


def _none(found: list[str]) -> None:
    assert not found, "\n".join(found)


def faults(page: Page) -> list[str]:
    """What axe finds wrong with a page, and where."""
    found = Axe().run(page).response["violations"]
    return [
        f"{page.url} {fault['id']}: {node['html'][:120]} {node['failureSummary'][-160:]}"
        for fault in found
        for node in fault["nodes"][:3]
    ]
