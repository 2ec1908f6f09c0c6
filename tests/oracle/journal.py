"""The tables read back in the words of tests.oracle.lifecycle, to be compared with a `Life`."""

from datetime import UTC, date, datetime
from typing import Any

from django.db import connection

from leads.lifecycle.entries import PassScope, entries
from leads.models import Lead
from tests.oracle.lifecycle import Life
from tests.oracle.lines import Line


def told(life: Life) -> dict[str, Any]:
    """Everything a life says."""
    way = life.way
    return {
        "stands": [way.stage, way.outcome, way.cycle],
        "since": way.since,
        "owner": life.owner,
        "campaign": life.campaign,
        "quiet": life.quiet,
        "archived": life.is_archived,
        "journal": life.journal,
        "passes": life.passes,
        "offers": [(o.cycle, o.state, o.owner_before, o.by, o.closed_at) for o in life.offers],
        "deals": life.deals,
        "entries": way.entered,
    }


# One question for everything: after each of twenty thousand steps, many would take their time.
_EVERYTHING = """
SELECT l.id, json_build_object(
    'stands', json_build_array(st.slug, l.outcome, l.cycle), 'since', l.stage_since, 'owner', l.owner_id,
    'campaign', k.slug, 'quiet', l.quiet_since, 'archived', l.archived_at IS NOT NULL,
    'journal', (SELECT json_agg(json_build_object(
            'id', h.id, 'cycle', h.cycle, 'from_stage', f.slug, 'from_outcome', h.from_outcome, 'to_stage', t.slug,
            'outcome', h.outcome, 'at', h.occurred_at, 'recorded_at', h.recorded_at, 'cause', h.cause,
            'passed_through', h.passed_through, 'backward', h.backward, 'out_of_order', h.out_of_order,
            'until', h.until, 'undoes', h.undoes_id) ORDER BY h.id)
        FROM leads_stagechange h LEFT JOIN leads_stage f ON f.id = h.from_stage_id
        JOIN leads_stage t ON t.id = h.to_stage_id WHERE h.lead_id = l.id),
    'passes', (SELECT json_agg(json_build_array(p.cycle, c.slug) ORDER BY p.cycle)
        FROM leads_pass p LEFT JOIN leads_campaign c ON c.id = p.campaign_id WHERE p.lead_id = l.id),
    'offers', (SELECT json_agg(json_build_array(o.cycle, o.state, o.owner_before_id, o.decided_by_id, o.decided_at)
        ORDER BY o.id) FROM leads_handover o WHERE o.lead_id = l.id),
    'deals', (SELECT json_agg(json_build_array(d.cycle, d.state)) FROM leads_opportunity d WHERE d.lead_id = l.id)),
    ARRAY(SELECT row(e.cycle, coalesce(nullif(e.outcome, ''), s.slug), e.occurred_at)::text
        FROM counted e JOIN leads_stage s ON s.id = e.stage_id WHERE e.lead_id = l.id)
FROM leads_lead l JOIN leads_stage st ON st.id = l.stage_id LEFT JOIN leads_campaign k ON k.id = l.campaign_id
WHERE l.id = ANY(%s)"""


def found(lead_ids: list[int]) -> dict[int, dict[str, Any]]:
    """Everything the tables say of these leads; the entries as reports count them."""
    leads = Lead.objects.filter(pk__in=lead_ids)
    ever = PassScope(since=datetime(2000, 1, 1, tzinfo=UTC), until=datetime(2100, 1, 1, tzinfo=UTC), leads=leads)
    counted = entries(ever)
    with connection.cursor() as cursor:
        cursor.execute(f"WITH counted AS ({counted.text}) {_EVERYTHING}", [*counted.params, lead_ids])
        return {pk: _read(row) | {"entries": _entries(entered)} for pk, row, entered in cursor.fetchall()}


def _read(row: dict[str, Any]) -> dict[str, Any]:
    offers = [(*offer, _moment(at)) for *offer, at in row["offers"] or []]
    return row | {
        "since": _moment(row["since"]),
        "quiet": _moment(row["quiet"]),
        "journal": _journal(row["journal"]),
        "passes": [tuple(begun) for begun in row["passes"]],
        "offers": offers,
        "deals": dict(row["deals"] or []),
    }


def _journal(rows: list[dict[str, Any]]) -> list[Line]:
    place = {row.pop("id"): index for index, row in enumerate(rows)}
    return [
        Line(
            **row
            | {name: _moment(row[name]) for name in ("at", "recorded_at")}
            | {"until": row["until"] and date.fromisoformat(row["until"])}
            | {"undoes": row["undoes"] and place[row["undoes"]]}
        )
        for row in rows
    ]


def _entries(rows: list[str]) -> dict[tuple[int, str], datetime]:
    entered: dict[tuple[int, str], datetime] = {}
    for row in rows:
        cycle, name, at = row.strip("()").replace('"', "").split(",")
        assert (int(cycle), name) not in entered, "counted twice"
        entered[int(cycle), name] = datetime.fromisoformat(at)
    return entered


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
