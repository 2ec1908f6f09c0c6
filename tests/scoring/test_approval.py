"""Who hears that a draft asks for approval, and of the answer: the right people, once, only of what still stands."""

from datetime import timedelta

import pytest

from leads.models import Event, MailWish, NoticeKind, Notification, ScoreModel
from leads.notices import news
from leads.notices.letters import mail_due
from leads.notices.wishes import Wish, set_wishes
from mail.models import Message
from scoring.draft import set_threshold
from scoring.life import approve_version, ask_for_approval, discard_draft, refuse_approval
from scoring.models import ModelVersion
from scoring.publish import copy_to_draft, publish_version
from tests.browsing import browser
from tests.factories import NOW, make_user, publish_model
from users.models import Role, Team, User

pytestmark = pytest.mark.django_db
STEP = timedelta(minutes=1)


@pytest.fixture
def admin():
    """Writes and asks; may not approve."""
    return make_user(Role.ADMIN, name="Adi")


@pytest.fixture
def manager():
    """May approve."""
    return make_user(Role.SALES_MANAGER, name="Moran")


@pytest.fixture
def draft(admin):
    """Version 2 of a model of sales."""
    ScoreModel.objects.create(slug="sales", name="Sales readiness", purpose=ScoreModel.Purpose.SALES)
    return copy_to_draft(publish_model("sales").versions.get(), by=admin.pk, now=NOW)


def ask(draft: ModelVersion, by: User, now=NOW) -> None:
    ask_for_approval(draft.pk, by=by.pk, now=now)


def hear(now=NOW + STEP) -> None:
    """Read all the news that may be told by now, old news once more."""
    news.hear(list(Event.objects.filter(recorded_at__lte=now - news.HELD_BACK).order_by("pk")), now)


def told(**narrowed) -> list[tuple[User, str]]:
    """Who was told of what, in order."""
    return [(row.user, row.kind) for row in Notification.objects.filter(**narrowed).order_by("pk")]


def lines(user: User) -> list[tuple[str, str]]:
    """What the centre shows somebody."""
    return [(line.said.title, line.said.text) for line in browser(user).get("/notifications/").context["rows"]]


def test_every_sales_manager_hears_that_a_sales_model_asks_and_nobody_else(draft, admin, manager):
    far = make_user(Role.SALES_MANAGER, team=Team.objects.create(slug="far", name="Far"))
    make_user(Role.SALES_MANAGER, is_active=False)
    for role in set(Role) - {Role.SALES_MANAGER}:
        make_user(role)

    ask(draft, admin)
    hear()

    assert told() == [(manager, "approval"), (far, "approval")]
    assert lines(manager) == [("Approve version 2 of Sales readiness", "asked by Adi")]


def test_marketers_and_administrators_hear_that_a_marketing_model_asks(admin, manager):
    marketer, other = make_user(Role.MARKETER), make_user(Role.MARKETER)
    draft = copy_to_draft(publish_model().versions.get(), now=NOW)

    ask(draft, marketer)
    hear()

    assert {user for user, _ in told()} == {admin, other}


def test_nobody_is_told_of_what_they_did_themselves(draft, manager):
    ask(draft, manager)
    approve_version(draft.pk, by=manager.pk, now=NOW + STEP)
    publish_version(draft, by=manager.pk, now=NOW + 2 * STEP)
    hear(NOW + 3 * STEP)

    assert told() == []


def test_an_asking_is_told_once_and_after_a_change_again(draft, admin, manager):
    ask(draft, admin)
    ask(draft, manager, NOW + STEP)
    hear(NOW + 2 * STEP)
    assert told() == [(manager, "approval")]

    set_threshold(draft.pk, threshold=None, borderline_from=60)
    assert told(read_at=None) == []
    ask(draft, admin, NOW + 3 * STEP)
    hear(NOW + 4 * STEP)

    assert told() == [(manager, "approval")] * 2
    assert told(read_at=None) == [(manager, "approval")]


@pytest.mark.parametrize(
    "end",
    [
        lambda pk: set_threshold(pk, threshold=None, borderline_from=60),
        lambda pk: discard_draft(pk, by=None, now=NOW),
        lambda pk: refuse_approval(pk, by=None, now=NOW),
        lambda pk: approve_version(pk, by=None, now=NOW),
    ],
    ids=["changed", "discarded", "given back", "approved"],
)
@pytest.mark.parametrize("is_told", [False, True])
def test_what_waits_for_nobody_any_more_neither_rings_nor_is_mailed(draft, admin, manager, end, is_told):
    set_wishes(manager.pk, {"approval": Wish(MailWish.DAILY, in_app=is_told)}, quiet_from=None, quiet_until=None)
    ask(draft, admin)
    if is_told:
        hear()

    end(draft.pk)
    hear(NOW + 2 * STEP)

    assert told(kind="approval", read_at=None) == []
    assert told(kind="approval", mail_at__isnull=False) == []


