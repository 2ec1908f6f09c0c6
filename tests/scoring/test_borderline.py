"""Leads just below a threshold: who stands in the queue, who sees it, what is decided and what came of it."""

import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from leads.handover.decide import Decision, Verb
from leads.handover.decide import decide as decide_offers
from leads.lifecycle.criteria import set_criterion
from leads.lifecycle.move import MoveNotAllowed
from leads.lifecycle.stages import edit_stage
from leads.lifecycle.undo import UndoNotPossible, undo
from leads.models import Lead, ScoreModel, StageChange
from scoring.borderline import Band, band_of, in_band, may_review, queue_for, said_of, waiting_for_team
from scoring.engine import GroupSpec
from scoring.models import BorderlineReview, BorderlineVerdict
from scoring.review import DayRequired, NotBorderline, Review, review, take_back
from scoring.review_report import outcomes
from scoring.rules import RuleSpec
from scoring.touched import drain
from tests.browsing import browser
from tests.factories import make_handover, make_lead, make_leads, make_user, move_to, publish_model, stage
from users.clock import database_now
from users.models import Role, Team

pytestmark = pytest.mark.django_db
UP, WAIT, NURTURE = BorderlineVerdict.PROMOTED, BorderlineVerdict.WAIT, BorderlineVerdict.NURTURE


def titled(points: int) -> RuleSpec:
    title = {"leaf": "lead", "field": "job_title", "op": "eq", "value": f"T{points}"}
    return RuleSpec(points=points, group="fit", condition=title)


@pytest.fixture
def model() -> ScoreModel:
    """A model that opens the qualified stage from 80 points on, with a borderline from 70."""
    now = database_now()
    rules = [titled(points) for points in (69, 70, 75, 79, 80)]
    found = publish_model(rules=rules, groups=[GroupSpec("fit", "fit")], now=now, borderline_from=70)
    set_criterion(stage("mql"), {"leaf": "score", "model": "mql", "op": "gte", "value": 80}, by=None, now=now)
    found.borderline_team = Team.objects.create(slug="edge", name="Edge")
    found.save()
    return found


def titles(*points: int) -> list[Lead]:
    leads = [make_lead(job_title=f"T{number}", now=database_now()) for number in points]
    drain(now=database_now())
    return leads


def queue(model: ScoreModel) -> list[Lead]:
    now = database_now()
    band = band_of(model, now)
    assert band is not None
    return list(in_band(band, now.date()).order_by("pk"))


def decide(model: ScoreModel, lead: Lead, verdict: BorderlineVerdict, by: int, **said):
    return review([Review(lead_id=lead.pk, verdict=verdict, **said)], model=model, by=by, now=database_now())


def test_the_queue_holds_who_stands_in_the_band_and_may_still_be_moved_up(model):
    low, first, middle, last, over = titles(69, 70, 75, 79, 80)
    gone = titles(75)[0]
    move_to(gone, "disqualified", now=database_now())

    assert queue(model) == [first, middle, last]
    assert [lead.missing for lead in queue(model)] == [10, 5, 1]
    over.refresh_from_db()
    assert over.stage.slug == "mql"
    assert low.pk not in [lead.pk for lead in queue(model)]


def test_a_model_without_borderline_or_criterion_has_no_queue(model):
    other = publish_model("other", now=database_now())
    idle = publish_model("idle", now=database_now(), borderline_from=5)

    assert band_of(other, database_now()) is None
    assert band_of(idle, database_now()) is None


def test_moving_up_is_a_persons_move_and_is_written_down(model):
    (lead,) = titles(75)
    by = make_user(Role.ADMIN).pk

    (row,) = decide(model, lead, UP, by)

    lead.refresh_from_db()
    assert lead.stage.slug == "mql"
    assert BorderlineReview.objects.get() == row
    assert (row.points, row.version, row.cycle, row.by_id) == (75, 1, 1, by)
    assert StageChange.objects.filter(lead=lead).latest("pk").cause == "person"
    assert queue(model) == []


def test_a_lead_put_off_comes_back_on_its_day(model):
    (lead,) = titles(75)
    now = database_now()
    day = now.date() + timedelta(days=3)

    decide(model, lead, WAIT, make_user(Role.ADMIN).pk, until=day)

    band = band_of(model, now)
    assert not in_band(band, day - timedelta(days=1)).exists()
    assert in_band(band, day).get() == lead


def test_to_look_again_needs_a_day_to_come(model):
    (lead,) = titles(75)
    by = make_user(Role.ADMIN).pk

    for until in (None, database_now().date() - timedelta(days=2)):
        with pytest.raises(DayRequired):
            decide(model, lead, WAIT, by, until=until)

    assert not BorderlineReview.objects.exists()


