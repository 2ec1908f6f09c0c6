"""The draft of a sequence: who enters, its steps, its mails."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from leads.forms.tree import TreeEditor
from nurturing.draft import (
    DraftChanged,
    Edit,
    begin_draft,
    change_draft,
    discard_draft,
    stamp,
    with_entry,
    with_moved,
    with_other,
    with_step,
    without_step,
)
from nurturing.forms import LetterForm, WaitForm
from nurturing.models import Sequence, SequenceVersion, Step, VersionState
from nurturing.publish import NotPublishable, StepSpec, content_of
from nurturing.views.mails import readers, send_test
from nurturing.views.reach import sequence_at
from users.clock import database_now
from users.requests import PageRequest

CHANGED = gettext_lazy("The draft was changed meanwhile. Look at it once more and save again.")


def draft_url(version: SequenceVersion, mail: int | None = None) -> str:
    """The page of a draft."""
    url = reverse("nurturing:version_detail", args=[version.sequence.slug, version.number])
    return f"{url}?mail={mail}" if mail else url


@require_POST
def draft_begin(request: PageRequest, slug: str) -> HttpResponse:
    """A draft made of the version in force; one that is there is kept."""
    return redirect(draft_url(begin_draft(sequence_at(request, slug))))


@require_POST
def draft_discard(request: PageRequest, slug: str) -> HttpResponse:
    """Throw the draft away, where another version stands."""
    if discard_draft(sequence_at(request, slug)):
        messages.success(request, _("Draft thrown away"))
    return redirect("nurturing:sequence_detail", slug)


@require_http_methods(["GET", "HEAD", "POST"])
def entry_edit(request: PageRequest, slug: str) -> HttpResponse:
    """Who enters by itself."""
    sequence = sequence_at(request, slug)
    form, status = forms.Form(request.POST or None), 200
    if request.method == "POST":
        editor = TreeEditor(request.POST)
        is_fit = not editor.act and editor.is_valid(required=False)
        if is_fit and (version := _changed(sequence, with_entry(editor.tree), form)):
            messages.success(request, _("Entry saved in the draft"))
            return redirect(draft_url(version))
        status = 200 if editor.act else 422
    else:
        editor = TreeEditor.begun(request.GET, tree=_draft_of(sequence).entry)
    context = {"sequence": sequence, "editor": editor, "form": form, "back_url": draft_url(_draft_of(sequence))}
    return render(request, "nurturing/entry_edit.html", context, status=status)


def _draft_of(sequence: Sequence) -> SequenceVersion:
    return get_object_or_404(sequence.versions, state=VersionState.DRAFT)


def _changed(sequence: Sequence, edit: Edit, form: forms.Form) -> SequenceVersion | None:
    """Change the draft; what keeps it from being stored is said by the form."""
    try:
        return change_draft(sequence, edit)
    except NotPublishable as refused:
        for problem in refused.problems:
            form.add_error(None, problem)
    except DraftChanged:
        form.add_error(None, CHANGED)
    return None


@require_http_methods(["GET", "HEAD", "POST"])
def step_add(request: PageRequest, slug: str, kind: str) -> HttpResponse:
    """Add a mail, a wait or a condition; `at` is its place."""
    if kind not in Step.Kind.values:
        raise Http404
    sequence = sequence_at(request, slug)
    draft = content_of(_draft_of(sequence))
    asked = request.GET.get("at", "")
    at = int(asked) if asked.isdigit() and len(asked) < 5 else len(draft.steps) + 1
    return _step_page(request, sequence, kind, at, None)


@require_http_methods(["GET", "HEAD", "POST"])
def step_edit(request: PageRequest, slug: str, position: int) -> HttpResponse:
    """Change a step."""
    sequence = sequence_at(request, slug)
    steps = content_of(_draft_of(sequence)).steps
    if not 1 <= position <= len(steps):
        raise Http404
    step = steps[position - 1]
    kind = Step.Kind.MAIL if step.letter else Step.Kind.CONDITION if step.wait_days is None else Step.Kind.WAIT
    return _step_page(request, sequence, kind, position, step)


def _step_page(
    request: PageRequest, sequence: Sequence, kind: str, position: int, step: StepSpec | None
) -> HttpResponse:
    sent = request.POST if request.method == "POST" else None
    draft = _draft_of(sequence)
    editor = TreeEditor(sent, tree=step.condition if step else None) if kind == Step.Kind.CONDITION else None
    form = _form(kind, sent, step)
    status = 200
    if sent is not None and not (editor and editor.act):
        spec = _spec(form, editor)
        if spec is not None and spec.letter and "test" in sent:
            send_test(request, sequence, spec.letter)
        elif spec is not None and (version := _saved(request, sequence, form, position, spec, is_new=step is None)):
            messages.success(request, _("Step saved in the draft"))
            return redirect(draft_url(version))
        else:
            status = 422
    context = {
        "sequence": sequence,
        "form": form,
        "editor": editor,
        "step": step,
        "position": position,
        "seen": stamp(step) if step else "",
        "kind": kind,
        "readers": readers(request, sequence, database_now()) if kind == Step.Kind.MAIL else [],
        "reader": sent.get("as", "") if sent else "",
        "part": sent.get("part", "html") if sent else "html",
        "draft": draft,
        "letter_pk": draft.steps.get(position=position).letter_id if step else None,
    }
    return render(request, f"nurturing/{kind}_edit.html", context, status=status)


def _form(kind: str, sent: Any, step: StepSpec | None) -> forms.Form:
    if kind == Step.Kind.MAIL:
        return LetterForm(sent, initial=LetterForm.initial_of(step.letter if step else None))
    if kind == Step.Kind.WAIT:
        return WaitForm(sent, initial={"wait_days": step.wait_days} if step else None)
    return forms.Form(sent)


def _spec(form: forms.Form, editor: TreeEditor | None) -> StepSpec | None:
    """The step as the flow takes it; None where something is wrong, which the form or the editor says."""
    if editor is not None:
        return StepSpec(condition=editor.tree) if form.is_valid() and editor.is_valid() else None
    if not form.is_valid():
        return None
    return StepSpec(letter=form.spec) if isinstance(form, LetterForm) else StepSpec(**form.cleaned_data)


def _saved(
    request: PageRequest, sequence: Sequence, form: forms.Form, position: int, spec: StepSpec, *, is_new: bool
) -> SequenceVersion | None:
    edit = with_step(position, spec) if is_new else with_other(position, request.POST.get("seen", ""), spec)
    return _changed(sequence, edit, form)


@require_POST
def step_move(request: PageRequest, slug: str, position: int) -> HttpResponse:
    """Move a step up or down by one place."""
    by = -1 if request.POST.get("to") == "up" else 1
    return _at_once(request, slug, with_moved(position, request.POST.get("seen", ""), by))


@require_POST
def step_remove(request: PageRequest, slug: str, position: int) -> HttpResponse:
    """Take a step out of the draft."""
    return _at_once(request, slug, without_step(position, request.POST.get("seen", "")))


def _at_once(request: PageRequest, slug: str, edit: Edit) -> HttpResponse:
    sequence = sequence_at(request, slug)
    draft = _draft_of(sequence)
    try:
        change_draft(sequence, edit)
    except DraftChanged:
        messages.error(request, str(CHANGED))
    except NotPublishable as refused:
        messages.error(request, str(refused))
    return redirect(draft_url(draft))
