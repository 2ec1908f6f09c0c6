"""X Education's real file, where it stands: 9,240 leads, and a model whose bands tell who will convert."""

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from leads.models import Channel, Consent, Handover, Lead, LeadScore
from scoring.engine import GroupSpec
from scoring.open import open_model
from scoring.publish import Draft, publish_version, save_draft
from scoring.rules import RuleSpec
from tests.capture.conftest import everything_stored
from users.clock import database_now

FOLDER = Path(os.environ.get("LEADCRM_REAL_DATA", "")) / "xeducation"

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        "LEADCRM_REAL_DATA" not in os.environ or not FOLDER.exists(),
        reason="the real input data are not here: set LEADCRM_REAL_DATA to their folder",
    ),
]


def about(key: str, op: str, value: Any = None) -> dict[str, Any]:
    said = {"leaf": "lead", "field": f"attributes.{key}", "op": op}
    return said if value is None else {**said, "value": value}


# Who they are, and what they did on the site before anybody spoke with them. Tags, quality and profile, which
# employees set afterwards, would tell more and predict nothing.
RULES = [
    RuleSpec(30, "fit", about("occupation", "eq", "Working Professional"), label="Works in a profession"),
    RuleSpec(10, "fit", about("occupation", "eq", "Unemployed"), label="Looks for work"),
    RuleSpec(40, "fit", about("lead_origin", "eq", "Lead Add Form"), label="Added by hand or by a friend"),
    RuleSpec(5, "fit", about("specialization", "is_set"), label="Named a specialization"),
    RuleSpec(20, "behaviour", about("seconds_on_site", "gte", 500), label="Stayed for some minutes"),
    RuleSpec(10, "behaviour", about("seconds_on_site", "gte", 1000), label="Stayed for long"),
    RuleSpec(20, "behaviour", about("last_activity", "eq", "SMS Sent"), label="In talk by SMS"),
    RuleSpec(5, "behaviour", about("last_activity", "eq", "Email Opened"), label="Reads our mail"),
    RuleSpec(-10, "behaviour", about("last_activity", "eq", "Olark Chat Conversation"), label="Only chatted"),
    RuleSpec(-10, "fit", about("do_not_call", "eq", True), label="Wants no calls"),
]


def imported(file: str) -> str:
    out = io.StringIO()
    call_command("import_leads", str(FOLDER / file), preset="xeducation", stdout=out, stderr=io.StringIO())
    return out.getvalue().splitlines()[-1]


@pytest.fixture(scope="module")
def count(django_db_setup: Any, django_db_blocker: Any) -> Iterator[str]:
    """The file imported, a model published and every lead scored, once for all these tests; then rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        told = imported("Leads.csv")
        model = open_model("course", name="Buys a course", purpose="marketing")
        groups = [GroupSpec("fit", "fit"), GroupSpec("behaviour", "engagement")]
        draft = Draft(groups=groups, rules=RULES, hot_from=55, warm_from=30)
        publish_version(save_draft(model, draft), by=None, now=database_now())
        connection.check_constraints()
        call_command("process_touched", stdout=io.StringIO())
        yield told
        transaction.set_rollback(True)


def test_every_row_arrives(count):
    assert count == "new 9240 updated 0 unchanged 0 refused 0"
    assert Lead.objects.filter(attributes__converted=True).count() == 3561
    assert not Lead.objects.filter(attributes__contains={"specialization": "Select"}).exists()
    assert Lead.objects.filter(attributes__specialization__isnull=True).count() == 1942 + 1438
    assert Channel.objects.filter(slug="google").count() == 1
    assert Lead.objects.filter(channel__slug="google").count() == 2868 + 5


def test_who_wants_no_mail_is_asked_before_anything_is_sent(count):
    assert Consent.objects.filter(granted=False).count() == Consent.objects.count() == 734


def test_imported_leads_are_scored_and_rest(count):
    assert LeadScore.objects.count() == 9240
    assert not Lead.objects.filter(quiet_since=None).exists()
    assert set(Lead.objects.values_list("stage__slug", flat=True)) == {"mcl"}
    assert not Handover.objects.exists()


def test_the_share_converted_rises_with_the_band(count):
    out = io.StringIO()
    call_command("band_report", model="course", stdout=out)

    shares = {line.split()[0]: float(line.split()[2].rstrip("%")) for line in out.getvalue().splitlines()[1:]}
    assert shares["cold"] < 25 < shares["warm"] < 65 < shares["hot"]
    assert shares["all"] == 38.5


def test_the_copy_with_trailing_commas_gives_the_same_rows(count):
    before = everything_stored()

    assert imported("variant_trailing_comma_crlf.csv") == "new 0 updated 0 unchanged 9240 refused 0"
    assert everything_stored() == before
