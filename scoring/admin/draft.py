"""A draft on its settings page: its frame, groups and rules, checked as everywhere."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from scoring.draft import falls, locked_draft
from scoring.forms.seen import SeenForm
from scoring.models import Rule, RuleGroup, VersionState
from scoring.seen import ChangedMeanwhile, stamp_of_page
from scoring.views.meanwhile import told
from users.access import Right, has_right
from users.models import User

JSON_BOX = forms.Textarea(attrs={"rows": 4, "cols": 40, "dir": "ltr"})


def is_draft(version: Any) -> bool:
    """Whether a version may be written; one that is yet to be begun may."""
    return version is None or version.state == VersionState.DRAFT


class OfADraft:
    """Rows of a draft, written by whoever may change settings; those of a published version are shown."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As the version's own page."""
        return isinstance(request.user, User) and has_right(request.user, Right.CHANGE_SETTINGS)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Into a draft only."""
        return self.has_view_permission(request) and is_draft(obj)

    has_change_permission = has_delete_permission = has_add_permission


class GroupFormSet(forms.BaseInlineFormSet):
    """Groups; one goes only once no rule stands in it."""

    def clean(self) -> None:
        super().clean()
        for form in self.deleted_forms:
            if form.instance.pk and form.instance.rules.exists():
                raise ValidationError(
                    _("Rules stand in %(group)s. Move or remove them first.") % {"group": form.instance}
                )


class GroupInline(OfADraft, admin.TabularInline):
    """The groups of a version."""

    model = RuleGroup
    formset = GroupFormSet
    classes = ("collapse",)
    fields = ("slug", "name", "kind", "cap")
    extra = 0


class RuleForm(forms.ModelForm):
    """A rule whose condition and selection are written as JSON; checked as everywhere."""

    class Meta:
        model = Rule
        fields = (
            "position",
            "group",
            "label",
            "condition",
            "per",
            "points",
            "max_units",
            "half_life_days",
            "step_days",
            "step_percent",
        )
        widgets = {"condition": JSON_BOX, "per": JSON_BOX}


class RuleInline(OfADraft, admin.StackedInline):
    """The rules of a version."""

    model = Rule
    form = RuleForm
    classes = ("collapse",)
    fields = (
        ("position", "group", "points"),
        "label",
        ("condition", "per"),
        ("max_units", "half_life_days", "step_days", "step_percent"),
    )
    extra = 0

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        self.version = obj
        return super().get_formset(request, obj, **kwargs)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "group":
            kwargs["queryset"] = RuleGroup.objects.filter(version=self.version)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class VersionForm(SeenForm, forms.ModelForm):
    """The frame of a version; an empty grid is none. The page is saved as a whole, so all of it counts as seen."""

    reader: User | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            self.initial["seen"] = stamp_of_page(self.instance)

    def clean_fit_from(self) -> Any:
        """Three numbers or none."""
        return self.cleaned_data["fit_from"] or None

    def clean_engagement_from(self) -> Any:
        """Three numbers or none."""
        return self.cleaned_data["engagement_from"] or None

    def clean(self) -> dict[str, Any]:
        """Both rows of the grid fall, or there is none."""
        values = super().clean() or {}
        if self.instance.pk is not None:
            self._check_seen(values)
        rows = {name: values.get(name) for name in ("fit_from", "engagement_from")}
        for name, row in rows.items():
            if any(rows.values()) and not falls(row) and name not in self.errors:
                self.add_error(name, _("Give three falling numbers for fit and three for engagement, or none."))
        return values

    def _check_seen(self, values: dict[str, Any]) -> None:
        """The draft stays locked from here until it is written."""
        version = locked_draft(self.instance.pk)
        stands = stamp_of_page(version)
        if values.get("seen") == stands:
            return
        happened = told(ChangedMeanwhile(_("The draft was changed meanwhile.")), version, self.reader)
        text = _(
            "%(happened)s Open the page anew to see what it says, or save again: that writes all of this page over it,"
            " also what you did not touch."
        )
        self.add_error(None, text % {"happened": happened})
        self.see(stands)

    def _get_validation_exclusions(self) -> set[str]:
        """The grid is checked above: Django cannot ask its constraint about values that are not stored yet."""
        return super()._get_validation_exclusions() | {"fit_from", "engagement_from"}  # type: ignore[misc]
