"""The organisation's settings."""

from typing import ClassVar
from zoneinfo import ZoneInfo

from django.db import models
from django.utils.translation import gettext_lazy as _

from users.models.teams import WorkingTime
from users.rows import Reader
from users.zones import validate_time_zone


class Organisation(WorkingTime):
    """The one company this installation serves."""

    name = models.CharField(_("name"), max_length=150)
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        default="UTC",
        validators=[validate_time_zone],
        help_text=_("Report days, decay and limits are counted in this zone."),
    )
    currency = models.CharField(_("currency"), max_length=3, default="USD", help_text=_("ISO 4217, for example EUR."))

    class Meta(WorkingTime.Meta):
        verbose_name = verbose_name_plural = _("organisation")
        constraints: ClassVar = [
            *WorkingTime.Meta.constraints,
            models.CheckConstraint(condition=models.Q(pk=1), name="organisation_is_one"),
            models.CheckConstraint(condition=models.Q(currency__regex=r"^[A-Z]{3}$"), name="organisation_currency_iso"),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def load(cls) -> "Organisation":
        """The settings row; seeded by migration, so it always stands."""
        return _ORGANISATION.read("")[0]

    @property
    def zone(self) -> ZoneInfo:
        """The zone of report days."""
        return ZoneInfo(self.time_zone)


_ORGANISATION = Reader(Organisation)
