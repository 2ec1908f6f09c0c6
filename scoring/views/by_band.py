"""What became of the leads of each band: by the stages they came to, or by a yes-or-no attribute."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from scoring.bands import by_attribute, by_journey, total, way_of
from scoring.decides import decision_of
from scoring.models import VersionState
from scoring.views.asked import JOURNEY, AskedForm, band_outcomes
from scoring.views.doors import version_at
from users.clock import database_now
from users.requests import PageRequest


@require_safe
def by_band(request: PageRequest, slug: str, number: int) -> HttpResponse:
    """The table; alone for htmx, in a page of its own otherwise."""
    version, now = version_at(request, slug, number), database_now()
    decision = decision_of(version.model, now=now)
    way = way_of(decision)
    outcomes = band_outcomes(has_way=way is not None)
    form = AskedForm(request.GET, now=now, outcomes=outcomes)
    context: dict[str, Any] = {
        "version": version,
        "form": form,
        "has_choice": len(outcomes) > 1,
        "is_draft": version.state == VersionState.DRAFT,
        "page_url": reverse("scoring:by_band", args=[slug, number]),
    }
    if not outcomes:
        context["has_none"] = True
    elif form.is_valid():
        chosen = form.cleaned_data["outcome"] or outcomes[0][0]
        if chosen == JOURNEY and way is not None:
            rows = by_journey(version, way, form.scope, threshold=decision.threshold if decision else None)
            context |= {"way": way, "ends": way.ends}
        else:
            rows = by_attribute(version, chosen, now=now)
            context |= {"label": dict(outcomes)[chosen]}
        context |= {"rows": rows, "total": total(rows)}
    template = "scoring/_by_band.html" if request.htmx else "scoring/by_band.html"
    return render(request, template, context, status=400 if outcomes and not form.is_valid() else 200)
