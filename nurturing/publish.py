"""Sequences from the author's side: opened, drafted, published, paused. A draft is stored as a whole."""

from collections.abc import Sequence as Rows
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from leads.activity.record import document_ids
from leads.conditions.tree import InvalidCondition, Tree, kept, validate
from leads.models import Document
from mail.letters import LetterSpec, check, prepare, spec_of
from mail.models import Letter
from nurturing.models import Sequence, SequenceVersion, Step, VersionState

MAX_STEPS = 60
MAX_WAIT = 365


@dataclass(frozen=True, kw_only=True, slots=True)
class StepSpec:
    """One step: exactly one of the three is given."""

    letter: LetterSpec | None = None
    wait_days: int | None = None
    condition: dict[str, Any] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """The content of a version. `entry` is a condition tree; None lets people in by hand only."""

    steps: Rows[StepSpec] = field(default_factory=list)
    entry: dict[str, Any] | None = None


class NotPublishable(Exception):
    """The draft cannot be stored or published; `problems` are sentences, each with its step."""

    def __init__(self, problems: Rows[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = list(problems)


@transaction.atomic
def open_sequence(*, slug: str, name: str, campaign_id: int | None = None, sender_id: int | None = None) -> Sequence:
    """Open a sequence with an empty draft. Raises ValidationError for a key that is taken."""
    row = Sequence(slug=slug, name=name, campaign_id=campaign_id, sender_id=sender_id)
    row.full_clean()
    row.save()
    document_ids({slug})  # conditions may name the series before anybody has read a mail of it
    Document.objects.filter(slug=slug, name="").update(name=name)
    SequenceVersion.objects.create(sequence=row, number=1)
    return row


@transaction.atomic
def edit_sequence(sequence: Sequence, *, name: str, campaign_id: int | None, sender_id: int | None) -> None:
    """Name a sequence anew, count its mails elsewhere, send them as somebody else: from the next version on."""
    sequence = Sequence.objects.select_for_update().get(pk=sequence.pk)
    sequence.name, sequence.campaign_id, sequence.sender_id = name, campaign_id, sender_id
    sequence.full_clean()
    sequence.save(update_fields=["name", "campaign", "sender"])
    drafted = Letter.objects.filter(step__version__sequence=sequence, step__version__state=VersionState.DRAFT)
    drafted.update(campaign_id=campaign_id, sender_id=sender_id)


def content_of(version: SequenceVersion) -> Draft:
    """A version read back, to be changed and stored as the draft."""
    steps = [
        StepSpec(
            letter=spec_of(step.letter) if step.letter else None, wait_days=step.wait_days, condition=step.condition
        )
        for step in version.steps.select_related("letter").order_by("position")
    ]
    return Draft(steps=steps, entry=version.entry)


@transaction.atomic
def save_draft(sequence: Sequence, draft: Draft) -> SequenceVersion:
    """Store the draft of a sequence in place of the one before. Raises NotPublishable naming step, place and reason."""
    sequence = Sequence.objects.select_for_update().get(pk=sequence.pk)
    if problems := problems_of(draft):
        raise NotPublishable(problems)
    version = sequence.versions.filter(state=VersionState.DRAFT).first()
    if version is None:
        last = sequence.versions.aggregate(Max("number"))["number__max"] or 0
        version = SequenceVersion.objects.create(sequence=sequence, number=last + 1)
    letters = list(version.steps.exclude(letter=None).values_list("letter_id", flat=True))
    version.steps.all().delete()
    Letter.objects.filter(pk__in=letters).delete()
    version.entry = _kept(draft.entry)
    version.save(update_fields=["entry"])
    number = 0
    for position, spec in enumerate(draft.steps, start=1):
        number += spec.letter is not None
        _store(version, position, spec, number)
    return version


def _store(version: SequenceVersion, position: int, spec: StepSpec, number: int) -> None:
    sequence = version.sequence
    letter = None
    if spec.letter is not None:
        letter = prepare(
            spec.letter,
            series=sequence.slug,
            number=number,
            campaign_id=sequence.campaign_id,
            sender_id=sequence.sender_id,
        )
    kind = Step.Kind.MAIL if letter else Step.Kind.WAIT if spec.wait_days is not None else Step.Kind.CONDITION
    Step.objects.create(
        version=version,
        position=position,
        kind=kind,
        letter=letter,
        wait_days=spec.wait_days,
        condition=_kept(spec.condition),
    )


def _kept(tree: Tree | None) -> Tree | None:
    return None if tree is None else kept(tree)


def problems_of(draft: Draft) -> list[str]:
    """What keeps a draft from being stored, in sentences."""
    found = []
    if len(draft.steps) > MAX_STEPS:
        found.append(_("At most %(n)d steps.") % {"n": MAX_STEPS})
    if draft.entry is not None:
        found += [_("Entry: %(why)s") % {"why": why} for why in _tree_problems(draft.entry)]
    for place, step in enumerate(draft.steps, start=1):
        found += [_("Step %(n)d: %(why)s") % {"n": place, "why": why} for why in _step_problems(step)]
    return found


def _step_problems(step: StepSpec) -> list[str]:
    if step.letter is not None:
        return [f"{problem.field}: {problem}" for problem in check(step.letter)]
    if step.wait_days is not None:
        fits = 1 <= step.wait_days <= MAX_WAIT
        return [] if fits else [_("Wait 1 to %(n)d days.") % {"n": MAX_WAIT}]
    return _tree_problems(step.condition)


def _tree_problems(tree: dict[str, Any] | None) -> list[str]:
    try:
        validate(tree)
    except InvalidCondition as error:
        return [str(error)]
    return []


@transaction.atomic
def publish_version(sequence: Sequence, *, by: int | None, now: datetime) -> SequenceVersion:
    """Publish the draft; who is under way goes on in the version they entered. Raises NotPublishable."""
    sequence = Sequence.objects.select_for_update().get(pk=sequence.pk)
    version = sequence.versions.filter(state=VersionState.DRAFT).first()
    if version is None:
        raise NotPublishable([_("There is no draft to publish.")])
    if not version.steps.filter(kind=Step.Kind.MAIL).exists():
        raise NotPublishable([_("A sequence needs at least one mail.")])
    sequence.versions.filter(state=VersionState.PUBLISHED).update(state=VersionState.RETIRED)
    version.state, version.published_at, version.published_by_id = VersionState.PUBLISHED, now, by
    version.save(update_fields=["state", "published_at", "published_by"])
    return version


@transaction.atomic
def pause(sequence: Sequence, *, is_paused: bool) -> None:
    """Stop or resume a sequence: while it is paused nobody enters and nobody goes on; nobody is dropped."""
    Sequence.objects.filter(pk=sequence.pk).update(is_paused=is_paused)
