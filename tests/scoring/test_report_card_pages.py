"""The report card and the table by band as pages."""

from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse

from leads.lifecycle.criteria import set_criterion
from leads.models import AttributeDefinition, AttributeType, Lead, ScoreModel
from leads.people.attributes import NewAttribute, define_attributes
from scoring.engine import GroupSpec
from scoring.models import Rule
from scoring.open import open_model
from scoring.publish import Draft, save_draft
from scoring.rules import RuleSpec
from scoring.touched import drain
from scoring.views import report_card
from tests.factories import NOW, make_leads, make_user, move_to, publish_model, stage
from users.clock import database_now
from users.models import Role

pytestmark = pytest.mark.django_db
CHIEF = {"leaf": "lead", "field": "job_title", "op": "eq", "value": "CFO"}
NOBODY = {"leaf": "lead", "field": "job_title", "op": "eq", "value": "Nobody"}
RULES = [
    RuleSpec(points=90, group="fit", condition=CHIEF, label="חשב ראשי"),
    RuleSpec(points=5, group="fit", condition=NOBODY, label="=HYPERLINK(1)"),
]


@pytest.fixture
def model():
    define_attributes([NewAttribute("converted", "Converted", AttributeType.BOOLEAN)])
    found = publish_model(rules=RULES, now=NOW)
    make_leads(3, job_title="CFO", first_name="Dana", attributes={"converted": True})
    make_leads(1, job_title="Clerk", attributes={"converted": False})
    drain(now=database_now())
    return found


@pytest.fixture
def marketer(client):
    client.force_login(make_user(Role.MARKETER))
    return client


def page(client, **query):
    return client.get(reverse("scoring:report_card", args=["mql"]), query)


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def test_the_card_shows_each_rule_and_names_those_to_look_at(marketer, model):
    shown = text_of(page(marketer, outcome="converted"))

    assert "<bdi>חשב ראשי</bdi>" in shown
    assert "Holds for none of 4 leads" in shown
    assert "=HYPERLINK(1)" in shown


def test_each_number_stands_below_its_head_also_where_sales_decided_nothing(marketer, model):
    shown = text_of(page(marketer, outcome="converted"))

    table = shown[shown.index('aria-label="Rules, table"') :]
    head, rows = table.split("<tbody>", 1)
    row = rows[: rows.index("</tr>")]
    assert head.count('<th scope="col"') == row.count("<td") + 1


def test_the_card_is_quick_to_ask(marketer, model, django_assert_max_num_queries):
    with django_assert_max_num_queries(36):  # the limit of time takes some itself
        page(marketer)


def test_the_order_is_in_the_address(marketer, model):
    shown = text_of(page(marketer, sort="points")).split("Rule by rule")[1]

    assert shown.index("HYPERLINK") < shown.index("חשב ראשי")


def test_the_file_holds_the_card_and_no_formula(marketer, model):
    answer = page(marketer, outcome="converted", **{"as": "csv"})
    lines = answer.content.decode("utf-8-sig").splitlines()

    assert answer["Content-Type"].startswith("text/csv")
    assert lines[1].startswith("חשב ראשי,90,3,4,0,0,0,0,0,0,Converted,3,3,1,0,,")
    assert lines[1].endswith(",too_few")
    assert lines[2].startswith("'=HYPERLINK(1),5,0,4,")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"from": "2026-05-01", "to": "2026-04-01"}, "end before they begin"),
        ({"from": "yesterday"}, "valid date"),
        ({"outcome": "bought"}, "bought"),
        ({"campaign": "none"}, "valid choice"),
        ({"from": "1066-10-14"}, "between 1900 and 2199"),
    ],
)
def test_a_question_that_makes_no_sense_is_told(marketer, model, query, said):
    answer = page(marketer, **query)

    assert answer.status_code == 400
    assert said in text_of(answer)


@pytest.mark.parametrize("number", ["9", "x", "-1", "99999999999999999999", "\u0663"])
def test_a_version_that_is_not_there_is_not_found(marketer, model, number):
    assert page(marketer, version=number).status_code == 404


def test_a_model_without_versions_says_how_to_begin(marketer, db):
    open_model("mql", name="MQL", purpose="marketing")

    assert "No version yet" in text_of(page(marketer))


def test_a_draft_without_rules_says_so(marketer, db):
    save_draft(open_model("mql", name="MQL", purpose="marketing"), Draft(groups=[GroupSpec("fit", "fit")], rules=[]))

    assert "No rules yet" in text_of(page(marketer))


def test_without_anything_decided_there_is_nothing_to_judge_by(marketer, db):
    publish_model(rules=RULES, now=NOW)

    assert "Nothing to judge by yet" in text_of(page(marketer))


