"""Where marketing and sales meet: handovers, reasons, proofs, opportunities."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class HandoverState(models.TextChoices):
    OPEN = "open", _("Open")
    ACCEPTED = "accepted", _("Accepted")
    REJECTED = "rejected", _("Rejected")
    RETURNED = "returned", _("Returned")
    DUPLICATE = "duplicate", _("Duplicate")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Route(models.TextChoices):
    """Why a handover went to whom it went."""

    OWNER = "owner", _("Who already works with the company")
    RULE = "rule", _("A routing rule")
    DEFAULT = "default", _("No rule matched")
    PERSON = "person", _("Passed on by a person")


class Handover(models.Model):
    """One offer of a qualified lead to sales. At most one is open per lead and pass."""

    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="handovers", db_index=False)
    cycle = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=HandoverState, default=HandoverState.OPEN)
    team = models.ForeignKey("users.Team", models.PROTECT, null=True)
    assignee = models.ForeignKey("users.User", models.SET_NULL, null=True, related_name="+")
    owner_before = models.ForeignKey("users.User", models.SET_NULL, null=True, related_name="+")
    offered_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    why = models.JSONField(default=list)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("users.User", models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(max_length=60, blank=True)
    missing = ArrayField(models.CharField(max_length=40), default=list)
    note = models.TextField(blank=True)
    route = models.CharField(max_length=10, choices=Route, default=Route.DEFAULT, db_default=Route.DEFAULT.value)
    rule = models.ForeignKey("leads.RoutingRule", models.SET_NULL, null=True, db_index=False, related_name="+")
    snoozed_until = models.DateTimeField(null=True)
    recommended_by = models.ForeignKey("users.User", models.SET_NULL, null=True, db_index=False, related_name="+")
    recommended_at = models.DateTimeField(null=True)
    recommendation = models.TextField(blank=True, db_default="")
    duplicate_of = models.ForeignKey("leads.Lead", models.SET_NULL, null=True, db_index=False, related_name="+")

    class Meta:
        ordering: ClassVar = ["due_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["lead", "cycle"], condition=Q(state="open"), name="handover_one_open_per_pass"
            ),
            models.CheckConstraint(condition=Q(state__in=HandoverState.values), name="handover_state_known"),
            models.CheckConstraint(
                condition=Q(state="open", decided_at__isnull=True) | (~Q(state="open") & Q(decided_at__isnull=False)),
                name="handover_decided_has_time",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lead", "-id"], name="handover_lead"),
            models.Index(fields=["due_at", "id"], name="handover_queue", condition=Q(state="open")),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id} {self.state}"


class ReasonKind(models.TextChoices):
    REJECT = "reject", _("Reject")
    RETURN = "return", _("Return to marketing")
    LOST = "lost", _("Lost")
    DISQUALIFIED = "disqualified", _("Disqualified")
    NURTURE = "nurture", _("Nurture")
    MISSING = "missing", _("What a returned lead lacks")


class Reason(models.Model):
    """A coded reason people pick when they refuse, return or close."""

    kind = models.CharField(_("for"), max_length=12, choices=ReasonKind)
    slug = models.SlugField(_("key"), max_length=60)
    label = models.CharField(_("label"), max_length=120)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("reason")
        verbose_name_plural = _("reasons")
        ordering: ClassVar = ["kind", "id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "slug"], name="reason_unique")]

    def __str__(self) -> str:
        return self.label


class Proof(models.Model):
    """Explicit proof of the intent to buy, on top of a score: what makes an opportunity."""

    class Form(models.TextChoices):
        WRITTEN = "written", _("Written")
        ORAL = "oral", _("Oral")
        BEHAVIOUR = "behaviour", _("Behaviour")

    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="proofs")
    cycle = models.PositiveSmallIntegerField()
    form = models.CharField(_("form"), max_length=10, choices=Form)
    text = models.TextField(_("what was said or done"))
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    by = models.ForeignKey("users.User", models.SET_NULL, null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(text=""), name="proof_says_something"),
            models.CheckConstraint(condition=Q(form__in=["written", "oral", "behaviour"]), name="proof_form_known"),
        ]

    def __str__(self) -> str:
        return self.text[:60]
