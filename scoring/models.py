"""Versions of score models with their groups and rules; studies of what a version would do; borderline reviews."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leads.models import ScoreModel


class VersionState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")
    RETIRED = "retired", _("Retired")


def _all_known(field: str) -> list[Q]:
    """That an array of three stands, and none of them is null: a comparison with null would pass a constraint."""
    places = [field, *(f"{field}__{place}" for place in range(3))]
    return [Q(**{f"{place}__isnull": False}) for place in places]


class ModelVersion(models.Model):
    """One version of a model. At most one is published; published and retired versions do not change (a trigger).

    A draft is written, asked to be approved, approved (sales models: by a sales manager), published, retired. Who
    changed it last is known until it is published.
    """

    model = models.ForeignKey(ScoreModel, models.PROTECT, related_name="versions", verbose_name=_("model"))
    number = models.PositiveIntegerField(_("version"))
    state = models.CharField(_("state"), max_length=10, choices=VersionState, default=VersionState.DRAFT)
    hot_from = models.IntegerField(_("hot from"), default=80)
    warm_from = models.IntegerField(_("warm from"), default=50)
    history_step = models.PositiveSmallIntegerField(
        _("history step"), default=10, help_text=_("A change of at least so many points is kept in the history.")
    )
    # What the stage criterion that uses the model is to ask for; empty: as it is. Publishing writes the criterion.
    threshold = models.IntegerField(_("threshold"), null=True, blank=True)
    borderline_from = models.IntegerField(
        _("borderline from"), null=True, blank=True, help_text=_("Leads from here up to the threshold form a queue.")
    )
    # The grid of R52: least points of fit for A, B, C and of engagement for 1, 2, 3; the rest is D and 4.
    fit_from = ArrayField(models.IntegerField(), size=3, null=True, blank=True, verbose_name=_("fit A, B, C from"))
    engagement_from = ArrayField(
        models.IntegerField(), size=3, null=True, blank=True, verbose_name=_("engagement 1, 2, 3 from")
    )
    note = models.TextField(_("note"), blank=True, db_default="")
    copied_from = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, editable=False, related_name="+")
    created_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_by = models.ForeignKey(
        "users.User", models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    changed_at = models.DateTimeField(null=True, editable=False)
    changed_by = models.ForeignKey("users.User", models.SET_NULL, null=True, editable=False, related_name="+")
    asked_at = models.DateTimeField(null=True, blank=True, editable=False)
    asked_by = models.ForeignKey("users.User", models.SET_NULL, null=True, blank=True, editable=False, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True, editable=False)
    approved_by = models.ForeignKey(
        "users.User", models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        "users.User", models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)

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
            models.CheckConstraint(
                condition=Q(threshold__isnull=True)
                | Q(borderline_from__isnull=True)
                | Q(borderline_from__lt=models.F("threshold")),
                name="version_borderline_below_threshold",
                violation_error_message=_("The borderline must begin below the threshold."),
            ),
            models.CheckConstraint(
                condition=Q(fit_from__isnull=True, engagement_from__isnull=True)
                | Q(
                    *_all_known("fit_from"),
                    *_all_known("engagement_from"),
                    fit_from__len=3,
                    engagement_from__len=3,
                    fit_from__0__gt=models.F("fit_from__1"),
                    fit_from__1__gt=models.F("fit_from__2"),
                    engagement_from__0__gt=models.F("engagement_from__1"),
                    engagement_from__1__gt=models.F("engagement_from__2"),
                ),
                name="version_grid_falls",
                violation_error_message=_("Give three falling numbers for fit and three for engagement, or none."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model} v{self.number}"

    @property
    def needs_approval(self) -> bool:
        """Whether a sales manager must approve the version before it is published."""
        return self.model.purpose == ScoreModel.Purpose.SALES

    @property
    def bands(self) -> list[dict[str, Any]]:
        """The bands of R52, highest first; the last takes the rest."""
        return [
            {"band": "hot", "from": self.hot_from},
            {"band": "warm", "from": self.warm_from},
            {"band": "cold", "from": None},
        ]

    @property
    def grid(self) -> dict[str, list[int]] | None:
        """The grid of R52 as the legend keeps it; None where the version has none."""
        if self.fit_from is None or self.engagement_from is None:
            return None
        return {"fit": list(self.fit_from), "engagement": list(self.engagement_from)}


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
    of the activity leaf, with "of": "each" (points for every one), "latest" (once, by its age), or points for every
    different "page", "visit", "document", "day", "week" or "month" among them: so "week" is at most once a week.
    `days` of the selection makes points expire. What each unit gives fades with the age of its latest activity: by
    half every `half_life_days`, or by `step_percent` of the whole every `step_days`. `max_units` bounds their sum.
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
    step_days = models.PositiveSmallIntegerField(_("fades every so many days"), null=True, blank=True)
    step_percent = models.PositiveSmallIntegerField(_("by so many percent"), null=True, blank=True)

    class Meta:
        verbose_name = _("rule")
        verbose_name_plural = _("rules")
        ordering: ClassVar = ["version", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "position"], name="rule_position_unique"),
            models.CheckConstraint(condition=Q(condition__isnull=False) | Q(per__isnull=False), name="rule_says_when"),
            models.CheckConstraint(
                condition=Q(per__isnull=False)
                | Q(max_units__isnull=True, half_life_days__isnull=True, step_days__isnull=True),
                name="rule_fades_per_activity",
                violation_error_message=_("Only points per activity can fade or be limited in number."),
            ),
            models.CheckConstraint(condition=Q(points__gte=-1000, points__lte=1000), name="rule_points_bounded"),
            models.CheckConstraint(
                condition=Q(half_life_days__isnull=True) | Q(half_life_days__gte=1), name="rule_half_life_positive"
            ),
            models.CheckConstraint(
                condition=Q(step_days__isnull=True, step_percent__isnull=True)
                | Q(
                    half_life_days__isnull=True,
                    step_days__isnull=False,
                    step_days__gte=1,
                    step_percent__isnull=False,
                    step_percent__range=(1, 100),
                ),
                name="rule_fades_one_way",
                violation_error_message=_("Points fade by half-life or in steps of 1 to 100 %, not both."),
            ),
        ]

    def __str__(self) -> str:
        return self.label or f"#{self.position}"

    def clean(self) -> None:
        """Validate what the rule says with the one validator."""
        from scoring.checks import rule_errors
        from scoring.engine import rule_of

        super().clean()
        if errors := rule_errors(rule_of(self)):
            raise ValidationError({field: [message] for field, message in errors.items()})


class StudyKind(models.TextChoices):
    WHAT_IF = "what_if", _("What it would do")
    BACKTEST = "backtest", _("Backtest")
    REPORT_CARD = "report_card", _("Report card")


class StudyState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class Study(models.Model):
    """A long look at a version, made by the worker: kept until what it was made from changes. Nothing rests on it."""

    version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="studies")
    kind = models.CharField(max_length=12, choices=StudyKind)
    made_from = models.CharField(max_length=64)  # a digest of what was asked: rules, threshold, question, day
    question = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=StudyState, default=StudyState.WAITING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    result = models.JSONField(null=True)
    error = models.TextField(blank=True)
    asked_by = models.ForeignKey("users.User", models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField()
    worked_at = models.DateTimeField(null=True)  # last sign of life
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "kind", "made_from"], name="study_once"),
            models.CheckConstraint(condition=Q(kind__in=StudyKind.values), name="study_kind_known"),
            models.CheckConstraint(condition=Q(state__in=StudyState.values), name="study_state_known"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["asked_at"], name="study_open", condition=Q(state__in=["waiting", "running"]))
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.kind}"


class BorderlineVerdict(models.TextChoices):
    PROMOTED = "promoted", _("Move up")
    WAIT = "wait", _("Look again later")
    NURTURE = "nurture", _("Back to nurture")


class BorderlineReview(models.Model):
    """What a person decided about a lead just below the threshold (R55). Append-only, but for being taken back."""

    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="borderline_reviews")
    model = models.ForeignKey(ScoreModel, models.CASCADE, related_name="+")
    version = models.PositiveIntegerField()
    cycle = models.PositiveSmallIntegerField()
    points = models.IntegerField()
    verdict = models.CharField(max_length=10, choices=BorderlineVerdict)
    until = models.DateField(null=True)  # of "wait": the day it comes back into the queue
    note = models.TextField(blank=True)
    by = models.ForeignKey("users.User", models.SET_NULL, null=True, related_name="+")
    recorded_at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(verdict__in=BorderlineVerdict.values), name="borderline_verdict_known"),
            models.CheckConstraint(
                condition=~Q(verdict="wait") | Q(until__isnull=False), name="borderline_wait_has_a_day"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["model", "lead", "-id"], name="borderline_latest")]

    def __str__(self) -> str:
        return f"{self.lead_id} {self.verdict}"