def test_a_draft_that_names_what_is_gone_is_told(marketer, model):
    draft = save_draft(model, Draft(groups=[GroupSpec("fit", "fit")], rules=RULES[:1]))
    Rule.objects.filter(version=draft).update(condition={**CHIEF, "field": "attributes.gone"})

    shown = page(marketer, version=draft.number)

    assert shown.status_code == 200
    assert "gone" in text_of(shown)


def test_a_number_opens_the_leads_one_may_read(marketer, model):
    url = reverse("scoring:report_card_leads", args=["mql"])
    shown = text_of(marketer.get(url, {"rule": 1, "which": "now"}))

    assert "3 leads." in shown
    assert shown.count("Dana") == 3
    for query in (
        {"rule": 3},
        {"rule": "x"},
        {"rule": "000001999"},
        {"rule": 1, "which": "all"},
        {"rule": 1, "from": "x"},
    ):
        assert marketer.get(url, query).status_code == 404


def test_leads_out_of_reach_are_counted_and_not_named(client, model):
    other = make_user(Role.SALES_REP, team=None)
    Lead.objects.filter(first_name="Dana").update(owner=other)
    client.force_login(make_user(Role.SALES_MANAGER))

    shown = text_of(client.get(reverse("scoring:report_card_leads", args=["mql"]), {"rule": 1}))

    assert "3 leads." in shown
    assert "Dana" not in shown


@pytest.fixture
def endless(monkeypatch):
    """What the card asks takes the database for ever; the page waits for 50 ms."""

    def ask(*_, **__):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM generate_series(1, 10000000000) n, generate_series(1, 1000) m")

    monkeypatch.setattr(report_card, "CARD_SECONDS", 0.05)
    for name in ("card", "leads_of"):
        monkeypatch.setattr(report_card, name, ask)


@pytest.mark.parametrize("file", [{}, {"as": "csv"}])
def test_a_card_that_takes_too_long_says_what_to_do_and_keeps_what_was_asked(marketer, model, endless, file):
    answer = page(marketer, outcome="converted", **{"from": "2026-01-01"}, **file)

    assert answer.status_code == 422
    assert "Choose fewer days, or the leads of one campaign" in text_of(answer)
    assert 'value="2026-01-01"' in text_of(answer)
    assert "Content-Disposition" not in answer


def test_leads_behind_a_number_that_takes_too_long_say_so_too(marketer, model, endless):
    answer = marketer.get(reverse("scoring:report_card_leads", args=["mql"]), {"rule": 1, "which": "won"})

    assert answer.status_code == 422
    assert "Choose fewer days, or the leads of one campaign" in text_of(answer)
    assert "0 leads" not in text_of(answer)


def by_band(client, number=1, **query):
    return client.get(reverse("scoring:by_band", args=["mql", number]), query)


def test_the_table_by_band_tells_an_attribute_where_no_stage_is_decided(marketer, model):
    shown = text_of(by_band(marketer))

    assert "4 leads of whom it is known" in shown
    assert "100 %" in shown
    assert "<html" in shown


def test_the_table_follows_leads_to_the_stage_decided(marketer, model):
    enough = {"leaf": "score", "model": "mql", "op": "gte", "value": 80}
    set_criterion(stage("mql"), enough, by=None, now=NOW)
    for lead in make_leads(2, job_title="CFO"):
        move_to(lead, "mel", now=database_now())
    drain(now=database_now())

    answer = marketer.get(reverse("scoring:by_band", args=["mql", 1]), headers={"HX-Request": "true"})

    assert "<html" not in text_of(answer)
    assert "came to MEL" in text_of(answer)
    assert "became MQL" in text_of(answer)


def test_without_anything_to_tell_the_table_says_why(marketer, db):
    publish_model(rules=RULES, now=NOW)
    AttributeDefinition.objects.filter(type=AttributeType.BOOLEAN).delete()

    assert "No stage is decided by this model" in text_of(by_band(marketer))


def test_a_model_nobody_knows_is_not_found(marketer, db):
    assert ScoreModel.objects.count() == 0
    assert page(marketer).status_code == 404
    assert by_band(marketer).status_code == 404


def test_who_was_judged_twice_stands_there_twice_as_the_card_counts(marketer, model, monkeypatch):
    one, other = Lead.objects.filter(job_title="CFO").order_by("pk")[:2]
    judged = [(one.pk, NOW.date()), (other.pk, NOW.date()), (one.pk, NOW.date() - timedelta(days=40))]
    monkeypatch.setattr(report_card, "leads_of", lambda *asked, **more: judged)

    response = marketer.get(reverse("scoring:report_card_leads", args=["mql"]), {"rule": 1, "which": "accepted"})

    assert response.context["total"] == 3
    assert [(lead.pk, day) for lead, day in response.context["rows"]] == judged
