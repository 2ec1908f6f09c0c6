"""The bell, the centre and the wishes."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.models import NoticeKind, NoticeWish, Notification
from leads.notices import news
from leads.notices.causes import Notice
from leads.notices.staff import Staff
from tests.browsing import browser
from tests.factories import NOW, make_handover, make_lead, make_leads, make_user
from users.models import Role, User

pytestmark = pytest.mark.django_db
OF_MODELS = (NoticeKind.APPROVAL, NoticeKind.ANSWERED)


@pytest.fixture
def marketer() -> User:
    """Somebody to tell."""
    return make_user(Role.MARKETER)


def tell(user: User, number: int = 1, kind: NoticeKind = NoticeKind.RECYCLED, **data) -> list[Notification]:
    """Notifications about a lead each."""
    leads = make_leads(number)
    rows = [
        Notice(user_id=user.pk, kind=kind, lead_id=lead.pk, dedupe_key=f"{kind}:{lead.pk}", data=data) for lead in leads
    ]
    news.tell(rows, Staff(), now=NOW)
    return list(Notification.objects.filter(user=user).order_by("pk"))


def test_the_bell_counts_what_is_unread(marketer):
    tell(marketer, 3)
    client = browser(marketer)

    assert "Notifications, 3 unread" in client.get("/leads/").content.decode()
    assert client.get("/notifications/bell/?shown=3", headers={"HX-Request": "true"}).status_code == 204
    fresh = client.get("/notifications/bell/?shown=2", headers={"HX-Request": "true"}).content.decode()
    assert "Notifications, 3 unread" in fresh
    assert "<html" not in fresh
    assert "<html" in client.get("/notifications/bell/").content.decode()


def test_the_bell_asks_one_statement_of_its_own(marketer):
    tell(marketer)
    client = browser(marketer)

    with CaptureQueriesContext(connection) as queries:
        client.get("/notifications/bell/?shown=1", headers={"HX-Request": "true"})

    assert sum("leads_notification" in query["sql"] for query in queries) == 1
    assert len(queries) <= 4


def test_unread_comes_first_and_filters_narrow(marketer):
    first, second = tell(marketer, 2)
    (won,) = [row for row in tell(marketer, 1, NoticeKind.WON) if row.kind == "won"]
    client = browser(marketer)
    client.post(f"/notifications/{won.pk}/read/")

    assert [row.row for row in client.get("/notifications/").context["rows"]] == [second, first, won]
    assert [row.row for row in client.get("/notifications/?show=unread").context["rows"]] == [second, first]
    assert [row.row for row in client.get("/notifications/?kind=won").context["rows"]] == [won]
    assert client.get("/notifications/?kind=nonsense").status_code == 200
    assert "Nothing here" in client.get("/notifications/?kind=due").content.decode()


def test_opening_leads_to_the_matter_and_counts_as_read(marketer):
    (row,) = tell(marketer)

    answer = browser(marketer).get(f"/notifications/{row.pk}/")

    assert answer["Location"] == f"/leads/{row.lead_id}/"
    row.refresh_from_db()
    assert row.read_at is not None


def test_what_waits_for_a_decision_leads_to_the_inbox():
    rep, offer = make_user(), make_handover()
    notice = Notice(
        user_id=rep.pk, kind=NoticeKind.OFFERED, lead_id=offer.lead_id, dedupe_key="x", data={"handover": offer.pk}
    )
    news.tell([notice], Staff(), now=NOW)

    answer = browser(rep).get(f"/notifications/{Notification.objects.get().pk}/")

    assert answer["Location"] == f"/inbox/?handover={offer.pk}"


@pytest.mark.parametrize(("verb", "path"), [("get", ""), ("post", "read/")])
def test_somebody_elses_notification_is_not_there(marketer, verb, path):
    (row,) = tell(marketer)

    answer = getattr(browser(make_user(Role.ADMIN)), verb)(f"/notifications/{row.pk}/{path}")

    assert answer.status_code == 404
    row.refresh_from_db()
    assert row.read_at is None


def test_all_are_marked_read_at_once_and_only_ones_own(marketer):
    other = make_user(Role.MARKETER)
    tell(other)
    tell(marketer, 3)

    browser(marketer).post("/notifications/read/")

    assert list(Notification.objects.filter(read_at=None).values_list("user", flat=True)) == [other.pk]


def test_the_centre_asks_a_fixed_number_of_questions(marketer):
    client, counts = browser(marketer), []
    for number in (2, 40):
        tell(marketer, number)
        with CaptureQueriesContext(connection) as queries:
            client.get("/notifications/")
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 12


def test_every_kind_is_said_in_words(marketer):
    lead = make_lead(first_name="Dana", last_name="Levi")
    data = {"by": "Robin", "what": "decide", "due_at": NOW.isoformat(), "state": "returned", "missing": ["Budget"]}
    data |= {"number": 3, "model": "Sales readiness", "answer": "approved"}
    for kind in NoticeKind:
        about = {**data, "what": "call_back"} if kind == NoticeKind.DUE else data
        news.tell(
            [Notice(user_id=marketer.pk, kind=kind, lead_id=lead.pk, dedupe_key=kind, data=about)], Staff(), now=NOW
        )

    rows = browser(marketer).get("/notifications/").context["rows"]

    assert len(rows) == len(NoticeKind)
    assert all(("Sales readiness" if row.row.kind in OF_MODELS else "Dana Levi") in row.said.title for row in rows)
    assert "missing: Budget" in next(row.said.text for row in rows if row.row.kind == "decided")


def wishes(**changes: str) -> dict[str, str]:
    """A filled form."""
    said = {f"mail_{kind}": "off" for kind in NoticeKind} | {f"in_app_{kind}": "on" for kind in NoticeKind}
    return {**said, "quiet_from": "", "quiet_until": "", **changes}


def test_wishes_and_quiet_hours_are_kept(marketer):
    client = browser(marketer)

    answer = client.post("/notifications/wishes/", wishes(mail_won="daily", quiet_from="22:00", quiet_until="07:00"))

    marketer.refresh_from_db()
    assert answer.status_code == 302
    assert NoticeWish.objects.get(user=marketer, kind="won").mail == "daily"
    assert (marketer.quiet_from.hour, marketer.quiet_until.hour) == (22, 7)
    assert 'value="22:00"' in client.get("/notifications/wishes/").content.decode()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"quiet_from": "22:00"}, "quiet_until"),
        ({"quiet_from": "22:00", "quiet_until": "22:00"}, "quiet_until"),
        ({"quiet_from": "late"}, "quiet_from"),
        ({"mail_won": "hourly"}, "mail_won"),
    ],
)
def test_wishes_that_cannot_be_are_refused_by_name(marketer, wrong, field):
    answer = browser(marketer).post("/notifications/wishes/", wishes(**wrong))

    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not NoticeWish.objects.exists()
