"""Where a lead stands: stages as data, criteria, passes and the one journal."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leads.models.activity import Realm


class StageRole(models.TextChoices):
    """What a stage means to code and KPIs, whatever the organisation calls it."""

    CAPTURED = "captured", _("Captured")
    ENGAGED = "engaged", _("Engaged")
    QUALIFIED = "qualified", _("Marketing qualified")
    ACCEPTED = "accepted", _("Accepted")
    SALES_QUALIFIED = "sales_qualified", _("Sales qualified")
    OPPORTUNITY = "opportunity", _("Opportunity")


class Outcome(models.TextChoices):
    """How a pass ends (R1). Outcomes are targets of moves; the lead keeps the stage it had."""

    WON = "won", _("Won")
    LOST = "lost", _("Lost")
    DISQUALIFIED = "disqualified", _("Disqualified")
    NURTURE = "nurture", _("Nurture")


class LiveStages(models.Manager["Stage"]):
    """The stages leads may stand at. Rows that point to a retired one still find it."""

    def get_queryset(self) -> models.QuerySet["Stage"]:
        return super().get_queryset().filter(retired_at=None)


class Stage(models.Model):
    """A station of the line (R2). The slug never changes (a trigger holds it); everything else may.

    A stage without a role is the organisation's own: leads pass it, code and KPIs do not ask for it. A retired one
    takes no lead any more: those that stand there go to `leads_go_to`. Merged into another, its entries count there;
    else reports do not show them.
    """

    slug = models.SlugField(_("key"), max_length=40, unique=True)
    label = models.CharField(_("short name"), max_length=12)
    name = models.CharField(_("name"), max_length=60)
    role = models.CharField(_("role"), max_length=20, choices=StageRole, blank=True)
    realm = models.CharField(_("realm"), max_length=10, choices=Realm)
    position = models.PositiveSmallIntegerField(_("position"))
    help_text = models.TextField(_("help"), blank=True)
    dos = models.TextField(_("do"), blank=True, db_default="", help_text=_("One a line."))
    donts = models.TextField(_("don't"), blank=True, db_default="", help_text=_("One a line."))
    kpis = models.TextField(_("what is measured"), blank=True, db_default="", help_text=_("One a line."))
    limit_days = models.PositiveSmallIntegerField(
        _("limit in days"), null=True, blank=True, help_text=_("Leads that stand here longer are stuck.")
    )
    moved_by = ArrayField(
        models.CharField(max_length=20),
        default=list,
        blank=True,
        db_default=[],
        verbose_name=_("moved here by"),
        help_text=_("Roles that may move leads here by hand. Empty: whoever may write the lead."),
    )
    retired_at = models.DateTimeField(null=True, editable=False)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, editable=False, related_name="merged")
    leads_go_to = models.ForeignKey("self", models.PROTECT, null=True, editable=False, related_name="+", db_index=False)

    objects: ClassVar[LiveStages] = LiveStages()
    everything: ClassVar[models.Manager] = models.Manager()

    class Meta:
        verbose_name = _("stage")
        verbose_name_plural = _("stages")
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(role__in=["", *StageRole.values]), name="stage_role_known"),
            models.UniqueConstraint(
                fields=["role"], condition=~Q(role="") & Q(retired_at__isnull=True), name="stage_role_once"
            ),
            models.UniqueConstraint(
                fields=["position"], name="stage_position_once", deferrable=models.Deferrable.DEFERRED
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | Q(retired_at__isnull=False), name="stage_merged_is_retired"
            ),
            models.CheckConstraint(
                condition=Q(retired_at__isnull=True, leads_go_to__isnull=True)
                | Q(retired_at__isnull=False, leads_go_to__isnull=False),
                name="stage_retired_has_heir",
            ),
            models.CheckConstraint(condition=Q(realm__in=Realm.values), name="stage_realm_known"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def counts_as_id(self) -> int:
        """The stage its entries count as: itself, or the one it was merged into."""
        return self.merged_into_id or self.pk

    def with_merged(self) -> list[int]:
        """The ids of the stage and of all that were merged into it."""
        rows = Stage.everything.filter(Q(pk=self.pk) | Q(merged_into=self.pk))
        return list(rows.order_by("pk").values_list("pk", flat=True))


class CriterionMode(models.TextChoices):
    """What a criterion that is met does."""

    AUTOMATIC = "automatic", _("Leads move by themselves")
    SUGGESTED = "suggested", _("The move is suggested")
    MANUAL = "manual", _("A person decides; it only shows what is met")


class Criterion(models.Model):
    """What a lead must meet to enter a stage (R3): written down, versioned, effective from a moment."""

    stage = models.ForeignKey(Stage, models.PROTECT, related_name="criteria", verbose_name=_("stage"))
    version = models.PositiveIntegerField(_("version"), editable=False)
    condition = models.JSONField(_("condition"))
    mode = models.CharField(_("when it is met"), max_length=10, choices=CriterionMode, default=CriterionMode.AUTOMATIC)
    cooldown_days = models.PositiveSmallIntegerField(
        _("cool-down in days"), default=0, help_text=_("How long a lead sent back from this stage stays out of it.")
    )
    effective_from = models.DateTimeField(_("effective from"))
    created_by = models.ForeignKey("users.User", models.SET_NULL, null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("stage criterion")
        verbose_name_plural = _("stage criteria")
        ordering: ClassVar = ["stage__position", "-version"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["stage", "version"], name="criterion_version_unique"),
            models.CheckConstraint(condition=Q(mode__in=CriterionMode.values), name="criterion_mode_known"),
        ]

    def __str__(self) -> str:
        return f"{self.stage} v{self.version}"


class PassKind(models.TextChoices):
    """Why a pass began (R1)."""

    NEW = "new", _("New")
    RECYCLED = "recycled", _("Recycled")
    RENEWAL = "renewal", _("Renewal")
    UPSELL = "upsell", _("Up-sell")
    CROSS_SELL = "cross_sell", _("Cross-sell")
    REFERRAL = "referral", _("Referral")
    SERVICE = "service", _("Service or training inquiry")


class Pass(models.Model):
    """One numbered way of a lead through the stages, and the capture that began it (R5)."""

    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="passes", db_index=False)
    cycle = models.PositiveSmallIntegerField()
    channel = models.ForeignKey("leads.Channel", models.PROTECT, null=True)
    campaign = models.ForeignKey("leads.Campaign", models.PROTECT, null=True, db_index=False)
    capture = models.ForeignKey("leads.Capture", models.SET_NULL, null=True)
    began_at = models.DateTimeField()
    kind = models.CharField(max_length=10, choices=PassKind, default=PassKind.NEW, db_default=PassKind.NEW.value)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["lead", "cycle"], name="pass_unique"),
            models.CheckConstraint(condition=Q(kind__in=PassKind.values), name="pass_kind_known"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["campaign", "began_at"], name="pass_campaign"),
            models.Index(fields=["began_at"], name="pass_began"),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id}/{self.cycle}"


class Cause(models.TextChoices):
    """Why a stage changed; `cause_id` names the row behind it."""

    CAPTURE = "capture", _("Captured")  # Capture
    CRITERIA = "criteria", _("Criteria met")  # Criterion
    HANDOVER = "handover", _("Handover decided")  # Handover
    PROOF = "proof", _("Proof recorded")  # Proof
    PERSON = "person", _("Moved by a person")  # none; `by` says who
    IMPORT = "import", _("Imported")  # none
    RECYCLE = "recycle", _("Time to try again")  # the StageChange that set it to nurture
    RETIRED = "retired", _("Stage retired")  # Stage
    UNDO = "undo", _("Undone")  # StageChange


class StageChange(models.Model):
    """One line of the journal of stages: the only history there is. Append-only (a trigger holds it).

    `outcome` is set when the target was an outcome; `to_stage` is then the stage kept.
    `backward` rows, `undoes` rows and the rows they undo never count as entries.
    """

    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="stage_changes", db_index=False)
    cycle = models.PositiveSmallIntegerField()
    from_stage = models.ForeignKey(Stage, models.PROTECT, null=True, related_name="+", db_index=False)
    from_outcome = models.CharField(max_length=12, blank=True)
    to_stage = models.ForeignKey(Stage, models.PROTECT, related_name="+", db_index=False)
    outcome = models.CharField(max_length=12, blank=True)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    by = models.ForeignKey("users.User", models.SET_NULL, null=True, related_name="+", db_index=False)
    cause = models.CharField(max_length=10, choices=Cause)
    cause_id = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=60, blank=True)
    note = models.TextField(blank=True)
    passed_through = models.BooleanField(default=False)
    backward = models.BooleanField(default=False)
    # Dated before the entry it follows, or entered because a stage was retired: left out of step times.
    out_of_order = models.BooleanField(default=False)
    date_only = models.BooleanField(default=False)  # the day is known, the hour is not
    until = models.DateField(null=True)  # of nurture: the day to try again (R7)
    undoes = models.OneToOneField("self", models.PROTECT, null=True, related_name="undone_by")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(cause__in=Cause.values), name="stage_change_cause_known"),
            models.CheckConstraint(condition=Q(outcome__in=["", *Outcome.values]), name="stage_change_outcome_known"),
            models.CheckConstraint(
                condition=Q(cause__in=["person", "import"]) | Q(cause_id__isnull=False), name="stage_change_has_cause"
            ),
            models.CheckConstraint(
                condition=Q(undoes__isnull=True) | Q(cause="undo"), name="stage_change_undo_is_said"
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(outcome="nurture"), name="stage_change_until_of_nurture"
            ),
            models.UniqueConstraint(
                fields=["lead"], condition=Q(from_stage__isnull=True), name="stage_change_begins_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lead", "-id"], name="stage_change_latest"),
            models.Index(fields=["to_stage", "occurred_at"], name="stage_change_entries"),
            models.Index(fields=["until"], name="stage_change_until", condition=Q(until__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id}: {self.from_stage_id} > {self.outcome or self.to_stage_id}"
