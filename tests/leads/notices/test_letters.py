"""Mails of notifications: as wished, together, never twice, and not of what is settled."""

import signal
import subprocess
import sys
from datetime import time, timedelta
from email import message_from_bytes

import pytest

from leads.handover.decide import Decision, Verb, decide
from leads.models import MailWish, NoticeKind, Notification
from leads.notices import news
from leads.notices.causes import Notice
from leads.notices.letters import mail_due
from leads.notices.read import mark_read
from leads.notices.staff import Staff
from leads.notices.wishes import Wish, set_wishes
from mail.models import Message
from tests.factories import NOW, make_handover, make_lead, make_user
from users.models import Role, User

pytestmark = pytest.mark.django_db


def tell(user: User, lead, kind=NoticeKind.RECYCLED, key="1", **data) -> Notification:
    """One notification, told now."""
    notice = Notice(user_id=user.pk, kind=kind, lead_id=lead.pk, dedupe_key=key, data=data)
    news.tell([notice], Staff(), now=NOW)
    return Notification.objects.get(user=user, dedupe_key=key)


def written() -> str:
    """The only mail, text and HTML."""
    parts = message_from_bytes(bytes(Message.objects.get().raw)).walk()
    return "\n".join((part.get_payload(decode=True) or b"").decode() for part in parts)


def wish(user: User, mail: MailWish, kinds=("recycled",), **hours) -> None:
    """What a person wishes of some kinds."""
    times = {"quiet_from": None, "quiet_until": None, **hours}
    set_wishes(user.pk, {kind: Wish(mail) for kind in kinds}, **times)


@pytest.fixture(autouse=True)
def stored_mail(settings):
    """Mails are messages, as they are outside of tests."""
    settings.EMAIL_BACKEND = "mail.backend.StoredMail"


@pytest.fixture
def marketer():
    """Somebody who wants these mails at once."""
    user = make_user(Role.MARKETER, name="Maya")
    wish(user, MailWish.AT_ONCE)
    return user


def test_several_things_due_are_one_mail_with_links(marketer):
    leads = [make_lead(first_name=name, last_name="Levi") for name in ("Dana", "Noa")]
    for n, lead in enumerate(leads):
        tell(marketer, lead, key=str(n))

    mail_due(now=NOW)

    (letter,) = Message.objects.filter(to_address=marketer.email)
    text = written()
    assert letter.subject == "2 notifications: Time to try Dana Levi again"
    assert "Hello Maya," in text
    assert all(f"/leads/{lead.pk}/" in text for lead in leads)
    assert "/notifications/wishes/" in text


def test_a_mail_is_never_written_twice(marketer):
    tell(marketer, make_lead())

    assert [mail_due(now=NOW), mail_due(now=NOW)] == [1, 0]
    assert Message.objects.count() == 1


def test_a_mail_that_could_not_be_written_is_written_the_next_time(marketer, monkeypatch):
    tell(marketer, make_lead())
    with monkeypatch.context() as broken:
        broken.setattr("leads.notices.letters.write_to", lambda *_: (_ for _ in ()).throw(RuntimeError))
        with pytest.raises(RuntimeError):
            mail_due(now=NOW)

    assert mail_due(now=NOW) == 1


def test_daily_mails_wait_for_the_morning_and_quiet_hours_for_their_end(marketer):
    wish(marketer, MailWish.DAILY, quiet_from=time(20), quiet_until=time(9, 30))

    row = tell(marketer, make_lead())

    assert row.mail_at == (NOW + timedelta(days=1)).replace(hour=9, minute=30)
    assert mail_due(now=NOW) == 0


def test_what_was_read_or_switched_off_meanwhile_is_not_mailed(marketer):
    tell(marketer, make_lead(), key="read")
    mark_read(marketer.pk, now=NOW + timedelta(minutes=1))
    assert mail_due(now=NOW) == 0

    tell(marketer, make_lead(), key="off")
    wish(marketer, MailWish.OFF)
    assert mail_due(now=NOW) == 0
    assert not Notification.objects.exclude(mail_at=None).exists()


def test_an_offer_decided_meanwhile_is_not_mailed():
    rep = make_user()
    row = make_handover()
    tell(rep, row.lead, NoticeKind.OFFERED, handover=row.pk, due_at=None)
    decide([Decision(handover_id=row.pk, verb=Verb.ACCEPT)], by=rep.pk, now=NOW)

    assert mail_due(now=NOW) == 0


def test_who_left_gets_no_mail(marketer):
    tell(marketer, make_lead())
    User.objects.filter(pk=marketer.pk).update(is_active=False)

    assert mail_due(now=NOW) == 0


def test_mails_speak_the_readers_language(marketer):
    User.objects.filter(pk=marketer.pk).update(language="he")
    tell(marketer, make_lead())

    mail_due(now=NOW)

    assert 'dir="rtl"' in written()


KILLED = """
import os, signal, django
django.setup()
from leads.notices import letters
from tests.factories import NOW
real = letters._write
def write_and_die(user, rows):
    real(user, rows)
    os.kill(os.getpid(), signal.SIGKILL)
letters._write = write_and_die
letters.mail_due(now=NOW)
"""


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_right_after_writing_leaves_one_mail(committed_db, process_environment):
    user = make_user(Role.MARKETER)
    wish(user, MailWish.AT_ONCE)
    tell(user, make_lead())

    died = subprocess.run([sys.executable, "-c", KILLED], env=process_environment, check=False)
    assert died.returncode == -signal.SIGKILL
    assert not Message.objects.exists()

    assert [mail_due(now=NOW), mail_due(now=NOW)] == [1, 0]
    assert Message.objects.count() == 1
