"""Time zones by their IANA names."""

from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


def validate_time_zone(name: str) -> None:
    """Raise ValidationError unless `name` is an IANA zone."""
    if name not in available_timezones():
        raise ValidationError(_("%(name)s is no IANA time zone, for example Europe/Berlin."), params={"name": name})
