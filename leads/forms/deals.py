"""The forms of opportunities: terms, milestones, stakeholders, filters."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.forms.filters import without
from leads.models import BuyingRole, Campaign, Lead, Milestone, Opportunity, OpportunityState
from leads.queries.deals import PAUSED, UNDATED, Lane
from users.models import Organisation, User

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
OWN, TEAM = "own", "team"


class DayField(forms.DateField):
    """A day between 2000 and 2099."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        super().__init__(input_formats=["%Y-%m-%d"], widget=widget, **kwargs)

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value is not None and not FIRST_DAY <= value <= LAST_DAY:
            raise forms.ValidationError(_("Give a day between 2000 and 2099."))


class TermsForm(forms.Form):
    """The terms of a deal. Everything may stay open; the page says what is missing."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("For example: 40 licences, two years. Empty: the company's name."),
    )
    amount = forms.DecimalField(
        label=gettext_lazy("Amount"), max_digits=14, decimal_places=2, min_value=Decimal(0), required=False
    )
    currency = forms.RegexField(
        r"^[A-Za-z]{3}$",
        label=gettext_lazy("Currency"),
        required=False,
        help_text=gettext_lazy("Three letters, for example EUR."),
    )
    expected_close_on = DayField(label=gettext_lazy("Expected close"), required=False)
    competitor = forms.CharField(label=gettext_lazy("Competitor"), max_length=150, required=False)

    NAMES = ("name", "amount", "currency", "expected_close_on", "competitor")

    def __init__(self, *args: Any, deal: Opportunity, **kwargs: Any) -> None:
        initial = {name: getattr(deal, name) for name in self.NAMES}
        initial["currency"] = deal.currency or Organisation.load().currency
        kwargs["initial"] = initial
        super().__init__(*args, **kwargs)

    def clean_currency(self) -> str:
        """Upper case, as ISO 4217 writes it."""
        return str(self.cleaned_data["currency"]).upper()

    def clean(self) -> dict[str, Any]:
        """An amount is of a currency; without one there is nothing to be of."""
        values = super().clean() or {}
        if "amount" in values and "currency" in values:
            if values["amount"] is None:
                values["currency"] = ""
            elif not values["currency"]:
                self.add_error("currency", _("Say which currency the amount is in."))
        return values


class MilestoneForm(forms.ModelForm):
    """A step agreed with the customer."""

    due_on = DayField(label=gettext_lazy("By"), required=False)

    class Meta:
        model = Milestone
        fields = ("title", "due_on", "agreed_with")


class StakeholderForm(forms.Form):
    """Somebody's say in the deal; no role takes it away."""

    person = forms.ModelChoiceField(
        Lead.objects.none(), label=gettext_lazy("Person"), empty_label=gettext_lazy("Choose")
    )
    role = forms.ChoiceField(
        label=gettext_lazy("Role in the decision"),
        required=False,
        choices=[("", gettext_lazy("No say in this deal")), *BuyingRole.choices],
    )
    note = forms.CharField(label=gettext_lazy("Note"), max_length=300, required=False)

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = people  # type: ignore[attr-defined]


class RoleForm(forms.Form):
    """What a person is in the decisions of their company."""

    role = forms.ChoiceField(required=False, choices=[("", gettext_lazy("Not known")), *BuyingRole.choices])


class LaneForm(forms.Form):
    """To which lane of the board a deal is moved."""

    to = forms.ChoiceField()

    def __init__(self, *args: Any, lanes: list[Lane], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lanes = {lane.key: lane for lane in lanes if lane.takes}
        self.fields["to"].choices = [(key, lane.label) for key, lane in self.lanes.items()]  # type: ignore[attr-defined]

    def day(self, deal: Opportunity) -> date | None:
        """The expected close in the lane: the day it has where that suits, else the lane's last (or, later, first)."""
        lane = self.lanes[self.cleaned_data["to"]]
        if lane.key == UNDATED:
            return None
        now = deal.expected_close_on
        if now and (lane.first is None or now >= lane.first) and (lane.last is None or now <= lane.last):
            return now
        return lane.first if lane.is_later else lane.last


def owner_choices() -> list[tuple[str, Any]]:
    """Everybody who works here."""
    rows = User.objects.filter(is_active=True).order_by("name", "email")
    return [("", gettext_lazy("Anybody")), *((str(user.pk), str(user)) for user in rows)]


class DealFilters(forms.Form):
    """Which deals are shown. Unknown values are left out."""

    q = forms.CharField(label=gettext_lazy("Search"), required=False, max_length=200)
    whose = forms.ChoiceField(
        label=gettext_lazy("Whose"),
        required=False,
        choices=[("", gettext_lazy("All I may see")), (OWN, gettext_lazy("Mine")), (TEAM, gettext_lazy("My team's"))],
    )
    owner = forms.ChoiceField(label=gettext_lazy("Owner"), required=False, choices=owner_choices)
    campaign = forms.ModelChoiceField(
        Campaign.objects.all(),
        label=gettext_lazy("Campaign"),
        required=False,
        to_field_name="slug",
        empty_label=gettext_lazy("Any"),
    )
    currency = forms.RegexField(r"^[A-Z]{3}$", label=gettext_lazy("Currency"), required=False, widget=forms.HiddenInput)
    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        required=False,
        choices=[("", gettext_lazy("Open")), *OpportunityState.choices[1:], (PAUSED, gettext_lazy("Paused"))],
    )
    close = forms.CharField(label=gettext_lazy("Expected close"), required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def wanted(self) -> dict[str, Any]:
        """The cleaned values that narrow, `whose` as user ids."""
        self.is_valid()
        found = {name: value for name, value in self.cleaned_data.items() if value}
        whose = found.get("whose")
        if whose == OWN:
            found["whose"] = [self.user.pk]
        elif whose == TEAM:
            mates = User.objects.filter(team__isnull=False, team=self.user.team)
            found["whose"] = {self.user.pk, *mates.values_list("pk", flat=True)}
        return found

    def chips(self, query: Any, labels: dict[str, str]) -> list[dict[str, str]]:
        """One chip a filter at work; `labels` words what only the page knows."""
        self.is_valid()
        found = []
        for name, value in self.cleaned_data.items():
            if value and name != "q":
                choices = {str(key): str(label) for key, label in getattr(self.fields[name], "choices", ())}
                shown = labels.get(name) or (str(value) if name == "campaign" else choices.get(str(value), str(value)))
                label = str(self.fields[name].label)
                found.append({"label": label, "value": shown, "remove_url": without(query, name)})
        return found
