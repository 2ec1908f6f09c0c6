"""What a page says where its thing was changed while somebody typed: what happened, who, and what it says now."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django import forms
from django.http import HttpResponse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.conditions.tree import InvalidCondition, sentence, validate
from leads.forms.tree import TreeEditor
from leads.seen import ChangedMeanwhile
from users.models import User
from users.requests import PageRequest


@dataclass(frozen=True)
class Meanwhile:
    """A change that somebody else made. `now` is what it left; without it the thing is gone, and saving adds it."""

    text: str
    now: Sequence[str]
    back_url: str

    @property
    def is_gone(self) -> bool:
        """Whether nothing is left to be overwritten."""
        return not self.now


class Page(Protocol):
    """Draws a form again."""

    def __call__(self, *, status: int, meanwhile: Meanwhile | None = None) -> HttpResponse: ...


def answered(
    save: Callable[[], HttpResponse | None], page: Page, meanwhile: Callable[[ChangedMeanwhile], Meanwhile]
) -> HttpResponse:
    """What comes of a form that was sent: where saving leads, or its page with what is wrong or was changed meanwhile.

    `save` gives None where the form says what is wrong. `meanwhile` lets what stands now count as seen: nothing typed
    is lost, and saving once more writes it over that.
    """
    try:
        done = save()
    except ChangedMeanwhile as refused:
        return page(status=409, meanwhile=meanwhile(refused))
    return page(status=422) if done is None else done


@dataclass(frozen=True)
class Last:
    """Who changed a thing last, as a sentence: somebody else, the reader in another tab, nobody that is known."""

    other: Any
    reader: Any
    nobody: Any

    def of(self, by: User | None, at: datetime | None, reader: Any) -> str:
        """The sentence; empty where nothing is known."""
        if at is None:
            return ""
        said = {"who": by, "day": date_format(localtime(at), "j M, H:i")}
        return str(self.nobody if by is None else self.reader if by == reader else self.other) % said


LAST = Last(
    other=gettext_lazy("%(who)s changed it last, on %(day)s."),
    reader=gettext_lazy("You changed it last, on %(day)s, perhaps in another tab."),
    nobody=gettext_lazy("It was changed last on %(day)s."),
)


def happened(refused: ChangedMeanwhile, row: Any, reader: Any) -> str:
    """Why nothing was written, and who changed the row last, as far as it is known."""
    who = "" if row is None else LAST.of(row.changed_by, row.changed_at, reader)
    return " ".join(part for part in (str(refused), who) if part)


def stands(form: forms.Form, stored: Mapping[str, Any], *more: str) -> list[str]:
    """What holds something else now than what was typed, field by field, and `more` of it."""
    return [*_differing(form, stored), *more] or [_("The same as what you typed.")]


def _differing(form: forms.Form, stored: Mapping[str, Any]) -> Iterator[str]:
    for name, value in stored.items():
        field = form.fields[name]
        if name == "seen" or not field.has_changed(value, form[name].data):
            continue
        choices: Iterable[Any] = getattr(field, "choices", ())
        shown = dict(choices).get(value, value)
        yield f"{field.label}: {'–' if shown in (None, '') else shown}"


def condition_now(editor: TreeEditor, tree: Any) -> list[str]:
    """The condition that stands now in words, where it is another one than what was built."""
    if tree == editor.tree:
        return []
    try:
        validate(tree, catalog=editor.catalog)
    except InvalidCondition:
        return [_("A condition that cannot be used any more.")]
    return [sentence(tree, editor.catalog)]


def wanted(request: PageRequest, is_on: bool) -> bool:
    """Whether a switch is wanted on: what its button said, or the other way round than it stands now."""
    to = request.POST.get("to") or request.GET.get("to", "")
    return to == "on" if to in ("on", "off") else not is_on
