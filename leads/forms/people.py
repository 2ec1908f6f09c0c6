"""Leads and companies by hand: checked by the same functions as the API, explained beside the field."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.free_mail import free_mail_domains
from leads.models import AttributeDefinition, AttributeType, BuyingRole, Campaign, Channel, Company, Lead
from leads.people.attributes import MAX_TEXT, attribute_errors
from leads.people.normalise import company_key, normalise_domain, normalise_email, normalise_phone

PREFIX = "attribute_"


def normalised(check: Callable[[str], str], text: str) -> str:
    """The text in its one spelling, or a ValidationError with the reason."""
    if not text:
        return ""
    try:
        return check(text)
    except ValueError as refused:
        raise forms.ValidationError(str(refused)) from None


class AttributesForm(forms.Form):
    """A form that ends with the administered attributes of its subject."""

    subject: str

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.definitions = list(AttributeDefinition.objects.filter(subject=self.subject))
        for definition in self.definitions:
            self.fields[PREFIX + definition.key] = attribute_field(definition)

    @staticmethod
    def attribute_initial(values: Mapping[str, Any]) -> dict[str, Any]:
        """Stored attributes as initial values of the form."""
        return {PREFIX + key: value for key, value in values.items()}

    def clean(self) -> dict[str, Any]:
        """Collect the attributes; what is left empty is removed."""
        values = super().clean() or {}
        attributes = {
            definition.key: stored(definition, values.pop(PREFIX + definition.key, None))
            for definition in self.definitions
        }
        for key, reason in attribute_errors(self.subject, attributes).items():
            self.add_error(PREFIX + key, reason)
        values["attributes"] = attributes
        return values


def attribute_field(definition: AttributeDefinition) -> forms.Field:
    """The input of an administered attribute."""
    options: dict[str, Any] = {"label": definition.label, "required": False}
    choices = [(choice, choice) for choice in definition.choices]
    makers: Mapping[str, Callable[[], forms.Field]] = {
        AttributeType.TEXT: lambda: forms.CharField(max_length=MAX_TEXT, **options),
        AttributeType.NUMBER: lambda: forms.DecimalField(max_digits=16, **options),
        AttributeType.BOOLEAN: lambda: forms.NullBooleanField(**options),
        AttributeType.CHOICE: lambda: forms.ChoiceField(choices=[("", gettext_lazy("Not known")), *choices], **options),
        AttributeType.CHOICES: lambda: forms.MultipleChoiceField(
            choices=choices, widget=forms.CheckboxSelectMultiple, **options
        ),
        AttributeType.DATE: lambda: forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), **options),
    }
    return makers[definition.type]()


def stored(definition: AttributeDefinition, value: Any) -> Any:
    """A cleaned value as it is stored; None removes it."""
    if value in (None, "", []):
        return None
    if definition.type == AttributeType.NUMBER:
        return int(value) if value == int(value) else float(value)
    if definition.type == AttributeType.DATE:
        return value.isoformat()
    return value


class PersonForm(AttributesForm):
    """What is known of a person."""

    subject = AttributeDefinition.Subject.LEAD

    first_name = forms.CharField(label=gettext_lazy("First name"), max_length=100, required=False)
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
    job_title = forms.CharField(label=gettext_lazy("Job title"), max_length=150, required=False)
    buying_role = forms.ChoiceField(
        label=gettext_lazy("Role in the decision"),
        choices=[("", gettext_lazy("Not known")), *BuyingRole.choices],
        required=False,
    )
    company = forms.CharField(label=gettext_lazy("Company"), max_length=200, required=False)

    def clean_email(self) -> str:
        """The address in its one spelling."""
        return normalised(normalise_email, self.cleaned_data["email"])

    def clean_phone(self) -> str:
        """The number in E.164."""
        return normalised(normalise_phone, self.cleaned_data["phone"])


class LeadEditForm(PersonForm):
    """Changing a lead: its own address may stay, another lead's may not be taken."""

    def __init__(self, *args: Any, lead: Lead, **kwargs: Any) -> None:
        self.lead = lead
        names = ("first_name", "last_name", "phone", "job_title", "buying_role")
        initial = {name: getattr(lead, name) for name in names} | self.attribute_initial(lead.attributes)
        initial |= {"email": lead.email or "", "company": lead.company.name if lead.company else ""}
        super().__init__(*args, initial=initial, **kwargs)

    def clean_email(self) -> str:
        """Nobody else's address; and some identity must stay."""
        email = super().clean_email()
        if email and Lead.objects.filter(email=email).exclude(pk=self.lead.pk).exists():
            raise forms.ValidationError(_("Another lead has this address."))
        return email

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        named = values.get("email") or values.get("phone") or self.lead.external_ids.exists()
        if not self.errors and not named:
            self.add_error("email", _("Leave an e-mail address or a phone number: they say who this is."))
        return values


