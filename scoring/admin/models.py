"""The settings page of score models."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse

from leads.models import ScoreModel
from leads.nudge import nudge
from scoring.forms.model import KeyForm
from scoring.open import edit_model, open_model
from users.admin import SettingsAdmin


@admin.register(ScoreModel)
class ScoreModelAdmin(SettingsAdmin):
    """Which decisions are scored. The key is what stage criteria name."""

    list_display = ("name", "slug", "purpose", "company_rule", "borderline_team")
    fields = ("name", "slug", "purpose", "company_rule", "borderline_team")
    fixed = ("slug", "purpose")
    form = KeyForm

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

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Say it where somebody took the key a moment ago."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except ValidationError as refused:
            self.message_user(request, " ".join(refused.messages), messages.ERROR)
            return HttpResponseRedirect(reverse("admin:leads_scoremodel_changelist"))
