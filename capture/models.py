"""Imports of files by page: how far each has come, what was refused, and which mapping a source had last."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class ImportState(models.TextChoices):
    """The steps of an import."""

    READ = "read", _("Being read")
    MAP = "map", _("Being mapped")
    CHECKING = "checking", _("Being checked")
    CHECKED = "checked", _("Checked")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Stopped")


class ImportBatch(models.Model):
    """One uploaded file on its way in. `line` is the last one taken: whoever goes on begins behind it."""

    name = models.CharField(max_length=200)
    file = models.CharField(max_length=100, unique=True)
    size = models.BigIntegerField()
    encoding = models.CharField(max_length=20)
    delimiter = models.CharField(max_length=1)
    has_header = models.BooleanField()
    header = models.JSONField(default=list)
    preset = models.CharField(max_length=40, blank=True)
    mapping = models.JSONField(default=dict)
    orders = models.JSONField(default=dict)
    campaign = models.ForeignKey("leads.Campaign", models.PROTECT, null=True)
    state = models.CharField(max_length=10, choices=ImportState, default=ImportState.READ)
    rows = models.IntegerField(null=True)
    line = models.IntegerField(default=0)
    counts = models.JSONField(default=dict)
    checked = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    by = models.ForeignKey("users.User", models.SET_NULL, null=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(state__in=ImportState.values), name="import_state_known"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["id"], name="import_at_work", condition=models.Q(state__in=["checking", "running"])),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def done(self) -> int:
        """How many rows have met their end."""
        return sum(self.counts.get(fate, 0) for fate in ("new", "updated", "unchanged", "refused"))


class RefusedRow(models.Model):
    """A row that was not taken, as it came, with the reason."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="refused_rows", db_index=False)
    line = models.IntegerField()
    column = models.CharField(max_length=500, blank=True)
    reason = models.TextField()
    cells = models.JSONField(default=list)

    class Meta:
        ordering: ClassVar = ["line"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["batch", "line"], name="refused_row_once")]

    def __str__(self) -> str:
        return f"{self.line}: {self.reason}"


class SourceMapping(models.Model):
    """The mapping that files with these columns had last: the next one begins with it."""

    header_digest = models.CharField(max_length=32, unique=True)
    mapping = models.JSONField()
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.header_digest
