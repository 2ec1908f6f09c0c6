"""The steps of a version as people read them: days, words, what changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads.conditions.catalog import Catalog
from leads.conditions.tree import Tree, sentence
from nurturing.models import Step
from nurturing.publish import Draft, StepSpec

SAME, NEW, CHANGED, GONE = "same", "new", "changed", "gone"


@dataclass(frozen=True, slots=True)
class Change:
    """One line of what publishing changes."""

    kind: str
    text: str
    day: int | None = None


def days(steps: Iterable[StepSpec | Step]) -> list[int]:
    """The day of each step, the first one on day 0."""
    found, day = [], 0
    for step in steps:
        found.append(day)
        day += step.wait_days or 0
    return found


def condition_words(tree: Tree | None, catalog: Catalog) -> str:
    """A condition as a sentence."""
    return "" if tree is None else sentence(tree, catalog)


def step_words(step: StepSpec, catalog: Catalog) -> str:
    """A step in a few words."""
    if step.letter is not None:
        return step.letter.name
    if step.wait_days is not None:
        return ngettext("wait %(n)d day", "wait %(n)d days", step.wait_days) % {"n": step.wait_days}
    return _("only if: %(condition)s") % {"condition": condition_words(step.condition, catalog)}


def changes(old: Draft | None, new: Draft, catalog: Catalog) -> list[Change]:
    """The steps of a draft against those of the version before; a mail under its old name counts as changed."""
    before = list(old.steps) if old else []
    old_keys, new_keys = ([_key(step, catalog) for step in steps] for steps in (before, new.steps))
    at = days(new.steps)
    found: list[Change] = []
    for tag, low, high, start, end in SequenceMatcher(a=old_keys, b=new_keys, autojunk=False).get_opcodes():
        if tag != "equal":
            found += [Change(GONE, step_words(step, catalog)) for step in before[low:high]]
        for offset, step in enumerate(new.steps[start:end]):
            kind = NEW if tag != "equal" else SAME if step == before[low + offset] else CHANGED
            day = None if step.wait_days is not None else at[start + offset]
            found.append(Change(kind, step_words(step, catalog), day))
    return found


def _key(step: StepSpec, catalog: Catalog) -> tuple[str, str]:
    kind = "mail" if step.letter else "wait" if step.wait_days is not None else "condition"
    return kind, step_words(step, catalog)


def entry_change(old: Draft | None, new: Draft, catalog: Catalog) -> tuple[str, str]:
    """Who enters, before and after, in words; the same twice where it stays."""
    return entry_words(old.entry if old else None, catalog), entry_words(new.entry, catalog)


def entry_words(entry: Tree | None, catalog: Catalog) -> str:
    """Who enters, as a sentence."""
    return condition_words(entry, catalog) if entry is not None else _("Nobody by itself; people are put in by hand.")


def next_mail(steps: Sequence[Step], position: int) -> Step | None:
    """The mail somebody gets next who stands at a place."""
    return next((step for step in steps if step.position >= position and step.letter_id is not None), None)
