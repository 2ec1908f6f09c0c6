"""What opportunities and customers have in common, against all leads."""

import json
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from leads.models import IcpGroup, Realm
from leads.views.criteria import may_build
from reports import figures
from reports.links import with_changes
from reports.queries.icp import BEST, SQO, icp_report
from reports.queries.traits import TOO_FEW, VERDICTS, Trait
from reports.views.asked import asked, emptiness_of
from users.requests import PageRequest

ATTRIBUTES_SHOWN = 60
BANDS = {"more": "good", "less": "failing"}


@dataclass(frozen=True)
class TraitLine:
    """A trait as its table shows it."""

    trait: Trait
    share: str
    best_share: str
    likely: str
    lift: str
    verdict: str
    band: str

    @property
    def begun(self) -> str:
        """The parameters with which a condition of the profile begins as this trait."""
        group = {"industry": IcpGroup.INDUSTRY, "country": IcpGroup.GEOGRAPHY, "region": IcpGroup.GEOGRAPHY}
        label = f"{self.trait.field_label}: {self.trait.label}"
        tree = json.dumps(self.trait.tree, ensure_ascii=False)
        return urlencode({"group": group.get(self.trait.field, IcpGroup.FIRMOGRAPHIC), "label": label, "tree": tree})

    @property
    def is_said(self) -> bool:
        """Whether there are enough to say anything."""
        return self.trait.verdict != TOO_FEW


@require_safe
def icp_page(request: PageRequest) -> HttpResponse:
    """The ideal customer against those who became one."""
    form, context = asked(request, "reports:icp")
    if not form.is_valid():
        return render(request, "reports/icp.html", context, status=400)
    query = context["query"]
    realm = query.get("realm") if query.get("realm") in Realm.values else Realm.MARKETING.value
    best = query.get("best") if query.get("best") in BEST else SQO
    found = icp_report(form.wanted, realm=realm, best=best)
    context |= {
        "found": found,
        "best_label": BEST[best],
        "bests": [(key, label, with_changes(query, best=key)) for key, label in BEST.items()],
        "realms": [(one, one.label, with_changes(query, realm=one.value)) for one in Realm],
        "conditions": [_line(row) for row in found.conditions],
        "attributes": [_line(row) for row in found.attributes[:ATTRIBUTES_SHOWN]],
        "hidden": max(len(found.attributes) - ATTRIBUTES_SHOWN, 0),
        "suggestions": [_line(row) for row in found.suggestions],
        "grades": [
            (row, _rate(row.sqo, row.leads, row.sqo_likely), _rate(row.won, row.leads, row.won_likely))
            for row in found.grades
        ],
        "may_edit": may_build(request.user, realm),
    }
    return render(request, "reports/icp.html", context | emptiness_of(request, not found.leads))


def _line(row: Trait) -> TraitLine:
    return TraitLine(
        trait=row,
        share=figures.percent(row.share, 0),
        best_share=figures.percent(row.best_share, 0),
        likely=_likely(row.likely),
        lift=f"× {figures.decimal(row.lift)}" if row.lift is not None else "",
        verdict=str(VERDICTS[row.verdict]),
        band=BANDS.get(row.verdict, ""),
    )


def _rate(part: int, whole: int, likely: tuple[float, float] | None) -> tuple[str, str]:
    return figures.percent(part / whole if whole else None), _likely(likely)


def _likely(likely: tuple[float, float] | None) -> str:
    if likely is None:
        return ""
    low, high = (round(bound * 100) for bound in likely)
    return f"{low}\u2013{high} %"
