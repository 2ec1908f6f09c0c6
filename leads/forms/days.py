"""Dates and times to come, as forms ask for them."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from users.clock import database_now
from users.models import Organisation


class ComingDay(forms.DateField):
    """A day to come, by the organisation's calendar."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)

    def clean(self, value: Any) -> date | None:
        """Raise ValidationError for today and before."""
        day: date | None = super().clean(value)
        if day is not None and day <= database_now().astimezone(Organisation.load().zone).date():
            raise forms.ValidationError(_("Give a day to come."))
        return day


class ComingTime(forms.DateTimeField):
    """A time to come, in the zone of who types it."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, **options)

    def clean(self, value: Any) -> datetime | None:
        """Raise ValidationError for what has passed."""
        moment: datetime | None = super().clean(value)
        if moment is not None and moment <= database_now():
            raise forms.ValidationError(_("Give a time to come."))
        return moment
