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
    WITHDRAWN = "withdrawn", _("Withdrawn")


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


class OpportunityState(models.TextChoices):
    OPEN = "open", _("Open")
    WON = "won", _("Won")
    LOST = "lost", _("Lost")


class Opportunity(models.Model):
    """A deal: its value and how it closed. The journal says when stages changed; this says how much.

    A deal is that of one pass of a lead; one that another system knows may stand without a lead, even without a
    company, and is then known by that system's id.
    """

    lead = models.ForeignKey(
        "leads.Lead", models.CASCADE, null=True, blank=True, related_name="opportunities", db_index=False
    )
    cycle = models.PositiveSmallIntegerField(null=True, blank=True)
    company = models.ForeignKey(
        "leads.Company",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="opportunities",
        verbose_name=_("company"),
    )
    system = models.SlugField(max_length=40, blank=True, db_default="", db_index=False)
    external_id = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001
    opened_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=6, choices=OpportunityState, default=OpportunityState.OPEN)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    reason = models.CharField(max_length=60, blank=True)
    closed_at = models.DateTimeField(null=True)
    data = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("opportunity")
        verbose_name_plural = _("opportunities")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["lead", "cycle"], name="opportunity_one_per_pass"),
            models.UniqueConstraint(fields=["system", "external_id"], name="opportunity_external_id_unique"),
            models.CheckConstraint(
                condition=Q(lead__isnull=False, cycle__isnull=False)
                | Q(lead__isnull=True, cycle__isnull=True, external_id__isnull=False),
                name="opportunity_of_a_pass_or_named",
            ),
            models.CheckConstraint(condition=Q(state__in=OpportunityState.values), name="opportunity_state_known"),
            models.CheckConstraint(
                condition=Q(state="open", closed_at__isnull=True) | (~Q(state="open") & Q(closed_at__isnull=False)),
                name="opportunity_closed_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{f'{self.lead_id}/{self.cycle}' if self.lead_id else self.external_id} {self.state}"
