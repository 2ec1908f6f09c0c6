"""The settings pages of score models and their versions, by the same flows and checks as the scoring pages.

Only a draft is written here; what was published is shown and stays.
"""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.models import ScoreModel
from leads.nudge import nudge
from scoring.draft import InvalidVersion, NotADraft, begin_draft, changing_draft, falls
from scoring.life import approve_version, ask_for_approval, discard_draft, roll_back
from scoring.models import ModelVersion, Rule, RuleGroup, VersionState
from scoring.open import edit_model, open_model
from scoring.publish import DraftExists, NotPublishable, copy_to_draft, publish_version
from scoring.views.doors import may_approve
from users.access import Right, has_right
from users.admin import SettingsAdmin
from users.clock import database_now
from users.models import User

JSON_BOX = forms.Textarea(attrs={"rows": 4, "cols": 40})


@admin.register(ScoreModel)
class ScoreModelAdmin(SettingsAdmin):
    """Which decisions are scored. The key is what stage criteria name."""

    list_display = ("name", "slug", "purpose", "company_rule", "borderline_team")
    fields = ("name", "slug", "purpose", "company_rule", "borderline_team")
    fixed = ("slug", "purpose")

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return {} if obj is not None else {"slug": ("name",)}

    def save_model(self, request: HttpRequest, obj: ScoreModel, form: Any, change: bool) -> None:
        rule, team = obj.company_rule, obj.borderline_team
        if change:
            edit_model(obj.pk, name=obj.name, company_rule=rule, borderline_team=team)
            nudge()
            return
        realm = ScoreModel.Purpose(obj.purpose)
        obj.pk = open_model(obj.slug, name=obj.name, purpose=realm, company_rule=rule, borderline_team=team).pk


class OfADraft:
    """Rows of a draft, written by whoever may change settings; those of a published version are shown."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As the version's own page."""
        return isinstance(request.user, User) and has_right(request.user, Right.CHANGE_SETTINGS)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Into a draft only."""
        return self.has_view_permission(request) and _is_draft(obj)

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


class VersionForm(forms.ModelForm):
    """The frame of a version; an empty grid is none."""

    def clean_fit_from(self) -> Any:
        """Three numbers or none."""
        return self.cleaned_data["fit_from"] or None

    def clean_engagement_from(self) -> Any:
        """Three numbers or none."""
        return self.cleaned_data["engagement_from"] or None

    def clean(self) -> dict[str, Any]:
        """Both rows of the grid fall, or there is none."""
        values = super().clean() or {}
        rows = {name: values.get(name) for name in ("fit_from", "engagement_from")}
        for name, row in rows.items():
            if any(rows.values()) and not falls(row) and name not in self.errors:
                self.add_error(name, _("Give three falling numbers for fit and three for engagement, or none."))
        return values

    def _get_validation_exclusions(self) -> set[str]:
        """The grid is checked above: Django cannot ask its constraint about values that are not stored yet."""
        return super()._get_validation_exclusions() | {"fit_from", "engagement_from"}  # type: ignore[misc]


@admin.register(ModelVersion)
class ModelVersionAdmin(SettingsAdmin):
    """Versions of models: a draft is written, asked for, approved and published; the rest is read."""

    form = VersionForm
    list_display = ("__str__", "state", "created_at", "asked_at", "approved_at", "published_at", "retired_at")
    list_filter = ("model", "state")
    list_select_related = ("model",)
    actions = ("ask", "approve", "publish", "back")
    frame = (
        ("hot_from", "warm_from", "history_step"),
        ("threshold", "borderline_from"),
        ("fit_from", "engagement_from"),
        "note",
    )
    told = ("model", "number", "state", "copied_from", "created_by", "asked_by", "approved_by", "published_by")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("model",) if obj is None else (*self.told, *self.frame)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj is None else self.told

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return [] if obj is None else [GroupInline, RuleInline]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and _is_draft(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is not None and self.has_view_permission(request) and _is_draft(obj)

    def save_model(self, request: HttpRequest, obj: ModelVersion, form: Any, change: bool) -> None:
        """Begin a draft from what is in force, or change one: what was approved of it counts no more."""
        if change:
            if form.changed_data or request.POST:
                changing_draft(obj.pk)
            obj.save(update_fields=form.changed_data)
            return
        before, now = obj.model.versions.filter(state=VersionState.PUBLISHED).first(), database_now()
        if before is not None:
            obj.pk = copy_to_draft(before, by=request.user.pk, now=now).pk
        else:
            obj.pk = begin_draft(obj.model, by=request.user.pk, now=now).pk
        obj.refresh_from_db()

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Say it where a draft was published or begun by somebody else meanwhile; nothing of it is half written."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except (NotADraft, DraftExists, InvalidVersion, NotPublishable) as refused:
            self.message_user(request, str(refused), messages.ERROR)
            return HttpResponseRedirect(reverse("admin:scoring_modelversion_changelist"))

    def response_add(self, request: HttpRequest, obj: ModelVersion, post_url_continue: Any = None) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:scoring_modelversion_change", args=[obj.pk]))

    def delete_model(self, request: HttpRequest, obj: ModelVersion) -> None:
        discard_draft(obj.pk, by=request.user.pk, now=database_now())

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Its groups and rules go with a draft; they have no pages and no rights of their own."""
        names = [str(obj) for obj in objs]
        return names, {str(self.opts.verbose_name_plural): len(names)}, set(), []

    @admin.action(description=gettext_lazy("Ask for approval of the chosen drafts"))
    def ask(self, request: HttpRequest, queryset: Any) -> None:
        """Ask those who may."""
        now = database_now()
        self._each(request, queryset, lambda row: ask_for_approval(row.pk, by=request.user.pk, now=now))

    @admin.action(description=gettext_lazy("Approve the chosen drafts"))
    def approve(self, request: HttpRequest, queryset: Any) -> None:
        """Approve drafts of marketing's models; those of sales wait for a sales manager."""
        now = database_now()
        mine = [row for row in queryset.select_related("model") if may_approve(request.user, row.model)]  # type: ignore[arg-type]
        if len(mine) < queryset.count():
            self.message_user(request, _("Sales models are approved by sales managers."), messages.ERROR)
        self._each(request, mine, lambda row: approve_version(row.pk, by=request.user.pk, now=now))

    @admin.action(description=gettext_lazy("Publish the chosen drafts"))
    def publish(self, request: HttpRequest, queryset: Any) -> None:
        """Put drafts in force."""
        self._each(request, queryset, lambda row: publish_version(row, by=request.user.pk, now=database_now()))
        nudge()

    @admin.action(description=gettext_lazy("Roll back to the chosen versions"))
    def back(self, request: HttpRequest, queryset: Any) -> None:
        """Put what was in force before in force again."""
        self._each(request, queryset, lambda row: roll_back(row, by=request.user.pk, now=database_now()))
        nudge()

    def _each(self, request: HttpRequest, rows: Any, step: Callable[[ModelVersion], object]) -> None:
        for row in rows:
            try:
                step(row)
            except (NotADraft, NotPublishable) as refused:
                self.message_user(request, f"{row}: {refused}", messages.ERROR)
            else:
                self.message_user(request, _("%(version)s: done.") % {"version": row})


def _is_draft(obj: Any) -> bool:
    return obj is None or obj.state == VersionState.DRAFT
