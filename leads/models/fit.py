"""Whom we want (the ideal customer profile, R40) and where the buyer stands (buying phases, R8)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from leads.models.activity import Realm
from leads.models.people import IcpGroup


class IcpProfile(models.Model):
    """One version of the ideal customer of a realm; the latest counts. Versions never change."""

    realm = models.CharField(_("realm"), max_length=10, choices=Realm)
    version = models.PositiveIntegerField(_("version"))
    a_from = models.PositiveSmallIntegerField(_("A from, in %"), default=75)
    b_from = models.PositiveSmallIntegerField(_("B from, in %"), default=50)
    c_from = models.PositiveSmallIntegerField(_("C from, in %"), default=25)
    recorded_at = models.DateTimeField()
    by = models.ForeignKey("users.User", models.SET_NULL, null=True)

    class Meta:
        ordering: ClassVar = ["realm", "-version"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["realm", "version"], name="icp_version_unique"),
            models.CheckConstraint(condition=Q(realm__in=Realm.values), name="icp_realm_known"),
            models.CheckConstraint(
                condition=Q(a_from__gt=models.F("b_from"), b_from__gt=models.F("c_from"), a_from__lte=100),
                name="icp_grades_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.realm} v{self.version}"


class IcpCondition(models.Model):
    """One thing that makes a customer ideal, with its weight."""

    profile = models.ForeignKey(IcpProfile, models.CASCADE, related_name="conditions")
    group = models.CharField(_("group"), max_length=20, choices=IcpGroup)
    label = models.CharField(_("label"), max_length=150)
    weight = models.PositiveSmallIntegerField(_("weight"), default=1)
    condition = models.JSONField(_("condition"))
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(group__in=IcpGroup.values), name="icp_group_known"),
            models.CheckConstraint(condition=Q(weight__range=(1, 100)), name="icp_weight_in_range"),
            models.CheckConstraint(condition=~Q(label=""), name="icp_condition_has_a_label"),
        ]

    def __str__(self) -> str:
        return self.label


class Phase(models.TextChoices):
    """Where the buyer stands on their own way (R8), in order."""

    DISCOVER = "discover", _("Discover")
    EXPLORE = "explore", _("Explore")
    BUY = "buy", _("Buy")
    INTEGRATE = "integrate", _("Integrate")


class PhaseRule(models.Model):
    """Leads that meet the condition are in the phase; of several the last phase counts."""

    phase = models.CharField(_("phase"), max_length=10, choices=Phase)
    label = models.CharField(_("label"), max_length=150)
    condition = models.JSONField(_("condition"))
    is_active = models.BooleanField(_("active"), default=True)
    changed_at = models.DateTimeField(null=True, editable=False)
    changed_by = models.ForeignKey("users.User", models.SET_NULL, null=True, editable=False, related_name="+")

    class Meta:
        verbose_name = _("phase rule")
        verbose_name_plural = _("phase rules")
        ordering: ClassVar = ["phase", "id"]
        constraints: ClassVar = [models.CheckConstraint(condition=Q(phase__in=Phase.values), name="phase_rule_known")]

    def __str__(self) -> str:
        return self.label


class PhaseChange(models.Model):
    """The buyer was found, or said by a person, to be in a phase. Append-only; the latest row of a lead counts."""

    lead = models.ForeignKey("leads.Lead", models.CASCADE, related_name="phase_changes", db_index=False)
    phase = models.CharField(max_length=10, choices=Phase)
    rule = models.ForeignKey(PhaseRule, models.SET_NULL, null=True)
    evidence = models.TextField(blank=True)  # the rule in words as it read then, or what the person said
    by = models.ForeignKey("users.User", models.SET_NULL, null=True)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(phase__in=Phase.values), name="phase_change_known"),
        ]
        indexes: ClassVar = [models.Index(fields=["lead", "-id"], name="phase_latest")]

    def __str__(self) -> str:
        return f"{self.lead_id}: {self.phase}"
