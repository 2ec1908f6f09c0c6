"""The settings page of senders: who we write as, and how fast."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mail.models import Sender
from users.admin import SettingsAdmin


class SenderForm(forms.ModelForm):
    """A sender. Exactly one is the default: a new one takes it over from the old."""

    class Meta:
        model = Sender
        fields = ("name", "slug", "address", "reply_to", "per_minute", "burst", "is_default")
        help_texts = {
            "address": gettext_lazy("Your mail server must be allowed to send for it (SPF, DKIM)."),
            "reply_to": gettext_lazy("Empty: to the address above."),
            "is_default": gettext_lazy("Sends sign-in mails and whatever names no sender."),
        }

    def clean_is_default(self) -> bool:
        """Somebody must send what names no sender."""
        is_default: bool = self.cleaned_data["is_default"]
        if not is_default and self.instance.pk and Sender.objects.filter(pk=self.instance.pk, is_default=True).exists():
            raise ValidationError(_("Make another sender the default instead; then this one no longer is."))
        return is_default

    def _get_validation_exclusions(self) -> set[str]:
        # Saving takes it over from another, so two at once are no mistake yet.
        return super()._get_validation_exclusions() | {"is_default"}  # type: ignore[misc]


@admin.register(Sender)
class SenderAdmin(SettingsAdmin):
    """Who we write as, and how fast."""

    form = SenderForm
    list_display = ("name", "address", "reply_to", "per_minute", "burst", "is_default")
    fixed = ("slug",)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return {} if obj is not None else {"slug": ("name",)}

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: Sender, form: Any, change: bool) -> None:
        if obj.is_default:
            Sender.objects.filter(is_default=True).exclude(pk=obj.pk).update(is_default=False)
        super().save_model(request, obj, form, change)
