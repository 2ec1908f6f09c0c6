"""What a lead is worth now: the stored result of pure functions, per lead and model."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class ScoreModel(models.Model):
    """A decision that is scored, for example "mql". Its versions and rules live in scoring."""

    class Purpose(models.TextChoices):
        MARKETING = "marketing", _("Marketing")
        SALES = "sales", _("Sales")

    class CompanyRule(models.TextChoices):
        """How the scores of its people make the score of a company."""

        HIGHEST = "highest", _("The highest score of its people")
        SUM = "sum", _("The scores of its people added up")
        FALLING = "falling", _("Added up, each further person counting half as much as the one before")

    slug = models.SlugField(_("key"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=100)
    purpose = models.CharField(
        _("realm"), max_length=10, choices=Purpose, help_text=_("Sales models are approved by the sales manager.")
    )
    company_rule = models.CharField(
        _("score of a company"),
        max_length=10,
        choices=CompanyRule,
        default=CompanyRule.HIGHEST,
        db_default=CompanyRule.HIGHEST.value,
    )
    borderline_team = models.ForeignKey(
        "users.Team",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("borderline team"),
        help_text=_("Who looks at leads just below the threshold."),
    )

    class Meta:
        verbose_name = _("score model")
        verbose_name_plural = _("score models")
        ordering: ClassVar = ["slug"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(company_rule__in=["highest", "sum", "falling"]), name="score_company_rule_known"
            )
        ]

    def __str__(self) -> str:
        return self.name


GRID_LETTERS, GRID_NUMBERS = "ABCD", "1234"
GRID_GRADES = tuple(letter + number for letter in GRID_LETTERS for number in GRID_NUMBERS)


def grade(fit: int, engagement: int, grid: Mapping[str, Sequence[int]] | None) -> str:
    """Where points stand in a grid (R52), from A1 to D4: a letter for fit, a number for engagement; "" without one."""
    if grid is None:
        return ""
    fits = zip(grid["fit"], GRID_LETTERS, strict=False)
    engages = zip(grid["engagement"], GRID_NUMBERS, strict=False)
    letter = next((name for least, name in fits if fit >= least), GRID_LETTERS[-1])
    return letter + next((name for least, name in engages if engagement >= least), GRID_NUMBERS[-1])


BANDS = ("hot", "warm", "cold")


class ScoreLegend(models.Model):
    """What the parts of a score stand for, once per model version: label, group, fit or engagement.

    Parts are stored as bare integers in this order, so that a million scores stay narrow.
    """

    model = models.ForeignKey(ScoreModel, models.CASCADE, related_name="legends")
    version = models.PositiveIntegerField()
    lines = models.JSONField()  # [{"rule": "...", "group": "..."}], in the order of the parts
    groups = models.JSONField()  # [{"group": "...", "name": "...", "kind": "fit" | "engagement", "cap": 40 | null}]
    bands = models.JSONField()  # [{"band": "hot", "from": 80}, ...] highest first; the last has from null
    # {"fit": [a, b, c], "engagement": [1st, 2nd, 3rd]}: the least points of each letter and number; null: no grid.
    grid = models.JSONField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["model", "version"], name="score_legend_unique")]

    def __str__(self) -> str:
        return f"{self.model_id} v{self.version}"


class LeadScore(models.Model):
    """The current score of a lead in one model. `points` = sum of `parts` + `caps`, always."""

    pk = models.CompositePrimaryKey("lead_id", "model_id")
    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="scores", db_index=False)
    model = models.ForeignKey(ScoreModel, models.CASCADE, db_index=False)
    version = models.PositiveIntegerField()
    points = models.IntegerField()
    fit = models.IntegerField()
    engagement = models.IntegerField()
    band = models.CharField(max_length=20)
    parts = ArrayField(models.IntegerField())  # one per rule of the version, in its order
    next_change_on = models.DateField(null=True)  # the first day the score may differ without a new fact

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["next_change_on"], name="score_next_change", condition=models.Q(next_change_on__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id} {self.model_id}: {self.points}"


class ScoreHistory(models.Model):
    """A score that changed its band or moved by enough points to matter."""

    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="score_history", db_index=False)
    model = models.ForeignKey(ScoreModel, models.CASCADE, db_index=False)
    version = models.PositiveIntegerField()
    points = models.IntegerField()
    fit = models.IntegerField()
    engagement = models.IntegerField()
    band = models.CharField(max_length=20)
    recorded_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["lead", "model", "-recorded_at"], name="score_history_lead")]

    def __str__(self) -> str:
        return f"{self.lead_id} {self.model_id}: {self.points}"
