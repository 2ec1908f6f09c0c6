"""Who is in a sequence, who is put in and taken out by hand."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leads.access import leads_for_user
from leads.models import Lead
from leads.queries.pages import page_of
from leads.queries.search import search_leads
from nurturing.enroll import EnrollmentRefused, enroll, stop
from nurturing.models import Enrollment, Sequence, Step, VersionState
from nurturing.queries.people import REASONS, enrollments, standing_counts, why_not
from nurturing.steps import next_mail
from nurturing.views.reach import sequence_at, state_of
from users.clock import database_now
from users.requests import PageRequest

State = Enrollment.State
SHOWN = 20


@require_safe
def people_list(request: PageRequest, slug: str) -> HttpResponse:
    """The people of a sequence in one state; those who left, by reason."""
    sequence = sequence_at(request, slug)
    asked = request.GET.get("state", "")
    where = State(asked) if asked in State.values else State.ACTIVE
    reason = request.GET.get("reason", "")
    asked = request.GET.get("before", "")
    before = int(asked) if asked.isdigit() and len(asked) < 4 and where == State.ACTIVE else None
    rows = enrollments(sequence, state=where, reason=reason, before=before)
    page = page_of(rows, request.GET.get("page"))
    counts = standing_counts(sequence)
    context = {
        "sequence": sequence,
        "page": page,
        "rows": placed(list(page.object_list)),
        "state": state_of(sequence),
        "where": where,
        "before": before,
        "states": _states(sequence, where, counts),
        "reasons": _reasons(sequence, where, reason, counts),
        "under_way": sum(n for (state, _why), n in counts.items() if state == State.ACTIVE),
        "now": database_now(),
        "tab": "people",
        "has_published": sequence.versions.filter(state=VersionState.PUBLISHED).exists(),
    }
    return render(request, "nurturing/people_list.html", context)


def placed(rows: list[Enrollment]) -> list[dict[str, Any]]:
    """Enrollments with the mail that comes next."""
    steps: dict[int, list[Step]] = {}
    wanted = {row.version_id for row in rows if row.state == State.ACTIVE}
    for step in Step.objects.filter(version__in=wanted).select_related("letter").order_by("version_id", "position"):
        steps.setdefault(step.version_id, []).append(step)
    return [{"row": row, "next": next_mail(steps.get(row.version_id, []), row.position)} for row in rows]


def _states(sequence: Sequence, current: str, counts: dict[tuple[str, str], int]) -> list[dict[str, Any]]:
    url = reverse("nurturing:people_list", args=[sequence.slug])
    return [
        {
            "url": f"{url}?state={state}",
            "label": label,
            "count": sum(n for (where, _why), n in counts.items() if where == state),
            "current": state == current,
        }
        for state, label in State.choices
    ]


def _reasons(sequence: Sequence, state: str, current: str, counts: dict[tuple[str, str], int]) -> list[dict[str, Any]]:
    url = f"{reverse('nurturing:people_list', args=[sequence.slug])}?state={state}"
    words = dict(Enrollment.Why.choices)
    return [
        {
            "url": url if why == current else f"{url}&reason={why}",
            "label": words[why],
            "count": n,
            "current": why == current,
        }
        for (where, why), n in sorted(counts.items(), key=lambda item: -item[1])
        if where == state and why
    ]


@require_POST
def person_stop(request: PageRequest, slug: str, enrollment: int) -> HttpResponse:
    """Take somebody out of the sequence."""
    sequence = sequence_at(request, slug)
    row = get_object_or_404(Enrollment.objects.select_related("lead"), pk=enrollment, sequence=sequence)
    if stop([row.pk], by=request.user.pk, now=database_now()):
        messages.success(request, _("%(name)s is out of the sequence") % {"name": row.lead.name})
    return redirect("nurturing:people_list", slug)


@require_http_methods(["GET", "HEAD", "POST"])
def people_add(request: PageRequest, slug: str) -> HttpResponse:
    """Look for leads and put them in; names whom the sequence did not take, and why."""
    sequence = sequence_at(request, slug)
    query = request.GET.get("q", "").strip()[:200]
    asked = {int(text) for text in request.POST.getlist("lead") if text.isdigit() and len(text) < 19}
    context: dict[str, Any] = {"sequence": sequence, "query": query, "tab": "people", "now": database_now()}
    if request.method == "POST" and asked:
        leads = list(leads_for_user(request.user, "write").filter(pk__in=asked).select_related("company"))
        reasons = why_not(sequence, [lead.pk for lead in leads])
        try:
            entered = enroll(sequence, [lead.pk for lead in leads], by=request.user.pk, now=context["now"])
        except EnrollmentRefused:
            messages.error(request, _("Publish a version of the sequence first."))
            return redirect("nurturing:people_list", slug)
        refused = [lead for lead in leads if lead.pk not in entered]
        if entered:
            n = len(entered)
            messages.success(request, ngettext("%(n)d person put in", "%(n)d people put in", n) % {"n": n})
        if not refused:
            return redirect("nurturing:people_list", slug)
        context["refused"] = [(lead, REASONS.get(reasons.get(lead.pk, ""), "")) for lead in refused]
    context["found"] = found = _found(request, sequence, query) if query else []
    context["may_put_in"] = any(not item["why"] for item in found)
    return render(request, "nurturing/people_add.html", context)


def _found(request: PageRequest, sequence: Sequence, query: str) -> list[dict[str, Any]]:
    """The leads of a search, each with why it cannot enter."""
    mine = leads_for_user(request.user).filter(archived_at=None)
    leads: list[Lead] = list(
        search_leads(mine, query).select_related("company", "stage").order_by("-captured_at", "-pk")[:SHOWN]
    )
    ids = [lead.pk for lead in leads]
    reasons = why_not(sequence, ids)
    writable = set(leads_for_user(request.user, "write").filter(pk__in=ids).values_list("pk", flat=True))
    not_ours = _("sales works on it")
    return [
        {"lead": lead, "why": REASONS.get(reasons[lead.pk], "") or ("" if lead.pk in writable else not_ours)}
        for lead in leads
    ]
