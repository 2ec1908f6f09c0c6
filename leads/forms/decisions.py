"""What sales says to an offer."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from leads.forms.acts import reason_choices, text_field
from leads.models import ReasonKind
from leads.queries.local import local
from users.hours import Calendar

FURTHEST = timedelta(days=3650)


class AcceptForm(forms.Form):
    """Taking a lead over."""

    note = text_field(_("Note"), required=False)


class RejectForm(forms.Form):
    """Turning a lead down, with the reason."""

    reason = forms.ChoiceField(
        label=_("Why"), choices=lambda: reason_choices(ReasonKind.REJECT), widget=forms.RadioSelect
    )
    note = text_field(_("Note"), required=False)


class ReturnForm(forms.Form):
    """Sending a lead back to marketing: why, and what is missing."""

    reason = forms.ChoiceField(
        label=_("Why"), choices=lambda: reason_choices(ReasonKind.RETURN), widget=forms.RadioSelect
    )
    missing = forms.MultipleChoiceField(
        label=_("What is missing"),
        choices=lambda: reason_choices(ReasonKind.MISSING),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    note = text_field(_("Note"), required=False)


class DuplicateForm(forms.Form):
    """Saying which lead is the same person."""

    duplicate_of = forms.IntegerField(
        label=_("The same person as"),
        error_messages={"required": _("Choose the lead that it duplicates."), "invalid": _("Choose one of the list.")},
        widget=forms.HiddenInput,
    )
    note = text_field(_("Note"), required=False)


@dataclass(frozen=True)
class Rest:
    """For how long a lead may be put aside, and what that comes to."""

    slug: str
    label: str | Promise
    until: datetime

    @property
    def day(self) -> str:
        """The moment it comes back, as the reader writes it."""
        return date_format(local(self.until), "D j M, H:i")


def rests(calendar: Calendar, now: datetime) -> list[Rest]:
    """Until tomorrow, in three days, next week: each time the first moment of work."""
    today = now.astimezone(calendar.zone).date()
    monday = today + timedelta(days=8 - today.isoweekday())
    days = [
        ("tomorrow", _("Tomorrow"), today + timedelta(days=1)),
        ("days", _("In 3 days"), today + timedelta(days=3)),
        ("week", _("Next week"), monday),
    ]
    return [Rest(slug, label, morning(day, calendar)) for slug, label, day in days]


def morning(day: date, calendar: Calendar) -> datetime:
    """The first moment of work from that day on."""
    return calendar.next_open(datetime.combine(day, time.min, tzinfo=calendar.zone))


class SnoozeForm(forms.Form):
    """Putting an offer aside: until one of the usual days, or another."""

    when = forms.ChoiceField(label=_("Until"), required=False)
    on = forms.DateField(
        label=_("Another day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Write the day as 2026-12-24.")},
    )

    def __init__(self, *args: Any, calendar: Calendar, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.calendar, self.rests = calendar, rests(calendar, now)
        self.today = now.astimezone(calendar.zone).date()
        self.fields["when"].choices = [("", ""), *((rest.slug, rest.label) for rest in self.rests)]  # type: ignore[attr-defined]

    def clean_on(self) -> date | None:
        """A day that somebody may live to see, and calendars reach."""
        day: date | None = self.cleaned_data["on"]
        if day is None:
            return None
        if day > self.today + FURTHEST:
            raise forms.ValidationError(_("Give a day within ten years."))
        return max(day, self.today - FURTHEST)  # what has been is refused by the step, with its reason

    def clean(self) -> dict[str, Any]:
        """The moment the offer comes back; a day that is given counts before a usual one."""
        values = super().clean() or {}
        usual = next((rest.until for rest in self.rests if rest.slug == values.get("when")), None)
        day = values.get("on")
        values["until"] = morning(day, self.calendar) if day else usual
        if not self.errors and values["until"] is None:
            self.add_error("on", _("Say until when."))
        return values
