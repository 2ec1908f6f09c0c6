"""The form of the first administrator."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
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
        if password := cleaned.get("password"):
            person = User(email=cleaned.get("email", ""), name=cleaned.get("name", ""))
            try:
                validate_password(password, person)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return cleaned
