"""What a version would do: the panels beside its rules, and the list of all who would cross."""

import csv
from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.paginator import Paginator
from django.db.models import prefetch_related_objects
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from leads.models import Campaign
from scoring.checks import version_errors
from scoring.models import ModelVersion, Study, StudyKind, StudyState
from scoring.question import Question, question_of
from scoring.studies import ask
from scoring.views.doors import version_at
from scoring.views.what_if_words import (
    BANDS,
    EXAMPLES,
    SHOWN,
    Words,
    about,
    backtest_words,
    histogram,
    share,
    stay_words,
    then_at_goal,
)
from users.cells import safe
from users.clock import database_now
from users.models import User
from users.requests import PageRequest

MOST = 10_000
ROWS = 50


class AskForm(forms.Form):
    """Another threshold to ask about, and whose leads."""

    threshold = forms.IntegerField(label=gettext_lazy("Threshold"), min_value=-MOST, max_value=MOST, required=False)
    campaign = forms.ModelChoiceField(
        Campaign.objects.all(),
        label=gettext_lazy("Campaign"),
        required=False,
        to_field_name="slug",
        empty_label=gettext_lazy("All campaigns"),
    )

    @property
    def asked(self) -> dict[str, Any]:
        """What is asked for beside the version; of a valid form."""
        campaign = self.cleaned_data["campaign"]
        return {"threshold": self.cleaned_data["threshold"], "campaign": campaign.pk if campaign else None}

    @property
    def query(self) -> str:
        """The same for an address, with its question mark; empty where nothing is asked for."""
        said = self.cleaned_data
        campaign = said.get("campaign")
        values = {"threshold": said.get("threshold"), "campaign": campaign.slug if campaign else None}
        found = urlencode({name: value for name, value in values.items() if value is not None})
        return f"?{found}" if found else ""


class ListForm(forms.Form):
    """Which of those who would cross."""

    side = forms.ChoiceField(
        label=gettext_lazy("Leads"),
        required=False,
        choices=[("up", gettext_lazy("would cross")), ("down", gettext_lazy("fall below the threshold"))],
    )
    stage = forms.TypedChoiceField(label=gettext_lazy("Stands at"), required=False, coerce=int, empty_value=None)
    owner = forms.TypedChoiceField(label=gettext_lazy("Owner"), required=False, coerce=int, empty_value=None)


@require_http_methods(["GET", "HEAD", "POST"])
def what_if(request: PageRequest, slug: str, number: int) -> HttpResponse:
    """The panels; alone for htmx, in a page of their own otherwise. POST asks anew."""
    version, now = _version(request, slug, number), database_now()
    form = AskForm(request.GET)
    is_valid = form.is_valid()
    context: dict[str, Any] = {"version": version, "form": form, "now": now, "wrong": _wrong(version)}
    context |= {"page_url": _address(version, "scoring:what_if", form), "query": form.query}
    if is_valid and not context["wrong"]:
        asked, again = form.asked, request.method == "POST"
        studies = {
            StudyKind.WHAT_IF: ask(version, StudyKind.WHAT_IF, by=request.user.pk, now=now, again=again, **asked),
            StudyKind.BACKTEST: ask(
                version, StudyKind.BACKTEST, by=request.user.pk, now=now, again=again, threshold=asked["threshold"]
            ),
        }
        if again and not request.htmx:
            return redirect(context["page_url"])
        question = question_of(version, now=now, **asked)
        context |= _shown(studies, question, request.user)
    template = "scoring/_what_if.html" if request.htmx else "scoring/what_if.html"
    return render(request, template, context, status=200 if is_valid else 400)


def _version(request: PageRequest, slug: str, number: int) -> ModelVersion:
    version = version_at(request, slug, number)
    prefetch_related_objects([version], "groups", "rules__group")
    return version


def _address(version: ModelVersion, name: str, form: AskForm) -> str:
    """The address of a page about a version and what else is asked."""
    return reverse(name, args=[version.model.slug, version.number]) + form.query


