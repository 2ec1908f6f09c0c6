"""The settings pages of people: users, teams, API tokens. Only administrators come in; nothing is deleted here."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from users.access import Right, has_right
from users.calendars import check_holiday
from users.clock import database_now
from users.invitations import invite
from users.models import Absence, ApiToken, Holiday, Role, Scope, Team, User


class SettingsAdmin(admin.ModelAdmin):
    """A settings page: for who may change settings. What journals and conditions name is never deleted.

    `fixed` names fields that may be chosen once and never change afterwards.
    """

    fixed: tuple[str, ...] = ()

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return isinstance(request.user, User) and has_right(request.user, Right.CHANGE_SETTINGS)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        readonly = super().get_readonly_fields(request, obj)
        return readonly if obj is None else (*readonly, *self.fixed)


class UserAddForm(AdminUserCreationForm):
    """Somebody new, invited to choose a password; or one is set here."""

    usable_password = forms.ChoiceField(
        label=gettext_lazy("Sign-in"),
        required=False,
        initial="false",
        choices={
            "false": gettext_lazy("Invite by mail: the link to choose a password works for three days"),
            "true": gettext_lazy("Set a password here"),
        },
        widget=forms.RadioSelect(attrs={"class": "radiolist"}),
    )

    class Meta:
        model = User
        fields = ("email", "name", "role", "team", "time_zone", "language")


class UserEditForm(UserChangeForm):
    """Somebody who works here. Nobody locks themselves out."""

    acting: User | None = None

    class Meta:
        model = User
        fields = ("email", "name", "role", "team", "capacity", "time_zone", "language", "is_active", "password")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if self.acting is not None and self.instance.pk == self.acting.pk:
            if values.get("role") != Role.ADMIN:
                self.add_error("role", _("You cannot take your own administrator role away."))
            if not values.get("is_active"):
                self.add_error("is_active", _("You cannot deactivate yourself."))
        return values


@admin.register(User)
class PeopleAdmin(SettingsAdmin, UserAdmin):
    """Users: who they are, what they may do, whether they may sign in."""

    form, add_form = UserEditForm, UserAddForm
    ordering = ("email",)
    list_display = ("email", "name", "role", "team", "is_active", "invited_on")
    list_filter = ("role", "team", "is_active")
    search_fields = ("email", "name")
    filter_horizontal = ()
    readonly_fields = ("last_login", "invited_at")
    actions = ("invite",)
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        (gettext_lazy("Work"), {"fields": ("role", "team", "capacity", "time_zone", "language")}),
        (gettext_lazy("Sign-in"), {"fields": ("is_active", "invited_at", "last_login")}),
    )
    add_fieldsets = (
        (None, {"fields": ("email", "name", "role", "team", "time_zone", "language")}),
        (gettext_lazy("Password"), {"fields": ("usable_password", "password1", "password2")}),
    )

    @admin.display(description=gettext_lazy("invited"), ordering="invited_at")
    def invited_on(self, user: User) -> str:
        """The day of the last invitation."""
        return date_format(localtime(user.invited_at).date(), "SHORT_DATE_FORMAT") if user.invited_at else ""

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.acting = request.user  # type: ignore[attr-defined]
        return form

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "language":
            choices = [("", "---------"), *settings.LANGUAGES]
            return forms.ChoiceField(label=_("Language"), choices=choices, required=False, help_text=db_field.help_text)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change or "_invite" in request.POST:
            self._send_invitations(request, [obj.pk])

    @admin.action(description=gettext_lazy("Invite the chosen people, or invite them again"))
    def invite(self, request: HttpRequest, queryset: Any) -> None:
        """Send invitations to those without a password."""
        if not self._send_invitations(request, [user.pk for user in queryset]):
            self.message_user(request, _("All of them have a password, or are not active."), messages.WARNING)

    def _send_invitations(self, request: HttpRequest, user_ids: list[int]) -> int:
        """Invite those without a password and say whom."""
        users = invite(user_ids, by=request.user.pk, now=database_now())
        if users:
            people = ", ".join(user.email for user in users)
            self.message_user(request, _("An invitation is on its way to %s.") % people)
        return len(users)


class WorkingTimeForm(forms.ModelForm):
    """Working days as boxes to tick."""

    working_days = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Working days"),
        choices=[(day, WEEKDAYS[day - 1]) for day in range(1, 8)],
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None: those of the organisation, or Monday to Friday."),
    )


@admin.register(Team)
class TeamAdmin(SettingsAdmin):
    """Groups to whom handovers are routed."""

    form = WorkingTimeForm
    list_display = ("name", "slug", "time_zone", "sdr_accepts")
    fields = ("name", "slug", "sdr_accepts", "time_zone", "working_days", "opens_at", "closes_at")
    prepopulated_fields = {"slug": ("name",)}
    fixed = ("slug",)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return {} if obj is not None else self.prepopulated_fields


class Removable(SettingsAdmin):
    """Rows that no journal names: they may be taken away."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request)


class HolidayForm(forms.ModelForm):
    """A holiday that leaves a day to work on."""

    class Meta:
        model = Holiday
        fields = ("day", "name", "team")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("day"):
            team = values.get("team")
            check_holiday(values["day"], team.pk if team else None)
        return values


@admin.register(Holiday)
class HolidayAdmin(Removable):
    """Days on which a team, or nobody at all, works."""

    form = HolidayForm
    list_display = ("day", "name", "team")
    list_filter = ("team",)


@admin.register(Absence)
class AbsenceAdmin(Removable):
    """Days on which somebody is away."""

    list_display = ("user", "starts_on", "ends_on")
    list_filter = ("user__team",)
    autocomplete_fields = ("user",)


class TokenForm(forms.ModelForm):
    """What a token may do, for whom, until when."""

    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("Scopes"),
        choices=Scope.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None: all its user may do."),
    )

    class Meta:
        model = ApiToken
        fields = ("user", "name", "scopes", "expires_at")


@admin.register(ApiToken)
class TokenAdmin(SettingsAdmin):
    """API tokens. The token itself is shown once, on the page that answers its creation, and stored nowhere."""

    form = TokenForm
    list_display = ("__str__", "user", "scopes", "created_at", "expires_at", "revoked_at")
    list_filter = ("user",)
    actions = ("revoke",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # The list and its actions need it; a single token is only looked at.
        return obj is None and super().has_change_permission(request)

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        row, secret = ApiToken.issue(obj.user, obj.scopes, obj.name, obj.expires_at)
        obj.pk, obj.digest = row.pk, row.digest
        self.secret = secret

    def response_add(self, request: HttpRequest, obj: ApiToken, post_url_continue: Any = None) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("API token"),
            "token": obj,
            "secret": self.secret,
        }
        self.secret = ""
        response = TemplateResponse(request, "admin/users/apitoken/issued.html", context)
        response["Cache-Control"] = "no-store"
        return response

    @admin.action(description=gettext_lazy("Revoke the chosen tokens"))
    def revoke(self, request: HttpRequest, queryset: Any) -> None:
        """Make tokens worthless at once."""
        queryset.filter(revoked_at=None).update(revoked_at=database_now())
        self.message_user(request, _("Revoked."))


admin.site.unregister(Group)
