"""The criterion of a stage beside its condition: does it move leads, how long is the cool-down, from when."""

from typing import Any

from django import forms
from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext_lazy as _

from leads.forms.seen import SeenForm
from leads.models import Criterion, CriterionMode


class CriterionForm(SeenForm):
    """What a new version of a criterion says beside its condition."""

    mode = forms.ChoiceField(label=_("When it is met"), choices=CriterionMode.choices, widget=forms.RadioSelect)
    cooldown_days = forms.IntegerField(
        label=_("Cool-down in days"),
        min_value=0,
        max_value=3650,
        help_text=_("How long a lead sent back from this stage stays out of it."),
    )
    effective_from = forms.DateTimeField(
        label=_("Effective from"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        help_text=_("Empty: at once."),
    )

    @staticmethod
    def initial_of(criterion: Criterion | None) -> dict[str, Any]:
        """The settings of the version in force, which a new one begins with."""
        if criterion is None:
            return {"mode": CriterionMode.AUTOMATIC, "cooldown_days": 0}
        return {"mode": criterion.mode, "cooldown_days": criterion.cooldown_days}

    def clean_effective_from(self) -> Any:
        """In the zone of who typed it."""
        moment = self.cleaned_data["effective_from"]
        return moment.astimezone(get_current_timezone()) if moment else None
