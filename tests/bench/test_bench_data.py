"""Bench data look like what flows write: every constraint holds, the same arguments make the same rows."""

from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from leads.models import Activity, Company, Handover, Lead, Pass, StageChange

pytestmark = pytest.mark.usefixtures("committed_db")
UNTIL = datetime(2026, 11, 1, tzinfo=UTC)

MISPLACED = """
SELECT count(*) FROM leads_lead l LEFT JOIN LATERAL (
    SELECT * FROM leads_stagechange c WHERE c.lead_id = l.id ORDER BY id DESC LIMIT 1) c ON TRUE
WHERE (c.to_stage_id, c.outcome, c.cycle) IS DISTINCT FROM (l.stage_id, l.outcome, l.cycle)"""
BROKEN_CHAIN = """
SELECT count(*) FROM (SELECT *, lag(to_stage_id) OVER w AS before, lag(outcome) OVER w AS ended FROM leads_stagechange
                      WINDOW w AS (PARTITION BY lead_id ORDER BY id)) c
WHERE (from_stage_id, from_outcome) IS DISTINCT FROM (before, coalesce(ended, ''))"""
SCHEMA = """
SELECT conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint WHERE conrelid::regclass::text LIKE 'leads_%'
UNION ALL SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid), indisvalid FROM pg_index
          WHERE indrelid::regclass::text LIKE 'leads_%'
UNION ALL SELECT tgname, tgrelid::regclass::text, tgenabled = 'O' FROM pg_trigger WHERE NOT tgisinternal
ORDER BY 1, 2"""


def make(leads: int = 2000, activities: int = 20_000, seed: int = 3) -> None:
    call_command("make_bench_data", leads=leads, activities=activities, seed=seed, until=UNTIL, verbosity=0)


def rows(text: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(text)
        return cursor.fetchall()


def test_every_row_keeps_what_the_database_asks_of_it() -> None:
    schema = rows(SCHEMA)

    make()

    assert (Lead.objects.count(), Activity.objects.count(), Company.objects.count()) == (2000, 20_000, 400)
    assert rows(MISPLACED) == rows(BROKEN_CHAIN) == [(0,)]
    assert StageChange.objects.count() > 2 * Lead.objects.count()
    assert Pass.objects.filter(capture=None).count() == 0
    assert Handover.objects.filter(state="open").count() == Lead.objects.filter(stage__slug="mql", outcome="").count()
    assert rows(SCHEMA) == schema
    assert all(holds for *_, holds in schema)


def test_the_same_seed_makes_the_same_rows_and_another_one_others() -> None:
    digest = (
        "SELECT md5(string_agg(concat_ws('|', lead_id, kind, evidence, occurred_at, dwell_seconds), ',' ORDER BY id))"
        " FROM leads_activity"
    )
    found = []
    for seed in (3, 3, 4):
        make(200, 1000, seed)
        found.append(rows(digest))
        with connection.cursor() as cursor:
            cursor.execute(
                "TRUNCATE leads_lead, leads_company, leads_campaign, leads_document, leads_page, leads_pathset"
                " RESTART IDENTITY CASCADE; DELETE FROM leads_criterion"
            )

    assert found[0] == found[1] != found[2]


def test_a_database_with_leads_is_left_alone() -> None:
    make(10, 10)

    with pytest.raises(CommandError, match="holds leads already"):
        make(10, 10)
