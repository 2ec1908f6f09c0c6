"""Service levels, working hours, holidays and absences as they are typed."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from leads.handover.rules import Level
from leads.models import Sla, Unit
from users.models import Organisation, Team, User
from users.worktime import Hours
from users.zones import validate_time_zone

DAYS = [
    (1, _("Monday")),
    (2, _("Tuesday")),
    (3, _("Wednesday")),
    (4, _("Thursday")),
    (5, _("Friday")),
    (6, _("Saturday")),
    (7, _("Sunday")),
]
DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
CLOCK = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class LevelForm(forms.Form):
    """One service level."""

    amount = forms.IntegerField(label=_("Within"), min_value=1, max_value=1000)
    unit = forms.ChoiceField(label=_("Counted in"), choices=Unit.choices, widget=forms.RadioSelect)
    warn_percent = forms.IntegerField(
        label=_("Warn after, in %"), min_value=1, max_value=100, help_text=_("Of the time that may pass.")
    )
    escalate_hours = forms.IntegerField(
        label=_("Escalate after, in hours"),
        min_value=0,
        max_value=1000,
        help_text=_("After the breach, to the team’s sales managers."),
    )

    @staticmethod
    def initial_of(level: Sla | None) -> dict[str, Any]:
        """What is agreed now."""
        if level is None:
            return {"amount": 1, "unit": Unit.BUSINESS_DAYS, "warn_percent": 75, "escalate_hours": 24}
        return {name: getattr(level, name) for name in ("amount", "unit", "warn_percent", "escalate_hours")}

    def level(self) -> Level:
        """What was typed, for the flow."""
        return Level(**self.cleaned_data)


class HoursForm(forms.Form):
    """When a team works, or the organisation."""

    working_days = forms.TypedMultipleChoiceField(
        label=_("Working days"),
        choices=DAYS,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None: those of the organisation, or Monday to Friday."),
    )
    opens_at = forms.TimeField(
        label=_("Opens at"), required=False, widget=CLOCK, help_text=_("Both empty: the whole day counts.")
    )
    closes_at = forms.TimeField(label=_("Closes at"), required=False, widget=CLOCK)
    time_zone = forms.CharField(
        label=_("Time zone"),
        required=False,
        max_length=64,
        validators=[validate_time_zone],
        help_text=_("Empty: the organisation’s."),
    )

    def __init__(self, *args: Any, of: Team | Organisation, **kwargs: Any) -> None:
        initial = {name: getattr(of, name) for name in ("working_days", "opens_at", "closes_at", "time_zone")}
        super().__init__(*args, **{"initial": initial, **kwargs})
        if isinstance(of, Organisation):
            del self.fields["time_zone"]

    def clean(self) -> dict[str, Any]:
        """Both hours or none, the opening before the closing."""
        values = super().clean() or {}
        opens, closes = values.get("opens_at"), values.get("closes_at")
        if "opens_at" in values and "closes_at" in values and (opens is None) != (closes is None):
            self.add_error("closes_at" if opens else "opens_at", _("Give both hours, or none."))
        elif opens and closes and opens >= closes:
            self.add_error("closes_at", _("It closes after it opens."))
        return values

    def hours(self) -> Hours:
        """What was typed, for the flow."""
        return Hours(**{"time_zone": "", **self.cleaned_data})


class HolidayForm(forms.Form):
    """A day on which a team, or nobody at all, works."""

    day = forms.DateField(label=_("Day"), widget=DATE)
    name = forms.CharField(label=_("Name"), max_length=100)
    team = forms.ModelChoiceField(label=_("Team"), queryset=Team.objects.none(), required=False)

    def __init__(self, *args: Any, teams: Any, everybody: bool, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "holiday_%s", **kwargs})
        field: Any = self.fields["team"]
        field.queryset, field.required = teams, not everybody
        field.empty_label = _("Everybody") if everybody else None


class AbsenceForm(forms.Form):
    """Days on which somebody is away."""

    person = forms.ModelChoiceField(label=_("Person"), queryset=User.objects.none())
    starts_on = forms.DateField(label=_("Away from"), widget=DATE)
    ends_on = forms.DateField(label=_("Last day away"), widget=DATE)

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "absence_%s", **kwargs})
        self.fields["person"].queryset = people  # type: ignore[attr-defined]


class CapacityForm(forms.Form):
    """How many open leads somebody takes in turn."""

    capacity = forms.IntegerField(label=_("Capacity"), required=False, min_value=0, max_value=1000)


def refuse(form: forms.Form, errors: Mapping[str, Iterable[Any]]) -> None:
    """Put what a flow refused at the field it is about."""
    for name, whys in errors.items():
        for why in whys:
            form.add_error(name if name in form.fields else None, why)
