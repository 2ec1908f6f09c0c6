"""The journal and the timeline name the versions of models that a lead was judged by."""

from datetime import timedelta

import pytest

from leads.lifecycle.criteria import set_criterion
from leads.queries.journal import journal
from scoring.publish import copy_to_draft, publish_version
from scoring.touched import drain
from tests.browsing import browser
from tests.factories import NOW, make_lead, make_user, publish_model, stage, view_pages
from users.clock import database_now
from users.models import Role

pytestmark = pytest.mark.django_db


def test_a_move_by_criteria_names_the_version_in_force_then():
    model = publish_model()
    asked = {"leaf": "score", "model": "mql", "op": "gte", "value": 10}
    set_criterion(stage("mel"), asked, by=None, now=NOW)
    second = publish_version(copy_to_draft(model.versions.get()), by=None, now=NOW + timedelta(hours=1))
    lead = make_lead(now=NOW)
    view_pages([lead], now=NOW)
    drain(now=NOW + timedelta(hours=2))
    publish_version(copy_to_draft(second), by=None, now=NOW + timedelta(hours=3))
    lead.refresh_from_db()

    line = journal(lead, database_now())[0]
    client = browser(make_user(Role.MARKETER))
    told = client.get(f"/api/v1/leads/{lead.pk}/timeline/").json()["results"]

    assert line.why == "Criterion of MEL, version 1, MQL v2"
    moved = next(entry["data"] for entry in told if entry["kind"] == "stage" and entry["data"]["to"] == "mel")
    assert (moved["criterion"], moved["models"]) == (1, {"mql": 2})
    assert "v2" in client.get(f"/leads/{lead.pk}/").content.decode()
