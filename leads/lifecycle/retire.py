"""Retiring a stage: it takes no lead any more, those that stand there go to another, its history stays or counts there.

Two steps. First, in one transaction, nobody can enter the stage any more. Then its leads move in batches; a batch that
is lost is found again, because a retired stage that still holds leads says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads.activity.news import change_rules, touch_all
from leads.conditions.used import Written, naming
from leads.lifecycle.line import NEEDED, line_errors
from leads.lifecycle.locks import lock
from leads.lifecycle.move import Move, move
from leads.lifecycle.stages import StageNotPossible
from leads.models import Cause, Lead, Stage, StageRole
from users.transactions import one_transaction

BATCH = 500


@dataclass(frozen=True)
class Retirement:
    """What retiring a stage does: to the leads that stand there, to its history, to what names it.

    `entries` are counted lines of the journal, of so many `passes`. `target_passes` are those that count at the target
    before and `target_passes_then` afterwards, once its leads have moved.
    """

    stage: Stage
    target: Stage
    merges: bool
    leads: int = 0
    ended: int = 0
    entries: int = 0
    passes: int = 0
    target_passes: int = 0
    target_passes_then: int = 0
    takes_role: str = ""
    refused: Sequence[str] = field(default_factory=tuple)
    named_in: Sequence[Written] = field(default_factory=tuple)

    @property
    def offered(self) -> int:
        """How many leads are offered to sales by it: those that come to stand qualified."""
        return self.leads if self.target.role == StageRole.QUALIFIED else 0

    @property
    def is_possible(self) -> bool:
        """Whether nothing stands in the way."""
        return not self.refused and not self.named_in


def weigh(stage: Stage, target: Stage, *, merges: bool, now: datetime) -> Retirement:
    """What would happen, and what stands in the way. Reads only."""
    line = list(Stage.objects.order_by("position"))
    takes = stage.role if not target.role and merges else ""
    refused = list(_refusals(stage, target, line, merges=merges))
    if stage.pk == target.pk:
        return Retirement(stage, target, merges, refused=refused)
    here, there = stage.with_merged(), target.with_merged()
    standing = Lead.objects.filter(stage=stage)
    ahead = [stage.pk] if target.position > stage.position else []
    entries, passes = _count(_LINES, {"stages": here})
    (before,) = _count(_PASSES, {"stages": there, "moving": []})
    (then,) = _count(_PASSES, {"stages": [*there, *(here if merges else [])], "moving": ahead})
    return Retirement(
        stage=stage,
        target=target,
        merges=merges,
        leads=standing.filter(outcome="").count(),
        ended=standing.exclude(outcome="").count(),
        entries=entries,
        passes=passes,
        target_passes=before,
        target_passes_then=then,
        takes_role=takes,
        refused=refused,
        named_in=list(naming("stage", "value", stage.slug, now=now)),
    )


@transaction.atomic
def retire_stage(stage: Stage, target: Stage, *, merges: bool, by: int | None, now: datetime) -> Retirement:
    """Retire a stage in favor of another of its realm; `empty_retired()` then moves its leads.

    With `merges` its history counts as the target's, which takes over its role where it has none of its own. Raises
    StageNotPossible with everything that stands in the way.
    """
    change_rules()
    touch_all()
    with connection.cursor() as cursor:
        # Whoever has written a line has committed by then, and whoever writes one later finds the stage retired.
        cursor.execute("LOCK TABLE leads_stagechange IN SHARE ROW EXCLUSIVE MODE")
    rows = {row.pk: row for row in Stage.objects.select_for_update().filter(pk__in=[stage.pk, target.pk])}
    if len(rows) < len({stage.pk, target.pk}):
        raise StageNotPossible(("", _("One of the two has been retired in the meantime. Load the page again.")))
    done = weigh(rows[stage.pk], rows[target.pk], merges=merges, now=now)
    if not done.is_possible:
        named = [_("%(where)s names the stage. Change it first.") % {"where": used.where} for used in done.named_in]
        raise StageNotPossible(*(("", why) for why in (*done.refused, *named)))
    Stage.everything.filter(merged_into=stage).update(merged_into=target if merges else stage)
    Stage.everything.filter(leads_go_to=stage).update(leads_go_to=target)
    Stage.objects.filter(pk=stage.pk).update(retired_at=now, leads_go_to=target, merged_into=target if merges else None)
    if done.takes_role:
        Stage.objects.filter(pk=target.pk).update(role=done.takes_role)
    return done


@one_transaction()
def empty_retired(*, now: datetime) -> int:
    """Move the next batch of leads that still stand at a retired stage to its heir; returns how many moved.

    They go as they are: at rest or awake, with their owner and their offer to sales. Leads whose pass has ended stand
    nowhere and keep the stage it ended at.
    """
    retired = Stage.everything.filter(retired_at__isnull=False).select_related("leads_go_to")
    heirs = {stage.pk: stage.leads_go_to.slug for stage in retired}
    if not heirs:
        return 0
    rows = Lead.objects.filter(stage__in=list(heirs), outcome="").order_by("pk").values_list("pk", flat=True)
    # Whoever moved or closed one of them meanwhile has committed once it is locked.
    standing = [lead for lead in lock(rows[:BATCH]).values() if lead.stage_id in heirs and not lead.outcome]
    moves = [
        Move(lead_id=lead.pk, to=heirs[lead.stage_id], cause=Cause.RETIRED, cause_id=lead.stage_id) for lead in standing
    ]
    return len(move(moves, by=None, now=now))


def _refusals(stage: Stage, target: Stage, line: Sequence[Stage], *, merges: bool) -> list[str]:
    """Why the one cannot go into the other, whatever names it."""
    if stage.pk == target.pk:
        return [_("Choose another stage: the leads have to go somewhere.")]
    if target.role == StageRole.OPPORTUNITY:
        return [_("An opportunity needs recorded proof of the intent to buy, lead by lead. Choose another stage.")]
    if stage.realm != target.realm:
        return [_("%(target)s is in the other realm: only a decision on the handover crosses.") % {"target": target}]
    if stage.role in NEEDED and not merges:
        role = StageRole(stage.role).label
        return [
            _("The handover needs a stage for “%(role)s”. Merge it into another that takes this over.") % {"role": role}
        ]
    if stage.role in NEEDED and target.role:
        return [
            _("%(target)s already is the stage for “%(role)s” and cannot be that of %(stage)s as well.")
            % {"target": target, "role": StageRole(target.role).label, "stage": stage}
        ]
    places = {row.pk: number for number, row in enumerate(line)}
    if merges and abs(places.get(stage.pk, 0) - places.get(target.pk, 0)) != 1:
        return [_("Merge it into the stage right before or after it: else those between would lose entries.")]
    return [*_line_left(stage, target, line, merges=merges), *_unearned(stage, target, merges=merges)]


def _line_left(stage: Stage, target: Stage, line: Sequence[Stage], *, merges: bool) -> list[str]:
    left = [row for row in line if row.pk != stage.pk]
    if merges and not target.role:
        left = [Stage(pk=row.pk, slug=row.slug, label=row.label, realm=row.realm, role=row.role) for row in left]
        next(row for row in left if row.pk == target.pk).role = stage.role
    return list(line_errors(left))


def _unearned(stage: Stage, target: Stage, *, merges: bool) -> list[str]:
    """Leads that stand before a stage never met what it stands for: no offer to sales, no proof."""
    if not merges or target.role or stage.role not in (StageRole.QUALIFIED, StageRole.OPPORTUNITY):
        return []
    count = Lead.objects.filter(stage=target, outcome="").count()
    if not count or target.position > stage.position:
        return []
    text = ngettext(
        "%(n)d lead stands at %(target)s and would count as “%(role)s” unasked. Move it first.",
        "%(n)d leads stand at %(target)s and would count as “%(role)s” unasked. Move them first.",
        count,
    )
    return [text % {"n": count, "target": target, "role": StageRole(stage.role).label}]


_COUNTED = (
    "h.outcome = '' AND NOT h.backward AND h.undoes_id IS NULL"
    " AND NOT EXISTS (SELECT FROM leads_stagechange u WHERE u.undoes_id = h.id)"
)
_LINES = f"""
SELECT count(*), count(DISTINCT (h.lead_id, h.cycle)) FROM leads_stagechange h
WHERE h.to_stage_id = ANY(%(stages)s) AND {_COUNTED}
"""
_PASSES = f"""
SELECT count(*) FROM (
    SELECT h.lead_id, h.cycle FROM leads_stagechange h WHERE h.to_stage_id = ANY(%(stages)s) AND {_COUNTED}
    UNION SELECT l.id, l.cycle FROM leads_lead l WHERE l.stage_id = ANY(%(moving)s::bigint[]) AND l.outcome = '') p
"""


def _count(text: str, params: dict[str, list[int]]) -> tuple[int, ...]:
    with connection.cursor() as cursor:
        cursor.execute(text, params)
        return tuple(cursor.fetchone())
