"""Due enrollments go on: set-based, step by step, each batch in one transaction. Any number of workers may run it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from leads.conditions.plan import Scope
from leads.conditions.select import matching
from mail.plan import Intent, plan
from nurturing.enroll import OVER
from nurturing.models import Enrollment, Step
from users.transactions import one_transaction

BATCH = 500
# Who comes round this late does not get two mails at once: the rest of the sequence is counted from now.
LATE = timedelta(days=1)
Why = Enrollment.Why


@dataclass(frozen=True, slots=True)
class Due:
    """An enrollment whose next step is due."""

    pk: int
    lead_id: int
    version_id: int
    position: int
    due_at: datetime
    is_over: bool


_CLAIM = f"""
SELECT e.id, e.lead_id, e.version_id, e.position, e.due_at,
       l.cycle <> e.cycle OR {OVER}
FROM nurturing_enrollment e JOIN nurturing_sequence s ON s.id = e.sequence_id JOIN leads_lead l ON l.id = e.lead_id
WHERE e.state = 'active' AND e.due_at <= %s AND NOT s.is_paused
ORDER BY e.due_at LIMIT %s FOR UPDATE OF e SKIP LOCKED
"""


def advance(*, now: datetime, limit: int = BATCH) -> int:
    """Do what is due by `now`; returns how many enrollments went on. People in a paused sequence wait."""
    total = 0
    while done := _batch(now, limit):
        total += done
    return total


@one_transaction()
def _batch(now: datetime, limit: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [now, limit])
        due = [Due(*row) for row in cursor.fetchall()]
    steps = {(step.version_id, step.position): step for step in _steps({one.version_id for one in due})}
    groups: dict[tuple[int, int], list[Due]] = defaultdict(list)
    over = [one for one in due if one.is_over]
    for one in due:
        if not one.is_over:
            groups[one.version_id, one.position].append(one)
    _end(over, Why.PASS_ENDED, now)
    for place, group in groups.items():
        _do(steps.get(place), group, now)
    return len(due)


def _steps(version_ids: set[int]) -> Sequence[Step]:
    return list(Step.objects.filter(version_id__in=version_ids)) if version_ids else []


def _do(step: Step | None, group: Sequence[Due], now: datetime) -> None:
    """One step for everybody who stands at it."""
    if step is None:
        _end(group, Why.END, now)
    elif step.kind == Step.Kind.WAIT:
        wait = timedelta(days=step.wait_days or 0)
        _go_on(group, [(now if now - one.due_at > LATE else one.due_at) + wait for one in group])
    elif step.kind == Step.Kind.CONDITION:
        assert step.condition is not None
        passed = set(matching(step.condition, now=now, scope=Scope(ids=sorted({one.lead_id for one in group}))))
        _go_on([one for one in group if one.lead_id in passed])
        _end([one for one in group if one.lead_id not in passed], Why.GATE, now)
    else:
        _mail(step, group, now)


def _mail(step: Step, group: Sequence[Due], now: datetime) -> None:
    """Plan the mail for those who may get it; the others leave the sequence, with the reason beside the mail."""
    assert step.letter_id is not None
    intents = [
        Intent(dedupe_key=f"{one.pk}:{step.position}", lead_id=one.lead_id, letter_id=step.letter_id, due_at=one.due_at)
        for one in group
    ]
    refused = {row.dedupe_key: row.reason for row in plan(intents, now=now) if row.reason}
    _go_on([one for one, intent in zip(group, intents, strict=True) if intent.dedupe_key not in refused])
    by_reason: dict[str, list[Due]] = defaultdict(list)
    for one, intent in zip(group, intents, strict=True):
        if reason := refused.get(intent.dedupe_key):
            by_reason[reason].append(one)
    for reason, those in by_reason.items():
        _end(those, Why(reason), now)


def _go_on(group: Sequence[Due], due_ats: Sequence[datetime] | None = None) -> None:
    if group:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE nurturing_enrollment e SET position = e.position + 1, due_at = t.due_at"
                " FROM unnest(%s::bigint[], %s::timestamptz[]) t (id, due_at) WHERE e.id = t.id",
                [[one.pk for one in group], list(due_ats or [one.due_at for one in group])],
            )


def _end(group: Sequence[Due], why: Why, now: datetime) -> None:
    if group:
        state = Enrollment.State.FINISHED if why in (Why.END, Why.GATE) else Enrollment.State.STOPPED
        rows = Enrollment.objects.filter(pk__in=[one.pk for one in group])
        rows.update(state=state, reason=why, ended_at=now)
