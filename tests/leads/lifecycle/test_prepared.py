"""Verdicts and phases are asked by statements kept on the connection, and never by outdated ones."""

from datetime import timedelta

import pytest
from django.db import connection

from leads.conditions.plan import Scope
from leads.lifecycle.criteria import set_criterion
from leads.lifecycle.promote import settle
from leads.models import Lead, PhaseRule, Stage
from tests.factories import NOW, PAGE_VIEWED, make_lead, view_pages

pytestmark = pytest.mark.django_db


def prepared(kind: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements WHERE starts_with(name, %s) ORDER BY name", [kind])
        return [name for (name,) in cursor.fetchall()]


def stage_of(lead: Lead) -> str:
    return Lead.objects.get(pk=lead.pk).stage.slug


def test_the_same_statements_serve_the_next_batch() -> None:
    PhaseRule.objects.create(phase="explore", condition=PAGE_VIEWED)
    first, second = make_lead(), make_lead()
    settle(Scope(ids=[first.pk]), now=NOW)
    kept = prepared("verdict_ids_"), prepared("phase_ids_")

    settle(Scope(ids=[first.pk, second.pk]), now=NOW + timedelta(hours=1))

    assert (prepared("verdict_ids_"), prepared("phase_ids_")) == kept
    assert [len(names) for names in kept] == [1, 1]


def test_a_new_criterion_judges_the_next_batch() -> None:
    stage = Stage.objects.get(role="engaged")
    set_criterion(stage, {"not": PAGE_VIEWED}, by=None, now=NOW)
    lead, other = make_lead(), make_lead()
    view_pages([lead, other])
    settle(Scope(ids=[lead.pk]), now=NOW)
    before = stage_of(lead)

    set_criterion(stage, PAGE_VIEWED, by=None, now=NOW)
    settle(Scope(ids=[lead.pk]), now=NOW)

    assert before != stage.slug
    assert stage_of(lead) == stage.slug
