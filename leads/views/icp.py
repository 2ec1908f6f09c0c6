"""The ideal customer: each realm's profile in the settings, how leads grade now, and a lead's own fit."""

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from leads.conditions.catalog import Catalog
from leads.conditions.tree import sentence
from leads.models import IcpGroup, IcpProfile, Realm, Stage
from leads.queries.icp import card
from leads.queries.icp_standing import changes, standing
from leads.views.criteria import may_build, need_builder
from leads.views.reach import readable_lead
from users.clock import database_now
from users.requests import PageRequest

VERSIONS_SHOWN = 20


@require_safe
def icp_list(request: PageRequest) -> HttpResponse:
    """Marketing's and sales' ideal customer side by side."""
    need_builder(request.user)
    catalog = Catalog()
    profiles = {realm: catalog.icp(realm) for realm in Realm.values}
    sides = [
        {
            "realm": realm,
            "profile": profiles[realm],
            "groups": _groups(profiles[realm], catalog),
            "may_edit": may_build(request.user, realm),
            "other": next((row for other, row in profiles.items() if other != realm and row), None),
        }
        for realm in Realm
    ]
    return render(request, "leads/icp_list.html", {"sides": sides, "now": database_now()})


def _groups(profile: IcpProfile | None, catalog: Catalog) -> list[dict[str, Any]]:
    """The six groups with their conditions in words."""
    groups: dict[str, list[dict[str, Any]]] = {group: [] for group in IcpGroup.values}
    for row in profile.conditions.all() if profile else ():
        groups[row.group].append({"row": row, "words": sentence(row.condition, catalog)})
    return [{"group": IcpGroup(group), "rows": rows} for group, rows in groups.items()]


@require_safe
def icp_standing(request: PageRequest, realm: str) -> HttpResponse:
    """How the leads in open passes grade now, by stage and by condition."""
    need_builder(request.user)
    realm = known_realm(realm)
    profile = Catalog().icp(realm)
    found = standing(profile, database_now()) if profile else None
    context = {
        "realm": realm,
        "standing": found,
        "rows": list(found.rows(list(Stage.objects.order_by("position")))) if found else [],
    }
    return render(request, "leads/_icp_standing.html" if request.htmx else "leads/icp_standing.html", context)


@require_safe
def icp_versions(request: PageRequest, realm: str) -> HttpResponse:
    """Every version of a profile: who wrote it when, and what it says otherwise than the one before."""
    need_builder(request.user)
    realm, catalog = known_realm(realm), Catalog()
    rows = IcpProfile.objects.filter(realm=realm).select_related("by").prefetch_related("conditions")
    found = list(rows.order_by("-version")[: VERSIONS_SHOWN + 1])
    olders: Sequence[IcpProfile | None] = [*found[1:], None]
    versions = [{"row": row, "changes": changes(older, row, catalog)} for row, older in zip(found, olders, strict=True)]
    context = {
        "realm": realm,
        "versions": versions[:VERSIONS_SHOWN],
        "may_edit": may_build(request.user, realm),
        "now": database_now(),
    }
    return render(request, "leads/icp_versions.html", context)


def known_realm(text: str) -> Realm:
    """The realm an address names, or 404."""
    if text not in Realm.values:
        raise Http404
    return Realm(text)


@require_safe
def lead_icp(request: PageRequest, pk: int) -> HttpResponse:
    """How a lead fits each realm's ideal customer, and what to ask: the panel of the lead's page."""
    lead = readable_lead(request, pk)
    cards = card(lead, database_now())
    first = next((row.realm for row in cards if row.realm == lead.stage.realm), cards[0].realm if cards else None)
    builds = any(may_build(request.user, realm) for realm in Realm.values)
    # Beside much else the grades alone stand open.
    context = {"lead": lead, "cards": cards, "first": None if request.htmx else first, "may_build": builds}
    return render(request, "leads/_lead_icp.html" if request.htmx else "leads/lead_icp.html", context)
