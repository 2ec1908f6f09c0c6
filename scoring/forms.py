"""The forms of score models: rules, groups and bands of a draft."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.forms.selection import SelectionEditor
from leads.forms.tree import TreeEditor
from scoring.models import ModelVersion, Rule, RuleGroup
from scoring.rules import RuleSpec

MOST = 10_000


class RuleForm(forms.Form):
    """Points of a rule; its condition and its selection of activities are edited beside it."""

    points = forms.IntegerField(
        label=gettext_lazy("Points"),
        min_value=-MOST,
        max_value=MOST,
        help_text=gettext_lazy("Below zero takes points away."),
    )
    group = forms.ModelChoiceField(RuleGroup.objects.none(), label=gettext_lazy("Group"), to_field_name="slug")
    label = forms.CharField(
        label=gettext_lazy("Label"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Empty: worded by the condition."),
    )
    is_per = forms.BooleanField(label=gettext_lazy("Points for each activity, or the latest one"), required=False)
    max_units = forms.IntegerField(
        label=gettext_lazy("At most so many times"), min_value=1, max_value=MOST, required=False
    )
    half_life_days = forms.IntegerField(
        label=gettext_lazy("Half-life in days"),
        min_value=1,
        max_value=MOST,
        required=False,
        help_text=gettext_lazy("After so many days an activity gives half its points."),
    )

    def __init__(
        self,
        sent: QueryDict | None = None,
        *,
        version: ModelVersion,
        rule: Rule | None = None,
        group: str = "",
    ) -> None:
        initial: dict[str, Any] = {"group": group}
        if rule is not None:
            names = ("points", "label", "max_units", "half_life_days")
            initial = {name: getattr(rule, name) for name in names}
            initial |= {"group": rule.group.slug, "is_per": rule.per is not None}
        super().__init__(sent, initial=initial)
        self.fields["group"].queryset = version.groups.all()  # type: ignore[attr-defined]
        self.when = TreeEditor(sent, tree=rule.condition if rule else None, scoring=True)
        self.per = SelectionEditor(sent, value=rule.per if rule else None)

    def clean(self) -> dict[str, Any]:
        """A rule says when it gives points; only points per activity fade."""
        values = super().clean() or {}
        is_per = values.get("is_per")
        if not self.when.is_valid(required=not is_per):
            self.add_error(None, _("Complete the condition below."))
        for name in ("max_units", "half_life_days"):
            if values.get(name) is not None and not is_per:
                self.add_error(name, _("Only points per activity can fade or be limited in number."))
        return values

    @property
    def spec(self) -> RuleSpec:
        """The rule as the flow takes it."""
        values = self.cleaned_data
        return RuleSpec(
            points=values["points"],
            group=values["group"].slug,
            condition=self.when.tree,
            per=self.per.value if values["is_per"] else None,
            max_units=values["max_units"],
            half_life_days=values["half_life_days"],
            label=values["label"],
        )


class GroupForm(forms.Form):
    """A group of rules under one cap."""

    slug = forms.SlugField(label=gettext_lazy("Key"), max_length=40)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    kind = forms.ChoiceField(label=gettext_lazy("Counts as"), choices=RuleGroup.Kind.choices)
    cap = forms.IntegerField(
        label=gettext_lazy("At most"),
        min_value=0,
        max_value=MOST,
        required=False,
        help_text=gettext_lazy("Empty: no cap."),
    )

    def __init__(self, *args: Any, version: ModelVersion, group: RuleGroup | None = None, **kwargs: Any) -> None:
        if group is not None:
            kwargs["initial"] = {name: getattr(group, name) for name in ("slug", "name", "kind", "cap")}
        super().__init__(*args, **kwargs)
        self.version, self.group = version, group
        if group is not None:
            self.fields["slug"].disabled = True

    def clean_slug(self) -> str:
        """No other group of the version has this key."""
        slug = str(self.cleaned_data["slug"])
        if self.group is None and self.version.groups.filter(slug=slug).exists():
            raise forms.ValidationError(_("There is a group with this key."))
        return slug


class BandsForm(forms.Form):
    """Where a score becomes warm and hot."""

    hot_from = forms.IntegerField(label=gettext_lazy("Hot from"), min_value=-MOST, max_value=MOST)
    warm_from = forms.IntegerField(label=gettext_lazy("Warm from"), min_value=-MOST, max_value=MOST)
    history_step = forms.IntegerField(
        label=gettext_lazy("History step"),
        min_value=1,
        max_value=MOST,
        help_text=gettext_lazy("A change of at least so many points is kept in the history."),
    )

    def clean(self) -> dict[str, Any]:
        """Hot starts above warm."""
        values = super().clean() or {}
        if not self.errors and values["hot_from"] <= values["warm_from"]:
            self.add_error("hot_from", _("Hot must start above warm."))
        return values
