"""Deals: what may be sold, how it closed, and what was agreed on the way (R65)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leads.models.people import BuyingRole, Company


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
    name = models.CharField(_("name"), max_length=200, blank=True, db_default="")
    expected_close_on = models.DateField(_("expected close"), null=True, blank=True)
    competitor = models.CharField(_("competitor"), max_length=150, blank=True, db_default="")
    data = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("opportunity")
        verbose_name_plural = _("opportunities")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["lead", "cycle"], name="opportunity_one_per_pass"),
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gte=0), name="opportunity_amount_not_negative"
            ),
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
        indexes: ClassVar = [
            models.Index(fields=["expected_close_on"], name="opportunity_forecast", condition=Q(state="open")),
            models.Index(fields=["state", "closed_at"], name="opportunity_closed"),
        ]

    def __str__(self) -> str:
        return f"{f'{self.lead_id}/{self.cycle}' if self.lead_id else self.external_id} {self.state}"

    @property
    def buyer(self) -> Company | None:
        """The company that buys: that of the lead, where there is one."""
        return self.lead.company if self.lead is not None else self.company

    @property
    def title(self) -> str:
        """What the deal is called: its name, else who buys."""
        return self.name or str(self.buyer or self.lead or self.external_id)


class OpportunityChange(models.Model):
    """What the terms of a deal were before somebody changed them. Append-only (a trigger holds it)."""

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="changes")
    before = models.JSONField()
    after = models.JSONField()
    by = models.ForeignKey("users.User", models.SET_NULL, null=True)
    recorded_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.opportunity_id}: {', '.join(self.after)}"


class Milestone(models.Model):
    """A step on the way to the decision, agreed with the customer."""

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="milestones")
    title = models.CharField(_("milestone"), max_length=200)
    due_on = models.DateField(_("by"), null=True, blank=True)
    agreed_with = models.CharField(_("agreed with"), max_length=150, blank=True)
    done_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering: ClassVar = [models.F("due_on").asc(nulls_last=True), "id"]
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(title=""), name="milestone_has_a_title")]

    def __str__(self) -> str:
        return self.title


class Stakeholder(models.Model):
    """A person of the company with a say in this deal."""

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="stakeholders", db_index=False)
    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="stakes")
    role = models.CharField(_("role"), max_length=20, choices=BuyingRole)
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["opportunity", "lead"], name="stakeholder_once_a_deal"),
            models.CheckConstraint(condition=Q(role__in=BuyingRole.values), name="stakeholder_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id}: {self.role}"
