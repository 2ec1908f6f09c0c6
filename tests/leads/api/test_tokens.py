"""A token acts as its user within its scopes, as long as it lives."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from leads.models import Activity, Lead
from tests.callers import Caller, faults
from tests.factories import NOW, make_lead, make_user
from users.clock import database_now
from users.models import ApiToken, Role

pytestmark = pytest.mark.django_db


def test_an_expired_token_is_refused_by_name():
    caller = Caller(expires_at=NOW)

    answer = caller.get("leads/")

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert "expired" in answer.json()["detail"]


def test_a_token_lives_until_it_expires():
    assert Caller(expires_at=database_now() + timedelta(minutes=1)).get("leads/").status_code == 200


@pytest.mark.parametrize("how", ["revoked", "user gone", "unknown"])
def test_a_dead_token_is_refused(how):
    caller = Caller()
    if how == "revoked":
        ApiToken.objects.update(revoked_at=NOW)
    elif how == "user gone":
        caller.user.is_active = False
        caller.user.save()
    else:
        ApiToken.objects.all().delete()

    answer = caller.post("leads/", {"email": "dana@acme.example"})

    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert not Lead.objects.exists()


def test_an_integrator_writes_facts_of_leads_it_may_not_read():
    lead, caller = make_lead(), Caller(scopes=("activities:write",))

    read = caller.get(f"leads/{lead.pk}/")
    wrote = caller.post("activities/", {"lead": {"id": lead.pk}, "kind": "webinar"})

    assert (read.status_code, wrote.status_code) == (403, 201)


def test_facts_of_leads_out_of_reach_are_refused():
    lead, rep = make_lead(), Caller(make_user(Role.SALES_REP))

    answer = rep.post("activities/", [{"lead": {"email": lead.email}, "kind": "webinar"}])

    assert faults(answer) == ["0.lead"]
    assert not Activity.objects.exists()


def test_a_known_person_out_of_reach_is_taken_without_an_answer():
    lead, rep = make_lead(), Caller(make_user(Role.SALES_REP))

    answer = rep.post("leads/", {"email": lead.email})

    assert (answer.status_code, answer.json()) == (202, {"received": True})
    assert lead.captures.count() == 2


def test_the_command_prints_the_token_and_nothing_else():
    user, out = make_user(Role.MARKETER), StringIO()

    call_command("create_api_token", email=user.email, scope=["leads:read"], stdout=out)

    secret = out.getvalue().removesuffix("\n")
    row = ApiToken.objects.get(digest=ApiToken.digest_of(secret))
    assert (row.user, row.scopes, row.expires_at) == (user, ["leads:read"], None)


def test_the_command_knows_its_users():
    with pytest.raises(CommandError):
        call_command("create_api_token", email="nobody@heshbonit4u.example")
