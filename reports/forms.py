"""The question a report answers, as query parameters: the same words for the API and the pages."""

from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from leads.access import leads_in_reports
from leads.lifecycle.entries import NONE, Mode
from leads.models import Campaign, Channel, Company
from leads.templatetags.leads import region_word
from reports.queries.deals import AXES
from reports.queries.scope import ReportFilter, days_of
from users.access import Reach, report_reach
from users.models import Organisation, User

Choices = list[tuple[str, Any]]
LAST_YEAR = "last_year"
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)


def campaign_choices() -> Choices:
    """Every campaign, the latest first."""
    return [("", _("All campaigns")), *((row.slug, row.name) for row in Campaign.objects.all())]


def channel_choices() -> Choices:
    """Every source, and none."""
    rows = Channel.objects.values_list("slug", "name")
    return [("", _("All sources")), *rows, (NONE, _("Without a source"))]


def region_choices() -> Choices:
    """The regions that companies have, and none."""
    known = Company.objects.exclude(region="").order_by("region").values_list("region", flat=True).distinct()
    return [("", _("All regions")), *((key, region_word(key)) for key in known), (NONE, _("Without a region"))]


def owner_choices() -> Choices:
    """Everybody who works here."""
    return [("", _("All owners")), *((str(user.pk), str(user)) for user in User.objects.order_by("name", "email"))]


CHOICES: dict[str, Callable[[], Choices]] = {
    "campaign": campaign_choices,
    "channel": channel_choices,
    "region": region_choices,
    "owner": owner_choices,
}


class Known(forms.ChoiceField):
    """One of the rows there are, refused by name otherwise."""

    default_error_messages = {"invalid_choice": _("There is no such thing here: %(value)s.")}


class Owner(Known):
    """A user by number or by e-mail."""

    def to_python(self, value: Any) -> str:
        """The user's number, as text."""
        text = super().to_python(value)
        if "@" not in text or "\x00" in text:
            return text
        return str(User.objects.filter(email__iexact=text).values_list("pk", flat=True).first() or text)


class Day(forms.DateField):
    """A day as the API writes it."""

    default_error_messages = {"invalid": _("Give a day as 2026-09-30.")}

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        super().__init__(input_formats=["%Y-%m-%d"], required=False, widget=widget, **kwargs)

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value is not None and not FIRST_DAY <= value <= LAST_DAY:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")


class ReportForm(forms.Form):
    """A report's filters. `wanted` is the question once valid."""

    campaign = Known(label=_("Campaign"), required=False)
    mode = Known(label=_("Counted by"), choices=[(mode.value, mode.value) for mode in Mode], required=False)
    channel = Known(label=_("Source"), required=False)
    region = Known(label=_("Region"), required=False)
    owner = Owner(label=_("Owner"), required=False)
    compare = Known(
        label=_("Compared with"), choices=[(LAST_YEAR, _("last year")), (NONE, _("nothing"))], required=False
    )

    def __init__(self, data: Any, *, user: User, now: datetime) -> None:
        super().__init__(data)
        # `from` cannot be an attribute.
        self.fields["from"] = Day(label=_("From"))
        self.fields["to"] = Day(label=_("To"))
        for name, choices in CHOICES.items():
            self.fields[name].choices = cache(choices)  # type: ignore[attr-defined]  # read once, if at all
        for name in (*CHOICES, "compare"):
            self.fields[name].widget.attrs["data-submit-on-change"] = True
        self.user, self.zone = user, Organisation.load().zone
        self.today = now.astimezone(self.zone).date()

    def clean(self) -> dict[str, Any]:
        """Find the campaign and the days; refuse days that end before they begin."""
        said = super().clean() or {}
        if self.errors:
            return said
        slug = said["campaign"]
        campaign = Campaign.objects.select_related("predecessor").get(slug=slug) if slug else None
        first, last = days_of(campaign, self.today, said["from"], said["to"])
        if first > last:
            self.add_error("from" if said["from"] else "to", _("The days end before they begin."))
        everything = report_reach(self.user) == Reach.ALL
        said["wanted"] = ReportFilter(
            starts_on=first,
            ends_on=last,
            zone=self.zone,
            mode=Mode(said["mode"] or Mode.COHORT),
            campaign=campaign,
            channel=said["channel"],
            region=said["region"],
            owner_id=int(said["owner"]) if said["owner"] else None,
            leads=None if everything else leads_in_reports(self.user),
        )
        return said

    @property
    def wanted(self) -> ReportFilter:
        """The question asked; only of a valid form."""
        found: ReportFilter = self.cleaned_data["wanted"]
        return found

    @property
    def compares(self) -> bool:
        """Whether last year is asked for too."""
        return bool(self.cleaned_data["compare"] == LAST_YEAR)


class DealForm(forms.Form):
    """What the report on deals counts by, and the days in which deals were decided; without days all of them."""

    by = Known(label=_("By"), choices=[(axis, axis) for axis in AXES], required=False)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        # `from` cannot be an attribute.
        self.fields["from"] = Day(label=_("Closed from"))
        self.fields["to"] = Day(label=_("to"))

    def clean(self) -> dict[str, Any]:
        """Refuse days that end before they begin."""
        said = super().clean() or {}
        if said.get("from") and said.get("to") and said["from"] > said["to"]:
            self.add_error("from", _("The days end before they begin."))
        return said