class LeadAddForm(PersonForm):
    """A lead entered by hand: it goes the way of every capture."""

    employees = forms.IntegerField(label=gettext_lazy("Employees"), required=False, min_value=0, max_value=10_000_000)
    channel = forms.ModelChoiceField(Channel.objects.all(), label=gettext_lazy("Source"), to_field_name="slug")
    campaign = forms.ModelChoiceField(
        Campaign.objects.filter(ended_at=None), label=gettext_lazy("Campaign"), required=False, to_field_name="slug"
    )
    consent = forms.TypedChoiceField(
        label=gettext_lazy("Consent to mail"),
        required=False,
        choices=[
            ("", gettext_lazy("Not asked")),
            ("yes", gettext_lazy("Given, in words or writing")),
            ("no", gettext_lazy("Refused")),
        ],
        coerce=lambda value: value == "yes",
        empty_value=None,
    )
    consent_source = forms.CharField(
        label=gettext_lazy("How consent was given"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("For example: card at the fair, on the phone."),
    )
    field_order = (
        "first_name",
        "last_name",
        "email",
        "phone",
        "job_title",
        "buying_role",
        "company",
        "employees",
        "channel",
        "campaign",
        "consent",
        "consent_source",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"channel": "manual"})
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        """Somebody must be named, and a consent proven."""
        values = super().clean()
        if not {"email", "phone"} & self.errors.keys() and not values.get("email") and not values.get("phone"):
            self.add_error("email", _("Give an e-mail address or a phone number: they say who this is."))
        if values.get("consent") and not values.get("consent_source"):
            self.add_error("consent_source", _("Say how the consent was given: it is the proof."))
        return values


class CompanyForm(AttributesForm):
    """What is known of a company."""

    subject = AttributeDefinition.Subject.COMPANY

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    domain = forms.CharField(
        label=gettext_lazy("Domain"),
        max_length=253,
        required=False,
        widget=forms.TextInput(attrs={"dir": "ltr"}),
        help_text=gettext_lazy("For example acme.com. It is what the company is known by."),
    )
    employees = forms.IntegerField(label=gettext_lazy("Employees"), required=False, min_value=0, max_value=10_000_000)
    industry = forms.CharField(label=gettext_lazy("Industry"), max_length=100, required=False)
    country = forms.RegexField(
        r"^[A-Za-z]{2}$",
        label=gettext_lazy("Country"),
        required=False,
        help_text=gettext_lazy("Two letters, for example IL."),
    )
    region = forms.SlugField(
        label=gettext_lazy("Region"), max_length=40, required=False, help_text=gettext_lazy("For example us-east.")
    )

    def __init__(self, *args: Any, company: Company | None = None, **kwargs: Any) -> None:
        self.company = company
        if company is not None:
            names = ("name", "domain", "employees", "industry", "country", "region")
            initial = {name: getattr(company, name) for name in names} | self.attribute_initial(company.attributes)
            kwargs["initial"] = initial
        super().__init__(*args, **kwargs)

    def clean_name(self) -> str:
        """A name of which something stays once case and legal form are set aside."""
        name = str(self.cleaned_data["name"])
        if not company_key(name):
            raise forms.ValidationError(_("Give the company's name."))
        return name

    def clean_domain(self) -> str | None:
        """A domain of its own: no mail provider's, nobody else's."""
        domain = normalised(normalise_domain, self.cleaned_data["domain"])
        if domain in free_mail_domains():
            raise forms.ValidationError(_("This is a mail provider: it says nothing about the company."))
        if domain and self._others().filter(domain=domain).exists():
            raise forms.ValidationError(_("Another company has this domain."))
        return domain or None

    def clean_country(self) -> str:
        """Upper case, as ISO 3166 writes it."""
        return str(self.cleaned_data["country"]).upper()

    def clean_region(self) -> str:
        """Lower case, as keys are."""
        return str(self.cleaned_data["region"]).lower()

    def clean(self) -> dict[str, Any]:
        """Without a domain the name is what the company is known by."""
        values = super().clean()
        name, domain = values.get("name"), values.get("domain")
        if name and not domain and "domain" not in self.errors:
            same = self._others().filter(name_key=company_key(name), domain=None)
            if same.exists():
                self.add_error("name", _("There is a company of this name. Give the domain to tell them apart."))
        return values

    def _others(self) -> Any:
        return Company.objects.exclude(pk__in=[self.company.pk] if self.company else [])
