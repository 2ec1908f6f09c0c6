"""The report card of a model: whether each rule does what it is for."""

import csv
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from leads.access import leads_for_user
from leads.conditions.catalog import Catalog
from leads.conditions.select import TooManyToCount, within_together
from leads.models import HandoverState, Lead, ScoreModel
from scoring.card_words import SIGNS, VERDICTS, why
from scoring.checks import version_errors
from scoring.engine import spec_of
from scoring.models import ModelVersion, VersionState
from scoring.report_card import Asked, Card, Line, card, leads_now, leads_of
from scoring.rules import rule_words
from scoring.samples import ACCEPTED, LOST, REJECTED, RETURNED, WON
from scoring.views.asked import AskedForm, card_outcomes
from scoring.views.doors import may_build, need_reader
from users.cells import safe
from users.clock import database_now
from users.requests import PageRequest

SHOWN = 200
CARD_SECONDS = 15.0  # a page waits no longer
NOW = "now"
SAID: Mapping[str, Any] = {
    NOW: _("It holds for them now"),
    ACCEPTED: HandoverState.ACCEPTED.label,
    RETURNED: HandoverState.RETURNED.label,
    REJECTED: HandoverState.REJECTED.label,
    WON: _("Won"),
    LOST: _("Lost or disqualified"),
}
ORDERS: dict[str, Any] = {
    "rule": lambda line: line.position,
    "points": lambda line: line.points,
    "leads": lambda line: line.held,
    "refused": lambda line: (line.refusals.rate is not None, line.refusals.rate or 0),
    "rate": lambda line: (line.outcome.rate is not None, line.outcome.rate or 0),
    "lift": lambda line: (line.outcome.lift is not None, line.outcome.lift or 0),
    "verdict": lambda line: list(VERDICTS).index(line.verdict),
}


def version_asked(request: PageRequest, slug: str) -> ModelVersion | None:
    """The version the address names, else the one in force, else the latest; None where a model has none."""
    need_reader(request.user)
    model = get_object_or_404(ScoreModel, slug=slug)
    rows = ModelVersion.objects.select_related("model").prefetch_related("groups", "rules__group").filter(model=model)
    if number := request.GET.get("version", ""):
        if not (number.isascii() and number.isdigit() and len(number) < 9):
            raise Http404
        return get_object_or_404(rows, number=int(number))
    return rows.filter(state=VersionState.PUBLISHED).first() or rows.order_by("-number").first()


@require_safe
def report_card(request: PageRequest, slug: str) -> HttpResponse:
    """Each rule with whom it holds for, what sales said to them and how often they were won."""
    version, now = version_asked(request, slug), database_now()
    if version is None:
        return render(request, "scoring/report_card.html", {"model": ScoreModel.objects.get(slug=slug)})
    form = AskedForm(request.GET, now=now, outcomes=card_outcomes(version))
    context = _frame(request, version, form)
    if not form.is_valid():
        return render(request, "scoring/report_card.html", context, status=400)
    if errors := version_errors(version):
        wrong = [f"{rule}: {why}" for rule, fields in errors.items() for why in fields.values()]
        return render(request, "scoring/report_card.html", context | {"wrong": wrong})
    try:
        with within_together(CARD_SECONDS):
            found = card(version, form.asked, now=now)
    except TooManyToCount:
        return render(request, "scoring/report_card.html", context | {"is_too_long": True}, status=422)
    label = str(dict(card_outcomes(version))[form.asked.outcome])
    lines = _sorted(found.lines, request.GET.get("sort", ""))
    if request.GET.get("as") == "csv":
        return _file(found, lines, label)
    context |= {
        "card": found,
        "label": label,
        "lines": [_shown(version, form, line) for line in lines],
        "to_look_at": [
            (line, version.rules.all()[line.position - 1].pk, _sign(line), _why(line, label))
            for line in found.to_look_at
        ],
    }
    return render(request, "scoring/report_card.html", context)


def _frame(request: PageRequest, version: ModelVersion, form: AskedForm) -> dict[str, Any]:
    """What the page says whatever the card holds."""
    query = request.GET.copy()
    query["as"] = "csv"
    return {
        "model": version.model,
        "version": version,
        "versions": list(version.model.versions.order_by("-number")),
        "form": form,
        "is_marketing": version.model.purpose == ScoreModel.Purpose.MARKETING,
        "may_build": may_build(request.user, version.model),
        "tabs": _tabs(version.model),
        "csv_url": f"?{query.urlencode()}",
    }


def _tabs(current: ScoreModel) -> list[dict[str, Any]]:
    return [
        {"url": reverse("scoring:report_card", args=[row.slug]), "label": row.name, "current": row == current}
        for row in ScoreModel.objects.order_by("purpose", "slug")
    ]


def _sorted(lines: Sequence[Line], key: str) -> list[Line]:
    name = key.removeprefix("-")
    return sorted(lines, key=ORDERS[name], reverse=key.startswith("-")) if name in ORDERS else list(lines)


