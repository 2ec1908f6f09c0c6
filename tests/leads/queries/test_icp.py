"""A lead's grade: what is met, unmet and unknown, for one lead and for many."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads.activity.assess import Assessment, assess
from leads.conditions.catalog import Catalog
from leads.conditions.icp import MET, UNKNOWN, UNMET
from leads.conditions.select import matching
from leads.conditions.tree import InvalidCondition, validate, words
from leads.models import AttributeDefinition, BantState, IcpProfile, Touched
from leads.people.companies import CompanyFacts
from leads.people.icp import NewProfile, ProfileChanged, Wish, contents, publish_profile
from leads.queries.icp import card, grades
from leads.queries.icp_standing import changes, standing
from tests.factories import NOW, PAGE_VIEWED, make_lead, make_leads, make_user, view_pages

pytestmark = pytest.mark.django_db
EMPLOYEES = {"leaf": "company", "field": "employees", "op": "between", "value": [150, 500]}
NOT_RETAIL = {"leaf": "company", "field": "industry", "op": "ne", "value": "retail"}
NEED = {"leaf": "bant", "realm": "sales", "part": "need", "op": "at_least", "value": "partly"}
BRANCHES = {"leaf": "company", "field": "attributes.branches", "op": "gte", "value": 3}
PROFILE = NewProfile(
    [
        Wish("firmographic", "150 to 500 employees", EMPLOYEES, 3),
        Wish("industry", "Not retail", NOT_RETAIL, 2),
        Wish("need", "A need", NEED, 2),
        Wish("need", "Looked at pages", PAGE_VIEWED),
    ]
)


@pytest.fixture
def profile():
    return publish_profile("marketing", PROFILE, by=None, now=NOW)


def fit_of(lead):
    return grades([lead.pk], NOW)[lead.pk]["marketing"]


def test_nothing_known_is_unknown_even_where_the_condition_would_hold(profile):
    fit = fit_of(make_lead())

    assert fit.states == (UNKNOWN, UNKNOWN, UNKNOWN, UNMET)  # what somebody did is never unknown
    assert (fit.grade, fit.best, fit.share, fit.unknown) == ("D", "A", 0, 3)


def test_the_grade_is_the_weight_met_of_all_weight(profile):
    lead = make_lead(company=CompanyFacts(name="Acme", employees=320, industry="saas"))
    view_pages([lead])
    assess([Assessment(lead_id=lead.pk, realm="sales", need=BantState.NO, occurred_at=NOW)], by=None, now=NOW)

    fit = fit_of(lead)

    assert fit.states == (MET, MET, UNMET, MET)
    assert (fit.share, fit.grade, fit.is_settled) == (75, "A", True)


@pytest.mark.parametrize(
    ("condition", "state"),
    [
        ({"leaf": "company", "field": "employees", "op": "is_unset"}, MET),
        ({"leaf": "bant", "realm": "sales", "part": "need", "op": "is", "value": "unknown"}, MET),
        ({"leaf": "bant_count", "realm": "sales", "state": "partly", "op": "gte", "value": 0}, UNKNOWN),
        ({"leaf": "bant_count", "realm": "sales", "state": "unknown", "op": "eq", "value": 4}, MET),
        ({"not": EMPLOYEES}, UNKNOWN),
        ({"any": [EMPLOYEES, {"leaf": "consent", "value": True}]}, UNMET),
    ],
)
def test_a_condition_that_asks_what_is_known_has_its_answer(condition, state):
    publish_profile("marketing", NewProfile([Wish("need", "x", condition)]), by=None, now=NOW)

    assert fit_of(make_lead()).states == (state,)


def test_both_realms_of_many_leads_take_one_statement_more_than_none(profile):
    publish_profile("sales", PROFILE, by=None, now=NOW)
    ids = [lead.pk for lead in make_leads(30)]
    with CaptureQueriesContext(connection) as one:
        grades(ids[:1], NOW)
    with CaptureQueriesContext(connection) as many:
        grades(ids, NOW)

    assert len(one) == len(many) <= 6


def test_a_card_shows_the_values_and_what_to_ask(profile):
    lead = make_lead(company=CompanyFacts(name="Acme", employees=320))

    (found,) = card(lead, NOW)

    lines = [line for _group, lines in found.groups for line in lines]
    assert [(line.state, line.values) for line in lines] == [
        ("met", ["Employees: 320"]),
        ("unknown", []),
        ("unknown", []),
        ("unmet", []),
    ]
    assert found.questions == ["Industry: which?", "Need: how does it stand?"]


def test_without_a_profile_there_is_no_grade():
    lead = make_lead()

    assert grades([lead.pk], NOW) == {lead.pk: {}}
    assert card(lead, NOW) == []
    with pytest.raises(InvalidCondition, match="no ideal customer profile"):
        validate({"leaf": "icp", "realm": "sales", "op": "is", "value": "A"})


def test_conditions_ask_for_the_grade(profile):
    good = make_lead(company=CompanyFacts(name="Acme", employees=320, industry="saas"))
    make_lead()
    leaf = {"leaf": "icp", "realm": "marketing", "op": "at_least", "value": "B"}

    assert matching(validate(leaf, scoring=True), now=NOW) == [good.pk]
    assert words(leaf) == "ideal customer grade B or better (Marketing)"


def test_how_all_leads_grade_agrees_with_each_leads_own(profile):
    ids = [lead.pk for lead in make_leads(3)]
    ids.append(make_lead(company=CompanyFacts(name="Acme", employees=320, industry="saas")).pk)

    found = standing(profile, NOW)

    each = [fits["marketing"].grade for fits in grades(ids, NOW).values()]
    assert found.total == {grade: each.count(grade) for grade in "ABCD"}
    assert [(row.met, row.unknown) for row in found.reached] == [(1, 3), (1, 3), (0, 4), (0, 0)]


def test_a_version_tells_what_it_says_otherwise(profile):
    heavier = [Wish("firmographic", "150 to 500 employees", EMPLOYEES, 5), *PROFILE.wishes[2:], Wish("need", "B", NEED)]
    second = publish_profile("marketing", NewProfile(heavier, (80, 50, 25)), by=None, now=NOW)

    found = changes(profile, second, Catalog())

    assert [(row.kind, row.words.partition(":")[0]) for row in found] == [
        ("gone", "Not retail (weight 2)"),
        ("changed", "150 to 500 employees"),
        ("new", "B (weight 1)"),
        ("changed", "A, B, C from 80, 50, 25 % instead of 75, 50, 25 %"),
    ]


def test_publishing_judges_every_lead_anew_and_keeps_older_versions(profile):
    lead, user = make_lead(), make_user()
    Touched.objects.all().delete()

    second = publish_profile("marketing", contents(profile), by=user.pk, now=NOW + timedelta(1), after=1)

    assert (second.version, second.by_id) == (2, user.pk)
    assert list(Touched.objects.values_list("lead_id", flat=True)) == [lead.pk]
    assert IcpProfile.objects.get(version=1).conditions.count() == 4


def test_a_version_written_in_the_meantime_is_not_overwritten(profile):
    publish_profile("marketing", PROFILE, by=None, now=NOW)

    with pytest.raises(ProfileChanged, match="Version 2"):
        publish_profile("marketing", PROFILE, by=None, now=NOW, after=1)


@pytest.mark.parametrize(
    ("wish", "place"),
    [
        (Wish("size", "x", EMPLOYEES), "conditions.0.group"),
        (Wish("need", " ", EMPLOYEES), "conditions.0.label"),
        (Wish("need", "x", EMPLOYEES, 0), "conditions.0.weight"),
        (Wish("need", "x", {"leaf": "company", "field": "none"}), "conditions.0.condition.field"),
        (Wish("need", "x", {"leaf": "stage", "value": ["mel"]}), "conditions.0.condition.leaf"),
        (
            Wish("need", "x", {"leaf": "icp", "realm": "marketing", "op": "is", "value": "A"}),
            "conditions.0.condition.leaf",
        ),
    ],
)
def test_what_a_profile_cannot_ask_is_refused_with_its_place(profile, wish, place):
    with pytest.raises(InvalidCondition) as refused:
        publish_profile("marketing", NewProfile([wish]), by=None, now=NOW)

    assert refused.value.errors[0][0] == place
    assert IcpProfile.objects.count() == 1


@pytest.mark.parametrize("bounds", [(50, 50, 25), (101, 50, 25), (75, 50, 0)])
def test_bounds_out_of_order_are_refused(bounds):
    with pytest.raises(InvalidCondition, match="bounds"):
        publish_profile("marketing", NewProfile(PROFILE.wishes, bounds), by=None, now=NOW)


def test_two_conditions_of_one_name_in_a_group_are_refused():
    with pytest.raises(InvalidCondition, match="has this name"):
        publish_profile("sales", NewProfile([PROFILE.wishes[0], PROFILE.wishes[0]]), by=None, now=NOW)


def test_a_condition_on_a_new_attribute_is_asked_as_its_type():
    AttributeDefinition.objects.update_or_create(
        subject="company", key="branches", defaults={"label": "Branches", "type": "number"}
    )
    publish_profile("sales", NewProfile([Wish("firmographic", "Branches", BRANCHES)]), by=None, now=NOW)

    assert card(make_lead(), NOW)[0].questions == ["Branches: how many?"]