def _wrong(version: ModelVersion) -> str:
    """Why nothing can be said of a version yet."""
    if not version.rules.all():
        return _("There are no rules yet. Add one, and what it would do stands here.")
    if errors := version_errors(version):
        return _("A rule cannot be used as it stands: %(rule)s. Mend it first.") % {"rule": next(iter(errors))}
    return ""


def _shown(studies: dict[StudyKind, Study], question: Question, user: User) -> dict[str, Any]:
    """Everything the panels say."""
    study, tested = studies[StudyKind.WHAT_IF], studies[StudyKind.BACKTEST]
    words, result = Words(question, user), study.result
    open_states = (StudyState.WAITING, StudyState.RUNNING)
    context: dict[str, Any] = {
        "study": study,
        "tested": tested,
        "has_base": question.base is not None,
        "is_waiting": any(row.state in open_states for row in studies.values()),
        "is_current": question.spec.number == (question.base.number if question.base else None)
        and question.threshold == question.was,
        "goal": question.decision.stage if question.decision else None,
        "backtest": backtest_words(tested.result, words.stages) if tested.result else {},
        "backtest_days": [date.fromisoformat(tested.result["found"][end]) for end in ("since", "until")]
        if tested.result and tested.result["found"]
        else [],
        "percents": {kind.value: 100 * row.done // row.total if row.total else 0 for kind, row in studies.items()},
    }
    return context | (_answer(words, result, question) if result else {})


def _answer(words: Words, result: dict[str, Any], question: Question) -> dict[str, Any]:
    scale = result.get("scale", 1.0)
    up, down = result["up"], result["down"]
    first = result["rows"]["up"][: 4 * SHOWN]
    examples = [row[0] for row in result["examples"]]
    leads = words.readable([*(row[0] for row in first), *examples])
    here = result["here"]
    return {
        "result": result,
        "at_goal": about(result["at_goal"], scale),
        "would_stand": about(then_at_goal(result), scale),
        "up": about(up["count"], scale),
        "down": about(down["count"], scale),
        "suggested": up["count"] - up["by_themselves"],
        "stages": [words.stages[pk] for pk in result["stages"] if pk in words.stages],
        "histogram": histogram(result["histogram"], threshold=result["threshold"], was=result["was"]),
        "here": {side: {**here[side], "borderline": about(here[side]["borderline"], scale)} for side in here},
        "stay": stay_words(result, scale),
        "here_leads": about(here["new"]["leads"], scale),
        "bands": [
            (label, about(here["old"]["bands"].get(band, 0), scale), about(here["new"]["bands"].get(band, 0), scale))
            for band, label in BANDS.items()
        ],
        "crossing": words.rows(first, leads)[:SHOWN],
        "hidden": max(len(first) - len([row for row in first if row[0] in leads]), 0),
        "examples": [
            {"lead": leads[pk], "was": was, "would": would}
            for pk, was, would, _stage in result["examples"]
            if pk in leads
        ][:EXAMPLES],
        "matches": [
            {**line, "before": _counted(line["before"], scale), "now": _counted(line["now"], scale)}
            for line in words.matches(result)
        ],
        "load": load_of(result),
        "step": _step(result, words),
    }


def _step(result: dict[str, Any], words: Words) -> dict[str, Any] | None:
    """The step to the decided stage, as it is and as it would be."""
    found = result.get("step")
    if not found or not found["of"]:
        return None
    return {
        "before": words.stages[found["before"]],
        "weeks": found["weeks"],
        "was": share(found["was"], found["of"]),
        "would": share(found["would"], found["of"]),
    }


def _counted(number: int | None, scale: float) -> str:
    return "" if number is None else about(number, scale)


def load_of(result: dict[str, Any]) -> dict[str, Any] | None:
    """Per owner: how many a week came to the decided stage, and how many would come."""
    found = result.get("load")
    if not found:
        return None
    names = {user.pk: user for user in User.objects.filter(pk__in=[pk for pk, *_ in found["owners"] if pk])}
    rows = [
        {"owner": names.get(pk), "a_week": round(entered / found["weeks"], 1), "coming": coming}
        for pk, entered, coming in found["owners"]
    ]
    return {"weeks": found["weeks"], "rows": rows[:8], "more": max(len(rows) - 8, 0)}


@require_safe
def what_if_leads(request: PageRequest, slug: str, number: int) -> HttpResponse:
    """All who would cross, as far as the reader may read them; as a file with `?as=csv`."""
    version, now = _version(request, slug, number), database_now()
    asked = AskForm(request.GET)
    is_valid = asked.is_valid()
    back_url = _address(version, "scoring:what_if", asked)
    if _wrong(version) or not is_valid:
        return redirect(back_url)
    study = ask(version, StudyKind.WHAT_IF, by=request.user.pk, now=now, **asked.asked)
    if not study.result:
        return redirect(back_url)
    words = Words(question_of(version, now=now, **asked.asked), request.user)
    form = _list_form(request, study.result, words)
    kept = _narrowed(study.result, form)
    leads = words.readable([row[0] for row in kept])
    seen = [row for row in kept if row[0] in leads]
    if request.GET.get("as") == "csv":
        return _file(version, words, words.rows(seen, leads))
    page = Paginator(seen, ROWS).get_page(request.GET.get("page"))
    side = form.cleaned_data.get("side") or "up"
    context = {
        "version": version,
        "form": form,
        "asked": asked,
        "page": page,
        "rows": words.rows(list(page.object_list), leads),
        "count": study.result[side]["count"],
        "hidden": len(kept) - len(seen),
        "is_cut": study.result[side]["count"] > len(study.result["rows"][side]),
        "is_exact": study.result["is_exact"],
        "back_url": back_url,
        "side": side,
        "goal": words.stages.get(study.result["goal"]),
    }
    return render(request, "scoring/what_if_leads.html", context)


def _list_form(request: PageRequest, result: dict[str, Any], words: Words) -> ListForm:
    """The filters, with the stages and owners there are."""
    form = ListForm(request.GET)
    side = "down" if request.GET.get("side") == "down" else "up"
    stages = sorted({pk for pk, *_ in result[side]["by_stage"]})
    owners = [pk for pk, _ in result[side]["by_owner"]]
    names = dict(User.objects.filter(pk__in=[pk for pk in owners if pk]).values_list("pk", "name"))
    fields: dict[str, Any] = form.fields
    fields["stage"].choices = [("", _("Any stage")), *((pk, words.stages[pk].label) for pk in stages)]
    owned = [(pk or 0, names.get(pk) or _("nobody")) for pk in owners]
    fields["owner"].choices = [("", _("Anybody")), *owned]
    form.is_valid()
    return form


def _narrowed(result: dict[str, Any], form: ListForm) -> list[Sequence[Any]]:
    said = form.cleaned_data
    stage, owner = said.get("stage"), said.get("owner")
    return [
        row
        for row in result["rows"][said.get("side") or "up"]
        if (stage is None or row[3] == stage) and (owner is None or (row[5] or 0) == owner)
    ]


def _file(version: ModelVersion, words: Words, rows: Sequence[dict[str, Any]]) -> HttpResponse:
    answer = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    name = f"{version.model.slug}-{version.number}-what-if.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    writer = csv.writer(answer)
    writer.writerow(["id", "name", "email", "company", "owner", "stage", "reaches", "points", "points_then", "why"])
    for row in rows:
        lead = row["lead"]
        texts = [lead.name, lead.email or "", str(lead.company or ""), str(lead.owner or "")]
        texts += [stage.label if stage else "" for stage in (row["from"], row["to"])]
        writer.writerow([lead.pk, *map(safe, texts), row["was"], row["would"], safe(row["why"])])
    return answer
