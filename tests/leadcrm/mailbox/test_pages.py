"""The mailbox's pages: who sees which mails, what a mail may do inside its frame."""

import importlib
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.conf import settings

from leadcrm.mailbox import urls, views
from leadcrm.mailbox.sink import Spool
from tests.browsing import browser
from tests.factories import make_user
from users.models import Role

pytestmark = pytest.mark.django_db
HTML = '<p onclick="x()">Hi <a href="/r/abc" target="_self">demo</a></p><img src="/o/1.gif"><script>x()</script>'


@pytest.fixture
def spool(tmp_path, monkeypatch):
    monkeypatch.setattr(views, "folder", lambda: tmp_path)
    return Spool(tmp_path)


def keep(spool: Spool, to: str = "lead@acme.example", subject: str = "Demo", html: str = HTML) -> str:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Anna <anna@heshbonit4u.example>", to, subject
    mail.set_content("Hi, https://crm.example/demo")
    mail.add_alternative(html, subtype="html")
    return spool.keep(f"Return-Path: <>\r\nDelivered-To: {to}\r\n".encode() + mail.as_bytes())


def subjects(answer) -> list[str]:
    return [mail.subject for mail in answer.context["page"]]


def test_mails_are_listed_newest_first_and_found_by_address_and_subject(spool):
    keep(spool, "dana@acme.example", "Introduction")
    keep(spool, "omer@acme.example", "Ein gruß")
    client = browser(make_user(Role.MARKETER))

    assert subjects(client.get("/dev/mail/")) == ["Ein gruß", "Introduction"]
    assert subjects(client.get("/dev/mail/?q=DANA")) == ["Introduction"]
    assert subjects(client.get("/dev/mail/?q=gruß+omer")) == ["Ein gruß"]
    assert b"No mail matches" in client.get("/dev/mail/?q=nobody").content


def test_an_empty_mailbox_says_what_will_come(spool):
    assert b"No mail yet" in browser(make_user(Role.MARKETER)).get("/dev/mail/").content


def test_a_poll_is_answered_only_when_something_came(spool):
    keep(spool)
    user = make_user(Role.MARKETER)
    mark = browser(user).get("/dev/mail/").context["mark"]
    client = browser(user, HX_Request="true", X_Seen=mark)

    assert client.get("/dev/mail/").status_code == 204
    keep(spool)
    answer = client.get("/dev/mail/")

    assert (answer.status_code, answer["HX-Push-Url"]) == (200, "false")
    assert b"<html" not in answer.content


def test_the_parts_of_a_mail(spool):
    page = f"/dev/mail/{keep(spool)}/"
    client = browser(make_user(Role.MARKETER))

    assert f'src="{page}frame/"' in client.get(page).content.decode()
    assert 'href="https://crm.example/demo"' in client.get(f"{page}?show=text").content.decode()
    assert "Return-Path" in client.get(f"{page}?show=headers").content.decode()
    source = client.get(f"{page}source/")
    assert source["Content-Type"] == "message/rfc822"
    assert source.content.startswith(b"Return-Path: <>\r\nDelivered-To: lead@acme.example\r\n")


def test_a_mail_is_shut_into_its_frame(spool):
    frame = f"/dev/mail/{keep(spool)}/frame/"
    client = browser(make_user(Role.MARKETER))

    shut = client.get(frame)
    rules = dict(rule.split(" ", 1) for rule in shut["Content-Security-Policy"].split("; "))

    assert rules["default-src"] == "'none'"
    assert "script-src" not in rules
    assert rules["img-src"] == "data:"
    assert rules["sandbox"] == "allow-popups allow-popups-to-escape-sandbox"
    assert shut["X-Frame-Options"] == "SAMEORIGIN"
    assert b'<a target="_blank" rel="noopener noreferrer" href="/r/abc"' in shut.content
    assert "img-src data: 'self' http://localhost:8000" in client.get(f"{frame}?images=1")["Content-Security-Policy"]


def test_colleagues_mails_are_for_administrators(spool):
    admin, marketer = make_user(Role.ADMIN), make_user(Role.MARKETER)
    reset, own = keep(spool, admin.email, "Your new password"), keep(spool, marketer.email, "Test")

    assert subjects(browser(marketer).get("/dev/mail/")) == ["Test"]
    for part in ("", "frame/", "source/"):
        assert browser(marketer).get(f"/dev/mail/{reset}/{part}").status_code == 404
        assert browser(admin).get(f"/dev/mail/{own}/{part}").status_code == 200


def test_administrators_empty_it(spool):
    keep(spool)

    assert browser(make_user(Role.MARKETER)).post("/dev/mail/empty/").status_code == 403
    assert len(list(spool.folder.iterdir())) == 1
    assert browser(make_user(Role.ADMIN)).post("/dev/mail/empty/").status_code == 302
    assert not list(spool.folder.iterdir())


@pytest.mark.parametrize(
    "mail",
    [
        b"",
        b"no header at all",
        b"Subject: =?nope?b?x?=\r\nContent-Type: text/html; charset=klingon\r\n\r\nhi",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nbroken",
        b"Subject: \xff\xfe\r\nTo: " + b"a@b.example, " * 20_000 + b"\r\n\r\nhi",
    ],
)
def test_no_mail_is_too_odd_to_be_shown(spool, mail):
    page = f"/dev/mail/{spool.keep(mail)}/"
    client = browser(make_user(Role.ADMIN))

    for address in ("/dev/mail/", page, f"{page}?show=text", f"{page}?show=headers", f"{page}frame/", f"{page}source/"):
        assert client.get(address).status_code == 200


@pytest.mark.parametrize("key", ["..", "secret_key", "0" * 20, "0" * 20 + "-000000"])
def test_keys_lead_nowhere_else(spool, key):
    assert browser(make_user(Role.ADMIN)).get(f"/dev/mail/{key}/").status_code == 404


def test_without_a_mail_server_mails_go_to_the_sink_and_with_one_there_is_no_mailbox(monkeypatch):
    assert settings.HAS_MAILBOX
    assert (settings.EMAIL_HOST, Path(settings.STATE_DIR).is_dir()) == ("127.0.0.1", True)

    with monkeypatch.context() as patch:
        patch.setattr(settings, "HAS_MAILBOX", False)
        assert importlib.reload(urls).urlpatterns == []
    assert len(importlib.reload(urls).urlpatterns) == 5
