"""Judging again: journaled, once, and the leads are scored anew."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from leads.activity.verdict import reclassify
from leads.models import Activity, Event, Evidence, EvidenceChange, Touched
from scoring.touched import drain
from tests.factories import NOW, make_lead, make_leads, minutes, publish_model, view_pages

pytestmark = pytest.mark.django_db
LATER = NOW + minutes(5)


def test_a_new_verdict_is_journaled_once_and_told():
    lead = make_lead()
    view_pages([lead])
    (activity,) = Activity.objects.filter(lead=lead)
    Touched.objects.all().delete()

    assert reclassify([activity.pk], Evidence.MACHINE, "burst", by=None, now=LATER) == 1
    assert reclassify([activity.pk], Evidence.MACHINE, "burst", by=None, now=LATER) == 0

    (change,) = EvidenceChange.objects.all()
    assert (change.activity_id, change.before, change.after) == (activity.pk, Evidence.HUMAN, Evidence.MACHINE)
    assert (change.reason, change.recorded_at) == ("burst", LATER)
    assert list(Touched.objects.values_list("lead_id", "fact_at")) == [(lead.pk, None)]
    assert Event.objects.filter(kind="evidence_changed", lead_ids=[lead.pk]).count() == 1


def test_what_turns_out_to_be_a_machine_scores_no_longer():
    model = publish_model()
    lead = make_lead()
    view_pages([lead])
    drain(now=NOW)
    assert lead.scores.get(model=model).points == 10

    reclassify(Activity.objects.values_list("pk", flat=True), Evidence.MACHINE, "burst", by=None, now=LATER)
    drain(now=LATER)

    assert lead.scores.get(model=model).points == 0


def test_the_journal_is_append_only():
    view_pages([make_lead()])
    reclassify(Activity.objects.values_list("pk", flat=True), Evidence.UNSURE, "by hand", by=None, now=LATER)

    for change in (lambda rows: rows.update(reason="other"), lambda rows: rows.delete()):
        with pytest.raises(IntegrityError), transaction.atomic():
            change(EvidenceChange.objects.all())


def test_a_thousand_cost_no_more_questions_than_one():
    view_pages(make_leads(20))
    ids = list(Activity.objects.values_list("pk", flat=True))
    with CaptureQueriesContext(connection) as one:
        reclassify(ids[:1], Evidence.UNSURE, "x", by=None, now=LATER)
    with CaptureQueriesContext(connection) as many:
        reclassify(ids[1:], Evidence.UNSURE, "x", by=None, now=LATER)

    assert len(many) == len(one)
