"""What in the news is worth telling, and whom. A cause that does not stand any more tells nobody."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from leads.models import (
    Cause,
    Deadline,
    Event,
    Handover,
    HandoverState,
    Lead,
    NoticeKind,
    Outcome,
    Reason,
    ReasonKind,
    StageChange,
    Task,
)
from leads.notices.staff import Staff

DECISIONS = (HandoverState.ACCEPTED, HandoverState.REJECTED, HandoverState.RETURNED, HandoverState.DUPLICATE)
_REASON_KINDS = {HandoverState.REJECTED: ReasonKind.REJECT, HandoverState.RETURNED: ReasonKind.RETURN}


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """One thing one person is to be told. The key is the cause's own: the same cause is told once.

    Without a lead, `data` names the `page` it leads to, as `reverse` takes it, and the `right` it takes to open it.
    """

    user_id: int
    kind: NoticeKind
    dedupe_key: str
    lead_id: int | None = None
    data: dict[str, Any] = field(default_factory=dict)


Teller = Callable[[Sequence[Event], Staff], Iterator[Notice]]


def told_to(people: Sequence[int], besides: int | None, **notice: Any) -> Iterator[Notice]:
    """The same notice for several people; who caused it knows."""
    for user_id in people:
        if user_id != besides:
            yield Notice(user_id=user_id, **notice)


def _leads_of(events: Sequence[Event]) -> set[int]:
    return {lead_id for event in events for lead_id in event.lead_ids}


def _at(events: Sequence[Event]) -> set[tuple[int, datetime]]:
    """Which lead something happened to, and when: the moment names the row behind it."""
    return {(lead_id, event.recorded_at) for event in events for lead_id in event.lead_ids}


def _named(events: Sequence[Event], name: str) -> list[int]:
    """The rows that events name in their data."""
    return [pk for event in events for pk in event.data.get(name, [])]


def offered(events: Sequence[Event], staff: Staff) -> Iterator[Notice]:
    """A lead waits for sales (R60): who is to decide hears of it."""
    happened = _at(events)
    rows = Handover.objects.filter(
        lead_id__in=_leads_of(events),
        offered_at__in=[at for _, at in happened],
        state=HandoverState.OPEN,
        lead__archived_at=None,
    )
    for row in rows:
        if (row.lead_id, row.offered_at) in happened:
            yield from told_to(
                staff.deciders(row.assignee_id, row.team_id),
                None,
                kind=NoticeKind.OFFERED,
                lead_id=row.lead_id,
                dedupe_key=f"offered:{row.pk}",
                data=_offer(row),
            )


def _offer(row: Handover) -> dict[str, Any]:
    return {"handover": row.pk, "due_at": row.due_at.isoformat() if row.due_at else None}


def decided(events: Sequence[Event], staff: Staff) -> Iterator[Notice]:
    """Sales decided (R58): marketing's owner of the lead hears of it, without one all marketers."""
    happened = _at(events)
    rows = Handover.objects.filter(
        lead_id__in=_leads_of(events), decided_at__in=[at for _, at in happened], state__in=DECISIONS
    )
    labels = {(kind, slug): label for kind, slug, label in Reason.objects.values_list("kind", "slug", "label")}
    for row in rows:
        if (row.lead_id, row.decided_at) not in happened:
            continue
        kind = _REASON_KINDS.get(HandoverState(row.state), "")
        yield from told_to(
            staff.marketing(row.owner_before_id),
            row.decided_by_id,
            kind=NoticeKind.DECIDED,
            lead_id=row.lead_id,
            dedupe_key=f"decided:{row.pk}",
            data={
                "handover": row.pk,
                "state": row.state,
                "by": staff.name(row.decided_by_id),
                "reason": labels.get((kind, row.reason), row.reason),
                "missing": [labels.get((ReasonKind.MISSING, slug), slug) for slug in row.missing],
            },
        )


def recommended(events: Sequence[Event], staff: Staff) -> Iterator[Notice]:
    """An SDR recommends a lead that waits: who is to decide hears of it."""
    happened = _at(events)
    rows = Handover.objects.filter(
        lead_id__in=_leads_of(events), recommended_at__in=[at for _, at in happened], state=HandoverState.OPEN
    )
    for row in rows:
        if (row.lead_id, row.recommended_at) in happened:
            yield from told_to(
                staff.deciders(row.assignee_id, row.team_id),
                row.recommended_by_id,
                kind=NoticeKind.RECOMMENDED,
                lead_id=row.lead_id,
                dedupe_key=f"recommended:{row.pk}:{row.recommended_at:%Y%m%d%H%M%S}",
                data={**_offer(row), "by": staff.name(row.recommended_by_id)},
            )


def assigned(events: Sequence[Event], staff: Staff) -> Iterator[Notice]:
    """Somebody was given a handover by another."""
    given = {
        (lead_id, event.data["user"]): event
        for event in events
        if event.data.get("user") not in (None, event.data.get("by"))
        for lead_id in event.lead_ids
    }
    rows = Handover.objects.filter(lead_id__in=_leads_of(events), state=HandoverState.OPEN, assignee__isnull=False)
    for row in rows:
        if event := given.get((row.lead_id, row.assignee_id)):
            yield from told_to(
                staff.named(row.assignee_id),
                None,
                kind=NoticeKind.ASSIGNED,
                lead_id=row.lead_id,
                dedupe_key=f"assigned:{row.pk}:{event.pk}",
                data={**_offer(row), "by": staff.name(event.data.get("by"))},
            )