def test_back_to_nurture_ends_the_pass_with_a_day_to_try_again(model):
    (lead,) = titles(75)
    day = database_now().date() + timedelta(days=30)

    decide(model, lead, NURTURE, make_user(Role.ADMIN).pk, until=day, reason="no_budget")

    lead.refresh_from_db()
    assert lead.outcome == "nurture"
    assert StageChange.objects.get(lead=lead, outcome="nurture").until == day


def test_the_second_reviewer_is_told_who_was_faster(model):
    (lead,) = titles(75)
    first, second = make_user(Role.ADMIN), make_user(Role.ADMIN)
    decide(model, lead, WAIT, first.pk, until=database_now().date() + timedelta(days=3))

    with pytest.raises(NotBorderline) as refused:
        decide(model, lead, UP, second.pk)

    row = refused.value.faster[lead.pk]
    assert (row.by, row.verdict) == (first, "wait")
    assert BorderlineReview.objects.count() == 1


def test_of_many_reviews_one_refused_leaves_all_unwritten(model):
    lead, low = titles(75, 69)
    reviews = [Review(lead_id=pk, verdict=UP) for pk in (lead.pk, low.pk)]

    with pytest.raises(NotBorderline):
        review(reviews, model=model, by=make_user(Role.ADMIN).pk, now=database_now())

    lead.refresh_from_db()
    assert lead.stage.slug == "mcl"
    assert not BorderlineReview.objects.exists()


def test_a_move_the_table_refuses_writes_no_review(model):
    asks = {"leaf": "score", "model": "mql", "op": "gte", "value": 80}
    set_criterion(stage("mql"), {"leaf": "consent", "value": True}, by=None, now=database_now())
    set_criterion(stage("sqo"), asks, by=None, now=database_now())
    (lead,) = titles(75)
    by = make_user(Role.ADMIN).pk
    offer = make_handover(lead, now=database_now())
    decide_offers([Decision(handover_id=offer.pk, verb=Verb.ACCEPT)], by=by, now=database_now())

    with pytest.raises(MoveNotAllowed):
        decide(model, lead, UP, by)

    assert not BorderlineReview.objects.exists()


def test_the_number_of_queries_does_not_grow_with_the_reviews(model, django_assert_max_num_queries):
    leads = titles(*[75] * 12)
    by, now = make_user(Role.ADMIN).pk, database_now()
    reviews = [Review(lead_id=lead.pk, verdict=UP) for lead in leads]

    with django_assert_max_num_queries(40):
        review(reviews, model=model, by=by, now=now)

    assert Lead.objects.filter(stage__slug="mql").count() == 12


def test_the_team_sees_all_of_its_queue_others_what_they_reach(model):
    (lead,) = titles(75)
    member = make_user(Role.SDR, team=model.borderline_team)
    marketer, stranger = make_user(Role.MARKETER), make_user(Role.SALES_REP)
    now = database_now()
    band = band_of(model, now)

    assert [may_review(user, model) for user in (member, marketer, stranger)] == [True, True, False]
    assert list(queue_for(member, band, now.date())) == list(queue_for(marketer, band, now.date())) == [lead]
    assert waiting_for_team(member, now) == 1
    assert waiting_for_team(marketer, now) == 0


def test_a_sales_manager_sees_those_of_the_own_team(model):
    sales = publish_model(
        "sales",
        rules=[titled(75)],
        groups=[GroupSpec("fit", "fit")],
        purpose="sales",
        now=database_now(),
        borderline_from=70,
    )
    (lead,) = titles(75)
    manager = make_user(Role.SALES_MANAGER)
    other = make_user(Role.SALES_REP, team=Team.objects.create(slug="far", name="Far"))
    band = Band(sales, 1, 70, 80, stage("mql"))

    assert list(queue_for(manager, band, database_now().date())) == [lead]
    Lead.objects.filter(pk=lead.pk).update(owner=other)
    assert not queue_for(manager, band, database_now().date()).exists()


