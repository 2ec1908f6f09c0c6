"""Where leads come from: channels, campaigns, documents, pages and the captures themselves."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.Model):
    """A source of leads: LinkedIn, a partner's mailing, referrals."""

    slug = models.SlugField(_("key"), unique=True)
    name = models.CharField(_("name"), max_length=100)

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Campaign(models.Model):
    """A marketing campaign. Once ended it no longer moves or enrolls its leads by itself."""

    slug = models.SlugField(_("key"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=150)
    starts_on = models.DateField(_("starts on"), null=True, blank=True)
    ends_on = models.DateField(_("ends on"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    predecessor = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="successors", verbose_name=_("predecessor")
    )

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        ordering: ClassVar = ["-starts_on", "name"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(ends_on__isnull=True)
                | models.Q(starts_on__isnull=True)
                | models.Q(ends_on__gte=models.F("starts_on")),
                name="campaign_ends_after_start",
                violation_error_message=_("A campaign cannot end before it starts."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        step, seen = self.predecessor, {self.pk}
        while step is not None:
            if step.pk in seen:
                raise ValidationError({"predecessor": _("A campaign cannot come after itself.")})
            seen.add(step.pk)
            step = step.predecessor


class Document(models.Model):
    """A piece of content people ask for; known by its key from the first capture or activity that names it."""

    slug = models.SlugField(_("key"), max_length=100, unique=True)
    name = models.CharField(_("name"), max_length=150, blank=True)

    class Meta:
        ordering: ClassVar = ["slug"]

    def __str__(self) -> str:
        return self.name or self.slug


class Page(models.Model):
    """A page of our site by its path; activities carry the small id instead of the text."""

    id = models.AutoField(primary_key=True)
    path = models.CharField(max_length=500, unique=True)

    def __str__(self) -> str:
        return self.path


class PathSet(models.Model):
    """A named group of pages, for example "pricing". Patterns match whole paths; * stands for anything."""

    slug = models.SlugField(_("key"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=150)
    patterns = ArrayField(
        models.CharField(max_length=500), verbose_name=_("patterns"), help_text=_("For example /pricing, /pricing/*")
    )
    pages = models.ManyToManyField(Page, related_name="path_sets", editable=False)

    class Meta:
        verbose_name = _("path set")
        verbose_name_plural = _("path sets")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Capture(models.Model):
    """One time somebody left contact details, exactly as it came. Never changed afterwards."""

    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="captures")
    channel = models.ForeignKey(Channel, models.PROTECT, null=True)
    campaign = models.ForeignKey(Campaign, models.PROTECT, null=True)
    document = models.ForeignKey(Document, models.PROTECT, null=True)
    audience = models.CharField(max_length=100, blank=True)
    medium = models.CharField(max_length=20, blank=True)
    utm = models.JSONField(default=dict)
    referrer = models.CharField(max_length=2000, blank=True)
    landing_page = models.CharField(max_length=2000, blank=True)
    payload = models.JSONField(default=dict)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    by = models.ForeignKey("users.User", models.SET_NULL, null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["lead", "occurred_at"], name="capture_lead_at")]

    def __str__(self) -> str:
        return f"{self.lead_id} {self.occurred_at:%Y-%m-%d}"
