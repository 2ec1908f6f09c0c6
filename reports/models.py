"""What reports keep: the weekly digest, written down so that it reads the same later, and who wants it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Digest(models.Model):
    """One week for the meeting of marketing and sales. `data` has ids of leads: names are looked up when read."""

    week_from = models.DateField(_("week from"), unique=True)
    data = models.JSONField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False)
    made_at = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-week_from"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(week_from__iso_week_day=1), name="digest_begins_on_monday")
        ]

    def __str__(self) -> str:
        return f"{self.week_from:%G-W%V}"


class DigestWish(models.Model):
    """Whether somebody who may read the digest wants it by mail; without a row they do."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    is_wanted = models.BooleanField()

    def __str__(self) -> str:
        return f"{self.user_id}: {self.is_wanted}"