def test_reviews_are_append_only(model):
    (lead,) = titles(75)
    decide(model, lead, UP, make_user(Role.ADMIN).pk)

    with pytest.raises(IntegrityError), transaction.atomic():
        BorderlineReview.objects.update(points=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        BorderlineReview.objects.all().delete()


def test_the_report_counts_each_verdict_and_those_nobody_looked_at(model):
    up, wait, alone, taken_back = titles(70, 75, 79, 70)
    by, now = make_user(Role.ADMIN).pk, database_now()
    decide(model, up, UP, by)
    decide(model, wait, WAIT, by, until=now.date() + timedelta(days=9))
    decide(model, taken_back, UP, by)
    undo([StageChange.objects.filter(lead=taken_back).latest("pk").pk], by=by, now=database_now())
    (said,) = decide(model, alone, WAIT, by, until=now.date() + timedelta(days=9))
    take_back(said.pk, by=by, now=database_now())
    move_to(wait, "mql", now=database_now())
    move_to(alone, "mql", now=database_now())

    found = {row.verdict: (row.total, row.reached, row.won) for row in outcomes(band_of(model, now), database_now())}

    assert found == {"promoted": (1, 1, 0), "wait": (1, 1, 0), "nurture": (0, 0, 0), "alone": (1, 1, 0)}


def page(client, model, **query):
    return client.get(f"/scoring/{model.slug}/borderline/", query)


def test_the_page_shows_the_best_first_with_its_reasons_and_what_is_missing(model):
    titles(70, 79)

    response = page(browser(make_user(Role.MARKETER)), model)

    text = response.content.decode()
    assert [lead.points for lead in response.context["queue"].rows] == [79, 70]
    assert "1 missing" in text
    assert "1 more point for MQL" in text
    assert "What came of borderline leads" in text


def test_the_frame_marks_the_queue_for_those_whose_work_it_is(model):
    user = make_user(Role.SALES_MANAGER)
    type(model).objects.filter(pk=model.pk).update(borderline_team=user.team)

    text = page(browser(user), model).content.decode()

    marked = text[text.index('aria-current="page"') :]
    assert "Borderline" in marked[: marked.index("</a>")]


SENT = {"promoted": {}, "wait": {"when": "tomorrow"}, "nurture": {"reason": "later"}}


def undo_of(response) -> str:
    """The address that the button Undo of the toast, and the key U, post to."""
    (url,) = re.findall(r'action="(/scoring/mql/borderline/\d+/undo/)"', response.content.decode())
    return url


@pytest.mark.parametrize("verdict", SENT)
def test_a_decision_opens_the_next_and_can_be_taken_back(model, verdict):
    low, high = titles(70, 79)
    client = browser(make_user(Role.SDR, team=model.borderline_team))
    url = f"/scoring/mql/borderline/{high.pk}/{verdict}/"

    response = client.post(url, {"next": low.pk, **SENT[verdict]}, headers={"HX-Request": "true"})

    assert response.context["queue"].lead == low
    assert queue(model) == [low]
    answer = client.post(undo_of(response), headers={"HX-Request": "true"})
    high.refresh_from_db()
    assert high.stage.slug == "mcl"
    assert queue(model) == [low, high]
    assert answer.context["queue"].lead == high
    assert answer.context["reviewed"] == []


def test_only_the_last_word_on_a_lead_is_taken_back_by_who_said_it_and_soon(model):
    (lead,) = titles(75)
    me, other = make_user(Role.MARKETER), make_user(Role.MARKETER)
    day, now = database_now().date() + timedelta(days=3), database_now()
    (row,) = decide(model, lead, WAIT, me.pk, until=day)

    assert browser(other).post(f"/scoring/mql/borderline/{row.pk}/undo/").status_code == 403
    for by, at in ((other.pk, now), (me.pk, now + timedelta(minutes=1))):
        with pytest.raises(UndoNotPossible):
            take_back(row.pk, by=by, now=at)
    take_back(row.pk, by=me.pk, now=now)
    with pytest.raises(UndoNotPossible):
        take_back(row.pk, by=me.pk, now=now)
    decide(model, lead, WAIT, me.pk, until=day)
    with pytest.raises(UndoNotPossible):
        take_back(row.pk, by=me.pk, now=now)

    assert queue(model) == []
    assert browser(me).post(f"/scoring/mql/borderline/{row.pk}/undo/", follow=True).status_code == 200
    assert browser(me).post("/scoring/mql/borderline/999999/undo/").status_code == 404


def test_a_verdict_whose_lead_moved_on_since_is_not_taken_back(model):
    (lead,) = titles(75)
    by = make_user(Role.ADMIN).pk
    (row,) = decide(model, lead, UP, by)
    move_to(lead, "disqualified", now=database_now())

    with pytest.raises(UndoNotPossible):
        take_back(row.pk, by=by, now=database_now())

    row.refresh_from_db()
    assert row.taken_back_at is None


def test_a_verdict_whose_move_was_undone_elsewhere_was_never_meant(model):
    (lead,) = titles(75)
    user, day = make_user(Role.MARKETER), database_now().date() + timedelta(days=3)
    (before,) = decide(model, lead, WAIT, user.pk, until=day)
    take_back(before.pk, by=user.pk, now=database_now())
    (row,) = decide(model, lead, UP, user.pk)
    undo([StageChange.objects.filter(lead=lead).latest("pk").pk], by=user.pk, now=database_now())

    answer = page(browser(user), model)

    assert answer.context["queue"].lead == lead
    assert answer.context["reviewed"] == []
    assert "Looked at before" not in answer.content.decode()
    with pytest.raises(UndoNotPossible, match="taken back already"):
        take_back(row.pk, by=user.pk, now=database_now())


def test_undoing_one_move_leaves_what_was_said_before_it(model):
    (lead,) = titles(75)
    by, now = make_user(Role.ADMIN).pk, database_now()
    later = now + timedelta(days=3)
    review([Review(lead_id=lead.pk, verdict=WAIT, until=later.date())], model=model, by=by, now=now)
    review([Review(lead_id=lead.pk, verdict=UP)], model=model, by=by, now=later)
    undo([StageChange.objects.filter(lead=lead).latest("pk").pk], by=by, now=later)

    assert [row.verdict for row in said_of(lead, model, 1)] == ["wait"]
    assert not in_band(band_of(model, now), now.date()).exists()
    assert in_band(band_of(model, now), later.date()).get() == lead


def test_what_is_wrong_with_a_decision_is_said_in_its_box(model):
    (lead,) = titles(75)
    client = browser(make_user(Role.MARKETER))
    url = f"/scoring/mql/borderline/{lead.pk}/"

    for verdict, sent, field in (
        ("wait", {}, "on"),
        ("wait", {"on": "2020-01-01"}, "on"),
        ("wait", {"on": "soon"}, "on"),
        ("nurture", {}, "reason"),
        ("nurture", {"reason": "nonsense"}, "reason"),
        ("nurture", {"reason": "no_budget", "until": "2020-01-01"}, "until"),
    ):
        response = client.post(f"{url}{verdict}/", sent)
        assert response.status_code == 422
        assert field in response.context[f"{verdict}_form"].errors
    assert client.post(f"{url}other/").status_code == 404
    assert not BorderlineReview.objects.exists()


def test_one_who_comes_late_is_told_and_nothing_is_saved(model):
    (lead,) = titles(75)
    decide(model, lead, WAIT, make_user(Role.ADMIN).pk, until=database_now().date() + timedelta(days=3))

    response = browser(make_user(Role.MARKETER)).post(f"/scoring/mql/borderline/{lead.pk}/promoted/")

    assert response.status_code == 409
    assert "was faster" in response.content.decode()


def test_nobody_moves_up_by_hand_whom_their_role_may_not_move(model):
    (lead,) = titles(75)
    edit_stage(stage("mql"), {"moved_by": ["sales_manager"]}, by=None, now=database_now())

    response = browser(make_user(Role.MARKETER)).post(f"/scoring/mql/borderline/{lead.pk}/promoted/")

    assert response.status_code == 403
    assert not BorderlineReview.objects.exists()


def test_the_team_learns_no_name_of_a_lead_that_was_never_in_its_queue(model):
    lead = make_lead(last_name="Unheard")
    other = make_user(Role.SALES_REP, team=Team.objects.create(slug="far", name="Far"))
    Lead.objects.filter(pk=lead.pk).update(owner=other)
    member = browser(make_user(Role.SDR, team=model.borderline_team))

    response = member.post(f"/scoring/mql/borderline/{lead.pk}/promoted/")

    assert response.status_code == 409
    assert "Unheard" not in response.content.decode()
    assert "not in the borderline" in response.content.decode()


def test_others_are_refused_and_reviewers_without_a_queue_told(model):
    rep, client = browser(make_user(Role.SALES_REP)), browser(make_user(Role.SALES_MANAGER))

    assert page(rep, model).status_code == 403
    assert rep.get("/scoring/borderline/").status_code == 403
    assert "No model has a borderline yet" in client.get("/scoring/borderline/").content.decode()


def test_the_place_stands_in_the_frame_of_the_team_with_its_count(model):
    titles(75, 79)
    member = browser(make_user(Role.SDR, team=model.borderline_team))

    text = member.get("/leads/").content.decode()

    assert "Borderline" in text
    assert "Borderline" not in browser(make_user(Role.SDR)).get("/leads/").content.decode()
    assert member.get("/scoring/borderline/").headers["Location"] == "/scoring/mql/borderline/"


def test_the_page_asks_a_bounded_number_of_queries(model, django_assert_max_num_queries):
    make_leads(1)
    titles(*[75] * 20)

    with django_assert_max_num_queries(90):
        page(browser(make_user(Role.MARKETER)), model)
