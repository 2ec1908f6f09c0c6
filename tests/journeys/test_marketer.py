"""A week of a marketer: a sequence is written, a lead walks through it and leaves, a file comes in."""

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db.models import F
from playwright.sync_api import Page, Route, expect

from capture.tasks import run_imports
from leadcrm.mailbox import sink
from leads.models import Activity, Consent, Contactability, Kind, Lead, LeadScore
from mail.models import Hit, Message
from mail.tasks import deliver, judge
from nurturing.models import Enrollment, Sequence
from nurturing.tasks import work
from scoring.rules import RuleSpec
from scoring.tasks import process_touched
from tests.callers import Caller
from tests.factories import make_user, publish_model
from tests.journeys.walking import PASSWORD, look, press, sign_in
from tests.processes import eventually
from users.clock import database_now
from users.models import Role, User

pytestmark = pytest.mark.browser
STUDY = "https://heshbonit4u.example/study"
GATE = """{"leaf": "activity", "measure": "count", "op": "gte", "value": 1,
           "kinds": ["mail_click"], "documents": ["first"], "mails": [1]}"""
FILE = "Email;Vorname;Nachname\nnoa@acme.example;נועה;לוי\nnobody;Bo;Berg\nomer@acme.example;עומר;כהן\n"


@pytest.fixture
def marketer(site: str, settings: Any, tmp_path: Path) -> User:
    """A marketer, and points for clicks."""
    settings.STATE_DIR = tmp_path
    clicks = RuleSpec(points=10, group="behaviour", per={"of": "each", "kinds": ["mail_click"]})
    publish_model(rules=[clicks], now=database_now())
    return make_user(Role.MARKETER, name="Mika Marketer", password=PASSWORD)


