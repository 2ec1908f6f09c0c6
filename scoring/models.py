"""Versions of score models: draft, published, retired; their groups, rules and bands."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leads.models import ScoreModel


class VersionState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")
    RETIRED = "retired", _("Retired")


class ModelVersion(models.Model):
    """One version of a model. At most one is published; published and retired versions do not change."""

    model = models.ForeignKey(ScoreModel, models.PROTECT, related_name="versions", verbose_name=_("model"))
    number = models.PositiveIntegerField(_("version"))
    state = models.CharField(_("state"), max_length=10, choices=VersionState, default=VersionState.DRAFT)
    hot_from = models.IntegerField(_("hot from"), default=80)
    warm_from = models.IntegerField(_("warm from"), default=50)
    history_step = models.PositiveSmallIntegerField(
        _("history step"), default=10, help_text=_("A change of at least so many points is kept in the history.")
    )
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        "users.User", models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )

    class Meta:
        verbose_name = _("model version")
        verbose_name_plural = _("model versions")
        ordering: ClassVar = ["model__slug", "-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["model", "number"], name="version_number_unique"),
            models.UniqueConstraint(fields=["model"], condition=Q(state="published"), name="version_one_published"),
            models.CheckConstraint(
                condition=Q(hot_from__gt=models.F("warm_from")),
                name="version_hot_above_warm",
                violation_error_message=_("Hot must start above warm."),
            ),
            models.CheckConstraint(condition=Q(state__in=VersionState.values), name="version_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.model} v{self.number}"

    @property
    def bands(self) -> list[dict[str, Any]]:
        """The bands of R52, highest first; the last takes the rest."""
        return [
            {"band": "hot", "from": self.hot_from},
            {"band": "warm", "from": self.warm_from},
            {"band": "cold", "from": None},
        ]


class RuleGroup(models.Model):
    """Rules that share a cap, counted as fit or as engagement."""

    class Kind(models.TextChoices):
        FIT = "fit", _("Fit")
        ENGAGEMENT = "engagement", _("Engagement")

    version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="groups", verbose_name=_("version"))
    slug = models.SlugField(_("key"), max_length=40)
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("counts as"), max_length=10, choices=Kind)
    cap = models.PositiveIntegerField(_("at most"), null=True, blank=True, help_text=_("Empty: no cap."))

    class Meta:
        verbose_name = _("rule group")
        verbose_name_plural = _("rule groups")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "slug"], name="rule_group_unique"),
            models.CheckConstraint(condition=Q(kind__in=["fit", "engagement"]), name="rule_group_kind_known"),
        ]

    def __str__(self) -> str:
        return self.name


class Rule(models.Model):
    """Points for something that matters (R50).

    Without `per` the points count once while the condition holds. `per` is a selection of activities, in the language
    of the activity leaf, with "of": "each" (points for every one) or "latest" (points once, fading with its age).
    `half_life_days` halves what each activity gives every so many whole days; `max_units` bounds their sum.
    """

    version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="rules", verbose_name=_("version"))
    group = models.ForeignKey(RuleGroup, models.CASCADE, related_name="rules", verbose_name=_("group"))
    position = models.PositiveSmallIntegerField(_("position"))
    label = models.CharField(_("label"), max_length=200, blank=True, help_text=_("Empty: worded by the condition."))
    condition = models.JSONField(_("condition"), null=True, blank=True)
    points = models.IntegerField(_("points"))
    per = models.JSONField(_("per activity"), null=True, blank=True)
    max_units = models.PositiveSmallIntegerField(_("at most so many times"), null=True, blank=True)
    half_life_days = models.PositiveSmallIntegerField(_("half-life in days"), null=True, blank=True)

    class Meta:
        verbose_name = _("rule")
        verbose_name_plural = _("rules")
        ordering: ClassVar = ["version", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "position"], name="rule_position_unique"),
            models.CheckConstraint(condition=Q(condition__isnull=False) | Q(per__isnull=False), name="rule_says_when"),
            models.CheckConstraint(
                condition=Q(per__isnull=False) | Q(max_units__isnull=True, half_life_days__isnull=True),
                name="rule_fades_per_activity",
                violation_error_message=_("Only points per activity can fade or be limited in number."),
            ),
            models.CheckConstraint(condition=Q(points__gte=-1000, points__lte=1000), name="rule_points_bounded"),
            models.CheckConstraint(
                condition=Q(half_life_days__isnull=True) | Q(half_life_days__gte=1), name="rule_half_life_positive"
            ),
        ]

    def __str__(self) -> str:
        return self.label or f"#{self.position}"

    def clean(self) -> None:
        """Validate condition and selection with the one validator."""
        from scoring.rules import rule_errors

        super().clean()
        if errors := rule_errors(self.condition, self.per, points=self.points or 0, half_life_days=self.half_life_days):
            raise ValidationError({field: [message] for field, message in errors.items()})
