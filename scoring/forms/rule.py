"""The form of one rule: how many points, when, how often, and how they fade."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.conditions.leaves import MAX_DAYS
from leads.forms.selection import SelectionEditor
from leads.forms.tree import TreeEditor, as_sent
from scoring.checks import rule_errors
from scoring.forms.seen import SeenForm
from scoring.models import ModelVersion, Rule, RuleGroup
from scoring.rules import MAX_POINTS, MAX_UNITS, RuleSpec
from scoring.seen import stamp_of_rule

ONCE, LATEST, NEVER = "once", "latest", "never"
OFTEN = (
    (ONCE, gettext_lazy("Once, while the condition holds")),
    ("each", gettext_lazy("For each activity")),
    (LATEST, gettext_lazy("For the latest activity")),
    ("page", gettext_lazy("For each different page")),
    ("document", gettext_lazy("For each different document")),
    ("visit", gettext_lazy("At most once a visit")),
    ("day", gettext_lazy("At most once a day")),
    ("week", gettext_lazy("At most once a week")),
    ("month", gettext_lazy("At most once a month")),
)
FADES = (
    (NEVER, gettext_lazy("Not with age")),
    ("half", gettext_lazy("By half in so many days")),
    ("steps", gettext_lazy("In steps, until nothing is left")),
)
MUST_FADE = gettext_lazy("Points for the latest activity must fade. Give a half-life or steps, or use a condition.")
# Which fades there are depends on it: what follows is drawn anew, and so is what is said of the rule.
REDRAWS = {
    "hx-post": "",
    "hx-trigger": "change",
    "hx-vals": '{"when-do": "often:0"}',
    "hx-include": "closest form",
    "hx-target": "#fading",
    "hx-select": "#fading",
    "hx-select-oob": "#rule-preview",
    "hx-swap": "outerHTML",
}
NUMBERS: Mapping[str, tuple[str, ...]] = {
    NEVER: (),
    "half": ("half_life_days",),
    "steps": ("step_percent", "step_days"),
}


def _whole(label: Any, most: int, least: int = 1, *, help_text: Any = "") -> forms.IntegerField:
    needed = least != 1
    return forms.IntegerField(label=label, min_value=least, max_value=most, required=needed, help_text=help_text)


class _Hideable(forms.NumberInput):
    """A browser sends the form also where this field is hidden and empty."""

    def use_required_attribute(self, initial: Any) -> bool:
        return False


def _fading(label: Any, most: int, *, help_text: Any = "") -> forms.IntegerField:
    """A number that the chosen fade asks for, and no other one."""
    missing = {"required": gettext_lazy("Give a whole number of at least 1.")}
    return forms.IntegerField(
        label=label, min_value=1, max_value=most, help_text=help_text, widget=_Hideable, error_messages=missing
    )


class RuleForm(SeenForm):
    """Points of a rule; its condition and its selection of activities are edited beside it."""

    points = _whole(
        gettext_lazy("Points"), MAX_POINTS, -MAX_POINTS, help_text=gettext_lazy("Below zero takes points away.")
    )
    group = forms.ModelChoiceField(RuleGroup.objects.none(), label=gettext_lazy("Group"), to_field_name="slug")
    label = forms.CharField(
        label=gettext_lazy("Label"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Empty: worded by the condition."),
    )
    often = forms.ChoiceField(label=gettext_lazy("Points are given"), choices=OFTEN, widget=forms.Select(attrs=REDRAWS))
    fades = forms.ChoiceField(label=gettext_lazy("They fade"), choices=FADES)
    half_life_days = _fading(gettext_lazy("Half is lost in days"), MAX_DAYS)
    step_percent = _fading(gettext_lazy("Percent lost each time"), 100, help_text=gettext_lazy("Of the whole."))
    step_days = _fading(gettext_lazy("Every so many days"), MAX_DAYS)
    expires_days = _whole(
        gettext_lazy("Expire after days"), MAX_DAYS, help_text=gettext_lazy("Empty: they do not expire.")
    )
    max_units = _whole(gettext_lazy("At most so many times"), MAX_UNITS, help_text=gettext_lazy("Empty: no limit."))

    def __init__(
        self,
        sent: QueryDict | None = None,
        *,
        version: ModelVersion,
        rule: Rule | None = None,
        group: str = "",
        query: QueryDict | None = None,
    ) -> None:
        tree = rule.condition if rule else None
        if sent is None:
            self.when = TreeEditor.begun(query or QueryDict(), tree=tree, scoring=True)
        else:
            self.when = TreeEditor(sent, scoring=True)
        self.per = SelectionEditor(sent, value=rule.per if rule else None)
        initial = {"group": group, "often": ONCE, "fades": NEVER} if rule is None else _shown(rule)
        super().__init__(None if self.when.act else sent, initial=initial)
        self.fields["group"].queryset = version.groups.all()  # type: ignore[attr-defined]
        if sent is not None and self.when.act:
            as_sent(self, sent)
        if self["often"].value() == LATEST:
            self._offer_fades()

    def _offer_fades(self) -> None:
        """Of the latest activity there is one: without fading, a condition says the same."""
        field: Any = self.fields["fades"]
        field.choices = [choice for choice in FADES if choice[0] != NEVER]
        field.error_messages["invalid_choice"] = MUST_FADE
        field.help_text = _("Points for the latest activity always fade.")

    def clean(self) -> dict[str, Any]:
        """What another choice makes needless is dropped; the rest is checked as every door checks it."""
        values = super().clean() or {}
        is_per = values.get("often", ONCE) != ONCE
        if not self.when.is_valid(required=not is_per):
            self.add_error(None, _("Complete the condition below."))
        if is_per and not self.per.is_valid():
            self.add_error(None, _("Complete what counts below."))
        fading = NUMBERS[values.get("fades", NEVER)] if is_per else ()
        needed = (*fading, "expires_days", "max_units") if is_per else ()
        for name in ("half_life_days", "step_percent", "step_days", "expires_days", "max_units"):
            if name not in needed:
                self.errors.pop(name, None)
                values[name] = None
        if not self.errors:
            self._blame(rule_errors(self._spec(values)))
        return values

    def _blame(self, errors: Mapping[str, str]) -> None:
        """Put what the checks refuse at its field: the selection itself is right, so `per` is about fading."""
        for field, why in errors.items():
            self.add_error({"per": "fades"}.get(field, field if field in self.fields else None), why)

    def _spec(self, values: Mapping[str, Any]) -> RuleSpec:
        per = None
        if values["often"] != ONCE:
            expires = values["expires_days"]
            per = {"of": values["often"], **self.per.value, **({} if expires is None else {"days": expires})}
        return RuleSpec(
            points=values["points"],
            group=values["group"].slug,
            condition=self.when.tree,
            per=per,
            max_units=values["max_units"],
            half_life_days=values["half_life_days"],
            label=values["label"],
            step_days=values["step_days"],
            step_percent=values["step_percent"],
        )

    @property
    def spec(self) -> RuleSpec:
        """The rule as the flow takes it."""
        return self._spec(self.cleaned_data)


def _shown(rule: Rule) -> dict[str, Any]:
    """A stored rule as the fields show it."""
    names = ("points", "label", "max_units", "half_life_days", "step_percent", "step_days")
    per = rule.per or {}
    fades = "half" if rule.half_life_days is not None else "steps" if rule.step_days is not None else NEVER
    shown = {"group": rule.group.slug, "often": per.get("of", ONCE), "expires_days": per.get("days"), "fades": fades}
    return shown | {name: getattr(rule, name) for name in names} | {"seen": stamp_of_rule(rule)}