@pytest.fixture
def mail_server(settings: Any, tmp_path: Path) -> Iterator[None]:
    """The mail server of our own, as a process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-P", sink.__file__, str(settings.EMAIL_PORT), str(tmp_path / "mail")])
    assert eventually(lambda: _answers(settings.EMAIL_PORT))
    yield
    process.terminate()
    process.wait(60)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def write_mail(page: Page, name: str) -> None:
    """Fill in the form of a mail."""
    page.get_by_role("textbox", name="Name").fill(name)
    page.get_by_label("Subject").fill(f"{name} for {{{{ first_name|you }}}}")
    page.get_by_role("textbox", name="HTML").fill(
        f'<p>Dear {{{{ first_name|reader }}}},</p>\n<p><a href="{STUDY}">the study</a></p>'
    )


def add_step(page: Page, kind: str) -> None:
    """Open the form of a step at the end of the draft."""
    page.get_by_role("link", name=kind, exact=True).last.click()
    page.get_by_role("heading", level=1).wait_for()


def write_steps(page: Page) -> None:
    """A mail, at first with a slip of the pen; a day; a gate; another mail."""
    add_step(page, "Mail")
    write_mail(page, "Introduction")
    page.get_by_role("textbox", name="HTML").fill("<p>Dear\n{{ frist_name }}</p>")
    page.get_by_role("button", name="Save mail").click()
    expect(page.get_by_role("main")).to_contain_text("Line 2, column 1")
    expect(page.get_by_role("textbox", name="HTML")).to_have_value("<p>Dear\n{{ frist_name }}</p>")
    look(page)
    write_mail(page, "Introduction")
    page.get_by_role("button", name="Save mail").click()
    add_step(page, "Wait")
    page.get_by_label("Days").fill("1")
    look(page)
    page.get_by_role("button", name="Save", exact=True).last.click()
    add_step(page, "Condition")
    page.get_by_role("button", name="Write as JSON").click()
    page.get_by_label("Condition, as JSON").fill(GATE)
    look(page)
    page.get_by_role("button", name="Save", exact=True).last.click()
    add_step(page, "Mail")
    write_mail(page, "Main problems")
    page.get_by_role("button", name="Save mail").click()


def publish_sequence(page: Page, site: str) -> None:
    """From nothing to a published sequence: mail, a day, a gate, mail."""
    page.goto(f"{site}/sequences/")
    look(page)
    page.goto(f"{site}/sequences/new/")
    look(page)
    page.get_by_role("textbox", name="Name").fill("First steps")
    page.get_by_role("textbox", name="Key").fill("first")
    page.get_by_role("button", name="Begin the draft").click()
    look(page)

    write_steps(page)
    page.goto(f"{site}/sequences/first/draft/entry/")
    page.get_by_role("button", name="Write as JSON").click()
    page.get_by_label("Condition, as JSON").fill('{"leaf": "consent", "value": true}')
    look(page)
    page.get_by_role("button", name="Save", exact=True).last.click()
    page.goto(f"{site}/sequences/first/publish/")
    look(page)
    press(page, "p")
    expect(page.locator("#toasts")).to_contain_text("Version 1 is in force")
    look(page)


def read_mail(page: Page, site: str) -> str:
    """Open the mail, its pixel and its link in the mailbox; returns the address to unsubscribe at."""
    gone: list[str] = []

    def follow(route: Route) -> None:
        # The site itself does not exist: stop where we would send the reader on.
        gone.append(route.fetch(max_redirects=0).headers["location"])
        route.fulfill(content_type="text/plain", body="the study")

    page.context.route("**/m/c/**", follow)
    page.goto(f"{site}/dev/mail/")
    look(page)
    page.get_by_role("link", name="Introduction for Dana").click()
    with page.expect_response("**/m/o/**"):
        page.get_by_role("link", name="Load images").click()
    look(page)
    frame = page.frame_locator("iframe")
    with page.expect_popup() as popup:
        frame.get_by_role("link", name="the study").click()
    expect(popup.value.locator("body")).to_contain_text("the study")
    popup.value.close()
    assert gone == [STUDY]
    address = frame.get_by_role("link", name=re.compile("unsubscribe", re.I)).get_attribute("href")
    assert address
    return address


def hours_pass() -> None:
    """What was sent and followed lies a while back, whoever waits has waited."""
    while_ago = timedelta(hours=1)
    Message.objects.filter(handed_at__isnull=False).update(
        handed_at=F("handed_at") - 2 * while_ago, finished_at=F("finished_at") - 2 * while_ago
    )
    Hit.objects.update(at=F("at") - while_ago)
    Enrollment.objects.update(due_at=database_now())


def rows() -> dict[str, Any]:
    """How many rows each table has, and whom we may write to."""
    counts = {model._meta.label: model.objects.count() for model in apps.get_models() if model._meta.managed}
    return {**counts, "contact": list(Contactability.objects.values())}


def test_a_sequence_is_written_read_clicked_and_left(site, page, marketer, mail_server):
    sign_in(page, site, marketer.email)
    publish_sequence(page, site)
    caller = Caller(marketer)
    person = {"email": "dana@acme.example", "first_name": "Dana", "consent": {"granted": True, "text": "I agree"}}
    assert caller.post("leads/", person).status_code == 201
    assert eventually(lambda: (work(), deliver(), Message.objects.filter(state="sent").exists())[2])
    lead = Lead.objects.get()
    assert Enrollment.objects.get().sequence == Sequence.objects.get()

    address = read_mail(page, site)
    hours_pass()
    judge()
    process_touched()
    assert set(Activity.objects.filter(lead=lead).values_list("kind", flat=True)) >= {Kind.MAIL_OPEN, Kind.MAIL_CLICK}
    assert LeadScore.objects.get(lead=lead).points == 10
    _traces(page, site, lead)

    Enrollment.objects.update(due_at=database_now())
    work()
    assert Message.objects.filter(state="planned").exists()
    _leave(page, address)
    deliver()
    assert Message.objects.get(state="skipped").reason == "withdrawn"
    page.goto(f"{site}/leads/{lead.pk}/")
    expect(page.locator("#mail")).to_contain_text("The lead unsubscribed.")
    expect(page.get_by_role("main")).to_contain_text("may not mail")
    look(page)


def _traces(page: Page, site: str, lead: Lead) -> None:
    page.goto(f"{site}/leads/{lead.pk}/")
    timeline = page.locator(".lc-timebox")
    expect(timeline).to_contain_text(re.compile("opened", re.I))
    expect(timeline).to_contain_text(re.compile("click", re.I))
    look(page)
    page.goto(f"{site}/sequences/first/")
    look(page)
    page.goto(f"{site}/mail/")
    look(page)


def _leave(page: Page, address: str) -> None:
    before = rows()
    assert page.request.head(address).status == 200
    page.goto(address)
    look(page)
    assert rows() == before, "looking must not unsubscribe"
    page.get_by_role("button", name="Unsubscribe").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Done")
    look(page)
    assert Contactability.objects.get().consent == "withdrawn"
    assert not Consent.objects.latest("pk").granted


def test_a_file_with_hebrew_names_comes_in_and_its_bad_row_goes_back(site, page, marketer):
    sign_in(page, site, marketer.email)
    page.goto(f"{site}/import/")
    look(page)
    page.locator("input[type=file]").set_input_files(
        files=[{"name": "people.csv", "mimeType": "text/csv", "buffer": FILE.encode("utf-8-sig")}]
    )
    page.get_by_role("button", name="Read the file").click()
    expect(page.get_by_role("main")).to_contain_text("נועה")
    look(page)
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Email", exact=True).select_option(value="email")
    page.get_by_label("Vorname", exact=True).select_option(value="first_name")
    page.get_by_label("Nachname", exact=True).select_option(value="last_name")
    look(page)
    page.get_by_role("button", name="Check the file").click()
    run_imports()
    page.get_by_role("button", name="Import", exact=True).wait_for()
    look(page)
    page.get_by_role("button", name="Import", exact=True).click()
    page.wait_for_url("**/run/")
    run_imports()
    page.wait_for_url("**/report/")
    look(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Refused rows as a file").click()
    refused = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()

    assert len(refused) == 2
    assert refused[1].startswith("3,Email,")
    assert set(Lead.objects.values_list("first_name", "last_name")) == {("נועה", "לוי"), ("עומר", "כהן")}
