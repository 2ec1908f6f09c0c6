"""The settings page of versions: a draft is written, asked for, approved and published; the rest is read."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.conditions.catalog import Catalog
from leads.nudge import nudge
from scoring.admin.draft import GroupInline, RuleInline, VersionForm, is_draft
from scoring.draft import InvalidVersion, NotADraft, begin_draft, changing_draft
from scoring.life import approve_version, ask_for_approval, discard_draft, roll_back
from scoring.models import ModelVersion, VersionState
from scoring.publish import DraftExists, NotPublishable, copy_to_draft, publish_version
from scoring.seen import ChangedMeanwhile, stamp
from scoring.views.doors import may_approve
from scoring.views.meanwhile import rule_now, told
from scoring.views.sentences import grouped
from users.admin import SettingsAdmin
from users.clock import database_now


@admin.register(ModelVersion)
class ModelVersionAdmin(SettingsAdmin):
    """Versions of models: a draft is written, asked for, approved and published; the rest is read."""

    form = VersionForm
    list_display = ("__str__", "state", "approved_at", "published_at", "retired_at")
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
    life = (told[:3], told[3:5], told[5:])

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return [(None, {"fields": ("model",)})]
        frame = (*self.frame, "seen") if is_draft(obj) else self.frame
        return [(None, {"fields": self.life}), (_("Bands, threshold and grid"), {"fields": frame})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj is None else self.told

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.reader = request.user
        return form

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return [GroupInline, RuleInline] if obj is not None and is_draft(obj) else []

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """The rules in words as well."""
        obj = kwargs.get("obj")
        said: dict[str, Any] = {"rules": None}
        if obj is not None:
            prefetch_related_objects([obj], "model", "groups", "rules__group")
            said = {
                "rules": grouped(obj, Catalog()),
                "number_of_rules": len(obj.rules.all()),
                "may_write": is_draft(obj),
                "show_save_and_add_another": False,
            }
        return super().render_change_form(request, {**context, **said}, *args, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and is_draft(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is not None and self.has_view_permission(request) and is_draft(obj)

    def save_model(self, request: HttpRequest, obj: ModelVersion, form: Any, change: bool) -> None:
        """Begin a draft from what is in force, or change one: what was approved of it counts no more."""
        if change:
            changing_draft(obj.pk, by=request.user.pk, now=database_now())
            obj.save(update_fields=[name for name in form.changed_data if name != "seen"])
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

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        """Ask first, and throw away only what was shown when it was asked."""
        version: Any = self.get_object(request, object_id)
        seen = {} if version is None else {"seen": stamp(version)}
        try:
            return super().delete_view(request, object_id, {**(extra_context or {}), **seen})
        except (NotADraft, ChangedMeanwhile) as refused:
            self.message_user(request, told(refused, version, request.user), messages.ERROR)
            return HttpResponseRedirect(reverse("admin:scoring_modelversion_changelist"))

    def delete_model(self, request: HttpRequest, obj: ModelVersion) -> None:
        discard_draft(obj.pk, by=request.user.pk, now=database_now(), seen=request.POST.get("seen", ""))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Its groups and rules go with a draft; they have no pages and no rights of their own."""
        names = [str(obj) for obj in objs]
        return names, {str(self.opts.verbose_name_plural): len(names)}, set(), []

    @admin.action(description=gettext_lazy("Ask for approval of the chosen drafts"))
    def ask(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        """Ask those who may."""
        return self._as_shown(request, queryset, _("Ask for approval"), ask_for_approval)

    @admin.action(description=gettext_lazy("Approve the chosen drafts"))
    def approve(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        """Approve drafts of marketing's models; those of sales wait for a sales manager."""
        mine = [row for row in queryset.select_related("model") if may_approve(request.user, row.model)]  # type: ignore[arg-type]
        if len(mine) < queryset.count():
            self.message_user(request, _("Sales models are approved by sales managers."), messages.ERROR)
        return self._as_shown(request, mine, _("Approve"), approve_version)

    @admin.action(description=gettext_lazy("Publish the chosen drafts"))
    def publish(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        """Put drafts in force."""

        def step(pk: int, **said: Any) -> None:
            publish_version(ModelVersion.objects.get(pk=pk), **said)
            nudge()

        return self._as_shown(request, queryset, _("Publish"), step)

    def _as_shown(
        self, request: HttpRequest, rows: Any, label: str, step: Callable[..., object]
    ) -> HttpResponse | None:
        """Show what the drafts say; once that was seen, take the step with each that still says it."""
        rows = list(rows)
        if rows and not any(f"seen-{row.pk}" in request.POST for row in rows):
            return self._step_page(request, rows, label)
        now = database_now()
        self._each(
            request,
            rows,
            lambda row: step(row.pk, by=request.user.pk, now=now, seen=request.POST.get(f"seen-{row.pk}", "")),
        )
        return None

    def _step_page(self, request: HttpRequest, rows: list[ModelVersion], label: str) -> HttpResponse:
        prefetch_related_objects(rows, "model", "groups", "rules__group")
        catalog = Catalog()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": label,
            "action": request.POST["action"],
            "box": ACTION_CHECKBOX_NAME,
            "shown": [(row, stamp(row), [rule_now(rule, catalog) for rule in row.rules.all()]) for row in rows],
        }
        return TemplateResponse(request, "admin/scoring/modelversion/step.html", context)

    @admin.action(description=gettext_lazy("Roll back to the chosen versions"))
    def back(self, request: HttpRequest, queryset: Any) -> None:
        """Put what was in force before in force again."""
        self._each(request, queryset, lambda row: roll_back(row, by=request.user.pk, now=database_now()))
        nudge()

    def _each(self, request: HttpRequest, rows: Any, step: Callable[[ModelVersion], object]) -> None:
        for row in rows:
            try:
                step(row)
            except (NotADraft, NotPublishable, ChangedMeanwhile) as refused:
                self.message_user(request, f"{row}: {told(refused, row, request.user)}", messages.ERROR)
            else:
                self.message_user(request, _("%(version)s: done.") % {"version": row})
