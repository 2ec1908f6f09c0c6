"""What a page says where a draft was changed while somebody typed: what happened, who, and what it says now."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from leads.conditions.catalog import Catalog
from scoring.models import ModelVersion, Rule
from scoring.seen import ChangedMeanwhile
from scoring.views.sentences import fades, when
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


def told(refused: Exception, version: ModelVersion, reader: Any) -> str:
    """Why nothing was done; where the draft was changed, also who did that, as far as it is known."""
    who = _who(version, reader) if isinstance(refused, ChangedMeanwhile) else ""
    return " ".join(part for part in (str(refused), who) if part)


def complain(request: PageRequest, refused: Exception, version: ModelVersion) -> None:
    """Say on the next page why nothing was done."""
    messages.error(request, told(refused, version, request.user))


def _who(version: ModelVersion, reader: Any) -> str:
    """Who changed the draft last: most likely that very thing."""
    row = ModelVersion.objects.select_related("changed_by").filter(pk=version.pk).first()
    if row is None or row.changed_at is None:
        return ""
    said = {"who": row.changed_by, "day": date_format(localtime(row.changed_at), "j M, H:i")}
    if row.changed_by is None:
        return _("The draft was changed last on %(day)s.") % said
    if row.changed_by == reader:
        return _("You changed the draft last, on %(day)s, perhaps in another tab.") % said
    return _("%(who)s changed the draft last, on %(day)s.") % said


def rule_now(rule: Rule, catalog: Catalog) -> str:
    """A rule in one line, with its group, its label and its points."""
    name = ", ".join(part for part in (rule.group.name, rule.label) if part)
    parts = (f"{name}: {when(rule, catalog)} {rule.points:+d}", fades(rule))
    return ", ".join(part for part in parts if part)


def differing(form: forms.Form, stored: Mapping[str, Any]) -> list[str]:
    """The fields that hold something else now than what was typed."""
    return list(_differing(form, stored)) or [_("The same as what you typed.")]


def _differing(form: forms.Form, stored: Mapping[str, Any]) -> Iterator[str]:
    for name, value in stored.items():
        field = form.fields[name]
        if name == "seen" or form.cleaned_data.get(name) == value:
            continue
        shown = dict(getattr(field, "choices", ())).get(value, value)
        yield f"{field.label}: {'–' if shown in (None, '') else shown}"
