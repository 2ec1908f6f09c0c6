"""A lead that is somebody known already."""

import pytest

from leads.handover.decide import Decision, DuplicateNotPossible, ReasonRequired, Verb, decide, undo_decision
from leads.models import Handover, Lead, Reason
from leads.people.edit import archive_leads
from tests.callers import Caller, faults
from tests.factories import NOW, make_handover, make_lead, make_user, minutes, move_to
from users.clock import database_now
from users.models import Team

pytestmark = pytest.mark.django_db


def test_a_duplicate_is_disqualified_and_names_the_other_and_undo_puts_all_back():
    offer, original, rep = make_handover(), make_lead(), make_user()

    decide(
        [Decision(handover_id=offer.pk, verb=Verb.DUPLICATE, duplicate_of=original.pk)], by=rep.pk, now=NOW + minutes(1)
    )

    offer.refresh_from_db()
    lead = Lead.objects.get(pk=offer.lead_id)
    assert (offer.state, offer.duplicate_of, offer.reason) == ("duplicate", original, "duplicate")
    assert (lead.outcome, lead.stage_changes.latest("pk").reason) == ("disqualified", "duplicate")

    undo_decision(offer.pk, by=rep.pk, now=NOW + minutes(1.1))

    offer.refresh_from_db()
    assert (offer.state, offer.duplicate_of, offer.reason) == ("open", None, "")
    assert Lead.objects.get(pk=offer.lead_id).outcome == ""


@pytest.mark.parametrize("other", ["itself", "archived", "nobody", "none"])
def test_the_other_lead_stands_and_is_another(other):
    offer, archived = make_handover(), make_lead()
    archive_leads([archived.pk], now=NOW)
    named = {"itself": offer.lead_id, "archived": archived.pk, "nobody": 987654321, "none": None}[other]

    with pytest.raises(DuplicateNotPossible) as refused:
        decide([Decision(handover_id=offer.pk, verb=Verb.DUPLICATE, duplicate_of=named)], by=make_user().pk, now=NOW)

    assert refused.value.field == "duplicate_of"
    assert Handover.objects.get().state == "open"


def test_the_api_takes_only_a_lead_the_caller_may_read():
    now = database_now()
    offer, rep = make_handover(now=now), make_user()
    stranger = make_user(team=Team.objects.create(slug="other", name="Other"))
    near, far = make_lead(now=now), make_lead(now=now)
    Lead.objects.filter(pk=near.pk).update(owner=rep)
    Lead.objects.filter(pk=far.pk).update(owner=stranger)
    caller = Caller(rep)

    for bad in ({}, {"duplicate_of": far.pk}, {"duplicate_of": offer.lead_id}, {"duplicate_of": "x"}):
        assert faults(caller.post(f"handovers/{offer.pk}/duplicate/", bad)) == ["duplicate_of"]
    answer = caller.post(f"handovers/{offer.pk}/duplicate/", {"duplicate_of": near.pk, "note": "Met twice."})

    assert (answer.json()["state"], answer.json()["duplicate_of"]) == ("duplicate", near.pk)
    assert caller.post(f"handovers/{offer.pk}/undo/").json()["state"] == "open"


def test_what_is_missing_comes_from_the_administered_list():
    offer, rep = make_handover(), make_user()
    Reason.objects.create(kind="missing", slug="phone", label="A phone number")
    Reason.objects.filter(kind="missing", slug="timeline").update(is_active=False)

    with pytest.raises(ReasonRequired, match=r"'timeline' is not on the list. Choose from: .*phone") as refused:
        _return(offer, rep, ["phone", "timeline"])
    _return(offer, rep, ["phone"])

    assert refused.value.field == "missing"
    assert Handover.objects.get().missing == ["phone"]


def _return(offer, rep, missing):
    wish = Decision(handover_id=offer.pk, verb=Verb.RETURN, reason="not_ready", missing=missing)
    decide([wish], by=rep.pk, now=NOW)


def test_a_duplicate_found_twice_in_one_go():
    one, two, original = make_handover(), make_handover(), move_to(make_lead(), "mel")
    wishes = [Decision(handover_id=row.pk, verb=Verb.DUPLICATE, duplicate_of=original.pk) for row in (one, two)]

    decide(wishes, by=make_user().pk, now=NOW)

    assert Handover.objects.filter(state="duplicate", duplicate_of=original).count() == 2
