"""What the database refuses to whoever writes to it directly."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction

from leads.activity.assess import Assessment, ConsentFact, assess, record_consents
from leads.lifecycle.undo import undo
from leads.models import Activity, Company, Lead, Realm, StageChange
from leads.people.edit import edit_leads
from tests.factories import NOW, make_handover, make_lead, make_leads, move_to, stage, view_pages

pytestmark = pytest.mark.django_db
Refused = Callable[..., None]
LINE = """
INSERT INTO leads_stagechange (lead_id, cycle, from_stage_id, from_outcome, to_stage_id, outcome, cause, cause_id,
    undoes_id, occurred_at, recorded_at, reason, note, passed_through, backward, out_of_order, date_only)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, now(), now(), '', '', false, false, false, false)"""


@pytest.fixture
def refused() -> Refused:
    """Run a statement up to the commit's checks and expect a refusal that names the constraint."""

    def run(name: str, text: str, *params: object) -> None:
        execute("SELECT 1")  # what the test itself wrote is checked by now
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            execute(text, *params)

    return run


def execute(text: str, *params: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text, params)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def test_a_second_open_handover_of_a_pass(refused: Refused) -> None:
    offer = make_handover()

    refused(
        "handover_one_open_per_pass",
        "INSERT INTO leads_handover (lead_id, cycle, state, offered_at, why, reason, missing, note)"
        " VALUES (%s, 1, 'open', now(), '[]', '', '{}', '')",
        offer.lead_id,
    )


def test_an_unknown_stage(refused: Refused) -> None:
    lead = make_lead()

    refused("stage", "UPDATE leads_lead SET stage_id = 9999 WHERE id = %s", lead.pk)
    refused("stage_realm_known", "UPDATE leads_stage SET realm = 'nowhere'")


def test_two_leads_with_one_address(refused: Refused) -> None:
    first, second = make_leads(2)

    refused("email", "UPDATE leads_lead SET email = %s WHERE id = %s", first.email, second.pk)
    refused("lead_email_shape", "UPDATE leads_lead SET email = upper(%s) WHERE id = %s", first.email, second.pk)


def test_two_leads_with_one_external_id(refused: Refused) -> None:
    make_lead(external_ids=[("crm", "00Qa")])
    other = make_lead(external_ids=[("crm", "00QA")])

    refused(
        "external_id_unique",
        "INSERT INTO leads_externalid (system, value, lead_id) VALUES ('crm', '00Qa', %s)",
        other.pk,
    )


@pytest.mark.parametrize("change", ["stage_id = %s", "outcome = 'won', stage_id = %s", "cycle = 2, stage_id = %s"])
def test_a_move_without_a_line_of_the_journal(refused: Refused, change: str) -> None:
    lead = make_lead()

    refused("must be what its journal says", f"UPDATE leads_lead SET {change} WHERE id = %s", stage("mel").pk, lead.pk)


def test_a_lead_without_a_journal(refused: Refused) -> None:
    refused(
        "must be what its journal says",
        "INSERT INTO leads_lead (email, phone, first_name, last_name, job_title, attributes, stage_id, stage_since,"
        " outcome, cycle, captured_at, created_at)"
        " VALUES ('a@b.example', '', '', '', '', '{}', %s, now(), '', 1, now(), now())",
        stage("mcl").pk,
    )


def test_a_line_of_the_journal_without_a_move(refused: Refused) -> None:
    lead = make_lead()

    refused("must move the lead", LINE, lead.pk, 1, stage("mcl").pk, "", stage("mel").pk, "", "person", None, None)


def test_a_line_without_a_cause(refused: Refused) -> None:
    lead = make_lead()

    refused(
        "stage_change_has_cause",
        "INSERT INTO leads_stagechange (lead_id, cycle, from_outcome, to_stage_id, outcome, occurred_at, recorded_at,"
        " cause, reason, note, passed_through, backward, out_of_order, date_only)"
        " VALUES (%s, 1, '', %s, '', now(), now(), 'criteria', '', '', false, false, false, false)",
        lead.pk,
        stage("mcl").pk,
    )


@pytest.mark.parametrize(
    "table", ["leads_stagechange", "leads_consent", "leads_bantassessment", "leads_attributechange"]
)
def test_a_change_of_what_is_only_ever_appended(refused: Refused, table: str) -> None:
    lead = make_lead()
    record_consents([ConsentFact(lead_id=lead.pk, granted=True, occurred_at=NOW)], by=None, now=NOW)
    assess([Assessment(lead_id=lead.pk, realm=Realm.SALES, occurred_at=NOW)], by=None, now=NOW)
    edit_leads({lead.pk: {"job_title": "CFO"}}, by=None, now=NOW)

    refused("append-only", f"UPDATE {table} SET recorded_at = now()")
    refused("append-only", f"DELETE FROM {table}")


@pytest.mark.parametrize("column", ["kind = 2", "occurred_at = now()", "page_id = NULL", "data = '{}'", "visit = 1"])
def test_a_change_of_an_activity(refused: Refused, column: str) -> None:
    view_pages([make_lead()])

    refused("append-only", f"UPDATE leads_activity SET {column}")
    refused("append-only", "DELETE FROM leads_activity")


def test_but_an_activity_may_get_another_lead_and_verdict() -> None:
    lead, other = make_leads(2)
    view_pages([lead])

    execute("UPDATE leads_activity SET lead_id = %s, evidence = 2", other.pk)

    assert Activity.objects.get().lead_id == other.pk


def test_another_key_of_a_stage(refused: Refused) -> None:
    refused("append-only", "UPDATE leads_stage SET slug = 'other' WHERE slug = 'mel'")

    execute("UPDATE leads_stage SET name = 'Interested' WHERE slug = 'mel'")


def test_undoing_a_line_twice(refused: Refused) -> None:
    lead = make_lead()
    move_to(lead, "mel")
    change = StageChange.objects.filter(lead=lead).latest("pk")
    undo([change.pk], by=None, now=NOW)
    move_to(lead, "mel")

    refused("undoes_id", LINE, lead.pk, 1, stage("mel").pk, "", stage("mcl").pk, "", "undo", change.pk, change.pk)


def test_a_company_with_an_address_as_its_domain(refused: Refused) -> None:
    company = Company.objects.create(name="Acme", name_key="acme")

    refused("company_domain_normalised", "UPDATE leads_company SET domain = 'ACME.example' WHERE id = %s", company.pk)


def test_everything_the_flows_write_passes_the_checks_at_commit() -> None:
    lead = move_to(make_lead(), "mql")

    execute("SELECT 1")

    assert Lead.objects.get(pk=lead.pk).stage.slug == "mql"
