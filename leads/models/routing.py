"""To whom a handover goes, and by when things have to be done."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Spread(models.TextChoices):
    """Who in the team gets it."""

    TEAM = "team", _("The team: whoever takes it first")
    ROTATION = "rotation", _("In turn, by capacity and presence")
    PERSON = "person", _("One person")


class RoutingRule(models.Model):
    """Leads that meet the condition go there; the first rule that matches decides (R60)."""

    name = models.CharField(_("name"), max_length=100)
    position = models.PositiveSmallIntegerField(_("position"))
    condition = models.JSONField(_("condition"))
    team = models.ForeignKey("users.Team", models.PROTECT, verbose_name=_("team"))
    spread = models.CharField(_("to whom"), max_length=10, choices=Spread, default=Spread.TEAM)
    person = models.ForeignKey(
        "users.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("person")
    )
    is_active = models.BooleanField(_("active"), default=True)
    changed_at = models.DateTimeField(null=True, editable=False)
    changed_by = models.ForeignKey("users.User", models.SET_NULL, null=True, editable=False, related_name="+")

    class Meta:
        verbose_name = _("routing rule")
        verbose_name_plural = _("routing rules")
        ordering: ClassVar = ["position", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(spread__in=Spread.values), name="routing_spread_known"),
            models.CheckConstraint(
                condition=Q(spread="person", person__isnull=False) | (~Q(spread="person") & Q(person__isnull=True)),
                name="routing_person_named",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DeadlineKind(models.TextChoices):
    """What has to be done in time (R62)."""

    DECIDE = "decide", _("Decide on the handover")
    CONTACT = "contact", _("First contact")
    OPPORTUNITY = "opportunity", _("Become an opportunity")


class Unit(models.TextChoices):
    """How the time of an agreement is counted."""

    BUSINESS_HOURS = "hours", _("working hours")
    BUSINESS_DAYS = "days", _("working days")
    CALENDAR_DAYS = "calendar", _("calendar days")


class Sla(models.Model):
    """How long a thing may take, for a team or for everybody."""

    kind = models.CharField(_("for"), max_length=12, choices=DeadlineKind)
    team = models.ForeignKey(
        "users.Team",
        models.CASCADE,
        null=True,
        blank=True,
        verbose_name=_("team"),
        help_text=_("Empty: every team without one of its own."),
    )
    amount = models.PositiveSmallIntegerField(_("within"))
    unit = models.CharField(_("counted in"), max_length=10, choices=Unit)
    warn_percent = models.PositiveSmallIntegerField(
        _("warn after, in %"), default=75, help_text=_("Of the time that may pass.")
    )
    escalate_hours = models.PositiveSmallIntegerField(
        _("escalate after, in hours"), default=24, help_text=_("After the breach, to the team's sales managers.")
    )

    class Meta:
        verbose_name = _("service level")
        verbose_name_plural = _("service levels")
        ordering: ClassVar = ["kind", "team"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "team"], name="sla_once_a_team", nulls_distinct=False),
            models.CheckConstraint(condition=Q(kind__in=DeadlineKind.values), name="sla_kind_known"),
            models.CheckConstraint(condition=Q(unit__in=Unit.values), name="sla_unit_known"),
            models.CheckConstraint(condition=Q(amount__gte=1), name="sla_takes_time"),
            models.CheckConstraint(condition=Q(warn_percent__range=(1, 100)), name="sla_warns_in_time"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.amount} {self.get_unit_display()}"


class Deadline(models.Model):
    """One clock of one lead: started, met or broken, and who was told of it (R62). One runs a kind, lead and pass."""

    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="deadlines", db_index=False)
    cycle = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=12, choices=DeadlineKind)
    handover = models.ForeignKey("leads.Handover", models.CASCADE, null=True, related_name="deadlines")
    team = models.ForeignKey("users.Team", models.PROTECT, null=True, db_index=False)
    user = models.ForeignKey("users.User", models.SET_NULL, null=True, db_index=False, related_name="+")
    started_at = models.DateTimeField()
    warn_at = models.DateTimeField()
    due_at = models.DateTimeField()
    escalate_at = models.DateTimeField()
    warned_at = models.DateTimeField(null=True)
    breached_at = models.DateTimeField(null=True)
    escalated_at = models.DateTimeField(null=True)
    met_at = models.DateTimeField(null=True)
    dropped_at = models.DateTimeField(null=True)  # there is nothing to do any more

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["lead", "cycle", "kind"],
                condition=Q(met_at__isnull=True, dropped_at__isnull=True),
                name="deadline_one_runs",
            ),
            models.CheckConstraint(condition=Q(kind__in=DeadlineKind.values), name="deadline_kind_known"),
            models.CheckConstraint(
                condition=Q(warn_at__lte=models.F("due_at"), started_at__lte=models.F("due_at")),
                name="deadline_in_order",
            ),
            models.CheckConstraint(
                condition=Q(met_at__isnull=True) | Q(dropped_at__isnull=True), name="deadline_ends_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["warn_at"],
                name="deadline_running",
                condition=Q(met_at__isnull=True, dropped_at__isnull=True, escalated_at__isnull=True),
            ),
            models.Index(fields=["lead", "kind"], name="deadline_lead"),
        ]

    def __str__(self) -> str:
        return f"{self.lead_id} {self.kind} {self.due_at:%Y-%m-%d %H:%M}"
