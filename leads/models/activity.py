"""What happened: activities, consents, BANT assessments."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Realm(models.TextChoices):
    """The two realms of the line; crossing them changes the owner (R2)."""

    MARKETING = "marketing", _("Marketing")
    SALES = "sales", _("Sales")


class _Slugged(models.IntegerChoices):
    """Small numbers in the table, lower-case names at the doors."""

    @property
    def slug(self) -> str:
        return self.name.lower()

    @classmethod
    def slugs(cls) -> list[str]:
        """All names, in order."""
        return [member.slug for member in cls]

    @classmethod
    def from_slug(cls, slug: str) -> Self:
        """The member of that name; raises KeyError."""
        return cls[slug.upper()]


class Kind(_Slugged):
    """Kinds of activity (R30)."""

    PAGE_VIEW = 1, _("Page visit")
    FORM_SUBMIT = 2, _("Form sent")
    DOWNLOAD = 3, _("Download")
    MAIL_DELIVERED = 4, _("Mail delivered")
    MAIL_OPEN = 5, _("Mail opened")
    MAIL_CLICK = 6, _("Mail clicked")
    MAIL_REPLY = 7, _("Mail answered")
    MAIL_BOUNCE = 8, _("Mail bounced")
    WEBINAR = 9, _("Webinar")
    EVENT = 10, _("Event")
    VIDEO_WATCH = 11, _("Video watched")
    AD_CLICK = 12, _("Ad clicked")
    CHAT = 13, _("Chat")
    CALL = 14, _("Call")
    MEETING = 15, _("Meeting")
    NOTE = 16, _("Note")
    PURCHASE = 17, _("Purchase")
    SURVEY = 18, _("Survey")


class Medium(_Slugged):
    """How a visit came to us."""

    PAID = 1, _("Paid")
    ORGANIC = 2, _("Organic")
    DIRECT = 3, _("Direct")
    MAIL = 4, _("Mail")
    REFERRAL = 5, _("Referral")


class Evidence(_Slugged):
    """Who acted (R32). Only human evidence scores, unless a condition asks for unsure."""

    HUMAN = 0, _("Human")
    UNSURE = 1, _("Unsure")
    MACHINE = 2, _("Machine")


class Activity(models.Model):
    """A fact about a lead. Never changed but for `lead` and `evidence`, by named flows (a trigger holds it)."""

    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="activities", db_index=False)
    kind = models.SmallIntegerField(choices=Kind)
    evidence = models.SmallIntegerField(choices=Evidence, default=Evidence.HUMAN)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    page = models.ForeignKey("leads.Page", models.PROTECT, null=True, db_index=False)
    campaign = models.ForeignKey("leads.Campaign", models.PROTECT, null=True, db_index=False)
    channel = models.ForeignKey("leads.Channel", models.PROTECT, null=True, db_index=False)
    document = models.ForeignKey("leads.Document", models.PROTECT, null=True, db_index=False)
    medium = models.SmallIntegerField(choices=Medium, null=True)
    mail_number = models.SmallIntegerField(null=True)
    dwell_seconds = models.IntegerField(null=True)
    visit = models.BigIntegerField(null=True)  # a hash of the session's name: counted distinct, never shown
    source = models.CharField(max_length=40)
    external_id = models.CharField(max_length=200, null=True)  # noqa: DJ001
    by = models.ForeignKey("users.User", models.SET_NULL, null=True, db_index=False)
    data = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["source", "external_id"],
                condition=Q(external_id__isnull=False),
                name="activity_external_id_unique",
            ),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="activity_kind_known"),
            models.CheckConstraint(condition=Q(evidence__in=Evidence.values), name="activity_evidence_known"),
            models.CheckConstraint(
                condition=Q(dwell_seconds__isnull=True) | Q(dwell_seconds__gte=0), name="activity_dwell_not_negative"
            ),
        ]
        indexes: ClassVar = [
            # Covers every measure of every model: the engine reads the index alone.
            models.Index(
                fields=["lead", "kind", "occurred_at"],
                include=[
                    "evidence",
                    "page",
                    "campaign",
                    "channel",
                    "document",
                    "medium",
                    "mail_number",
                    "dwell_seconds",
                    "visit",
                ],
                name="activity_measures",
            ),
            models.Index(fields=["lead", "-occurred_at", "-id"], name="activity_timeline"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.occurred_at:%Y-%m-%d %H:%M}"


class EvidenceChange(models.Model):
    """An activity that was judged again. Append-only; written by the flow that judges."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="evidence_changes")
    before = models.SmallIntegerField(choices=Evidence)
    after = models.SmallIntegerField(choices=Evidence)
    reason = models.CharField(max_length=100)
    by = models.ForeignKey("users.User", models.SET_NULL, null=True)
    recorded_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.activity_id}: {self.before} → {self.after}"


class Consent(models.Model):
    """A consent given or withdrawn, with its proof (R20). Append-only; the latest row counts."""

    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="consents", db_index=False)
    granted = models.BooleanField()
    text = models.TextField(blank=True)
    source = models.CharField(max_length=100, blank=True)
    ip = models.GenericIPAddressField(null=True)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    by = models.ForeignKey("users.User", models.SET_NULL, null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["lead", "-occurred_at", "-id"], name="consent_latest")]

    def __str__(self) -> str:
        return f"{self.lead_id}: {self.granted}"


class BantState(_Slugged):
    """How far one part of BANT is known (R41)."""

    UNKNOWN = 0, _("Unknown")
    NO = 1, _("No")
    PARTLY = 2, _("Partly")
    YES = 3, _("Yes")


class BantAssessment(models.Model):
    """What one realm holds of a lead's budget, authority, need and timeline. Append-only; the latest row counts."""

    PARTS = ("budget", "authority", "need", "timeline")

    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="bant_assessments", db_index=False)
    realm = models.CharField(max_length=10, choices=Realm)
    budget = models.SmallIntegerField(_("budget"), choices=BantState, default=BantState.UNKNOWN)
    authority = models.SmallIntegerField(_("authority"), choices=BantState, default=BantState.UNKNOWN)
    need = models.SmallIntegerField(_("need"), choices=BantState, default=BantState.UNKNOWN)
    timeline = models.SmallIntegerField(_("timeline"), choices=BantState, default=BantState.UNKNOWN)
    note = models.TextField(_("note"), blank=True)
    notes = models.JSONField(default=dict, db_default={})  # by part
    by = models.ForeignKey("users.User", models.SET_NULL, null=True)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["lead", "realm", "-occurred_at", "-id"], name="bant_latest")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(realm__in=Realm.values), name="bant_realm_known"),
            *[
                models.CheckConstraint(condition=Q(**{f"{part}__in": BantState.values}), name=f"bant_{part}_known")
                for part in ("budget", "authority", "need", "timeline")
            ],
        ]

    def __str__(self) -> str:
        return f"{self.lead_id} {self.realm}"
