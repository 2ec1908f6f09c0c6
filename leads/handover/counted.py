"""Handovers read back: the one definition of what a report counts and of the leads behind its numbers."""

from dataclasses import dataclass, fields
from typing import Any

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from leads.lifecycle.entries import NONE, Fragment, Mode, PassScope, passes
from leads.models import HandoverState, Lead

# An offer that was withdrawn asked nobody anything.
STATES = (
    HandoverState.ACCEPTED,
    HandoverState.RETURNED,
    HandoverState.REJECTED,
    HandoverState.DUPLICATE,
    HandoverState.OPEN,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Which:
    """What narrows the handovers of a scope; empty texts narrow nothing, NONE means those that have none.

    `decision` is a state, `reason` a reason's key, `missing` what a returned lead lacks, `rule` the words of a scoring
    rule that gave points, `rep` who decided or is to decide, `team` and `document` are keys.
    """

    decision: str = ""
    reason: str = ""
    missing: str = ""
    rule: str = ""
    rep: str = ""
    team: str = ""
    document: str = ""

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))


def offers(scope: PassScope) -> Fragment:
    """The handovers of a scope: in period mode those decided in the time and, still open, those offered in it.

    Columns: id, lead_id, state, reason, missing, why, team_id, rep_id, channel_id, campaign_id, document_id.
    """
    among = passes(scope)
    text = (
        "SELECT o.id, o.lead_id, o.state, o.reason, o.missing, o.why, o.team_id,"
        " coalesce(o.decided_by_id, o.assignee_id) AS rep_id, w.channel_id, w.campaign_id, k.document_id"
        f" FROM ({among.text}) p JOIN leads_handover o ON o.lead_id = p.lead_id AND o.cycle = p.cycle"
        " JOIN leads_pass w ON w.lead_id = p.lead_id AND w.cycle = p.cycle"
        " LEFT JOIN leads_capture k ON k.id = w.capture_id WHERE o.state <> 'withdrawn'"
    )
    if scope.mode == Mode.COHORT:
        return Fragment(text, among.params)
    within = " AND coalesce(o.decided_at, o.offered_at) >= %s AND coalesce(o.decided_at, o.offered_at) < %s"
    return Fragment(text + within, (*among.params, scope.since, scope.until))


def leads_offered(scope: PassScope, which: Which) -> QuerySet[Lead]:
    """The leads of the handovers of a scope that `which` leaves."""
    found = offers(scope)
    parts = [part for part in _parts(which) if part.text]
    where = " AND ".join(part.text for part in parts) or "TRUE"
    params = (*found.params, *(param for part in parts for param in part.params))
    return Lead.objects.filter(pk__in=RawSQL(f"SELECT d.lead_id FROM ({found.text}) d WHERE {where}", params))


def _parts(which: Which) -> list[Fragment]:
    return [
        _is("d.state = %s", which.decision),
        _is("d.reason = %s", which.reason),
        _is("%s = ANY(d.missing)", which.missing),
        _is("d.why @> jsonb_build_array(jsonb_build_object('text', %s::text))", which.rule),
        _of("d.rep_id", "%s", int(which.rep) if which.rep.isdigit() else which.rep),
        _of("d.team_id", "(SELECT id FROM users_team WHERE slug = %s)", which.team),
        _of("d.document_id", "(SELECT id FROM leads_document WHERE slug = %s)", which.document),
    ]


def _is(text: str, value: str) -> Fragment:
    return Fragment(text, (value,)) if value else Fragment("")


def _of(column: str, found: str, value: Any) -> Fragment:
    if value == NONE:
        return Fragment(f"{column} IS NULL")
    return Fragment(f"{column} = {found}", (value,)) if value else Fragment("")
