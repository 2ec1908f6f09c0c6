"""The pages about messages: what stands where, for whom, and at what cost."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from leads.models import Contactability, Suppression
from leads.people.contact import suppress
from mail.judge import judge_hits
from mail.models import Message, Sender, Settlement, State, Why
from mail.queries import paces
from tests.browsing import browser
from tests.factories import NOW, make_lead, make_leads, make_letter, make_user, minutes, plan_mail
from tests.mail.tracked import ago, hit, many_links, sent, uncertain
from users.clock import database_now
from users.models import Role

pytestmark = pytest.mark.django_db
URL = "/mail/"


@pytest.fixture
def marketer():
    return browser(make_user(Role.MARKETER))


def text(answer) -> str:
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_each_state_has_its_tab_and_every_reason_its_words(marketer):
    due, gone, doubtful = make_leads(3, consent=True)
    sent([gone])
    plan_mail([due])
    uncertain([doubtful])
    plan_mail([make_lead(email="nobody@acme.example")])  # never consented

    pages = {tab: text(marketer.get(URL, {"show": tab})) for tab in ("due", "sent", "skipped", "failed", "uncertain")}

    assert due.email in pages["due"]
    assert gone.email in pages["sent"]
    assert "nobody@acme.example" in pages["skipped"]
    assert "The lead never consented to mail." in pages["skipped"]
    assert "Nothing failed" in pages["failed"]
    assert doubtful.email in pages["uncertain"]
    assert "Look up the Message-ID" in pages["uncertain"]
    assert Message.objects.get(lead=doubtful).message_id.split("@")[0] in pages["uncertain"]
    assert all("Uncertain <small>1</small>" in page for page in pages.values())


def test_rows_are_found_by_sequence_and_by_whom_they_go_to(marketer):
    dana, moshe = make_lead(consent=True, first_name="Dana"), make_lead(consent=True, first_name="Moshe")
    plan_mail([dana], many_links(series="study"))
    plan_mail([moshe], make_letter(series="other"))

    found = text(marketer.get(URL, {"series": "study"}))
    assert (dana.email in found, moshe.email in found) == (True, False)
    found = text(marketer.get(URL, {"q": "moshe"}))
    assert (dana.email in found, moshe.email in found) == (False, True)
    assert "No message matches" in text(marketer.get(URL, {"q": "x\x00%_'"}))


@pytest.mark.parametrize("query", ["show=x", "page=zz", "page=99999999999999999999", "q=%00", "series=%00"])
def test_odd_addresses_are_answered(marketer, query):
    assert marketer.get(f"{URL}?{query}").status_code == 200


@pytest.mark.parametrize("tab", ["due", "uncertain"])
def test_ten_thousand_messages_cost_no_more_questions_than_ten(marketer, tab):
    plan_mail(make_leads(10, consent=True))
    if tab == "uncertain":
        Message.objects.update(state=State.UNCERTAIN, finished_at=NOW)
    marketer.get(URL, {"show": tab})
    with CaptureQueriesContext(connection) as few:
        marketer.get(URL, {"show": tab})
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO mail_message (purpose, dedupe_key, lead_id, letter_id, sender_id, to_address, subject,"
            " message_id, state, reason, reply, attempts, due_at, planned_at, finished_at, is_told)"
            " SELECT m.purpose, 'x' || n, m.lead_id, m.letter_id, m.sender_id, m.to_address, '',"
            " 'x' || n, m.state, '', '', 0, m.due_at, m.planned_at, m.finished_at, FALSE"
            " FROM (SELECT * FROM mail_message LIMIT 1) m, generate_series(1, 10000) n"
        )
    with CaptureQueriesContext(connection) as many:
        answer = marketer.get(URL, {"show": tab})

    assert len(many) <= len(few) <= 16, [query["sql"][:120] for query in many]
    assert "10,000+" in text(answer)


def test_a_person_settles_one_and_hears_when_another_was_first(marketer):
    first, second = uncertain(make_leads(2, consent=True))
    settle_url = reverse("mail:message_settle")

    said = text(marketer.post(settle_url, {"one": f"arrived:{first.pk}"}, follow=True))
    assert "1 message counts as sent" in said
    said = text(marketer.post(settle_url, {"one": f"again:{first.pk}"}, follow=True))
    assert "settled meanwhile" in said
    assert Message.objects.get(pk=first.pk).state == State.SENT
    assert Message.objects.get(pk=second.pk).state == State.UNCERTAIN


def test_several_are_settled_together_but_never_sent_again_together(marketer):
    messages = uncertain(make_leads(3, consent=True))
    ids = [message.pk for message in messages]
    settle_url = reverse("mail:message_settle")

    assert "Tick the messages first" in text(marketer.post(settle_url, {"all": "again", "ids": ids}, follow=True))
    assert "Tick the messages first" in text(marketer.post(settle_url, {"all": "left"}, follow=True))
    assert not Settlement.objects.exists()
    assert "3 messages stay as they are" in text(marketer.post(settle_url, {"all": "left", "ids": ids}, follow=True))


@pytest.mark.parametrize(
    "body", [{"one": "arrived:"}, {"one": "x:1"}, {"one": "left:" + "9" * 40}, {"ids": ["x", "٣"]}]
)
def test_odd_bodies_settle_nothing(marketer, body):
    uncertain([make_lead(consent=True)])

    assert marketer.post(reverse("mail:message_settle"), body).status_code == 302
    assert not Settlement.objects.exists()


def test_the_pace_says_what_waits_until_when():
    messages = plan_mail(make_leads(5, consent=True))
    now = database_now()
    Sender.objects.update(per_minute=2, burst=3, tokens=1, refilled_at=now)

    (pace,) = paces(now)

    assert (pace.waiting, pace.tokens, pace.done_at) == (len(messages), 1, now + minutes(2))


def test_a_resting_sender_says_until_when(marketer):
    plan_mail([make_lead(consent=True)])
    Sender.objects.update(rests_until=database_now() + minutes(3), rest_reason="Connection refused")

    said = text(marketer.get(URL))

    assert "cannot be reached; waiting until" in said
    assert "Connection refused" in said


def test_that_sending_is_off_is_said(marketer, settings):
    settings.MAIL_PAUSED = True

    assert "Sending is switched off" in text(marketer.get(URL))


def test_the_leads_panel_tells_what_was_sent_what_not_and_what_came_of_it(marketer):
    lead = make_lead(consent=True)
    (message,) = sent([lead], many_links(name="Letter one"))
    hit(message, 300, link=None)
    hit(message, 600, link=1)
    hit(message, 700, link=1, agent="Barracuda")
    judge_hits(now=NOW + ago(2000))
    suppress([lead.pk], Suppression.BY_HAND, by=None, now=NOW)
    plan_mail([lead], make_letter(name="Letter two"))

    said = text(marketer.get(reverse("mail:lead_mail", args=[lead.pk]), headers={"HX-Request": "true"}))

    assert "<html" not in said
    assert all(words in said for words in ("Letter one", "opened once", "clicked once", "1 hit of a machine"))
    assert all(words in said for words in ("Letter two", "not sent", "The address is suppressed"))
    assert "<html" in text(marketer.get(reverse("mail:lead_mail", args=[lead.pk])))


def test_the_leads_panel_costs_the_same_for_many_mails(marketer):
    lead = make_lead(consent=True)
    url = reverse("mail:lead_mail", args=[lead.pk])
    sent([lead])
    marketer.get(url)
    with CaptureQueriesContext(connection) as one:
        marketer.get(url)
    for _ in range(5):
        (message,) = sent([lead])
        hit(message, 600)
    judge_hits(now=NOW + ago(2000))
    with CaptureQueriesContext(connection) as many:
        marketer.get(url)

    assert len(many) <= len(one) <= 14


def test_the_leads_page_suppresses_and_lifts(marketer):
    lead = make_lead(consent=True)
    page = reverse("leads:lead_detail", args=[lead.pk])
    assert "may mail" in text(marketer.get(page))

    said = text(marketer.post(reverse("leads:lead_suppress", args=[lead.pk]), follow=True))
    assert "may not mail" in said
    assert "Suppressed by hand" in said
    assert Contactability.objects.get(lead=lead).suppression == Suppression.BY_HAND

    said = text(marketer.post(reverse("leads:lead_lift", args=[lead.pk]), follow=True))
    assert "may not mail" not in said


def test_the_leads_page_asks_for_its_mails(marketer):
    lead = make_lead()

    said = text(marketer.get(reverse("leads:lead_detail", args=[lead.pk])))

    assert f'hx-get="{reverse("mail:lead_mail", args=[lead.pk])}"' in said


def test_every_state_and_reason_has_words():
    from mail.words import REASONS, STATES

    assert STATES.keys() == set(State)
    assert REASONS.keys() == set(Why)


class TestSenders:
    """The settings page of senders."""

    def form(self, **fields: object) -> dict[str, object]:
        return {"name": "News", "slug": "news", "address": "news@acme.example", "per_minute": 60, "burst": 10, **fields}

    def test_a_new_default_takes_over(self):
        admin = browser(make_user(Role.ADMIN))

        assert admin.post("/settings/mail/sender/add/", self.form(is_default="on")).status_code == 302
        assert list(Sender.objects.filter(is_default=True).values_list("slug", flat=True)) == ["news"]

    def test_there_is_always_a_default(self):
        admin, sender = browser(make_user(Role.ADMIN)), Sender.objects.get(is_default=True)

        answer = admin.post(f"/settings/mail/sender/{sender.pk}/change/", self.form())

        assert "Make another sender the default" in text(answer)
        assert Sender.objects.filter(is_default=True).exists()

    @pytest.mark.parametrize(
        "wrong", [{"per_minute": 0}, {"burst": 0}, {"address": "x"}, {"address": "a@b.example\r\nBcc: x"}]
    )
    def test_what_cannot_send_is_refused(self, wrong):
        admin = browser(make_user(Role.ADMIN))

        assert admin.post("/settings/mail/sender/add/", self.form(**wrong)).status_code == 200
        assert Sender.objects.count() == 1

    def test_only_administrators_come_in(self):
        assert browser(make_user(Role.MARKETER)).get("/settings/mail/sender/").status_code in (302, 403)