def _clock(kind: NoticeKind) -> Teller:
    """What is told of a running deadline."""

    def tell(events: Sequence[Event], staff: Staff) -> Iterator[Notice]:
        rows = Deadline.objects.filter(
            pk__in=_named(events, "deadlines"), met_at=None, dropped_at=None, lead__archived_at=None
        ).select_related("team")
        for row in rows:
            escalated = kind == NoticeKind.ESCALATED
            people = staff.superiors(row.team_id) if escalated else staff.deciders(row.user_id, row.team_id)
            yield from told_to(
                people,
                None,
                kind=kind,
                lead_id=row.lead_id,
                dedupe_key=f"{kind}:{row.pk}",
                data={
                    "deadline": row.pk,
                    "what": row.kind,
                    "handover": row.handover_id if row.kind == "decide" else None,
                    "due_at": row.due_at.isoformat(),
                    "with": staff.name(row.user_id) or str(row.team or ""),
                },
            )

    return tell


def due(events: Sequence[Event], staff: Staff) -> Iterator[Notice]:
    """A task is due: who is to do it hears of it, without anybody the team, without a team the lead's owner."""
    rows = Task.objects.filter(pk__in=_named(events, "tasks"), done_at=None, lead__archived_at=None)
    for row in rows.select_related("lead"):
        yield from told_to(
            staff.named(row.assignee_id) or staff.team(row.team_id) or staff.named(row.lead.owner_id),
            None,
            kind=NoticeKind.DUE,
            lead_id=row.lead_id,
            dedupe_key=f"due:{row.pk}:{row.due_at:%Y%m%d%H%M}" if row.due_at else f"due:{row.pk}",
            data={"task": row.pk, "what": row.kind, "due_at": row.due_at.isoformat() if row.due_at else None},
        )


def given(events: Sequence[Event], staff: Staff) -> Iterator[Notice]:
    """Somebody was given a task by another."""
    who = {pk: event for event in events for pk in event.data.get("tasks", [])}
    for row in Task.objects.filter(pk__in=who, done_at=None, assignee__isnull=False, lead__archived_at=None):
        event = who[row.pk]
        by = event.data.get("by", row.by_id)
        yield from told_to(
            staff.named(row.assignee_id),
            by,
            kind=NoticeKind.ASSIGNED,
            lead_id=row.lead_id,
            dedupe_key=f"task:{row.pk}:{event.pk}",
            data={"task": row.pk, "what": row.kind, "by": staff.name(by)},
        )


def recycled(events: Sequence[Event], staff: Staff) -> Iterator[Notice]:
    """The day to try a nurtured lead again has come: its owner and who set it aside hear of it, else all marketers."""
    set_by = {int(lead): by for event in events for lead, by in event.data.get("set_aside_by", {}).items()}
    for lead in Lead.objects.filter(pk__in=_leads_of(events), outcome="", archived_at=None):
        yield from told_to(
            staff.marketing(lead.owner_id, set_by.get(lead.pk)),
            None,
            kind=NoticeKind.RECYCLED,
            lead_id=lead.pk,
            dedupe_key=f"recycled:{lead.pk}:{lead.cycle}",
        )


def won(events: Sequence[Event], staff: Staff) -> Iterator[Notice]:
    """A pass was won: marketing's owner (else all marketers), the lead's owner and their managers hear of it.

    Imported wins are not announced (R3).
    """
    rows = list(
        StageChange.objects.filter(pk__in=_named(events, "changes"), outcome=Outcome.WON, undone_by=None)
        .exclude(cause=Cause.IMPORT)
        .select_related("lead__owner")
    )
    pairs = [(row.lead_id, row.cycle) for row in rows]
    accepted = Handover.objects.filter(lead_id__in=[lead for lead, _ in pairs], state=HandoverState.ACCEPTED)
    before = {(row.lead_id, row.cycle): row.owner_before_id for row in accepted} if rows else {}
    for row in rows:
        owner = row.lead.owner
        people = staff.marketing(before.get((row.lead_id, row.cycle)))
        if owner is not None:
            people = [*people, *staff.named(owner.pk), *staff.superiors(owner.team_id)]
        yield from told_to(
            list(dict.fromkeys(people)),
            row.by_id,
            kind=NoticeKind.WON,
            lead_id=row.lead_id,
            dedupe_key=f"won:{row.lead_id}:{row.cycle}",
            data={"by": staff.name(row.by_id)},
        )


TELLERS: dict[str, Teller] = {
    "handover_offered": offered,
    "handover_decided": decided,
    "handover_recommended": recommended,
    "handover_claimed": assigned,
    "handover_assigned": assigned,
    "deadline_warned": _clock(NoticeKind.WARNED),
    "deadline_breached": _clock(NoticeKind.BREACHED),
    "deadline_escalated": _clock(NoticeKind.ESCALATED),
    "task_due": due,
    "task_assigned": given,
    "lead_recycled": recycled,
    "stage_changed": won,
}


def register_teller(kind: str, teller: Teller) -> None:
    """Let an app above say whom its news concerns; apps call this in ready()."""
    TELLERS[kind] = teller
