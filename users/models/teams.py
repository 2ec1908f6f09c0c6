"""Working time, and the teams that have some."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from users.zones import validate_time_zone


class WorkingTime(models.Model):
    """When somebody works. Everything empty: nothing of one's own, the next larger circle's counts."""

    working_days = ArrayField(
        models.SmallIntegerField(),
        default=list,
        blank=True,
        verbose_name=_("working days"),
        help_text=_("ISO weekdays, Monday is 1. Empty: Monday to Friday, or the organisation's."),
    )
    opens_at = models.TimeField(_("opens at"), null=True, blank=True, help_text=_("Empty: the whole day counts."))
    closes_at = models.TimeField(_("closes at"), null=True, blank=True)

    class Meta:
        abstract = True
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(opens_at__isnull=True, closes_at__isnull=True)
                | models.Q(opens_at__lt=models.F("closes_at")),
                name="%(class)s_opens_before_it_closes",
                violation_error_message=_("Give both hours, the opening before the closing."),
            ),
            models.CheckConstraint(
                condition=models.Q(working_days__contained_by=[1, 2, 3, 4, 5, 6, 7]),
                name="%(class)s_working_days_iso",
                violation_error_message=_("Working days are numbers from 1, Monday, to 7, Sunday."),
            ),
        ]


class Team(WorkingTime):
    """A group of sales people to whom handovers are routed, with hours of its own where it has them."""

    slug = models.SlugField(_("key"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, help_text=_("Empty: the organisation's."))
    sdr_accepts = models.BooleanField(
        _("SDRs may accept"), default=False, help_text=_("Else they recommend, and a rep decides.")
    )

    class Meta(WorkingTime.Meta):
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        if self.time_zone:
            validate_time_zone(self.time_zone)


class Holiday(models.Model):
    """A day on which a team, or nobody at all, works."""

    day = models.DateField(_("day"))
    name = models.CharField(_("name"), max_length=100)
    team = models.ForeignKey(
        Team,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="holidays",
        verbose_name=_("team"),
        help_text=_("Empty: everybody's."),
    )

    class Meta:
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        ordering: ClassVar = ["day"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["day", "team"], name="holiday_once_a_team", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {self.name}"
