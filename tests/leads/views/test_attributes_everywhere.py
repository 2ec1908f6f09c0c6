"""An attribute defined in the settings is usable at once: in conditions, imports, the API, forms and lists."""

import io
import json

import pytest
from django.core.management import call_command

from leads.conditions.select import matching
from leads.conditions.tree import validate
from leads.models import Lead
from leads.people.companies import CompanyFacts
from tests.browsing import browser
from tests.callers import Caller
from tests.factories import NOW, make_lead, make_user
from users.clock import database_now
from users.models import Role

pytestmark = pytest.mark.django_db
SAMPLES = {
    "text": ("North", "North", "eq", "north"),
    "number": (4, "4", "gte", 3),
    "boolean": (True, "true", "eq", True),
    "choice": ("gold", "gold", "in", ["gold"]),
    "choices": (["gold", "tin"], ["gold", "tin"], "in", ["tin"]),
    "date": ("2026-05-01", "2026-05-01", "lte", "2026-06-01"),
}
FILTERS = {
    "text": "NORTH",
    "number": "3..5",
    "boolean": "yes",
    "choice": "gold",
    "choices": "tin",
    "date": "2026-05-01",
}


def define(client, type_, subject="company"):
    """As an administrator does in the settings."""
    response = client.post(
        "/settings/leads/attributedefinition/add/",
        {"subject": subject, "key": "extra", "label": "Extra", "type": type_, "choices": "gold\ntin", "group": "need"},
    )
    assert response.status_code == 302


@pytest.mark.parametrize("type_", SAMPLES)
def test_defined_in_settings_used_everywhere(type_):
    value, typed, op, wanted = SAMPLES[type_]
    admin, caller = browser(make_user(Role.ADMIN)), Caller()
    define(admin, type_)

    made = caller.post("leads/", {"email": "a@b.example", "company": {"name": "Acme", "attributes": {"extra": value}}})
    assert made.status_code == 201, made.json()
    lead = Lead.objects.get(pk=made.json()["id"])
    make_lead(company=CompanyFacts(name="Other"))

    leaf = {"leaf": "company", "field": "attributes.extra", "op": op, "value": wanted}
    assert matching(validate(leaf), now=database_now()) == [lead.pk]
    page = admin.get(f"/leads/?attr.extra={FILTERS[type_]}&columns=attr.extra")
    assert [row.lead.pk for row in page.context["rows"]] == [lead.pk]
    assert page.context["rows"][0].cells == [{"boolean": "yes", "choices": "gold, tin"}.get(type_, str(value))]
    assert "attr.extra" in [chip["name"] for chip in page.context["chips"]]
    listed = admin.get(f"/companies/?attr.extra={FILTERS[type_]}&columns=attr.extra")
    assert [row.name for row in listed.context["rows"]] == ["Acme"]
    edited = admin.post(f"/companies/{lead.company_id}/edit/", {"name": "Acme", "attribute_extra": typed})
    assert edited.status_code == 302
    lead.company.refresh_from_db()
    assert lead.company.attributes == {"extra": value}


def test_an_import_fills_it(tmp_path):
    define(browser(make_user(Role.ADMIN)), "number")
    (tmp_path / "people.csv").write_text("email,company,outlets\na@b.example,Acme,7\n")
    columns = {
        "email": {"field": "email"},
        "company": {"field": "company"},
        "outlets": {"field": "company_attribute:extra", "kind": "number"},
    }
    (tmp_path / "map.json").write_text(json.dumps({"columns": columns}))

    call_command("import_leads", str(tmp_path / "people.csv"), mapping=tmp_path / "map.json", stdout=io.StringIO())

    assert Lead.objects.get().company.attributes == {"extra": 7}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("attr.none=1", "attr.none: there is no such attribute."),
        ("attr.customers_per_month=many", "Give a number."),
        ("attr.customers_per_month=3..x", "Give a number."),
    ],
)
def test_a_filter_that_cannot_be_read_is_named_and_left_out(query, said):
    make_lead(now=NOW)

    page = browser(make_user(Role.MARKETER)).get(f"/leads/?{query}")

    assert said in page.text
    assert len(page.context["rows"]) == 1


def test_open_ranges_and_empty_filters():
    make_lead(attributes={"customers_per_month": 10})
    client = browser(make_user(Role.MARKETER))

    found = [len(client.get(f"/leads/?attr.customers_per_month={text}").context["rows"]) for text in ("5..", "..5", "")]

    assert found == [1, 0, 1]


def test_columns_cost_no_question_more(django_assert_max_num_queries):
    for number in range(5):
        make_lead(company=CompanyFacts(name=f"C{number}"))
    client = browser(make_user(Role.MARKETER))

    with django_assert_max_num_queries(26):
        client.get("/leads/?columns=attr.customers_per_month&columns=attr.branches")
