"""Forms of buying phases: said by hand, and the rules that find them."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.conditions.catalog import Catalog
from leads.forms.seen import SeenForm
from leads.lifecycle.phase import stamp_of_rule
from leads.models import Phase, PhaseRule


class PhaseForm(forms.Form):
    """The phase a person says a lead is in, and what shows it."""

    phase = forms.ChoiceField(label=gettext_lazy("Phase"), choices=Phase.choices)
    note = forms.CharField(
        label=gettext_lazy("What shows it"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("Say what shows the phase.")},
    )


class PhaseRuleForm(SeenForm):
    """What a rule says beside its condition."""

    phase = forms.ChoiceField(label=gettext_lazy("Phase"), choices=Phase.choices, widget=forms.RadioSelect)
    label = forms.CharField(
        label=gettext_lazy("Label"), max_length=150, help_text=gettext_lazy("Shown to people as the reason.")
    )

    @staticmethod
    def initial_of(rule: PhaseRule) -> dict[str, Any]:
        """What the rule says now."""
        return {"phase": rule.phase, "label": rule.label, "seen": stamp_of_rule(rule)}


def templates(catalog: Catalog) -> Mapping[str, PhaseRule]:
    """Rules to begin with, by name. Nothing is stored: path sets differ, so each opens in the editor first."""
    prices = [slug for slug in catalog.path_sets if "pric" in slug]
    looks = {"leaf": "activity", "measure": "count", "op": "gte", "kinds": ["page_view"]}
    asks = {"leaf": "activity", "measure": "count", "op": "gte", "value": 1, "kinds": ["form_submit", "meeting"]}
    buys = {**looks, "value": 2, "days": 30, "paths": prices[:1]} if prices else {**asks, "days": 30}
    return {
        "discover": PhaseRule(
            phase=Phase.DISCOVER, label=_("Reads what we publish"), condition={**looks, "value": 1, "days": 90}
        ),
        "explore": PhaseRule(
            phase=Phase.EXPLORE,
            label=_("Comes back to compare"),
            condition={"leaf": "activity", "measure": "visits", "op": "gte", "value": 3, "days": 30},
        ),
        "buy": PhaseRule(
            phase=Phase.BUY, label=_("Looks at prices") if prices else _("Asks us something"), condition=buys
        ),
        "integrate": PhaseRule(
            phase=Phase.INTEGRATE, label=_("Has bought"), condition={"leaf": "outcome", "value": ["won"]}
        ),
    }