def _why(line: Line, label: str) -> str:
    return why(
        line.verdict,
        points=line.points,
        leads=line.leads,
        outcome=line.outcome,
        refusals=line.refusals,
        label=label,
    )


def _shown(version: ModelVersion, form: AskedForm, line: Line) -> dict[str, Any]:
    """A line of the table: every number with the address of its leads."""
    url = reverse("scoring:report_card_leads", args=[version.model.slug])
    said = form.cleaned_data
    base = {"version": version.number, "rule": line.position, "from": said["from"], "to": said["to"]}
    if said["campaign"]:
        base["campaign"] = said["campaign"].slug

    def count(which: str, number: int) -> tuple[int, str]:
        return number, f"{url}?{urlencode({**base, 'which': which})}" if number else ""

    decided = (ACCEPTED, line.said.accepted), (RETURNED, line.said.returned), (REJECTED, line.said.rejected)
    outcome = form.asked.outcome
    return {
        "line": line,
        "now": count(NOW, line.held),
        "decided": [count(which, number) for which, number in decided],
        "yes": count(outcome, line.outcome.held_yes) if outcome in (WON, ACCEPTED) else (line.outcome.held_yes, ""),
        **_sign(line),
    }


def _sign(line: Line) -> dict[str, Any]:
    """The verdict as a band shows it."""
    return {"verdict": VERDICTS[line.verdict], "sign": SIGNS.get(line.verdict, "")}


def _file(found: Card, lines: Sequence[Line], label: str) -> HttpResponse:
    """The card as a file: plain numbers, no rounding."""
    answer = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    name = f"report-card-{found.version.model.slug}-{found.version.number}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    writer = csv.writer(answer)
    heads = ["rule", "points", "leads", "of", "accepted", "returned", "rejected", "other_accepted", "other_returned"]
    heads += ["other_rejected", "outcome", "held", "held_yes", "other", "other_yes", "lift", "low", "high", "verdict"]
    writer.writerow(heads)
    for line in lines:
        said, rest, split = line.said, line.said_rest, line.outcome
        row = [safe(line.words), line.points, line.held, line.leads, said.accepted, said.returned, said.rejected]
        row += [rest.accepted, rest.returned, rest.rejected, safe(label), split.held, split.held_yes, split.rest]
        writer.writerow([*row, split.rest_yes, split.lift, *(split.likely or (None, None)), line.verdict.value])
    return answer


Row = tuple[Lead, date | None]


@require_safe
def report_card_leads(request: PageRequest, slug: str) -> HttpResponse:
    """The leads behind one number of a card, as far as the reader may read them."""
    version, now = version_asked(request, slug), database_now()
    which, rule = request.GET.get("which", NOW), request.GET.get("rule", "1")
    rules = len(version.rules.all()) if version else 0
    if version is None or which not in SAID or rule not in map(str, range(1, rules + 1)):
        raise Http404
    form = AskedForm(request.GET, now=now, outcomes=card_outcomes(version))
    if not form.is_valid() or version_errors(version):
        raise Http404
    context = {
        "version": version,
        "words": rule_words(spec_of(version).rules[int(rule) - 1], Catalog()),
        "said": SAID[which],
        "has_days": which != NOW,
        "back_url": _back(request, version),
    }
    try:
        with within_together(CARD_SECONDS):
            context["rows"], context["total"] = _behind(request, version, form.asked, int(rule), which, now)
    except TooManyToCount:
        return render(request, "scoring/report_card_leads.html", context | {"is_too_long": True}, status=422)
    return render(request, "scoring/report_card_leads.html", context)


def _behind(
    request: PageRequest, version: ModelVersion, asked: Asked, rule: int, which: str, now: datetime
) -> tuple[Sequence[Row], int]:
    """The first leads behind a number that the reader may read, and how many there are in all."""
    if which == NOW:
        among: Any = leads_now(version, rule, now=now)
        rows = [(lead, None) for lead in _readable(request, among).order_by("-pk")[:SHOWN]]
        return rows, Lead.objects.filter(pk__in=among).count()
    judged = leads_of(version, asked, rule, which, now=now)
    leads = {lead.pk: lead for lead in _readable(request, [pk for pk, _ in judged])}
    return [(leads[pk], day) for pk, day in judged if pk in leads][:SHOWN], len(judged)  # a lead for each time it was


def _readable(request: PageRequest, among: Any) -> QuerySet[Lead]:
    return leads_for_user(request.user).filter(pk__in=among).select_related("company", "stage", "owner")


def _back(request: PageRequest, version: ModelVersion) -> str:
    query = request.GET.copy()
    for name in ("rule", "which"):
        query.pop(name, None)
    return f"{reverse('scoring:report_card', args=[version.model.slug])}?{query.urlencode()}"
