"""Conditions that ask for the owner hold when the owner changes, or changes team."""

import pytest

from leads.lifecycle.criteria import set_criterion
from leads.models import Lead
from leads.people.edit import set_owner
from scoring.touched import drain
from tests.factories import NOW, make_leads, make_user, stage
from users.models import Role, Team

pytestmark = pytest.mark.django_db


def engaged() -> list[Lead]:
    drain(now=NOW)
    return list(Lead.objects.filter(stage__slug="mel"))


def test_a_lead_that_is_given_to_somebody_is_judged_anew() -> None:
    one, _other = make_leads(2)
    set_criterion(stage("mel"), {"leaf": "owner", "op": "is_set"}, by=None, now=NOW)
    assert engaged() == []

    set_owner({one.pk: make_user().pk}, now=NOW)

    assert engaged() == [one]


def test_who_changes_team_has_their_leads_judged_anew() -> None:
    rep, north = make_user(Role.SALES_REP), Team.objects.create(slug="north", name="North")
    one, _other = make_leads(2)
    set_owner({one.pk: rep.pk}, now=NOW)
    set_criterion(stage("mel"), {"leaf": "owner", "op": "team", "value": ["north"]}, by=None, now=NOW)
    assert engaged() == []

    rep.team = north
    rep.save()

    assert engaged() == [one]
