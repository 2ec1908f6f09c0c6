"""Invitations: who is sent one, and how long its link opens the door."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import transaction
from django.test import Client

from tests.browsing import browser
from tests.factories import NOW, make_user
from users.invitations import InvitationOver, accept_invitation, invite, invited, path_for, tokens
from users.models import Role, User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_limits_left_over():
    cache.clear()


def link_in(message) -> str:
    found = re.search(r"http://localhost:8000(/invitation/\S+)", message.body)
    assert found is not None
    return found[1]


def test_only_those_without_a_password_are_invited():
    admin, ready = make_user(Role.ADMIN, name="Anna"), make_user(password="chosen already")
    new, gone = make_user(name="Omer"), make_user(is_active=False)

    users = invite([ready.pk, new.pk, gone.pk], by=admin.pk, now=NOW)

    assert users == [new]
    assert User.objects.get(pk=new.pk).invited_at == NOW
    (message,) = mail.outbox
    assert message.to == [new.email]
    assert "Anna has opened an account for you in the LeadCRM of Your company." in message.body
    ((html, kind),) = message.alternatives
    assert kind == "text/html"
    assert f'href="http://localhost:8000{link_in(message)}"' in html


def test_names_are_escaped_in_html_and_stay_in_one_line_of_the_subject():
    new = make_user(name='<b>"Omer"</b>')

    invite([new.pk], by=None, now=NOW)

    assert 'Hello <b>"Omer"</b>,' in mail.outbox[0].body
    assert "&lt;b&gt;" in mail.outbox[0].alternatives[0][0]
    assert mail.outbox[0].subject == "Your company invites you to LeadCRM"


def test_a_mail_speaks_its_readers_language(settings):
    new = make_user(language="he")

    invite([new.pk], by=None, now=NOW)

    page = mail.outbox[0].alternatives[0][0]
    assert 'lang="he"' in page
    assert 'dir="rtl"' in page


def test_nothing_is_sent_when_the_transaction_fails(monkeypatch):
    first, second = make_user(), make_user()
    monkeypatch.setattr("users.invitations.User.objects.filter", None)

    with pytest.raises(TypeError), transaction.atomic():
        invite([first.pk, second.pk], by=None, now=NOW)

    monkeypatch.undo()
    assert not User.objects.exclude(invited_at=None).exists()


def test_the_link_sets_a_first_password_and_opens_the_door():
    new = make_user()
    client, link = Client(), path_for(new)

    assert new.email in client.get(link).content.decode()
    answer = client.post(link, {"name": "Omer Bar", "password": "three calm words"})

    new.refresh_from_db()
    assert answer.status_code == 302
    assert (new.name, new.check_password("three calm words")) == ("Omer Bar", True)
    assert client.get("/profile/").status_code == 200
    assert Client().get(link).status_code == 410


def test_looking_at_the_link_uses_nothing_up():
    new = make_user()
    for _ in range(3):
        assert Client().get(path_for(new)).status_code == 200

    assert not User.objects.get(pk=new.pk).has_usable_password()


def test_a_weak_password_is_refused_beside_its_field():
    answer = Client().post(path_for(make_user()), {"name": "Omer Barnea", "password": "omerbarnea"})

    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == {"password"}


def test_a_link_dies_after_three_days_by_a_new_address_or_a_closed_account(monkeypatch):
    old, moved, closed = make_user(), make_user(), make_user()
    links = {user.pk: path_for(user).split("/")[2:4] for user in (old, moved, closed)}
    User.objects.filter(pk=moved.pk).update(email="else@acme.example")
    User.objects.filter(pk=closed.pk).update(is_active=False)

    for user in (moved, closed):
        with pytest.raises(InvitationOver):
            accept_invitation(*links[user.pk], name="", password="three calm words")
    assert invited(*links[old.pk]) == old
    later = tokens._now() + timedelta(days=3, minutes=1)
    monkeypatch.setattr(tokens, "_now", lambda: later)
    with pytest.raises(InvitationOver):
        invited(*links[old.pk])


@pytest.mark.parametrize("link", ["MQ/x-y", "____/1-2", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5/1-2"])
def test_links_of_our_own_making_are_no_links(link):
    assert Client().get(f"/invitation/{link}/").status_code == 410


def test_guessing_links_is_slowed_down():
    answers = [Client().post("/invitation/MQ/1-2/").status_code for _ in range(25)]

    assert answers.count(429) == 5


def test_an_administrator_invites_by_adding_and_again_by_hand():
    client = browser(make_user(Role.ADMIN))
    sent = {"email": "new@heshbonit4u.example", "name": "New", "role": "sdr", "usable_password": "false"}

    client.post("/settings/users/user/add/", {**sent, "language": "he"})
    new = User.objects.get(email="new@heshbonit4u.example")
    page = f"/settings/users/user/{new.pk}/change/"
    assert "Save and send the invitation again" in client.get(page).content.decode()
    client.post(page, {**sent, "is_active": "on", "_invite": "1"})
    client.post("/settings/users/user/", {"action": "invite", "_selected_action": [new.pk]})

    assert new.language == "he"
    assert [message.to for message in mail.outbox] == [[new.email]] * 3


def test_who_gets_a_password_in_the_settings_is_not_invited():
    sent = {"email": "new@heshbonit4u.example", "role": "sdr", "usable_password": "true"}

    browser(make_user(Role.ADMIN)).post(
        "/settings/users/user/add/", {**sent, "password1": "three calm words", "password2": "three calm words"}
    )

    assert User.objects.get(email="new@heshbonit4u.example").has_usable_password()
    assert mail.outbox == []
