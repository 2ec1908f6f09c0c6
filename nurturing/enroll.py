"""Who enters a sequence, by condition or by hand, and who is taken out by hand."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db import connection

from leads.activity.news import publish
from leads.conditions.plan import Scope
from leads.conditions.select import matching
from mail.plan import REFUSAL, call_off
from nurturing.models import Enrollment, Sequence, SequenceVersion, VersionState
from users.transactions import one_transaction


class EnrollmentRefused(Exception):
    """The sequence takes nobody in; says why."""


# As SQL over lead l and its campaign c: the pass is over for mail; and what keeps a lead from entering by itself.
OVER = "l.outcome IN ('won', 'lost', 'disqualified')"
RESTS = "(l.quiet_since IS NOT NULL OR coalesce(c.ended_at <= %(now)s, FALSE))"
# A sequence entered at the capture counts its days from the capture, whenever the worker came round to it.
# Leads at rest and of ended campaigns enter by hand only.
_ENROLL = f"""
INSERT INTO nurturing_enrollment (lead_id, sequence_id, version_id, cycle, state, reason, position, due_at, enrolled_at,
                                  by_id)
SELECT l.id, %(sequence)s, %(version)s, l.cycle, 'active', '', 1,
       CASE WHEN l.captured_at > %(now)s - interval '1 day' THEN l.captured_at ELSE %(now)s END, %(now)s, %(by)s
FROM leads_lead l JOIN leads_contactability k ON k.lead_id = l.id LEFT JOIN leads_campaign c ON c.id = l.campaign_id
WHERE l.id = ANY(%(ids)s) AND ({REFUSAL}) = '' AND NOT {OVER}
      AND (%(by_hand)s OR NOT {RESTS})
ORDER BY l.id
ON CONFLICT (lead_id, sequence_id, cycle) DO NOTHING
RETURNING lead_id
"""


def _enroll(
    version: SequenceVersion, ids: Collection[int], *, by: int | None, now: datetime, by_hand: bool
) -> set[int]:
    if not ids:
        return set()
    params: dict[str, Any] = {
        "sequence": version.sequence_id,
        "version": version.pk,
        "ids": sorted(ids),
        "now": now,
        "by": by,
    }
    with connection.cursor() as cursor:
        cursor.execute(_ENROLL, {**params, "by_hand": by_hand})
        entered = {lead_id for (lead_id,) in cursor.fetchall()}
    publish("enrolled", entered, now=now, data={"sequence": version.sequence.slug})
    return entered


@one_transaction()
def enter(lead_ids: Collection[int] | None, *, now: datetime) -> int:
    """Take those of these leads (None: all) into running sequences whose entry they match; returns how many entered.

    Once a sequence and pass; consenting leads only; not at rest, not of an ended campaign.
    """
    count = 0
    for version in running():
        if version.entry is not None:
            scope = Scope() if lead_ids is None else Scope(ids=_not_in(version, lead_ids))
            if lead_ids is None or scope.ids:
                found = matching(version.entry, now=now, scope=scope)
                count += len(_enroll(version, found, by=None, now=now, by_hand=False))
    return count


def running() -> Iterable[SequenceVersion]:
    """The published versions of sequences that are not paused."""
    rows = SequenceVersion.objects.filter(state=VersionState.PUBLISHED, sequence__is_paused=False)
    return rows.select_related("sequence").order_by("sequence_id")


def _not_in(version: SequenceVersion, lead_ids: Collection[int]) -> list[int]:
    """Without those who are in it now: most news is about them."""
    known = Enrollment.objects.filter(lead_id__in=lead_ids, sequence_id=version.sequence_id, state="active")
    return sorted(set(lead_ids) - set(known.values_list("lead_id", flat=True)))


@one_transaction()
def enroll(sequence: Sequence, lead_ids: Collection[int], *, by: int, now: datetime) -> set[int]:
    """Take leads in by hand; returns those who entered. The others did not consent, or are or were in it this pass.

    Raises EnrollmentRefused when no version is published.
    """
    version = SequenceVersion.objects.filter(sequence=sequence, state=VersionState.PUBLISHED).first()
    if version is None:
        raise EnrollmentRefused("Publish a version of the sequence first.")
    return _enroll(version, lead_ids, by=by, now=now, by_hand=True)


@one_transaction()
def stop(enrollment_ids: Collection[int], *, by: int, now: datetime) -> int:
    """Take people out of a sequence; a mail that is being handed over still leaves. Returns how many were under way."""
    rows = Enrollment.objects.filter(pk__in=enrollment_ids, state=Enrollment.State.ACTIVE)
    leads = list(rows.select_for_update().order_by("pk").values_list("pk", "lead_id"))
    rows.filter(pk__in=[pk for pk, _ in leads]).update(
        state=Enrollment.State.STOPPED, reason=Enrollment.Why.BY_HAND, ended_at=now
    )
    call_off([f"{pk}:" for pk, _ in leads], now=now)
    publish("enrollment_stopped", [lead for _, lead in leads], now=now, data={"by": by})
    return len(leads)
