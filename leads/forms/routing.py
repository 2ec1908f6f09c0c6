"""A routing rule beside its condition: what it is called and to whom its leads go."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from leads.access import deciders
from leads.forms.seen import SeenForm
from leads.handover.rules import RuleDraft, stamp_of_rule
from leads.models import RoutingRule, Spread
from users.models import Team, User


class RuleForm(SeenForm):
    """Name, team, and who in the team."""

    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("Shown beside each lead it routes, for example “Israel”.")
    )
    team = forms.ModelChoiceField(label=_("Team"), queryset=Team.objects.all(), empty_label=None)
    spread = forms.ChoiceField(label=_("To whom"), choices=Spread.choices, widget=forms.RadioSelect)
    person = forms.ModelChoiceField(
        label=_("Person"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("Nobody"),
        help_text=_("For “One person” only. While they are away, the team has it."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = deciders(Team.objects.values_list("pk", flat=True)).select_related("team")
        self.fields["person"].queryset = people  # type: ignore[attr-defined]

    @staticmethod
    def initial_of(rule: RoutingRule | None) -> dict[str, Any]:
        """What the rule says now."""
        if rule is None:
            return {"spread": Spread.ROTATION}
        said = {"name": rule.name, "team": rule.team_id, "spread": rule.spread, "person": rule.person_id}
        return {**said, "seen": stamp_of_rule(rule)}

    def clean(self) -> dict[str, Any]:
        """One person is named where one gets all, and is of the team."""
        values = super().clean() or {}
        person = values.get("person")
        if values.get("spread") != Spread.PERSON:
            values["person"] = None
        elif person is None:
            if "person" not in self.errors:
                self.add_error("person", _("Choose who gets these leads."))
        elif values.get("team") and person.team_id != values["team"].pk:
            self.add_error("person", _("Choose somebody of that team."))
        return values

    def draft(self, condition: Any) -> RuleDraft:
        """What was typed, for the flow."""
        said = self.cleaned_data
        person = said["person"]
        return RuleDraft(
            name=said["name"],
            condition=condition,
            team_id=said["team"].pk,
            spread=said["spread"],
            person_id=person.pk if person else None,
        )
