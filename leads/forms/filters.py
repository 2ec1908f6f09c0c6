"""The filters of lists. What the address holds is what the form shows."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from leads.conditions.icp import GRADES
from leads.models import Campaign, Channel, Company, Outcome, Phase, Realm, Segment, Stage
from leads.queries import nurture
from leads.queries.lead_rows import NOBODY, OPEN
from users.models import User


def owner_choices() -> list[tuple[str, Any]]:
    """Nobody, then everybody who works here."""
    people = User.objects.filter(is_active=True).order_by("name", "email")
    return [("", _("Anybody")), (NOBODY, _("Nobody")), *((str(user.pk), str(user)) for user in people)]


def region_choices() -> list[tuple[str, Any]]:
    """The regions that companies have."""
    known = Company.objects.exclude(region="").order_by("region").values_list("region", flat=True).distinct()
    return [("", _("Any")), *((region, region) for region in known)]


GRADE_CHOICES = [
    ("", _("Any")),
    *((f"{realm}-{grade}", format_lazy("{}, {}", grade, realm.label)) for realm in Realm for grade in GRADES),
]


class LeadFilters(forms.Form):
    """Which leads the list shows. Unknown values are named and left out, never guessed at."""

    q = forms.CharField(label=_("Search"), required=False, max_length=200)
    stage = forms.ModelMultipleChoiceField(
        Stage.objects.order_by("position"),
        label=_("Stage"),
        required=False,
        to_field_name="slug",
        widget=forms.CheckboxSelectMultiple,
    )
    outcome = forms.MultipleChoiceField(
        label=_("Outcome"),
        required=False,
        choices=[(OPEN, _("Open")), *Outcome.choices],
        widget=forms.CheckboxSelectMultiple,
    )
    segment = forms.ModelChoiceField(
        Segment.objects.all(), label=_("Segment"), required=False, to_field_name="slug", empty_label=_("Any")
    )
    phase = forms.MultipleChoiceField(
        label=_("Buying phase"), required=False, choices=Phase.choices, widget=forms.CheckboxSelectMultiple
    )
    owner = forms.ChoiceField(label=_("Owner"), required=False, choices=owner_choices)
    channel = forms.ModelChoiceField(
        Channel.objects.all(), label=_("Source"), required=False, to_field_name="slug", empty_label=_("Any")
    )
    campaign = forms.ModelChoiceField(
        Campaign.objects.all(), label=_("Campaign"), required=False, to_field_name="slug", empty_label=_("Any")
    )
    region = forms.ChoiceField(label=_("Region"), required=False, choices=region_choices)
    icp = forms.ChoiceField(label=_("Ideal customer"), required=False, choices=GRADE_CHOICES)
    again = forms.ChoiceField(label=_("Nurtured, back"), required=False, choices=nurture.CHOICES)
    company = forms.ModelChoiceField(Company.objects.all(), required=False, widget=forms.HiddenInput)
    archived = forms.BooleanField(label=_("Archived ones"), required=False)

    def wanted(self) -> dict[str, Any]:
        """The cleaned values that narrow the list."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def chips(self, query: QueryDict) -> Iterator[dict[str, str]]:
        """One chip for each filter at work, with the address that takes it off."""
        for name, value in self.wanted().items():
            yield {
                "name": name,
                "label": str(self.fields[name].label or _("Company")),
                "value": self._words(name, value),
                "remove_url": without(query, name),
            }

    def _words(self, name: str, value: Any) -> str:
        field: Any = self.fields[name]
        if name == "archived":
            return str(_("shown"))
        if not hasattr(field, "queryset") and hasattr(field, "choices"):
            labels = {str(key): str(label) for key, label in field.choices}
            values = value if isinstance(value, list) else [value]
            return ", ".join(labels.get(str(one), str(one)) for one in values)
        return ", ".join(map(str, value)) if name == "stage" else str(value)


def without(query: QueryDict, *names: str) -> str:
    """The query without these parameters and without the page."""
    left = query.copy()
    for name in (*names, "page"):
        left.pop(name, None)
    return f"?{left.urlencode()}"


def tidy(query: QueryDict) -> str:
    """The query without empty parameters: what a form sends for fields left alone says nothing."""
    kept = QueryDict(mutable=True)
    for name, values in query.lists():
        if filled := [value for value in values if value]:
            kept.setlist(name, filled)
    return kept.urlencode()
