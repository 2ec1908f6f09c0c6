"""All sequences, one of them with its steps and numbers, and what changes its state."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from leads.conditions.catalog import Catalog
from leads.conditions.select import TooManyToCount, plan_for
from leads.models import Stage, StageRole
from mail.models import Sender
from nurturing.draft import stamp
from nurturing.forms import SequenceEditForm, SequenceForm
from nurturing.models import Sequence, SequenceVersion, Step, VersionState
from nurturing.publish import NotPublishable, content_of, edit_sequence, open_sequence, pause, publish_version
from nurturing.queries.numbers import GateNumbers, MailNumbers, Numbers, numbers
from nurturing.queries.people import entry_counts
from nurturing.steps import changes, condition_words, days, entry_change, entry_words
from nurturing.views.mails import readers
from nurturing.views.reach import need_builder, sequence_at, state_of
from users.clock import database_now
from users.requests import PageRequest


@dataclass
class Card:
    """A step as the page draws it. `seen` says which step a change is meant for."""

    step: Step
    day: int
    seen: str = ""
    words: str = ""
    mail: MailNumbers | None = None
    gate: GateNumbers | None = None
    next_number: int | None = None
    current: bool = False


@require_safe
def sequence_list(request: PageRequest) -> HttpResponse:
    """All sequences with what they brought."""
    need_builder(request)
    rows = list(Sequence.objects.select_related("campaign").prefetch_related("versions").order_by("name"))
    found = numbers(rows)
    listed = [
        {"sequence": row, "state": state_of(row), "n": found.by_sequence[row.pk], "drafted": _has_draft(row)}
        for row in rows
    ]
    return render(request, "nurturing/sequence_list.html", {"rows": listed})


def _has_draft(sequence: Sequence) -> bool:
    versions = list(sequence.versions.all())
    return len(versions) > 1 and any(version.state == VersionState.DRAFT for version in versions)


@require_http_methods(["GET", "HEAD", "POST"])
def sequence_add(request: PageRequest) -> HttpResponse:
    """Open a sequence with an empty draft."""
    need_builder(request)
    form = SequenceForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        said = form.cleaned_data
        try:
            sequence = open_sequence(slug=said["slug"], name=said["name"], **_ids(said))
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            return redirect("nurturing:sequence_detail", sequence.slug)
    status = 422 if form.errors else 200
    return render(request, "nurturing/sequence_add.html", {"form": form}, status=status)


def _ids(said: dict[str, Any]) -> dict[str, int | None]:
    return {f"{name}_id": said[name].pk if said[name] else None for name in ("campaign", "sender")}


@require_http_methods(["GET", "HEAD", "POST"])
def sequence_edit(request: PageRequest, slug: str) -> HttpResponse:
    """Name, campaign and sender."""
    sequence = sequence_at(request, slug)
    form = SequenceEditForm(request.POST if request.method == "POST" else None, instance=sequence)
    if form.is_valid():
        edit_sequence(sequence, name=form.cleaned_data["name"], **_ids(form.cleaned_data))
        messages.success(request, _("Sequence saved"))
        return redirect("nurturing:sequence_detail", slug)
    context = {"form": form, "sequence": sequence}
    return render(request, "nurturing/sequence_edit.html", context, status=422 if form.errors else 200)


@require_safe
def sequence_detail(request: PageRequest, slug: str) -> HttpResponse:
    """The version in force; before the first one, the draft."""
    sequence = sequence_at(request, slug)
    versions = list(sequence.versions.select_related("published_by").order_by("-number"))
    shown = next((row for row in versions if row.state == VersionState.PUBLISHED), versions[0])
    return _page(request, sequence, shown, versions)


@require_safe
def version_detail(request: PageRequest, slug: str, number: int) -> HttpResponse:
    """Any version: the draft to be changed, older ones to be read."""
    sequence = sequence_at(request, slug)
    versions = list(sequence.versions.select_related("published_by").order_by("-number"))
    shown = next((row for row in versions if row.number == number), None)
    if shown is None:
        raise Http404
    return _page(request, sequence, shown, versions)


def _page(
    request: PageRequest, sequence: Sequence, version: SequenceVersion, versions: list[SequenceVersion]
) -> HttpResponse:
    now, catalog = database_now(), Catalog()
    found = numbers([sequence]).by_sequence[sequence.pk]
    steps = list(version.steps.select_related("letter").order_by("position"))
    cards = _cards(steps, found, catalog)
    wanted = request.GET.get("mail", "")
    letters = [card for card in cards if card.step.letter]
    chosen = next((card for card in letters if str(card.step.letter.number) == wanted), letters[0] if letters else None)  # type: ignore[union-attr]
    if chosen:
        chosen.current = True
    context = {
        "sequence": sequence,
        "sender": sequence.sender or Sender.objects.filter(is_default=True).first(),
        "version": version,
        "versions": versions,
        "draft": next((row for row in versions if row.state == VersionState.DRAFT), None),
        "is_draft": version.state == VersionState.DRAFT,
        "published": next((row for row in versions if row.state == VersionState.PUBLISHED), None),
        "state": state_of(sequence),
        "cards": cards,
        "chosen": chosen,
        "readers": readers(request, sequence, now) if chosen else [],
        "reader": request.GET.get("as", ""),
        "part": request.GET.get("part", "html"),
        "n": found,
        "entry_words": entry_words(version.entry, catalog),
        **_entry(sequence, version.entry, now),
        "engaged": Stage.objects.filter(role=StageRole.ENGAGED).first(),
        "now": now,
        "tab": "steps",
    }
    return render(request, "nurturing/sequence_detail.html", context)


def _cards(steps: list[Step], found: Numbers, catalog: Catalog) -> list[Card]:
    """The steps with their days and numbers; gates are counted by their order."""
    by_number = {mail.number: mail for mail in found.mails}
    gates = iter(found.gates)
    stamps = [stamp(spec) for spec in content_of(steps[0].version).steps] if steps else []
    cards = []
    for step, day, seen in zip(steps, days(steps), stamps, strict=True):
        card = Card(step, day, seen)
        if step.letter:
            card.mail = by_number.get(step.letter.number or 0)
        elif step.kind == Step.Kind.CONDITION:
            card.words, card.gate = condition_words(step.condition, catalog), next(gates, None)
            following = (later.letter.number for later in steps if later.position > step.position and later.letter)
            card.next_number = next(following, None)
        cards.append(card)
    return cards


@require_POST
def sequence_pause(request: PageRequest, slug: str) -> HttpResponse:
    """Let everybody wait."""
    sequence = sequence_at(request, slug)
    pause(sequence, is_paused=True)
    messages.success(request, _("Paused: everybody waits where they stand"))
    return redirect("nurturing:sequence_detail", slug)


@require_POST
def sequence_resume(request: PageRequest, slug: str) -> HttpResponse:
    """Let everybody go on."""
    sequence = sequence_at(request, slug)
    pause(sequence, is_paused=False)
    messages.success(request, _("Running again"))
    return redirect("nurturing:sequence_detail", slug)


@require_http_methods(["GET", "HEAD", "POST"])
def sequence_publish(request: PageRequest, slug: str) -> HttpResponse:
    """What publishing the draft changes, with the calendar of days; POST publishes it."""
    sequence = sequence_at(request, slug)
    now = database_now()
    problems: list[str] = []
    if request.method == "POST":
        try:
            version = publish_version(sequence, by=request.user.pk, now=now)
        except NotPublishable as refused:
            problems = refused.problems
        else:
            messages.success(request, _("Version %(n)d is in force") % {"n": version.number})
            return redirect("nurturing:sequence_detail", slug)
    draft = get_object_or_404(sequence.versions, state=VersionState.DRAFT)
    context = {**_what_changes(sequence, draft, now), "sequence": sequence, "draft": draft, "problems": problems}
    return render(request, "nurturing/sequence_publish.html", context, status=422 if problems else 200)


def _entry(sequence: Sequence, entry: dict[str, Any] | None, now: Any) -> dict[str, Any]:
    """Whether leads enter by themselves, and how many; without numbers where counting them takes long."""
    if entry is None:
        return {"enters": False, "entry": None}
    try:
        return {"enters": True, "entry": entry_counts(sequence, entry, now=now)}
    except TooManyToCount:
        return {"enters": True, "entry": None}


def _what_changes(sequence: Sequence, draft: SequenceVersion, now: Any) -> dict[str, Any]:
    catalog = Catalog()
    published = sequence.versions.filter(state=VersionState.PUBLISHED).first()
    old, new = content_of(published) if published else None, content_of(draft)
    today = plan_for(now).today
    mails = [(day, step.letter) for step, day in zip(new.steps, days(new.steps), strict=True) if step.letter]
    before, after = entry_change(old, new, catalog)
    return {
        "published": published,
        "changes": changes(old, new, catalog),
        "calendar": [{"day": day, "on": today + timedelta(days=day), "letter": letter} for day, letter in mails],
        "entry_before": before,
        "entry_after": after,
        **_entry(sequence, new.entry, now),
        "under_way": sequence.enrollments.filter(state="active").count(),
    }
