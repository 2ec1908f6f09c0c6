"""The pages of sequences: written as a draft, published, read with numbers, people put in and taken out."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.conditions.select import TooManyToCount
from leads.handover.decide import Verb
from leads.models import Kind, Lead
from leads.people.contact import unsubscribe
from mail.letters import spec_of
from mail.models import Letter, Message
from nurturing.draft import begin_draft, stamp
from nurturing.enroll import enroll, enter
from nurturing.models import Enrollment, Sequence, SequenceVersion
from nurturing.publish import content_of, open_sequence
from nurturing.queries import people
from tests.browsing import browser
from tests.factories import NOW, make_campaign, make_lead, make_user, move_to
from tests.nurturing.sequences import (
    CONSENTS,
    acted,
    consenting,
    enrollment,
    five_mails,
    make_sequence,
    pass_days,
)
from tests.reports.histories import decide_on
from users.models import Role

pytestmark = pytest.mark.django_db
LETTER = {
    "name": "Introduction",
    "subject": "Hello {{ first_name|there }}",
    "preheader": "",
    "html": "<p>Dear {{ full_name|reader }},</p>\r\n<p>here it is.</p>",
    "text": "",
    "is_tracked": "on",
}
CONSENTING = {
    "when-group": "0",
    "when-row": "0",
    "when-r0-in": "0",
    "when-r0-kind": "consent",
    "when-r0-value": "true",
}


@pytest.fixture
def user():
    return make_user(Role.MARKETER)


@pytest.fixture
def client(user):
    return browser(user)


@pytest.fixture
def draft() -> SequenceVersion:
    return open_sequence(slug="new", name="New").versions.get()


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def seen(version: SequenceVersion, position: int) -> dict[str, str]:
    return {"seen": stamp(content_of(version).steps[position - 1])}


def sold(lead: Lead) -> None:
    """Sales takes the lead over."""
    move_to(lead, "mql")
    decide_on(lead, Verb.ACCEPT, 1)


def kinds(version: SequenceVersion) -> list[str]:
    return list(version.steps.order_by("position").values_list("kind", flat=True))


def test_without_sequences_the_list_says_how_to_begin(client):
    assert "No sequence yet" in text_of(client.get("/sequences/"))


def test_a_sequence_is_opened_written_and_published(client):
    opened = client.post("/sequences/new/", {"name": "First steps", "slug": "first"}, follow=True)
    assert "No steps yet" in text_of(opened)

    client.post("/sequences/first/draft/add/mail/", LETTER)
    client.post("/sequences/first/draft/add/wait/", {"wait_days": "3"})
    client.post("/sequences/first/draft/add/mail/", {**LETTER, "name": "Second"})
    client.post("/sequences/first/draft/add/condition/?at=3", CONSENTING)
    client.post("/sequences/first/draft/entry/", CONSENTING)
    asked = text_of(client.get("/sequences/first/publish/"))
    done = client.post("/sequences/first/publish/", follow=True)

    version = Sequence.objects.get(slug="first").versions.get()
    assert (version.state, version.entry) == ("published", CONSENTS)
    assert kinds(version) == ["mail", "wait", "condition", "mail"]
    assert "For whoever enters today" in asked
    assert "sent to nobody yet" in text_of(done)


def test_a_key_that_is_taken_is_refused_and_the_name_kept(client, draft):
    response = client.post("/sequences/new/", {"name": "Another one", "slug": "new"})

    assert response.status_code == 422
    assert 'value="Another one"' in response.content.decode()


def test_a_sequence_is_named_anew_and_counted_elsewhere_from_the_next_version_on(client, draft):
    client.post("/sequences/new/draft/add/mail/", LETTER)
    campaign = make_campaign()

    client.post("/sequences/new/edit/", {"name": "Renamed", "campaign": campaign.pk, "sender": ""})
    refused = client.post("/sequences/new/edit/", {"name": "", "campaign": campaign.pk})

    sequence = Sequence.objects.get()
    assert (sequence.name, sequence.slug, sequence.campaign) == ("Renamed", "new", campaign)
    assert Letter.objects.get().campaign == campaign
    assert refused.status_code == 422


def test_an_unknown_tag_is_refused_with_its_place_and_the_text_is_kept(client, draft):
    html = "<p>Dear\r\n{{ frist_name }}</p>"

    response = client.post("/sequences/new/draft/add/mail/", {**LETTER, "html": html})

    page = text_of(response)
    assert response.status_code == 422
    assert "Line 2, column 1: There is no “frist_name” to put in. The nearest is “first_name”." in page
    assert "{{ frist_name }}" in page
    assert not Letter.objects.exists()


def test_a_mail_is_changed_in_its_place(client, draft):
    client.post("/sequences/new/draft/add/mail/", LETTER)

    client.post("/sequences/new/draft/steps/1/", {**LETTER, "subject": "Other", "is_tracked": "", **seen(draft, 1)})

    letter = Letter.objects.get()
    assert (letter.subject, letter.is_tracked) == ("Other", False)


def test_whoever_saw_another_step_overwrites_nothing_and_keeps_their_text(client, draft):
    client.post("/sequences/new/draft/add/mail/", LETTER)
    before = seen(draft, 1)
    client.post("/sequences/new/draft/steps/1/", {**LETTER, "subject": "Of a colleague", **before})

    late = client.post("/sequences/new/draft/steps/1/", {**LETTER, "subject": "Mine", **before})
    moved = client.post("/sequences/new/draft/steps/1/remove/", before, follow=True)

    assert late.status_code == 422
    assert 'value="Mine"' in late.content.decode()
    assert "changed meanwhile" in text_of(moved)
    assert Letter.objects.get().subject == "Of a colleague"
    again = late.content.decode().split('name="seen" value="')[1].split('"')[0]
    assert client.post("/sequences/new/draft/steps/1/", {**LETTER, "subject": "Mine", "seen": again}).status_code == 302


def test_steps_move_and_go(client, draft):
    client.post("/sequences/new/draft/add/mail/", LETTER)
    client.post("/sequences/new/draft/add/wait/", {"wait_days": "3"})

    client.post("/sequences/new/draft/steps/2/move/", {"to": "up", **seen(draft, 2)})
    assert kinds(draft) == ["wait", "mail"]
    client.post("/sequences/new/draft/steps/1/remove/", seen(draft, 1))

    assert kinds(draft) == ["mail"]


@pytest.mark.parametrize(("kind", "sent"), [("wait", {"wait_days": "0"}), ("condition", {}), ("mail", {})])
def test_a_step_that_is_not_complete_is_refused(client, draft, kind, sent):
    assert client.post(f"/sequences/new/draft/add/{kind}/", sent).status_code == 422
    assert kinds(draft) == []


def test_the_entry_may_be_taken_away(client, draft):
    client.post("/sequences/new/draft/entry/", CONSENTING)
    client.post("/sequences/new/draft/entry/", {"when-group": "0"})

    draft.refresh_from_db()
    assert draft.entry is None


def test_a_draft_without_a_mail_is_not_published(client, draft):
    response = client.post("/sequences/new/publish/")

    assert response.status_code == 422
    assert "at least one mail" in text_of(response)


def test_what_is_typed_is_shown_as_a_lead_reads_it_behind_a_policy_of_its_own(client, draft):
    lead = make_lead(first_name="Ann", last_name="<i>Bee")

    response = client.post("/sequences/new/draft/preview/", {**LETTER, "as": str(lead.pk)})

    page, policy = response.content.decode(), response["Content-Security-Policy"]
    assert "Dear Ann &lt;i&gt;Bee," in page
    assert "Unsubscribe" in page
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert not Letter.objects.exists()


def test_what_cannot_be_shown_says_why(client, draft):
    page = client.post("/sequences/new/draft/preview/", {**LETTER, "html": "<p>{{ nam }}"}).content.decode()

    assert "html: Line 1, column 4" in page


def test_a_stored_mail_is_shown_with_sample_values_and_as_text(client):
    sequence = make_sequence()
    pk = Letter.objects.order_by("pk").first().pk

    html = client.get(f"/sequences/{sequence.slug}/mails/{pk}/frame/").content.decode()
    text = client.get(f"/sequences/{sequence.slug}/mails/{pk}/frame/?part=text").content.decode()

    assert "Hello Dana" in html
    assert "Subject: Introduction for Dana" in text
    assert "(https://heshbonit4u.example/study)" in text


def test_a_mail_of_another_sequence_is_not_found(client, draft):
    make_sequence()

    assert client.get(f"/sequences/new/mails/{Letter.objects.first().pk}/frame/").status_code == 404


def test_a_test_goes_to_oneself_and_the_text_stays_typed(client, draft, user):
    response = client.post("/sequences/new/draft/add/mail/", {**LETTER, "test": "1"})

    message = Message.objects.get()
    assert (message.purpose, message.to_address, message.lead) == ("test", user.email, None)
    assert "A test is on its way" in text_of(response)
    assert "here it is." in text_of(response)
    assert not Letter.objects.exists()


def test_a_stored_mail_is_sent_as_a_test(client, user):
    sequence = make_sequence()
    letter = Letter.objects.order_by("pk").first()

    client.post(f"/sequences/{sequence.slug}/mails/{letter.pk}/test/")

    assert Message.objects.get().to_address == user.email


def test_the_steps_stand_with_their_days_and_numbers(client):
    sequence, people = five_mails(), consenting(10)
    enter(None, now=NOW)
    pass_days(0)
    acted(people[:4], Kind.MAIL_OPEN, 1, 0.5)
    pass_days(8, since=1)

    page = text_of(client.get(f"/sequences/{sequence.slug}/"))

    assert "<b>10</b> sent" in page
    assert '<b>4</b> opened, <bdi dir="ltr">40.0 %</bdi>' in page
    assert "<b>4</b> yes, to mail 3" in page
    assert "<b>6</b> <a" in page
    assert "4 wait for it" in page
    assert [f"day {n}" in page for n in (0, 3, 7, 10, 14)] == [True] * 5
    assert "machine opens left out" in page


def test_who_enters_is_said_in_numbers(client):
    sequence = make_sequence(entry={"leaf": "lead", "field": "email", "op": "is_set"})
    inside, *_rest = consenting(3)
    make_lead()
    enroll(sequence, [inside.pk], by=None, now=NOW)

    page = text_of(client.get(f"/sequences/{sequence.slug}/"))

    for label, count in (("match", 4), ("no mail to", 1), ("in it", 1), ("to come", 2)):
        assert f"<dt>{label}</dt><dd><b>{count}</b>" in page


def test_numbers_that_take_too_long_are_left_out(client, monkeypatch):
    consenting(3)
    make_sequence()
    begin_draft(Sequence.objects.get())

    def refuse(_seconds):
        raise TooManyToCount

    monkeypatch.setattr(people, "within", refuse)

    assert "takes longer than this page waits" in client.get("/sequences/nurture/").content.decode()
    publishing = client.get("/sequences/nurture/publish/").content.decode()
    assert "Whoever meets the condition enters within a few minutes." in publishing
    assert "Nobody enters by itself" not in publishing


def test_the_page_costs_the_same_for_any_number_of_people(client):
    sequence = make_sequence()

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            client.get(f"/sequences/{sequence.slug}/")
            client.get(f"/sequences/{sequence.slug}/people/")
        return len(caught)

    consenting(2)
    enter(None, now=NOW)
    queries()
    few = queries()
    consenting(30)
    enter(None, now=NOW)

    assert queries() <= few


def test_pausing_and_going_on(client):
    sequence = make_sequence()

    paused = text_of(client.post(f"/sequences/{sequence.slug}/pause/", follow=True))
    assert "those under way wait where they stand" in paused
    client.post(f"/sequences/{sequence.slug}/resume/")

    sequence.refresh_from_db()
    assert not sequence.is_paused


def test_a_new_version_is_a_copy_and_may_be_thrown_away(client):
    sequence = make_sequence()

    client.post(f"/sequences/{sequence.slug}/draft/")
    draft = sequence.versions.get(state="draft")
    assert content_of(draft) == content_of(sequence.versions.get(state="published"))
    client.post(f"/sequences/{sequence.slug}/draft/discard/")

    assert [version.state for version in sequence.versions.all()] == ["published"]


def test_the_only_version_is_not_thrown_away(client, draft):
    client.post("/sequences/new/draft/discard/")

    assert SequenceVersion.objects.get() == draft


def test_publishing_says_what_it_changes(client):
    sequence = make_sequence()
    version = begin_draft(sequence)
    first = spec_of(version.steps.get(position=1).letter)
    sent = {**LETTER, "name": first.name, "subject": "Now otherwise", **seen(version, 1)}
    client.post(f"/sequences/{sequence.slug}/draft/steps/1/", sent)
    client.post(f"/sequences/{sequence.slug}/draft/steps/3/remove/", seen(version, 3))
    client.post(f"/sequences/{sequence.slug}/draft/add/mail/", {**LETTER, "name": "Third"})

    page = client.get(f"/sequences/{sequence.slug}/publish/").content.decode()

    found = [part.split('"')[0] for part in page.split('data-change="')[1:]]
    assert found == ["changed", "same", "gone", "new"]


def test_people_are_put_in_by_hand_and_those_refused_are_named(client):
    sequence = make_sequence(entry=None)
    willing = consenting(1, last_name="Levi")[0]
    never = make_lead(last_name="Levine")

    found = text_of(client.get(f"/sequences/{sequence.slug}/people/add/?q=Levi"))
    response = client.post(f"/sequences/{sequence.slug}/people/add/", {"lead": [willing.pk, never.pk]})

    assert "never consented to mail" in found
    assert enrollment(willing).state == "active"
    page = text_of(response)
    assert "The sequence did not take in:" in page
    assert "Levine</bdi></a>: never consented to mail" in page


def test_sales_leads_are_not_put_in_by_marketers(client):
    sequence = make_sequence(entry=None)
    (lead,) = consenting(1, last_name="Sold")
    sold(lead)

    page = text_of(client.get(f"/sequences/{sequence.slug}/people/add/?q=Sold"))
    client.post(f"/sequences/{sequence.slug}/people/add/", {"lead": [lead.pk]})

    assert "sales works on it" in page
    assert not Enrollment.objects.exists()


def test_people_are_listed_by_state_and_reason_and_stopped(client):
    sequence, (one, other) = make_sequence(), consenting(2)
    enter(None, now=NOW)
    unsubscribe([other.pk], source="page", ip=None, by=None, now=NOW)
    pass_days(0)

    under_way = text_of(client.get(f"/sequences/{sequence.slug}/people/"))
    stopped = text_of(client.get(f"/sequences/{sequence.slug}/people/?state=stopped&reason=withdrawn"))
    client.post(f"/sequences/{sequence.slug}/people/{enrollment(one).pk}/stop/")

    assert one.name in under_way
    assert other.name not in under_way
    assert "Withdrew consent" in stopped
    assert enrollment(one).reason == "by_hand"


def test_one_click_shows_who_waits_before_a_mail(client):
    sequence, (early,) = make_sequence(), consenting(1)
    enter(None, now=NOW)
    pass_days(0)
    (late,) = consenting(1)
    enter(None, now=NOW)

    page = text_of(client.get(f"/sequences/{sequence.slug}/people/?before=2"))

    assert early.name in page
    assert late.name not in page


def test_the_list_costs_the_same_for_any_number_of_sequences(client):
    make_sequence(slug="first")

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get("/sequences/").status_code == 200
        return len(caught)

    queries()
    one = queries()
    for number in range(4):
        make_sequence(slug=f"more-{number}")

    assert queries() <= one


def test_a_lead_shows_its_sequences_enters_and_leaves(client):
    sequence, (lead,) = make_sequence(entry=None), consenting(1)
    panel = browser(make_user(Role.MARKETER), **{"HX-Request": "true"})

    assert "In none so far." in text_of(panel.get(f"/leads/{lead.pk}/sequences/"))
    entered = text_of(panel.post(f"/leads/{lead.pk}/sequences/enroll/", {"sequence": sequence.slug}))
    assert "next mail 1, Introduction" in entered
    left = text_of(panel.post(f"/leads/{lead.pk}/sequences/{enrollment(lead).pk}/stop/"))

    assert "Taken out by hand" in left
    assert "<html" not in left
    assert "Sequences of this lead" in text_of(client.get(f"/leads/{lead.pk}/sequences/"))


def test_a_lead_that_is_not_taken_in_says_why(client):
    sequence, lead = make_sequence(entry=None), make_lead()
    panel = browser(make_user(Role.MARKETER), **{"HX-Request": "true"})

    page = text_of(panel.post(f"/leads/{lead.pk}/sequences/enroll/", {"sequence": sequence.slug}))
    plain = client.post(f"/leads/{lead.pk}/sequences/enroll/", {"sequence": sequence.slug}, follow=True)

    assert "did not take the lead in: never consented to mail." in page
    assert "never consented to mail" in text_of(plain)


def test_whoever_only_reads_a_lead_sees_no_buttons():
    make_sequence(entry=None)
    (lead,) = consenting(1)
    sold(lead)

    page = text_of(browser(make_user(Role.MARKETER)).get(f"/leads/{lead.pk}/sequences/"))

    assert "<select" not in page
