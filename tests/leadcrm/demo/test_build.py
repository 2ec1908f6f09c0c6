"""How the demo is made: by flows only, whole or not at all, once."""

import ast
import hashlib
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection

from leadcrm.demo import build as demo_build
from leadcrm.demo import state
from leadcrm.demo.build import build
from leads.models import Campaign, Cause, Criterion, Handover, Lead, Proof, StageChange
from leads.models import Capture as CaptureRow
from tests.leadcrm.demo.figures import stage_counts
from users.clock import database_now
from users.models import User

FOLDER = Path(demo_build.__file__).parent
FLOWS_AND_MODELS = {
    "reports",
    "leads.handover.recommend", "leads.handover.rules", "leads.handover.sweep", "leads.people.calls",
    "django.conf", "django.db", "leads.activity.assess", "leads.activity.pages", "leads.activity.record",
    "leads.handover.clocks", "leads.handover.close", "leads.handover.deals", "leads.handover.decide",
    "leads.handover.offer", "leads.lifecycle.criteria", "leads.lifecycle.move", "leads.lifecycle.phase",
    "leads.lifecycle.segments", "leads.models", "leads.people.attributes", "leads.people.campaigns",
    "leads.people.capture",
    "leads.people.companies", "leads.people.edit", "leads.people.icp", "scoring.engine", "scoring.open",
    "scoring.draft", "scoring.examples", "scoring.life", "scoring.models",
    "scoring.publish", "scoring.rules", "scoring.starters", "scoring.touched",
    "users.accounts", "users.models", "users.transactions",
}  # fmt: skip
WRITES = {"save", "create", "update", "delete", "get_or_create", "update_or_create", "bulk_create", "bulk_update"}
CAUSES = {Cause.CAPTURE: CaptureRow, Cause.CRITERIA: Criterion, Cause.HANDOVER: Handover, Cause.PROOF: Proof}


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.name)
def test_the_demo_calls_flows_and_writes_nothing_itself(path):
    tree = ast.parse(path.read_text())
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    ours = {name for name in imported if name.split(".")[0] in ("leads", "scoring", "users", "django", "reports")}
    called = {node.func.attr for node in ast.walk(tree) if _is_method_call(node)}

    assert ours <= FLOWS_AND_MODELS
    assert not called & (WRITES | {"execute", "raw", "cursor"})


def _is_method_call(node):
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)


def test_every_stage_change_has_a_cause_that_exists(demo):
    for cause, model in CAUSES.items():
        named = set(StageChange.objects.filter(cause=cause).values_list("cause_id", flat=True))
        assert named
        assert named == set(model.objects.filter(pk__in=named).values_list("pk", flat=True))

    by_people = StageChange.objects.exclude(cause__in=CAUSES)
    assert set(by_people.values_list("cause", flat=True)) == {Cause.PERSON}
    assert not by_people.filter(outcome="").exists()
    assert not by_people.filter(by=None).exists()


def test_criteria_moved_leads_at_the_time_of_a_fact(demo):
    moved = StageChange.objects.filter(cause=Cause.CRITERIA, passed_through=False).select_related("to_stage")

    for change in moved:
        facts = change.lead.bant_assessments if change.to_stage.slug != "mel" else change.lead.activities
        assert facts.filter(occurred_at=change.occurred_at, recorded_at=change.recorded_at).exists(), change


def test_nothing_lies_in_the_future(demo):
    now = database_now()
    for model in apps.get_app_config("leads").get_models():
        for name in ("occurred_at", "recorded_at", "captured_at", "decided_at", "offered_at"):
            if name in {field.name for field in model._meta.fields}:
                assert not model.objects.filter(**{f"{name}__gt": now}).exists(), (model, name)


def test_only_addresses_that_lead_nowhere(demo):
    assert not Lead.objects.exclude(email__endswith=".example").exists()
    assert not User.objects.exclude(email__endswith="@heshbonit4u.example").exists()


def test_the_campaigns_are_ended_and_follow_each_other(demo):
    this_year = Campaign.objects.get(slug="oecd-study")

    assert this_year.predecessor.slug == "oecd-study-last-year"
    assert this_year.ended_at
    assert this_year.predecessor.ended_at
    assert Campaign.objects.get(slug="always-on").ended_at is None


@pytest.mark.proof
def test_a_threshold_of_1000_yields_no_qualified_lead(first_start, is_proof):
    if not is_proof:
        pytest.skip("makes the whole demo once more: a part of make proof")
    build(password="demo", now=database_now(), mql_threshold=1000)

    assert stage_counts("oecd-study") == [150, 70, 0, 0, 0, 0]
    assert not StageChange.objects.filter(to_stage__slug="mql").exists()
    assert not Handover.objects.exists()


def test_an_interrupted_demo_leaves_nothing(first_start):
    def stop(phase):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(password="demo", now=database_now(), tell=stop)

    assert not state.is_complete()
    assert not User.objects.exists()
    assert not Campaign.objects.exists()


def test_a_second_run_changes_nothing(demo, capsys):
    before = _fingerprint()

    call_command("demo")

    assert _fingerprint() == before
    assert "nothing was changed" in capsys.readouterr().out


def _fingerprint():
    """Every table's content."""
    digests = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT coalesce(string_agg(t::text, '' ORDER BY t::text), '') FROM {table} t")
            digests[table] = hashlib.sha256(cursor.fetchone()[0].encode()).hexdigest()
    return digests


def test_the_password_can_be_reset(demo, capsys, monkeypatch):
    monkeypatch.setenv("LEADCRM_DEMO_PASSWORD", "another one")

    call_command("demo", "--reset-password")

    assert "another one" in capsys.readouterr().out
    assert all(user.check_password("another one") for user in User.objects.all())


def test_the_demo_is_refused_where_mail_leaves(demo, monkeypatch):
    monkeypatch.setenv("EMAIL_URL", "smtp://mail.example")

    with pytest.raises(CommandError, match="EMAIL_URL"):
        call_command("demo")
