"""Stages as the settings write them."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from leads.lifecycle.line import REALM_OF, free_roles
from leads.lifecycle.stages import EDITABLE, StageNotPossible
from leads.models import Stage
from users.models import Role


def _lines(label: Any, text: Any = "") -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=label, required=False, max_length=2000, widget=widget, help_text=text)


class StageForm(forms.Form):
    """How a stage is called, explained and guarded."""

    label = forms.CharField(label=_("Short name"), max_length=12, help_text=_("Shown on chips and in tables."))
    name = forms.CharField(label=_("Name"), max_length=60)
    limit_days = forms.IntegerField(
        label=_("Limit in days"),
        required=False,
        min_value=1,
        max_value=3650,
        help_text=_("Leads that stand here longer are stuck. Empty: no limit."),
    )
    moved_by = forms.MultipleChoiceField(
        label=_("Moved here by hand by"),
        required=False,
        choices=[(role.value, role.label) for role in Role if role != Role.ADMIN],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: whoever may write the lead. Administrators always may."),
    )
    help_text = _lines(_("Help"), _("What it means that a lead stands here."))
    dos = _lines(_("Do"), _("One a line."))
    donts = _lines(_("Don't"), _("One a line."))
    kpis = _lines(_("What is measured"), _("One a line."))

    @staticmethod
    def initial_of(stage: Stage) -> dict[str, Any]:
        """What the stage says now."""
        return {name: getattr(stage, name) for name in EDITABLE}

    def described(self) -> dict[str, Any]:
        """The values for the flow."""
        return {name: self.cleaned_data[name] for name in EDITABLE}

    def blame(self, refused: StageNotPossible) -> None:
        """Put what the flow refused at its field."""
        for name, why in refused.errors:
            self.add_error(name if name in self.fields else None, why)


class NewStageForm(StageForm):
    """A stage that is not there yet, and its place."""

    slug = forms.CharField(
        label=_("Key"),
        max_length=40,
        help_text=_("For conditions, imports and the API: small letters, digits, - and _. It never changes."),
    )
    after = forms.ChoiceField(label=_("Stands after"))
    role = forms.ChoiceField(
        label=_("Role"), required=False, help_text=_("What code and KPIs know it by. Mostly none: leads just pass it.")
    )
    field_order = ("label", "name", "slug", "after", "role")

    def __init__(self, *args: Any, line: Sequence[Stage], places: Sequence[Stage], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [(stage.slug, f"{stage.label} · {stage.name}") for stage in places]
        self.fields["after"].choices = rows  # type: ignore[attr-defined]
        realms = {stage.realm for stage in places}
        roles = [(role.value, role.label) for role in free_roles(line) if REALM_OF[role] in realms]
        self.fields["role"].choices = [("", _("None")), *roles]  # type: ignore[attr-defined]
        if not roles:
            del self.fields["role"]


class RetireForm(forms.Form):
    """Where the leads of a retired stage go, and its history."""

    into = forms.ChoiceField(label=_("Its leads go to"))
    merges = forms.TypedChoiceField(
        label=_("Its history"),
        choices=[
            ("1", _("counts as that of the other stage (merge)")),
            ("0", _("is no longer shown in reports (retire only)")),
        ],
        coerce=lambda value: value == "1",
        initial="1",
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, others: Sequence[Stage], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [(stage.slug, f"{stage.label} · {stage.name}") for stage in others]
        self.fields["into"].choices = rows  # type: ignore[attr-defined]
