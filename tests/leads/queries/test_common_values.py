"""Values offered to whoever writes a condition: the most frequent ones of a text field, and nobody's own."""

import pytest

from leads.conditions.catalog import Catalog
from leads.models import AttributeDefinition, Lead
from leads.queries import common_values as asked
from leads.queries.common_values import common_values
from tests.factories import NOW, make_leads

pytestmark = pytest.mark.django_db


def offered(field: str, subject: str = "lead") -> list[str]:
    return common_values(subject, field, Catalog())


def define(key: str = "occupation", type_: str = "text", choices: tuple[str, ...] = ()) -> None:
    AttributeDefinition.objects.create(subject="lead", key=key, label=key, type=type_, choices=list(choices))


def test_the_most_frequent_values_come_first_each_in_its_usual_case() -> None:
    define()
    for number, said in ((3, "Student"), (3, "Working Professional"), (1, "working professional"), (1, "Astronaut")):
        make_leads(number, attributes={"occupation": said}, job_title=said)

    assert offered("attributes.occupation") == ["Working Professional", "Student"]
    assert offered("job_title") == ["Working Professional", "Student"]


def test_what_tells_who_somebody_is_is_not_offered() -> None:
    define("contact")
    make_leads(2, first_name="Dana", phone="+972 50 1234567", attributes={"contact": "dana@acme.example"})
    make_leads(3, attributes={"contact": "+972 (50) 123-4567"})
    make_leads(2, attributes={"contact": "By phone"})

    for field in ("email", "email_domain", "phone", "first_name", "last_name"):
        assert offered(field) == []
    assert offered("name", "company") == offered("domain", "company") == []
    assert offered("attributes.contact") == ["By phone"]


def test_archived_leads_and_unknown_fields_offer_nothing() -> None:
    make_leads(2, job_title="CFO")
    assert offered("job_title") == ["CFO"]

    Lead.objects.update(archived_at=NOW)

    for field in ("job_title", "attributes.gone", "captured_on", "seniority"):
        assert offered(field) == []


def test_of_a_list_its_choices_are_offered() -> None:
    define("tier", "choice", ("gold", "silver"))

    assert offered("attributes.tier") == ["gold", "silver"]


def test_a_slow_database_offers_nothing_and_goes_on(monkeypatch) -> None:
    monkeypatch.setattr(asked, "SECONDS", 0.02)
    monkeypatch.setattr(asked, "_COMMON", "SELECT pg_sleep(10)::text")

    assert offered("job_title") == []
    assert Lead.objects.count() == 0
