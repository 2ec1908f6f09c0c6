"""Previews and tests to oneself: as a lead would get it, and nothing of it counts."""

import pytest

from mail.deliver import deliver
from mail.letters import LetterRefused, LetterSpec
from mail.line import RecordedLine
from mail.models import Message, Sender
from mail.plan import plan_test
from mail.sample import SAMPLE, reader_values, see
from tests.factories import NOW, make_lead

pytestmark = pytest.mark.django_db
SPEC = LetterSpec(
    name="One",
    subject="For {{ first_name|you }}",
    html='<p>Hi {{ full_name }} of {{ company|your firm }}</p><a href="https://a.example/x">Read</a>',
)


def test_a_preview_shows_what_a_lead_would_see():
    sender = Sender.objects.get()
    lead = make_lead(first_name="Ann", last_name="<b>Bee</b>")

    seen = see(SPEC, sender=sender, values=reader_values(lead), now=NOW)

    assert seen.subject == "For Ann"
    assert "Hi Ann &lt;b&gt;Bee&lt;/b&gt; of your firm" in seen.html
    assert "https://a.example/x" in seen.html
    assert "/m/c/" not in seen.html + seen.text
    assert "/m/u/test/" in seen.html
    assert "/m/u/test/" in seen.text


def test_a_test_goes_to_one_of_us_and_touches_nobody():
    plan_test(SPEC, sender=None, to="marketer@heshbonit4u.example", values=SAMPLE, now=NOW)
    message = Message.objects.get()
    raw = bytes(message.raw)

    deliver(RecordedLine(), now=NOW)

    message.refresh_from_db()
    assert (message.purpose, message.state, message.lead, message.raw) == ("test", "sent", None, None)
    assert b"To: <marketer@heshbonit4u.example>" in raw
    assert b"Subject: For Dana\r\n" in raw


def test_a_letter_with_a_fault_is_not_sent():
    with pytest.raises(LetterRefused):
        plan_test(
            LetterSpec(name="One", subject="{{ nam }}", html="x"), sender=None, to="a@b.example", values={}, now=NOW
        )

    assert not Message.objects.exists()
