"""The forms of customers: what they say of us, and how they come again."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.forms.acts import text_field
from leads.forms.deals import DayField
from leads.forms.filters import without
from leads.forms.people import normalised
from leads.models import Lead, PassKind
from leads.people.normalise import normalise_email, normalise_phone
from leads.queries.customers import ENDED, OPEN


class CustomerForm(forms.Form):
    """Onboarding of the company, experience and advocacy of the person; what is left empty is not known."""

    onboarded_on = DayField(label=gettext_lazy("Onboarding reached on"), required=False)
    experience_rating = forms.IntegerField(
        label=gettext_lazy("Experience as a customer, 1 to 10"), required=False, min_value=1, max_value=10
    )
    is_advocate = forms.NullBooleanField(label=gettext_lazy("Recommends us"), required=False)

    def __init__(self, *args: Any, lead: Lead, **kwargs: Any) -> None:
        initial = {name: lead.attributes.get(name) for name in ("experience_rating", "is_advocate")}
        if lead.company is not None:
            initial["onboarded_on"] = lead.company.attributes.get("onboarded_on")
        kwargs["initial"] = initial
        super().__init__(*args, **kwargs)
        if lead.company is None:
            del self.fields["onboarded_on"]

    def of_lead(self) -> dict[str, Any]:
        """What is kept of the person."""
        return {name: self.cleaned_data[name] for name in ("experience_rating", "is_advocate")}

    def of_company(self) -> dict[str, Any]:
        """What is kept of the company."""
        day: date | None = self.cleaned_data.get("onboarded_on")
        return {"onboarded_on": day.isoformat() if day else None}


class AgainForm(forms.Form):
    """How a customer comes again."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What begins"),
        widget=forms.RadioSelect,
        choices=[
            (kind.value, kind.label)
            for kind in (PassKind.RENEWAL, PassKind.UPSELL, PassKind.CROSS_SELL, PassKind.SERVICE, PassKind.REFERRAL)
        ],
    )
    note = text_field(
        gettext_lazy("Note"), required=False, help_text=gettext_lazy("For an inquiry: what was asked for.")
    )
    first_name = forms.CharField(label=gettext_lazy("First name of who was named"), max_length=100, required=False)
    last_name = forms.CharField(label=gettext_lazy("Last name"), max_length=100, required=False)
    email = forms.CharField(
        label=gettext_lazy("E-mail"), max_length=254, required=False, widget=forms.EmailInput(attrs={"dir": "ltr"})
    )
    phone = forms.CharField(
        label=gettext_lazy("Phone"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "dir": "ltr"}),
        help_text=gettext_lazy("With the country code, for example +972 3 555 0100."),
    )
    company = forms.CharField(label=gettext_lazy("Company"), max_length=200, required=False)

    NAMED = ("first_name", "last_name", "email", "phone", "company")

    def clean_email(self) -> str:
        """The address in its one spelling."""
        return normalised(normalise_email, self.cleaned_data["email"])

    def clean_phone(self) -> str:
        """The number in E.164."""
        return normalised(normalise_phone, self.cleaned_data["phone"])

    def clean(self) -> dict[str, Any]:
        """A referral names somebody, an inquiry says what about."""
        values = super().clean() or {}
        kind = values.get("kind")
        named = values.get("email") or values.get("phone") or {"email", "phone"} & self.errors.keys()
        if kind == PassKind.REFERRAL and not named:
            self.add_error("email", _("Give an e-mail address or a phone number: they say who this is."))
        if kind == PassKind.SERVICE and not values.get("note"):
            self.add_error("note", _("Say what was asked for."))
        return values


class CustomerFilters(forms.Form):
    """Which customers are shown."""

    q = forms.CharField(label=gettext_lazy("Search"), required=False, max_length=200)
    passes = forms.ChoiceField(
        label=gettext_lazy("Now"),
        required=False,
        choices=[
            ("", gettext_lazy("Any")),
            (OPEN, gettext_lazy("Something is open")),
            (ENDED, gettext_lazy("Nothing is open")),
        ],
    )
    onboarded = forms.ChoiceField(
        label=gettext_lazy("Onboarding"),
        required=False,
        choices=[("", gettext_lazy("Any")), ("yes", gettext_lazy("Reached")), ("no", gettext_lazy("Not reached yet"))],
    )
    rating = forms.ChoiceField(
        label=gettext_lazy("Experience"),
        required=False,
        choices=[("", gettext_lazy("Any")), ("low", gettext_lazy("6 or less")), ("high", gettext_lazy("9 or 10"))],
    )
    advocates = forms.BooleanField(label=gettext_lazy("Only who recommends us"), required=False)

    def wanted(self) -> dict[str, Any]:
        """The cleaned values that narrow the list."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def chips(self, query: Any) -> list[dict[str, str]]:
        """One chip for each filter at work."""
        found = []
        for name, value in self.wanted().items():
            if name != "q":
                choices = {str(key): str(label) for key, label in getattr(self.fields[name], "choices", ())}
                word = choices.get(str(value), _("yes"))
                label = str(self.fields[name].label)
                found.append({"label": label, "value": word, "remove_url": without(query, name)})
        return found
