"""The forms of a version: its groups, its bands and what its score decides."""

from itertools import pairwise
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scoring.draft import Frame
from scoring.forms.seen import SeenForm
from scoring.models import ModelVersion, RuleGroup
from scoring.rules import MAX_POINTS, MAX_UNITS
from scoring.seen import stamp_of_frame, stamp_of_group

MOST = 10_000


class GroupForm(SeenForm):
    """A group of rules under one cap."""

    slug = forms.SlugField(label=gettext_lazy("Key"), max_length=40)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    kind = forms.ChoiceField(label=gettext_lazy("Counts as"), choices=RuleGroup.Kind.choices)
    cap = forms.IntegerField(
        label=gettext_lazy("At most"),
        min_value=0,
        max_value=MAX_POINTS * MAX_UNITS,
        required=False,
        help_text=gettext_lazy("Empty: no cap."),
    )

    def __init__(self, *args: Any, version: ModelVersion, group: RuleGroup | None = None, **kwargs: Any) -> None:
        if group is not None:
            kwargs["initial"] = self.initial_of(group)
        super().__init__(*args, **kwargs)
        self.version, self.group = version, group
        if group is not None:
            self.fields["slug"].disabled = True

    @staticmethod
    def initial_of(group: RuleGroup) -> dict[str, Any]:
        """What the fields show of a group."""
        said = {name: getattr(group, name) for name in ("slug", "name", "kind", "cap")}
        return {**said, "seen": stamp_of_group(group)}

    def clean_slug(self) -> str:
        """No other group of the version has this key."""
        slug = str(self.cleaned_data["slug"])
        if self.group is None and self.version.groups.filter(slug=slug).exists():
            raise forms.ValidationError(_("There is a group with this key."))
        return slug


def _points(label: Any, help_text: Any = "", *, required: bool = False) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=-MOST, max_value=MOST, required=required, help_text=help_text)


class BandsForm(SeenForm):
    """Where a score becomes warm and hot, what the stage asks for, and the grid of fit and engagement."""

    hot_from = _points(gettext_lazy("Hot from"), required=True)
    warm_from = _points(gettext_lazy("Warm from"), required=True)
    threshold = _points(
        gettext_lazy("Threshold"), gettext_lazy("What the stage is to ask for. Empty: what it asks for now.")
    )
    borderline_from = _points(
        gettext_lazy("Borderline from"), gettext_lazy("Leads from here up to the threshold form a queue.")
    )
    fit_a = _points(gettext_lazy("Fit A from"))
    fit_b = _points(gettext_lazy("Fit B from"))
    fit_c = _points(gettext_lazy("Fit C from"))
    engagement_1 = _points(gettext_lazy("Engagement 1 from"))
    engagement_2 = _points(gettext_lazy("Engagement 2 from"))
    engagement_3 = _points(gettext_lazy("Engagement 3 from"))
    history_step = forms.IntegerField(
        label=gettext_lazy("History step"),
        min_value=1,
        max_value=MOST,
        help_text=gettext_lazy("A change of at least so many points is kept in the history."),
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("What this version is for."),
    )

    FIT = ("fit_a", "fit_b", "fit_c")
    ENGAGEMENT = ("engagement_1", "engagement_2", "engagement_3")

    @classmethod
    def initial_of(cls, version: ModelVersion) -> dict[str, Any]:
        """What the fields show of a version."""
        names = ("hot_from", "warm_from", "threshold", "borderline_from", "history_step", "note")
        return {
            **{name: getattr(version, name) for name in names},
            **dict(zip(cls.FIT, version.fit_from or (), strict=False)),
            **dict(zip(cls.ENGAGEMENT, version.engagement_from or (), strict=False)),
            "seen": stamp_of_frame(version),
        }

    def clean(self) -> dict[str, Any]:
        """Bands and grid fall; the borderline begins below the threshold."""
        values = super().clean() or {}
        if self.errors:
            return values
        if values["hot_from"] <= values["warm_from"]:
            self.add_error("hot_from", _("Hot must start above warm."))
        threshold, borderline = values["threshold"], values["borderline_from"]
        if threshold is not None and borderline is not None and borderline >= threshold:
            self.add_error("borderline_from", _("The borderline must begin below the threshold."))
        self._check_grid(values)
        return values

    def _check_grid(self, values: dict[str, Any]) -> None:
        given = {name: values[name] for name in (*self.FIT, *self.ENGAGEMENT)}
        if all(number is None for number in given.values()):
            return
        for name, number in given.items():
            if number is None:
                self.add_error(name, _("Give a number here too, or empty the whole grid."))
        for above, below in (*pairwise(self.FIT), *pairwise(self.ENGAGEMENT)):
            if None not in (given[above], given[below]) and given[above] <= given[below]:
                self.add_error(below, _("Give a number below the one before."))

    @property
    def frame(self) -> Frame:
        """What the flow takes."""
        values = self.cleaned_data
        has_grid = values["fit_a"] is not None
        return Frame(
            hot_from=values["hot_from"],
            warm_from=values["warm_from"],
            history_step=values["history_step"],
            threshold=values["threshold"],
            borderline_from=values["borderline_from"],
            fit_from=[values[name] for name in self.FIT] if has_grid else None,
            engagement_from=[values[name] for name in self.ENGAGEMENT] if has_grid else None,
            note=values["note"],
        )
