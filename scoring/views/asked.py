"""What a report card and the table by band are asked: days, campaign and outcome, from the address."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from leads.lifecycle.entries import Mode, PassScope
from leads.models import Campaign, ScoreModel
from scoring.bands import yes_or_no
from scoring.models import ModelVersion
from scoring.report_card import Asked
from scoring.samples import ACCEPTED, WON
from users.models import Organisation

DAYS = 365
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
JOURNEY = ""  # of the table by band: the stages


class AskedForm(forms.Form):
    """The days are the organisation's and both inclusive; without them the last year."""

    outcome = forms.ChoiceField(
        label=_("Judged by"), required=False, widget=forms.Select(attrs={"data-submit-on-change": True})
    )
    campaign = forms.ModelChoiceField(
        Campaign.objects.all(),
        label=_("Campaign"),
        required=False,
        to_field_name="slug",
        empty_label=_("All campaigns"),
        widget=forms.Select(attrs={"data-submit-on-change": True}),
    )

    def __init__(self, data: QueryDict, *, now: datetime, outcomes: list[tuple[str, Any]]) -> None:
        self.zone = Organisation.load().zone
        today = now.astimezone(self.zone).date()
        asked = data.copy()
        asked["to"] = asked.get("to") or today.isoformat()
        asked["from"] = asked.get("from") or (today - timedelta(days=DAYS - 1)).isoformat()
        super().__init__(asked)
        choices: Any = self.fields["outcome"]
        choices.choices = outcomes
        # `from` cannot be an attribute.
        for name, label in (("from", _("From")), ("to", _("To"))):
            widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
            self.fields[name] = forms.DateField(label=label, widget=widget, input_formats=["%Y-%m-%d"])

    def clean(self) -> dict[str, Any]:
        """Refuse days that end before they begin, or that no calendar holds."""
        said = super().clean() or {}
        first, last = said.get("from"), said.get("to")
        for name, day in (("from", first), ("to", last)):
            if day and not FIRST_DAY <= day <= LAST_DAY:
                self.add_error(name, _("Give a day between 1900 and 2199."))
        if first and last and first > last:
            self.add_error("from", _("The days end before they begin."))
        return said

    @property
    def scope(self) -> PassScope:
        """The passes meant; of a valid form."""
        said = self.cleaned_data
        return PassScope(
            since=datetime.combine(said["from"], time.min, tzinfo=self.zone),
            until=datetime.combine(said["to"] + timedelta(days=1), time.min, tzinfo=self.zone),
            mode=Mode.PERIOD,
            campaign=said["campaign"].slug if said["campaign"] else "",
        )

    @property
    def asked(self) -> Asked:
        """The question to a report card; of a valid form."""
        return Asked(self.scope, self.cleaned_data["outcome"] or WON)


def card_outcomes(version: ModelVersion) -> list[tuple[str, Any]]:
    """What a card may judge by. What sales say comes before the models of sales are asked."""
    said = [(ACCEPTED, _("Accepted by sales"))] if version.model.purpose == ScoreModel.Purpose.MARKETING else []
    return [(WON, _("Won")), *said, *yes_or_no().items()]


def band_outcomes(*, has_way: bool) -> list[tuple[str, Any]]:
    """What the table by band may tell: the stages, where the model decides one, and yes-or-no attributes."""
    return [*([(JOURNEY, _("How far they came"))] if has_way else []), *yes_or_no().items()]
