"""The settings pages of the ground: organisation, stages, channels, campaigns, path sets, attributes, reasons.

Journals and facts have no page here: they are written by flows alone.
"""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.postgres.forms import SimpleArrayField
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.activity.news import change_rules, touch_all
from leads.activity.pages import save_path_set
from leads.conditions.used import naming
from leads.models import AttributeDefinition, AttributeType, Campaign, Channel, PathSet, Reason, Sla, Stage, TitleClass
from leads.nudge import nudge
from leads.people.attributes import delete_attribute, save_attribute, uses_of_attribute, uses_of_lost_choices
from leads.people.campaigns import end_campaigns
from leads.people.titles import checked_words, save_title_class
from users.admin import PeopleAdmin, Removable, SettingsAdmin, WorkingTimeForm
from users.clock import database_now
from users.models import Organisation, User

LINES = forms.Textarea(attrs={"rows": 6})


@admin.register(Organisation)
class OrganisationAdmin(SettingsAdmin):
    """The one company this installation serves."""

    form = WorkingTimeForm
    list_display = ("name", "time_zone", "currency")
    fields = ("name", "time_zone", "currency", "working_days", "opens_at", "closes_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: Organisation, form: Any, change: bool) -> None:
        if "time_zone" in form.changed_data:  # windows and decay count other days now
            change_rules()
            touch_all()
        super().save_model(request, obj, form, change)
        nudge()


@admin.register(Stage)
class StageAdmin(SettingsAdmin):
    """Stages: how they are called and explained. Key, role and realm are what code and journal know them by."""

    list_display = ("label", "name", "role", "realm", "position")
    fields = ("slug", "label", "name", "role", "realm", "position", "help_text")
    readonly_fields = ("slug", "role", "realm", "position")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


class NamedAdmin(SettingsAdmin):
    """A row with a key that conditions and integrations name: chosen once."""

    fixed = ("slug",)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return {} if obj is not None else {"slug": ("name",)}


@admin.register(Channel)
class ChannelAdmin(NamedAdmin):
    """Where leads come from."""

    list_display = ("name", "slug")
    search_fields = ("name", "slug")


@admin.register(Campaign)
class CampaignAdmin(NamedAdmin):
    """Campaigns and what they follow."""

    list_display = ("name", "slug", "starts_on", "ends_on", "predecessor", "ended_at")
    search_fields = ("name", "slug")
    fields = ("name", "slug", "starts_on", "ends_on", "predecessor", "ended_at")
    readonly_fields = ("ended_at",)
    actions = ("end",)

    @admin.action(description=gettext_lazy("End the chosen campaigns: their leads no longer move by themselves"))
    def end(self, request: HttpRequest, queryset: Any) -> None:
        """End campaigns now."""
        end_campaigns(list(queryset.values_list("slug", flat=True)), now=database_now())
        self.message_user(request, _("Ended."))


class PathSetForm(forms.ModelForm):
    """A path set with one pattern a line."""

    patterns = SimpleArrayField(
        forms.CharField(max_length=500),
        delimiter="\n",
        label=gettext_lazy("Patterns"),
        widget=LINES,
        help_text=gettext_lazy("One a line, for example /pricing or /pricing/*; * stands for anything."),
    )

    class Meta:
        model = PathSet
        fields = ("name", "slug", "patterns")

    def clean_patterns(self) -> list[str]:
        """Whole paths: they begin with a slash or a star."""
        patterns = [line.strip() for line in self.cleaned_data["patterns"] if line.strip()]
        for pattern in patterns:
            if not pattern.startswith(("/", "*")):
                message = _("%(pattern)s: a pattern is a path and begins with / or *.")
                raise ValidationError(message, params={"pattern": pattern})
        if not patterns:
            raise ValidationError(_("Give at least one pattern."))
        return patterns


@admin.register(PathSet)
class PathSetAdmin(NamedAdmin):
    """Named groups of pages."""

    form = PathSetForm
    list_display = ("name", "slug", "patterns")

    def save_model(self, request: HttpRequest, obj: PathSet, form: Any, change: bool) -> None:
        save_path_set(obj)
        nudge()


class AttributeForm(forms.ModelForm):
    """An attribute; a list of choices, one a line, where its type is one."""

    choices = SimpleArrayField(
        forms.CharField(max_length=100),
        delimiter="\n",
        required=False,
        label=gettext_lazy("Choices"),
        widget=LINES,
        help_text=gettext_lazy("One a line, for the types that choose from a list."),
    )

    class Meta:
        model = AttributeDefinition
        fields = ("subject", "key", "label", "type", "choices", "group")

    def clean(self) -> dict[str, Any]:
        """A list type needs its list, and no value in use may vanish from it."""
        values = super().clean() or {}
        chosen = [line.strip() for line in values.get("choices") or [] if line.strip()]
        values["choices"] = chosen
        type_ = values.get("type") or self.instance.type
        if type_ in (AttributeType.CHOICE, AttributeType.CHOICES) and not chosen:
            self.add_error("choices", _("Give the values to choose from, one a line."))
        elif places := uses_of_lost_choices(self.instance, chosen, now=database_now()):
            where = ", ".join(place.where for place in places)
            self.add_error("choices", _("A choice that is in use stays: %(places)s.") % {"places": where})
        return values


@admin.register(AttributeDefinition)
class AttributeAdmin(Removable):
    """Attributes of leads and companies. Subject, key and type are what stored values and conditions rely on."""

    form = AttributeForm
    list_display = ("label", "subject", "key", "type", "group")
    list_filter = ("subject", "group")
    fixed = ("subject", "key", "type")

    def get_actions(self, request: HttpRequest) -> Any:
        """One by one: each is looked for in all conditions."""
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What Django shows before it deletes: the conditions that ask for the attribute keep it."""
        places = [place for row in objs for place in uses_of_attribute(row, now=database_now())]
        links = [format_html('<a href="{}">{}</a>', place.url, place.where) for place in places]
        return [str(row) for row in objs], {}, set(), links

    def save_model(self, request: HttpRequest, obj: AttributeDefinition, form: Any, change: bool) -> None:
        save_attribute(obj, now=database_now())

    def delete_model(self, request: HttpRequest, obj: AttributeDefinition) -> None:
        delete_attribute(obj, now=database_now())


class TitleClassForm(forms.ModelForm):
    """A class of job titles with one word a line."""

    words = SimpleArrayField(
        forms.CharField(max_length=80, required=False),
        delimiter="\n",
        label=gettext_lazy("Words"),
        widget=LINES,
        help_text=gettext_lazy(
            "One a line. A word is found whole, in any case: “it” is not found in “audit”. With a * at its end any"
            " ending will do: manag* finds manager and managing."
        ),
    )

    class Meta:
        model = TitleClass
        fields = ("kind", "slug", "label", "words", "position")

    def clean_words(self) -> list[str]:
        """Words that can be searched for."""
        return checked_words(self.cleaned_data["words"])


@admin.register(TitleClass)
class TitleClassAdmin(SettingsAdmin):
    """What job titles say of seniority and function. The key is what conditions name."""

    form = TitleClassForm
    list_display = ("label", "kind", "position", "words_shown")
    list_filter = ("kind",)
    fixed = ("kind", "slug")

    @admin.display(description=gettext_lazy("words"))
    def words_shown(self, obj: TitleClass) -> str:
        """The first words."""
        return ", ".join(obj.words[:8])

    def save_model(self, request: HttpRequest, obj: TitleClass, form: Any, change: bool) -> None:
        save_title_class(obj)
        nudge()


@admin.register(Reason)
class ReasonAdmin(SettingsAdmin):
    """Coded reasons. One that is no longer wanted is switched off: the journal goes on naming it."""

    list_display = ("label", "kind", "slug", "is_active")
    list_filter = ("kind", "is_active")
    fixed = ("kind", "slug")


@admin.register(Sla)
class SlaAdmin(Removable):
    """Service levels: how long a thing may take. Clocks that run keep their end."""

    list_display = ("kind", "team", "amount", "unit", "warn_percent", "escalate_hours")
    list_filter = ("kind", "team")


admin.site.unregister(User)


@admin.register(User)
class NamedPeopleAdmin(PeopleAdmin):
    """Users; who leaves is still named in conditions, and whoever deactivates them is told where."""

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and "is_active" in form.changed_data and not obj.is_active:
            named = naming("owner", "value", obj.pk, now=database_now(), past=True)
            if places := ", ".join(dict.fromkeys(written.where for written in named)):
                text = _("%(name)s is still named in: %(places)s. Name somebody else there, or leave it.")
                self.message_user(request, text % {"name": obj, "places": places}, messages.WARNING)
