"""A draft changed step by step. Whoever changes a step says which one they saw: nobody overwrites what they did not."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.db import transaction

from nurturing.models import Sequence, SequenceVersion, VersionState
from nurturing.publish import Draft, StepSpec, content_of, save_draft

Edit = Callable[[Draft], Draft]


class DraftChanged(Exception):
    """The step is not the one that was seen: somebody else changed the draft meanwhile."""


def stamp(step: StepSpec) -> str:
    """What a step looked like, in a few letters."""
    return hashlib.blake2b(repr(step).encode(), digest_size=8).hexdigest()


@transaction.atomic
def begin_draft(sequence: Sequence) -> SequenceVersion:
    """The draft of a sequence, made of its published version where there is none."""
    sequence = Sequence.objects.select_for_update().get(pk=sequence.pk)
    draft = sequence.versions.filter(state=VersionState.DRAFT).first()
    if draft is not None:
        return draft
    newest = sequence.versions.order_by("-number").first()
    return save_draft(sequence, content_of(newest) if newest else Draft())


@transaction.atomic
def change_draft(sequence: Sequence, edit: Edit) -> SequenceVersion:
    """Change the draft as it stands now. Raises DraftChanged, NotPublishable."""
    return save_draft(sequence, edit(content_of(begin_draft(sequence))))


@transaction.atomic
def discard_draft(sequence: Sequence) -> bool:
    """Throw a draft away where another version stands; returns whether it did."""
    sequence = Sequence.objects.select_for_update().get(pk=sequence.pk)
    draft = sequence.versions.filter(state=VersionState.DRAFT).first()
    if draft is None or not sequence.versions.exclude(pk=draft.pk).exists():
        return False
    save_draft(sequence, Draft())  # its letters go
    draft.delete()
    return True


def with_entry(entry: dict[str, Any] | None) -> Edit:
    """Another condition to enter; None: by hand only."""
    return lambda draft: replace(draft, entry=entry)


def with_step(position: int, step: StepSpec) -> Edit:
    """A new step at a place, from 1; those from there on move down."""

    def edit(draft: Draft) -> Draft:
        at = min(max(position, 1), len(draft.steps) + 1) - 1
        return replace(draft, steps=[*draft.steps[:at], step, *draft.steps[at:]])

    return edit


def with_other(position: int, seen: str, step: StepSpec) -> Edit:
    """Another step in place of the one that was seen."""

    def edit(draft: Draft) -> Draft:
        _the_one_seen(draft, position, seen)
        return replace(draft, steps=[*draft.steps[: position - 1], step, *draft.steps[position:]])

    return edit


def without_step(position: int, seen: str) -> Edit:
    """Without the step that was seen."""

    def edit(draft: Draft) -> Draft:
        _the_one_seen(draft, position, seen)
        return replace(draft, steps=[*draft.steps[: position - 1], *draft.steps[position:]])

    return edit


def with_moved(position: int, seen: str, by: int) -> Edit:
    """The step that was seen so many places further down; at the edge it stays."""

    def edit(draft: Draft) -> Draft:
        step = _the_one_seen(draft, position, seen)
        rest = [*draft.steps[: position - 1], *draft.steps[position:]]
        at = min(max(position - 1 + by, 0), len(rest))
        return replace(draft, steps=[*rest[:at], step, *rest[at:]])

    return edit


def _the_one_seen(draft: Draft, position: int, seen: str) -> StepSpec:
    if not 1 <= position <= len(draft.steps) or stamp(draft.steps[position - 1]) != seen:
        raise DraftChanged
    return draft.steps[position - 1]
