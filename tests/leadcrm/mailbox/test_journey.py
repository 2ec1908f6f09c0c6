"""A mail in the browser: no image is fetched unasked, its links open."""

from email.message import EmailMessage
from threading import Event

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from playwright.sync_api import Page

from leadcrm.mailbox import views
from leadcrm.mailbox.sink import Spool
from tests.factories import make_user
from users.models import Role

opened = Event()


def pixel(request: HttpRequest) -> HttpResponse:
    opened.set()
    return HttpResponse(b"GIF89a", content_type="image/gif")


def faults(page: Page) -> list[str]:
    """What axe finds wrong with a page."""
    return [fault["id"] for fault in Axe().run(page).response["violations"]]


pixel.login_required = False
urlpatterns = [path("pixel.gif", pixel), path("", include("leadcrm.urls"))]


@pytest.mark.browser
@pytest.mark.usefixtures("committed_db")
@pytest.mark.urls(__name__)
def test_a_mail_is_read_loads_its_pixel_when_asked_and_its_link_opens(
    live_server, page, tmp_path, monkeypatch, settings
):
    settings.SITE_URL = live_server.url
    monkeypatch.setattr(views, "folder", lambda: tmp_path)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "anna@heshbonit4u.example", "lead@acme.example", "Introduction"
    mail.set_content("Hi")
    body = (
        f'<a href="{live_server.url}/healthz">Book a demo</a><img src="{live_server.url}/pixel.gif"><script>x</script>'
    )
    mail.add_alternative(body, subtype="html")
    Spool(tmp_path).keep(mail.as_bytes())
    make_user(Role.MARKETER, email="anna@heshbonit4u.example", password="a long word")
    opened.clear()

    page.goto(f"{live_server.url}/accounts/login/?next=/dev/mail/")
    page.get_by_label("Work e-mail").fill("anna@heshbonit4u.example")
    page.get_by_label("Password").fill("a long word")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Introduction").wait_for()
    assert faults(page) == []
    page.get_by_role("link", name="Introduction").click()
    page.frame_locator("iframe").get_by_role("link", name="Book a demo").wait_for()
    assert faults(page) == []
    with page.expect_popup() as popup:
        page.frame_locator("iframe").get_by_role("link", name="Book a demo").click()
    assert "ok" in popup.value.content()
    assert not opened.is_set()

    page.get_by_role("link", name="Load images").click()
    page.frame_locator("iframe").get_by_role("link", name="Book a demo").wait_for()
    assert opened.wait(60)
