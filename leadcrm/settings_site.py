"""The stock admin as our settings: the house's own sign-in, and only for who may change settings."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy

from users.access import Right, has_right
from users.models import User


class SettingsSite(admin.AdminSite):
    """`/settings/`. Those signed in without the right are refused, others sign in at the door."""

    site_header = site_title = gettext_lazy("Settings")
    index_title = gettext_lazy("Settings")

    def has_permission(self, request: HttpRequest) -> bool:
        return isinstance(request.user, User) and has_right(request.user, Right.CHANGE_SETTINGS)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.user.is_authenticated:
            raise PermissionDenied("Only administrators open the settings.")
        return redirect_to_login(request.GET.get("next") or "/settings/")
