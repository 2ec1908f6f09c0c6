"""News upward and repeats refused: the touched log, the outbox with its cursors, idempotency keys."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models


class CurrentTransaction(models.Func):
    """The id of the running transaction (pg_current_xact_id) as a bigint."""

    template = "(pg_current_xact_id()::text)::bigint"
    output_field = models.BigIntegerField()


class Touched(models.Model):
    """A lead whose facts changed. Insert-only: a unique row per lead would lose updates.

    `fact_at` is the recording time of the fact that touched it; null when only time or a rule did.
    """

    lead = models.ForeignKey("leads.Lead", models.CASCADE, db_index=False, db_constraint=False)
    fact_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)  # set aside after it failed alone; shown by /readyz and the worker's log

    def __str__(self) -> str:
        return str(self.lead_id)


class Event(models.Model):
    """News for the floors above, written in the transaction of its cause."""

    kind = models.CharField(max_length=40)
    lead_ids = ArrayField(models.BigIntegerField())
    data = models.JSONField(default=dict)
    recorded_at = models.DateTimeField()
    transaction = models.BigIntegerField(db_default=CurrentTransaction(), editable=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["transaction", "id"], name="event_order")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Cursor(models.Model):
    """How far one consumer has read the outbox."""

    consumer = models.CharField(max_length=60, primary_key=True)
    transaction = models.BigIntegerField(default=0)
    event_id = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.consumer


class IdempotencyKey(models.Model):
    """The answer to a request that may be repeated (R15), kept 24 hours per user or token and route."""

    caller = models.CharField(max_length=60)
    route = models.CharField(max_length=120)
    key = models.CharField(max_length=200)
    body_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["caller", "route", "key"], name="idempotency_key_unique")
        ]
        indexes: ClassVar = [models.Index(fields=["created_at"], name="idempotency_age")]

    def __str__(self) -> str:
        return f"{self.route} {self.key}"
