"""The conditions of the ground that are in use: criteria, routing, buying phases, the ideal customer, segments."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from leads.conditions.icp import KINDS
from leads.conditions.used import Written
from leads.lifecycle.criteria import in_force
from leads.lifecycle.phase import kinds_of_rules
from leads.models import Criterion, IcpProfile, PhaseRule, Realm, RoutingRule, Segment


def criteria(now: datetime) -> Iterator[Written]:
    """Those in force and those to come."""
    coming = Criterion.objects.filter(effective_from__gt=now, stage__retired_at=None).select_related("stage")
    for row in (*in_force(now).values(), *coming):
        where = _("Criterion of %(stage)s") % {"stage": row.stage.label}
        url = reverse("leads:criterion_edit", args=[row.stage.slug])
        yield Written(where, row.condition, url, realm=row.stage.realm)


def routing(now: datetime) -> Iterator[Written]:
    """Rules that send leads to teams and people, those switched off too: they can be switched on again."""
    for row in RoutingRule.objects.all():
        url = reverse("leads:routing_edit", args=[row.pk])
        yield Written(_("Routing rule “%(name)s”") % {"name": row}, row.condition, url, realm=Realm.SALES)


def phases(now: datetime) -> Iterator[Written]:
    """Rules that tell the buying phase."""
    for row in PhaseRule.objects.all():
        where, url = _("Buying phase “%(name)s”") % {"name": row}, reverse("leads:phase_edit", args=[row.pk])
        yield Written(where, row.condition, url, only=kinds_of_rules())


def segments(now: datetime) -> Iterator[Written]:
    """Segments: one may name others."""
    for row in Segment.objects.all():
        where, url = _("Segment “%(name)s”") % {"name": row}, reverse("leads:segment_detail", args=[row.slug])
        yield Written(where, row.condition, url, segment=row.slug)


def ideal_customers(now: datetime) -> Iterator[Written]:
    """The latest profile of each realm."""
    for realm in Realm:
        yield from _wishes(
            IcpProfile.objects.filter(realm=realm).order_by("-version")[:1], _("Ideal customer (%(realm)s): %(name)s")
        )


def past_ideal_customers(now: datetime) -> Iterator[Written]:
    """Profiles written over: grades of past days ask for them."""
    for realm in Realm:
        former = IcpProfile.objects.filter(realm=realm).order_by("-version")[1:]
        yield from _wishes(former, _("Ideal customer (%(realm)s), version %(version)d: %(name)s"))


def _wishes(profiles: QuerySet[IcpProfile], where: str) -> Iterator[Written]:
    for profile in profiles.prefetch_related("conditions"):
        url = reverse("leads:icp_versions", args=[profile.realm])
        for row in profile.conditions.all():
            said = where % {"realm": profile.get_realm_display(), "version": profile.version, "name": row}
            yield Written(said, row.condition, url, only=KINDS, realm=profile.realm)
