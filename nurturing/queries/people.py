"""Who matches an entry, who would be refused and why, and who stands where."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from leads.conditions.plan import Scope
from leads.conditions.select import plan_for, within
from leads.conditions.tree import compile_tree
from mail.plan import REFUSAL
from nurturing.enroll import OVER, RESTS
from nurturing.models import Enrollment, Sequence, Step

Why = Enrollment.Why
# What keeps a lead out of a sequence when somebody puts it in by hand.
IN_IT, WAS_IN_IT = "in_it", "was_in_it"
REASONS: dict[str, str | Promise] = {
    IN_IT: _("is in it already"),
    WAS_IN_IT: _("has been in it in this pass"),
    Why.PASS_ENDED: _("the pass has ended"),
    Why.WITHDRAWN: _("withdrew consent"),
    Why.NO_CONSENT: _("never consented to mail"),
    Why.SUPPRESSED: _("gets no mail: bounced, complained or suppressed"),
    Why.NO_ADDRESS: _("has no e-mail address"),
    Why.ARCHIVED: _("is archived"),
}


@dataclass(frozen=True, slots=True)
class EntryCounts:
    """What a condition to enter means now."""

    match: int
    refused: int
    in_it: int
    over: int

    @property
    def to_come(self) -> int:
        """How many would enter at once."""
        return self.match - self.refused - self.in_it - self.over


_REASON = f"""CASE WHEN e.state = 'active' THEN '{IN_IT}' WHEN e.id IS NOT NULL THEN '{WAS_IN_IT}'
       WHEN {OVER} THEN '{Why.PASS_ENDED}' ELSE {REFUSAL} END"""
_WHY = f"""
SELECT l.id, {_REASON}
FROM leads_lead l JOIN leads_contactability k ON k.lead_id = l.id
LEFT JOIN nurturing_enrollment e ON e.lead_id = l.id AND e.cycle = l.cycle AND e.sequence_id = %s
WHERE l.id = ANY(%s)
"""


def why_not(sequence: Sequence, lead_ids: Collection[int]) -> dict[int, str]:
    """Why each of these leads cannot enter the sequence by hand; empty where it can."""
    with connection.cursor() as cursor:
        cursor.execute(_WHY, [sequence.pk, sorted(lead_ids)])
        return dict(cursor.fetchall())


COUNT_SECONDS = 3.0  # a page waits no longer
_COUNTS = f"""
WITH found AS MATERIALIZED (SELECT l.id {{source}} WHERE {{predicate}}),
judged AS (
    SELECT {_REASON} AS why, {RESTS} AS rests
    FROM found f JOIN leads_lead l ON l.id = f.id JOIN leads_contactability k ON k.lead_id = l.id
    LEFT JOIN nurturing_enrollment e ON e.lead_id = l.id AND e.cycle = l.cycle AND e.sequence_id = %(sequence)s
    LEFT JOIN leads_campaign c ON c.id = l.campaign_id)
SELECT (SELECT count(*) FROM found), count(*) FILTER (WHERE why IN ('{IN_IT}', '{WAS_IN_IT}')),
       count(*) FILTER (WHERE why = '{Why.PASS_ENDED}' OR (why = '' AND rests)),
       count(*) FILTER (WHERE why = '' AND NOT rests)
FROM judged
"""


def entry_counts(sequence: Sequence, entry: dict[str, Any], *, now: datetime) -> EntryCounts:
    """How many leads a condition matches, and how many of them enter by themselves. Raises TooManyToCount."""
    plan = plan_for(now)
    predicate = compile_tree(entry, plan)
    text = _COUNTS.format(source=plan.source(Scope()), predicate=predicate)
    with within(COUNT_SECONDS), connection.cursor() as cursor:
        cursor.execute(text, {**plan.params, "sequence": sequence.pk, "now": now})
        match, in_it, over, to_come = cursor.fetchone()
    return EntryCounts(match=match, refused=match - in_it - over - to_come, in_it=in_it, over=over)


def enrollments(
    sequence: Sequence, *, state: str = "", reason: str = "", before: int | None = None
) -> QuerySet[Enrollment]:
    """The people of a sequence, those who come next first; `before` is the number of the mail they stand before."""
    rows = Enrollment.objects.filter(sequence=sequence).select_related("lead__company", "version")
    if before is not None:
        rows = rows.filter(_standing_before(sequence, before))
    if reason:
        rows = rows.filter(reason=reason)
    if state:
        rows = rows.filter(state=state)
    return rows.order_by("due_at", "pk") if state == Enrollment.State.ACTIVE else rows.order_by("-ended_at", "-pk")


def _standing_before(sequence: Sequence, number: int) -> Q:
    """The places from behind the mail before to this mail, in each version."""
    found, after = Q(pk=None), dict[int, int]()
    steps = Step.objects.filter(version__sequence=sequence, letter__isnull=False).select_related("letter")
    for step in steps.order_by("version_id", "position"):
        if step.letter and step.letter.number == number:
            start = after.get(step.version_id, 0)
            found |= Q(version=step.version_id, position__gt=start, position__lte=step.position)
        after[step.version_id] = step.position
    return found


def standing_counts(sequence: Sequence) -> dict[tuple[str, str], int]:
    """How many people stand where, by state and reason."""
    rows = Enrollment.objects.filter(sequence=sequence).order_by().values("state", "reason").annotate(n=Count("pk"))
    return {(row["state"], row["reason"]): row["n"] for row in rows}
