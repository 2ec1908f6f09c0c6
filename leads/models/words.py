"""What administrators name once and use everywhere: segments, and the words that tell a job title."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Segment(models.Model):
    """A condition under a name: wherever it is used, it means what it says now."""

    slug = models.SlugField(_("key"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=100)
    description = models.TextField(_("description"), blank=True)
    condition = models.JSONField(_("condition"))
    created_by = models.ForeignKey("users.User", models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    changed_by = models.ForeignKey("users.User", models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(name=""), name="segment_has_a_name")]

    def __str__(self) -> str:
        return self.name


class TitleClass(models.Model):
    """What a job title says of a person: how senior, or of which function. The first class with a word in it counts.

    Words are compared whole and without regard to case; a word may end with * for any ending.
    """

    class Kind(models.TextChoices):
        SENIORITY = "seniority", _("Seniority")
        FUNCTION = "function", _("Function")

    kind = models.CharField(_("tells"), max_length=10, choices=Kind)
    slug = models.SlugField(_("key"), max_length=40)
    label = models.CharField(_("label"), max_length=80)
    words = ArrayField(models.CharField(max_length=80), verbose_name=_("words"))
    position = models.PositiveSmallIntegerField(_("position"), help_text=_("The lowest position is asked first."))

    class Meta:
        verbose_name = _("class of job titles")
        verbose_name_plural = _("classes of job titles")
        ordering: ClassVar = ["kind", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "slug"], name="title_class_unique"),
            models.UniqueConstraint(fields=["kind", "position"], name="title_class_position_unique"),
            models.CheckConstraint(condition=Q(kind__in=["seniority", "function"]), name="title_class_kind_known"),
            models.CheckConstraint(condition=Q(words__len__gt=0), name="title_class_has_words"),
        ]

    def __str__(self) -> str:
        return self.label
