"""The conditions of the ground that are in use: criteria, routing, buying phases, the ideal customer."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from leads.conditions.used import Written
from leads.lifecycle.criteria import in_force
from leads.models import Criterion, IcpProfile, PhaseRule, Realm, RoutingRule


def criteria(now: datetime) -> Iterator[Written]:
    """Those in force and those to come."""
    coming = Criterion.objects.filter(effective_from__gt=now, stage__retired_at=None).select_related("stage")
    for row in (*in_force(now).values(), *coming):
        where = _("Criterion of %(stage)s") % {"stage": row.stage.label}
        yield Written(where, row.condition, reverse("leads:criterion_edit", args=[row.stage.slug]))


def routing(now: datetime) -> Iterator[Written]:
    """Rules that send leads to teams and people, those switched off too: they can be switched on again."""
    for row in RoutingRule.objects.all():
        yield Written(_("Routing rule “%(name)s”") % {"name": row}, row.condition)


def phases(now: datetime) -> Iterator[Written]:
    """Rules that tell the buying phase."""
    for row in PhaseRule.objects.all():
        yield Written(
            _("Buying phase “%(name)s”") % {"name": row}, row.condition, reverse("leads:phase_edit", args=[row.pk])
        )


def ideal_customers(now: datetime) -> Iterator[Written]:
    """The latest profile of each realm."""
    for realm in Realm:
        profile = IcpProfile.objects.filter(realm=realm).order_by("-version").first()
        for row in profile.conditions.all() if profile else ():
            yield Written(_("Ideal customer: %(name)s") % {"name": row}, row.condition)
