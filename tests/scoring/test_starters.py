"""Models to begin from: each makes a draft that can be published, in any installation, and says what it left out."""

from datetime import timedelta

import pytest

from leads.models import AttributeDefinition, LeadScore, PathSet, ScoreModel, TitleClass
from leads.people.companies import CompanyFacts
from scoring.checks import rule_errors
from scoring.engine import rule_of
from scoring.models import ModelVersion
from scoring.rescore import rescore
from scoring.starters import NoSuchStarter, WrongRealm, begin_from, starter, starters
from tests.factories import NOW, make_lead, make_user, publish_model, view_pages

pytestmark = pytest.mark.django_db
SLUGS = ["interest", "security", "readiness", "order"]


def begun(slug: str) -> ModelVersion:
    model = ScoreModel.objects.create(slug=slug, name=slug, purpose=starter(slug).purpose)
    return begin_from(model, slug, by=make_user("admin").pk, now=NOW)


def test_these_models_can_be_begun_from() -> None:
    assert [row.slug for row in starters()] == SLUGS


@pytest.mark.parametrize("slug", SLUGS)
def test_a_new_installation_gets_the_whole_model(slug: str) -> None:
    version = begun(slug)

    built = starter(slug).build()
    assert [rule_of(row, row.group.slug) for row in version.rules.select_related("group")] == list(built.rules)
    assert [row.name for row in version.groups.all()] == list(built.group_names.values())
    assert version.note == f"Begun from “{starter(slug).name}”."
    assert (version.fit_from, version.engagement_from) == (built.fit_from, built.engagement_from)


def test_names_that_are_there_stay_as_they_are() -> None:
    PathSet.objects.create(slug="relevant", name="Ours", patterns=["/ours"])
    AttributeDefinition.objects.create(subject="company", key="has_cdo", label="Our CDO", type="boolean")

    begun("interest")

    assert PathSet.objects.get(slug="relevant").patterns == ["/ours"]
    assert AttributeDefinition.objects.get(key="has_cdo").label == "Our CDO"


def test_what_does_not_go_together_is_left_out_and_said() -> None:
    AttributeDefinition.objects.create(subject="lead", key="stakeholders_met", label="Whom we met", type="text")

    version = begun("order")

    assert not any(rule_errors(rule_of(row)) for row in version.rules.all())
    assert version.rules.count() == len(starter("order").build().rules) - 2
    begun_from, *left_out = version.note.splitlines()
    assert begun_from == "Begun from “Near the order”."
    assert [line.split("”: ")[0] for line in left_out] == [
        "Left out “Met at least two stakeholders",
        "Left out “Met at least four stakeholders",
    ]


def test_without_classes_of_titles_the_roles_are_left_out() -> None:
    TitleClass.objects.filter(kind="function").delete()

    version = begun("security")

    assert set(version.rules.values_list("group__slug", flat=True)) == {"size", "site"}
    assert version.note.count("Left out") == 3


def test_a_starter_begins_a_model_of_its_realm() -> None:
    model = ScoreModel.objects.create(slug="sales", name="Sales", purpose="sales")

    with pytest.raises(WrongRealm):
        begin_from(model, "interest", by=None, now=NOW)
    with pytest.raises(NoSuchStarter, match="Choose from: interest, security, readiness, order"):
        begin_from(model, "gone", by=None, now=NOW)

    assert not model.versions.exists()
    assert not PathSet.objects.exists()


@pytest.mark.parametrize(
    ("title", "employees", "fit"),
    [
        ("CISO", 1001, 60),
        ("Head of IT", 1000, 50),
        ("VP Sales", 200, 40),
        ("System administrator", 199, 10),
        ("Accountant", 5000, 30),
    ],
)
def test_model_a_gives_what_its_table_says(title: str, employees: int, fit: int) -> None:
    lead = make_lead(job_title=title, company=CompanyFacts(name="Firm", domain="firm.example", employees=employees))
    draft = starter("security").build()
    begun("security")
    publish_model("a", draft.rules, draft.groups, fit_from=draft.fit_from, engagement_from=draft.engagement_from)
    view_pages([lead], "/product", visit="v", dwell_seconds=200)
    view_pages([lead], "/pricing", visit="v", dwell_seconds=100)

    rescore([lead.pk], now=NOW)
    fresh = LeadScore.objects.get(lead=lead)
    rescore([lead.pk], now=NOW + timedelta(days=14))
    later = LeadScore.objects.get(lead=lead)

    assert (fresh.fit, fresh.engagement) == (fit, 20 + 3 + 4 + 10)
    assert (later.fit, later.engagement) == (fit, 10 + 3 + 4 + 10)
