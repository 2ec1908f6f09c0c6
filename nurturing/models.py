"""What we send, in which order, to whom: sequences, their versions and steps, and who is in them."""

from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Sequence(models.Model):
    """A series of mails with waits and conditions (R70)."""

    slug = models.SlugField(_("key"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=150)
    campaign = models.ForeignKey(
        "leads.Campaign",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("campaign"),
        help_text=_("What its mails bring is counted there."),
    )
    sender = models.ForeignKey(
        "mail.Sender",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("sender"),
        help_text=_("Empty: the default sender."),
    )
    is_paused = models.BooleanField(_("paused"), default=False)
    created_at = models.DateTimeField(db_default=models.functions.Now(), editable=False)

    class Meta:
        verbose_name = _("sequence")
        verbose_name_plural = _("sequences")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class VersionState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")
    RETIRED = "retired", _("Retired")


class SequenceVersion(models.Model):
    """One version of a sequence. At most one is published and takes people in; whoever is in a version stays in it.

    `entry` is a condition tree: who matches it enters by itself. Null: people enter by hand only.
    """

    sequence = models.ForeignKey(Sequence, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    state = models.CharField(_("state"), max_length=10, choices=VersionState, default=VersionState.DRAFT)
    entry = models.JSONField(_("entry"), null=True, blank=True)
    published_at = models.DateTimeField(null=True, editable=False)
    published_by = models.ForeignKey("users.User", models.SET_NULL, null=True, editable=False, related_name="+")

    class Meta:
        ordering: ClassVar = ["sequence", "-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sequence", "number"], name="sequence_version_number_unique"),
            models.UniqueConstraint(
                fields=["sequence"], condition=Q(state="published"), name="sequence_one_published_version"
            ),
            models.UniqueConstraint(fields=["sequence"], condition=Q(state="draft"), name="sequence_one_draft"),
            models.CheckConstraint(condition=Q(state__in=VersionState.values), name="sequence_version_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} v{self.number}"


class Step(models.Model):
    """One step: a mail, so many days of waiting, or a gate that only those pass who match its condition."""

    class Kind(models.TextChoices):
        MAIL = "mail", _("Mail")
        WAIT = "wait", _("Wait")
        CONDITION = "condition", _("Condition")

    version = models.ForeignKey(SequenceVersion, models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    letter = models.OneToOneField("mail.Letter", models.PROTECT, null=True, related_name="step")
    wait_days = models.PositiveSmallIntegerField(_("days"), null=True, validators=[MinValueValidator(1)])
    condition = models.JSONField(_("condition"), null=True)

    class Meta:
        ordering: ClassVar = ["version", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["version", "position"],
                name="sequence_step_position_unique",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                condition=Q(kind="mail", letter__isnull=False, wait_days__isnull=True, condition__isnull=True)
                | Q(kind="wait", letter__isnull=True, wait_days__gte=1, condition__isnull=True)
                | Q(kind="condition", letter__isnull=True, wait_days__isnull=True, condition__isnull=False),
                name="sequence_step_is_one_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position} {self.get_kind_display()}"


class Enrollment(models.Model):
    """One lead's way through a sequence, once a pass. `position` is the step that comes next, at `due_at`."""

    class State(models.TextChoices):
        ACTIVE = "active", _("Under way")
        FINISHED = "finished", _("Finished")
        STOPPED = "stopped", _("Stopped")

    class Why(models.TextChoices):
        END = "end", _("Reached the end")
        GATE = "gate", _("Did not meet a condition")
        BY_HAND = "by_hand", _("Taken out by hand")
        WITHDRAWN = "withdrawn", _("Withdrew consent")
        NO_CONSENT = "no_consent", _("Never consented to mail")
        SUPPRESSED = "suppressed", _("Suppressed")
        NO_ADDRESS = "no_address", _("Has no e-mail address")
        ARCHIVED = "archived", _("Archived")
        PASS_ENDED = "pass_ended", _("The pass ended")

    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="enrollments", db_index=False)
    sequence = models.ForeignKey(Sequence, models.PROTECT, related_name="enrollments", db_index=False)
    version = models.ForeignKey(SequenceVersion, models.PROTECT, related_name="enrollments")
    cycle = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.ACTIVE)
    reason = models.CharField(max_length=12, choices=Why, blank=True)
    position = models.PositiveSmallIntegerField(default=1)
    due_at = models.DateTimeField()
    enrolled_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    by = models.ForeignKey("users.User", models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("enrollment")
        verbose_name_plural = _("enrollments")
        ordering: ClassVar = ["-enrolled_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["lead", "sequence", "cycle"], name="enrollment_once_a_pass"),
            models.CheckConstraint(
                condition=Q(state="active", ended_at__isnull=True, reason="")
                | (~Q(state="active") & Q(ended_at__isnull=False) & ~Q(reason="")),
                name="enrollment_ends_with_a_reason",
            ),
            models.CheckConstraint(condition=Q(state__in=["active", "finished", "stopped"]), name="enrollment_state"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(state="active"), name="enrollment_due"),
            models.Index(fields=["sequence", "state", "-enrolled_at"], name="enrollment_of_sequence"),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id} in {self.sequence_id}"
