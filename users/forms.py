"""Forms of people about themselves."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from users.models import User


def zones() -> list[tuple[str, str]]:
    """Zones people choose from: those named by a place, and UTC."""
    return [(name, name) for name in sorted(available_timezones()) if "/" in name or name == "UTC"]


class SetupForm(forms.Form):
    """Organisation and first administrator."""

    organisation = forms.CharField(label=_("Company"), max_length=150)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=zones, initial="UTC")
    currency = forms.RegexField(
        label=_("Currency"),
        regex=r"^[A-Z]{3}$",
        initial="USD",
        help_text=_("ISO 4217, for example EUR."),
        error_messages={"invalid": _("Write three capital letters, for example EUR.")},
    )
    name = forms.CharField(label=_("Your name"), max_length=150)
    email = forms.EmailField(label=_("Work e-mail"), max_length=254)
    password = forms.CharField(
        label=_("Password"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}), max_length=128
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        refuse_weak_password(self, email=cleaned.get("email", ""))
        return cleaned


class InvitationForm(forms.Form):
    """Name and first password of somebody invited."""

    name = forms.CharField(label=_("Your name"), max_length=150, widget=forms.TextInput({"autocomplete": "name"}))
    password = forms.CharField(
        label=_("Password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        max_length=128,
        help_text=_("At least eight characters; several words are easy to remember."),
    )

    def __init__(self, data: Any = None, *, user: User) -> None:
        super().__init__(data, initial={"name": user.name})
        self.user = user

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        refuse_weak_password(self, email=self.user.email)
        return cleaned


class ProfileForm(forms.Form):
    """What somebody says about themselves."""

    name = forms.CharField(
        label=_("Name"), max_length=150, required=False, widget=forms.TextInput({"autocomplete": "name"})
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=lambda: [("", _("The organisation's")), *zones()], required=False
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=lambda: [("", _("The browser's")), *settings.LANGUAGES], required=False
    )


def refuse_weak_password(form: forms.Form, *, email: str) -> None:
    """Add what speaks against the form's password, beside it."""
    password = form.cleaned_data.get("password")
    if not password:
        return
    try:
        validate_password(password, User(email=email, name=form.cleaned_data.get("name", "")))
    except forms.ValidationError as error:
        form.add_error("password", error)
