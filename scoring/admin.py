"""The settings page of score models: their names. Versions and rules are changed on the scoring pages."""

from django.contrib import admin

from leads.models import ScoreModel
from users.admin import SettingsAdmin


@admin.register(ScoreModel)
class ScoreModelAdmin(SettingsAdmin):
    """Which decisions are scored. The key is what stage criteria name."""

    list_display = ("name", "slug", "purpose")
    fixed = ("slug", "purpose")

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj is not None else {"slug": ("name",)}
