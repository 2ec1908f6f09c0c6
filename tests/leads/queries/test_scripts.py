"""What to say: the scripts that suit a lead, best fitting first, and where none was written."""

import pytest

from leads.models import BuyingRole, Script, Stage
from leads.people.companies import CompanyFacts
from leads.queries.scripts import matrix, sayings, suits, words_of
from tests.factories import make_lead, stage

pytestmark = pytest.mark.django_db


def write(kind="question", text="Why?", **fields):
    return Script.objects.create(kind=kind, text=text, **fields)


@pytest.fixture(autouse=True)
def nothing_written():
    Script.objects.all().delete()


def finance_lead(pains="Late payments, manual invoices"):
    company = CompanyFacts(name="Acme", domain="acme.example", attributes={"pains": pains})
    lead = make_lead(company=company)
    lead.buying_role = BuyingRole.FINANCE
    return lead


def test_what_is_empty_suits_all_and_what_is_named_comes_first():
    lead = finance_lead()
    general = write(text="Why now?")
    at_stage = write(text="Why us?", stage=stage("mcl"))
    for_role = write(text="What does it cost?", role="finance")
    of_pain = write(text="How long do invoices take?", pain="invoice")
    write(text="What do you run?", role="technical")
    write(text="What did you buy?", stage=stage("sqo"))
    write(text="Who audits you?", pain="audit")
    write(text="Off", is_active=False)

    assert sayings(lead).questions == [of_pain, for_role, at_stage, general]


def test_another_stage_may_be_asked_for():
    lead, script = finance_lead(), write(stage=stage("sal"))

    assert not sayings(lead)
    assert sayings(lead, stage("sal")).questions == [script]


@pytest.mark.parametrize(
    ("pain", "pains", "is_met"),
    [
        ("", "", True),
        ("invoices", "Manual INVOICES", True),
        ("invoice", "invoices", True),
        ("manual invoices", "invoices written by hand", False),
        ("it", "with everything", False),
        ("חשבוניות", "חשבוניות ידניות", True),
    ],
)
def test_pain_is_found_by_its_words(pain, pains, is_met):
    assert suits(pain, words_of(pains)) is is_met


def test_a_lead_without_a_company_hears_what_suits_all():
    script = write(kind="call", text="Good morning")
    write(pain="invoice")

    found = sayings(make_lead())

    assert found.calls == [script]
    assert found.questions == []


def test_the_matrix_shows_where_nothing_was_written_for_a_role():
    write()
    write(role="finance")
    write(role="finance", stage=stage("sal"))
    write(role="user", is_active=False)

    rows = dict(matrix(list(Script.objects.all()), list(Stage.objects.all())))

    cells = {stage.slug: {cell.role: cell for cell in row} for stage, row in rows.items()}
    assert (cells["sal"]["finance"].own, cells["sal"]["finance"].general) == (2, 1)
    assert cells["mql"]["finance"].own == 1
    assert cells["sal"]["user"].is_gap
