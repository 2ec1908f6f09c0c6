"""Studies: asked once, made at once or by the worker, thrown away with what they were made from; their pages."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.urls import reverse

from leads.lifecycle.criteria import set_criterion
from leads.models import CriterionMode, Lead, ScoreModel
from leads.people.edit import set_owner
from scoring import studies, temporary, whatif
from scoring.draft import begin_draft, set_threshold
from scoring.models import ModelVersion, Study, StudyKind, StudyState
from scoring.publish import content_of, save_draft
from scoring.studies import ask, work
from scoring.touched import drain
from tests.factories import make_leads, make_user, move_to, publish_model, stage, view_pages
from users.clock import database_now
from users.models import Role

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def draft():
    """Six leads with 10 points for each page; the draft asks for 20 instead of 30."""
    now = database_now()
    model = publish_model(now=now - DAY)
    set_criterion(stage("mql"), {"leaf": "score", "model": "mql", "op": "gte", "value": 30}, by=None, now=now - DAY)
    leads = make_leads(6, now=now - DAY)
    for number, lead in enumerate(leads):
        view_pages([lead] * (number % 3), now=now - timedelta(hours=1))
    drain(now=now)
    content = content_of(ModelVersion.objects.get(model=model))
    version = save_draft(model, replace(content, threshold=20), by=None, now=now)
    return ModelVersion.objects.select_related("model").get(pk=version.pk)


def asked(version, kind=StudyKind.WHAT_IF, **more):
    return ask(version, kind, by=None, now=database_now(), **more)


def test_a_small_installation_is_answered_at_once(draft):
    study = asked(draft)

    assert (study.state, study.result["is_exact"], study.result["up"]["count"]) == (StudyState.DONE, True, 2)
    assert study.result["leads"] == 6
    assert asked(draft).pk == study.pk


def test_a_page_says_that_leads_cross_where_a_stage_asks_for_the_band_alone(client, draft):
    now = database_now()
    set_criterion(stage("mql"), {"leaf": "band", "model": "mql", "value": ["hot"]}, by=None, now=now)
    drain(now=now)
    ModelVersion.objects.filter(pk=draft.pk).update(hot_from=15, warm_from=5, threshold=None)
    client.force_login(make_user(Role.MARKETER))

    text = client.get(reverse("scoring:what_if", args=["mql", draft.number])).content.decode()

    assert "such as the band. Would cross: 2." in text
    assert "none would move" not in text


def test_a_large_one_gets_a_sample_and_then_the_whole_by_the_worker(draft, monkeypatch):
    monkeypatch.setattr(studies, "SMALL", 0)

    first = asked(draft)
    assert (first.state, first.result["is_exact"]) == (StudyState.WAITING, False)
    assert work(now=database_now(), connections=1)

    first.refresh_from_db()
    assert (first.state, first.result["is_exact"], first.done) == (StudyState.DONE, True, first.total)
    assert not work(now=database_now(), connections=1)
    assert asked(draft).pk == first.pk
    assert asked(draft, again=True).state == StudyState.WAITING


@pytest.fixture
def slow(monkeypatch):
    """Asking every lead takes the database for ever; a request waits for 50 ms."""

    def endless(*_, **__):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM generate_series(1, 10000000000) n, generate_series(1, 1000) m")

    monkeypatch.setattr(studies, "AT_ONCE_SECONDS", 0.05)
    with monkeypatch.context() as here:
        here.setattr(studies, "what_if", endless)
        yield here


def test_a_small_one_that_takes_too_long_for_a_request_goes_the_way_of_large_ones(draft, slow):
    first = asked(draft)
    again = asked(draft)

    assert (first.state, first.result["is_exact"]) == (StudyState.WAITING, False)
    assert (again.pk, again.state) == (first.pk, StudyState.WAITING)
    slow.undo()
    assert work(now=database_now(), connections=1)
    done = asked(draft)
    assert (done.pk, done.state, done.result["is_exact"]) == (first.pk, StudyState.DONE, True)


def test_what_the_worker_has_made_is_not_made_within_a_request_again(draft, slow):
    study = asked(draft)
    slow.undo()
    work(now=database_now(), connections=1)
    Study.objects.update(finished_at=F("finished_at") - DAY)  # not fresh any more

    assert asked(draft).state == StudyState.DONE
    assert asked(draft, again=True).state == StudyState.WAITING
    assert Study.objects.get().pk == study.pk


def test_a_page_whose_answer_takes_too_long_tells_that_it_is_on_its_way(client, draft, slow):
    client.force_login(make_user(Role.MARKETER))

    answer = client.get(url(draft), headers={"HX-Request": "true"})

    assert answer.status_code == 200
    assert "The whole answer is on its way." in answer.content.decode()
    assert 'hx-trigger="load delay:2s"' in answer.content.decode()
    assert client.get(url(draft, "what_if_leads")).status_code == 200


def test_an_edit_of_the_draft_asks_anew_and_the_worker_leaves_what_is_outdated(draft, monkeypatch):
    monkeypatch.setattr(studies, "SMALL", 0)
    old = asked(draft)

    set_threshold(draft.pk, threshold=10, borderline_from=None)
    new = asked(ModelVersion.objects.select_related("model").get(pk=draft.pk))
    while work(now=database_now(), connections=1):
        pass

    assert new.pk != old.pk
    assert list(Study.objects.values_list("pk", "state")) == [(new.pk, StudyState.DONE)]


def test_a_failure_is_kept_and_may_be_tried_again(draft, monkeypatch):
    def fail(*_, **__):
        raise KeyError("gone")

    with monkeypatch.context() as broken:
        broken.setattr(studies, "what_if", fail)
        study = asked(draft)
    assert (study.state, "gone" in study.error) == (StudyState.FAILED, True)

    assert asked(draft, again=True).state == StudyState.DONE


def test_a_study_that_its_worker_left_is_taken_up(draft):
    study = asked(draft, StudyKind.BACKTEST)
    Study.objects.update(state=StudyState.RUNNING, worked_at=database_now() - timedelta(minutes=10))

    assert work(now=database_now(), connections=1)

    study.refresh_from_db()
    assert study.state == StudyState.DONE
    assert study.result["found"]["of"] == 0


def test_old_studies_are_thrown_away(draft):
    for threshold in range(12, 12 + 2 * studies.KEPT):
        asked(draft, threshold=threshold)

    assert Study.objects.count() == studies.KEPT


def test_a_sample_tells_about_all(draft, monkeypatch):
    monkeypatch.setattr(whatif, "SOME_DRAWN", 2)
    monkeypatch.setattr(whatif, "MANY_DRAWN", 4)
    monkeypatch.setattr(whatif, "SAMPLE_SECONDS", 60)

    answer = whatif.sampled(studies.question_of(draft, now=database_now()), now=database_now())

    assert (answer["is_exact"], answer["sample"]) == (False, 4)


def test_a_sample_is_smaller_where_the_database_is_slow(draft, monkeypatch):
    question = studies.question_of(draft, now=database_now())
    monkeypatch.setattr(whatif, "SOME_DRAWN", 2)
    monkeypatch.setattr(whatif, "SAMPLE_SECONDS", 0)

    assert whatif.sampled(question, now=database_now())["sample"] == 2

    # A lead takes 20 ms.
    select_scores = temporary.select_scores
    slow = "SELECT q.* FROM ({}) q, LATERAL (SELECT pg_sleep(0.02 + 0 * q.points)) s"
    monkeypatch.setattr(temporary, "select_scores", lambda *asked, **more: slow.format(select_scores(*asked, **more)))
    monkeypatch.setattr(whatif, "FEW_DRAWN", 1)
    monkeypatch.setattr(whatif, "SOME_SECONDS", 0.03)

    assert whatif.sampled(question, now=database_now())["sample"] == 1


def test_a_sample_is_carried_forward_also_where_the_database_has_no_statistics_yet(draft, monkeypatch):
    make_leads(40)
    monkeypatch.setattr(whatif, "SOME_DRAWN", 10)
    monkeypatch.setattr(whatif, "MANY_DRAWN", 10)

    answer = whatif.sampled(studies.question_of(draft, now=database_now()), now=database_now())

    assert answer["sample"] == 10
    assert answer["scale"] == pytest.approx(Lead.objects.count() / 10, rel=0.2)


def test_several_connections_count_as_one_does(committed_db):
    now = database_now()
    publish_model(now=now - DAY)
    view_pages(make_leads(5, now=now - DAY), now=now - timedelta(hours=1))
    drain(now=now)
    version = ModelVersion.objects.select_related("model").get()
    question = studies.question_of(version, now=now)

    def counts(answer):
        return {name: answer[name] for name in ("leads", "matches", "histogram", "here", "up")}

    assert counts(whatif.what_if(question, now=now, connections=2)) == counts(whatif.what_if(question, now=now))


def url(version, name="what_if"):
    return reverse(f"scoring:{name}", args=[version.model.slug, version.number])


def test_the_page_names_who_would_cross_and_why(client, draft):
    client.force_login(make_user(Role.MARKETER))

    page = client.get(url(draft)).content.decode()

    assert "Who would cross" in page
    assert "threshold" in page
    assert "never demotes" in page
    assert "<html" not in client.get(url(draft), headers={"HX-Request": "true"}).content.decode()


def test_a_line_beside_the_rules_leads_to_the_panels_and_learns_their_numbers(client, draft):
    client.force_login(make_user(Role.MARKETER))

    page = client.get(url(draft, "version")).content.decode()
    part = client.get(url(draft), headers={"HX-Request": "true"}).content.decode()

    assert 'id="glance"' in page
    assert 'href="#what-if"' in page
    assert 'id="what-if"' in page
    line = part[part.index('id="glance"') :]
    assert 'hx-swap-oob="true"' in line
    assert "<b>2</b>" in line
    assert 'id="glance"' not in client.get(url(draft)).content.decode()


def test_without_leads_the_panels_say_so_and_show_no_empty_numbers(client, db):
    now = database_now()
    model = publish_model(now=now - DAY)
    set_criterion(stage("mql"), {"leaf": "score", "model": "mql", "op": "gte", "value": 30}, by=None, now=now - DAY)
    client.force_login(make_user(Role.MARKETER))

    page = client.get(url(model.versions.get())).content.decode()

    assert "There are no leads yet" in page
    assert "Looked at closely" not in page
    assert "n/a" not in page


@pytest.mark.parametrize("query", ["threshold=many", "threshold=1000000", "campaign=none"])
def test_what_cannot_be_asked_is_refused_with_the_field(client, draft, query):
    client.force_login(make_user(Role.MARKETER))

    answer = client.get(f"{url(draft)}?{query}")

    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()


def test_names_are_only_of_leads_the_reader_may_open(client, draft):
    stranger, manager = make_user(Role.SALES_REP), make_user(Role.SALES_MANAGER)
    crossing = [row[0] for row in asked(draft).result["rows"]["up"]]
    set_owner({crossing[0]: stranger.pk}, now=database_now())
    Study.objects.all().delete()
    other_team = type(manager.team).objects.create(slug="far", name="Far")
    type(stranger).objects.filter(pk=stranger.pk).update(team=other_team)
    client.force_login(manager)

    page = client.get(url(draft, "what_if_leads")).content.decode()
    file = client.get(url(draft, "what_if_leads") + "?as=csv").content.decode()

    assert "2 leads, 1 of them you may not open" in re.sub(r"\s+", " ", page)
    assert len(file.strip().splitlines()) == 2
    assert file.startswith("\ufeffid,name,")  # so that a spreadsheet reads names of any letters


def test_the_list_is_narrowed_by_stage_and_owner(client, draft):
    client.force_login(make_user(Role.MARKETER))
    mcl, mel = stage("mcl").pk, stage("mel").pk

    def rows(query):
        return client.get(url(draft, "what_if_leads") + "?as=csv&" + query).content.decode().strip().count("\n")

    assert (rows(""), rows(f"stage={mcl}"), rows("owner=0"), rows("side=down")) == (2, 2, 2, 0)
    assert rows(f"stage={mel}") == 2  # no such choice: as if nothing were asked


def test_a_version_in_force_may_be_asked_about_another_threshold(client, draft):
    client.force_login(make_user(Role.MARKETER))
    in_force = ModelVersion.objects.select_related("model").get(state="published")

    page = client.get(url(in_force) + "?threshold=10").content.decode()

    assert "Who would cross" in page
    stands = client.get(url(in_force)).content.decode()
    assert "Where leads stand" in stands
    assert "as asked" in page
    assert "as asked" not in stands


def test_a_draft_without_rules_says_what_to_do(client):
    client.force_login(make_user(Role.MARKETER))
    model = ScoreModel.objects.create(slug="bare", name="Bare", purpose="marketing")

    assert "There are no rules yet" in client.get(url(begin_draft(model))).content.decode()


def test_who_would_only_be_suggested_is_said_so(client, draft):
    now = database_now()
    condition = {"leaf": "score", "model": "mql", "op": "gte", "value": 30}
    set_criterion(stage("mql"), condition, by=None, now=now, mode=CriterionMode.SUGGESTED)

    result = asked(draft).result

    assert (result["up"]["count"], result["up"]["by_themselves"], result["step"]) == (2, 0, None)
    client.force_login(make_user(Role.MARKETER))
    assert "would be suggested" in client.get(url(draft)).content.decode()


def test_who_falls_below_keeps_the_stage(draft):
    lead = Lead.objects.order_by("pk")[2]
    move_to(lead, "mql", now=database_now())
    set_criterion(
        stage("mql"), {"leaf": "score", "model": "mql", "op": "gte", "value": 20}, by=None, now=database_now()
    )
    drain(now=database_now())

    result = asked(draft, threshold=25).result

    assert lead.pk in [row[0] for row in result["rows"]["down"]]
    assert result["down"]["by_stage"] == [[stage("mql").pk, stage("mql").pk, result["down"]["count"]]]