STEPS = {
    "approved": lambda draft, by: approve_version(draft.pk, by=by.pk, now=NOW + STEP),
    "given_back": lambda draft, by: refuse_approval(draft.pk, by=by.pk, now=NOW + STEP),
    "discarded": lambda draft, by: discard_draft(draft.pk, by=by.pk, now=NOW + STEP),
}
WORDS = {
    "approved": "Moran approved version 2 of Sales readiness",
    "given_back": "Moran gave version 2 of Sales readiness back: it is not approved",
    "discarded": "Moran discarded draft 2 of Sales readiness",
}


@pytest.mark.parametrize("answer", STEPS)
def test_who_asked_hears_the_answer(draft, admin, manager, answer):
    ask(draft, admin)
    hear()

    STEPS[answer](draft, manager)
    hear(NOW + 2 * STEP)

    assert told(kind="answered") == [(admin, "answered")]
    assert lines(admin) == [(WORDS[answer], "")]


def test_who_asked_hears_that_another_published(draft, admin, manager):
    ask(draft, admin)
    approve_version(draft.pk, by=manager.pk, now=NOW)

    publish_version(draft, by=manager.pk, now=NOW)
    hear()

    assert lines(admin) == [("Moran published version 2 of Sales readiness", "")]


def test_an_answer_taken_back_at_once_is_not_told_as_it_was(draft, admin, manager):
    ask(draft, admin)
    refuse_approval(draft.pk, by=manager.pk, now=NOW)
    approve_version(draft.pk, by=manager.pk, now=NOW)

    hear()

    assert lines(admin) == [("Moran approved version 2 of Sales readiness", "")]


def test_without_asking_there_is_no_answer(draft, admin, manager):
    approve_version(draft.pk, by=manager.pk, now=NOW)
    publish_version(draft, by=manager.pk, now=NOW)

    hear()

    assert told() == []


def test_the_notification_leads_to_the_version_and_counts_as_read(draft, admin, manager):
    ask(draft, admin)
    hear()
    row, client = Notification.objects.get(), browser(manager)

    answer = client.get(f"/notifications/{row.pk}/")

    assert answer["Location"] == "/scoring/sales/2/"
    assert "Approve" in client.get(answer["Location"]).content.decode()
    assert told(read_at=None) == []


def test_what_leads_to_a_draft_that_is_gone_says_so(draft, admin, manager):
    ask(draft, admin)
    hear()
    discard_draft(draft.pk, by=manager.pk, now=NOW + STEP)
    hear(NOW + 2 * STEP)

    for user in (admin, manager):
        (row,) = Notification.objects.filter(user=user)
        answer = browser(user).get(f"/notifications/{row.pk}/", follow=True)
        assert answer.redirect_chain[-1][0] == "/scoring/sales/1/"


def test_who_may_not_approve_any_more_gets_no_mail_and_is_not_led_there(draft, admin, manager):
    ask(draft, admin)
    hear()
    User.objects.filter(pk=manager.pk).update(role=Role.SALES_REP)
    row = Notification.objects.get()

    answer = browser(User.objects.get(pk=manager.pk)).get(f"/notifications/{row.pk}/", follow=True)

    assert answer.redirect_chain[-1][0] == "/notifications/"
    assert "out of your reach" in answer.content.decode()
    Notification.objects.update(read_at=None)
    assert mail_due(now=NOW + STEP) == 0


def test_it_is_mailed_at_once_unless_wished_otherwise_and_says_what_for(draft, admin, manager, settings):
    settings.EMAIL_BACKEND = "mail.backend.StoredMail"
    quiet = make_user(Role.SALES_MANAGER)
    set_wishes(quiet.pk, {"approval": Wish(MailWish.OFF)}, quiet_from=None, quiet_until=None)
    ModelVersion.objects.filter(pk=draft.pk).update(note="Webinars count more. " * 20)

    ask(draft, admin)
    hear()

    assert mail_due(now=NOW + STEP) == 1
    letter = Message.objects.get()
    assert (letter.to_address, letter.subject) == (manager.email, "Approve version 2 of Sales readiness")
    text = Notification.objects.get(user=manager).data["note"]
    assert text.startswith("Webinars count more.")
    assert len(text) < 130
    assert lines(manager)[0][1] == f"asked by Adi, “{text}”"


def test_names_keep_the_direction_of_their_script(draft, admin, manager):
    User.objects.filter(pk=admin.pk).update(name="שרה <b>")
    ask(draft, admin)
    hear()

    page = browser(manager).get("/notifications/").content.decode()

    assert "asked by <bdi>שרה &lt;b&gt;</bdi>" in page
    assert "Approve version <bdi>2</bdi> of <bdi>Sales readiness</bdi>" in page


def test_both_kinds_can_be_wished_for(manager):
    page = browser(manager).get("/notifications/wishes/").content.decode()

    for kind in (NoticeKind.APPROVAL, NoticeKind.ANSWERED):
        assert f'name="mail_{kind}"' in page
        assert str(kind.label) in page
