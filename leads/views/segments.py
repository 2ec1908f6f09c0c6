"""Segments: conditions under a name, where they are used, and how many leads are in each."""

from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from leads.conditions.catalog import Catalog
from leads.conditions.tree import InvalidCondition, sentence
from leads.conditions.used import named_in
from leads.forms.segments import SegmentForm
from leads.forms.tree import TreeEditor, as_sent
from leads.lifecycle.segments import (
    InvalidSegment,
    SegmentInUse,
    delete_segment,
    gone,
    reached_from,
    save_segment,
    stamp_of,
    uses_of,
)
from leads.models import Segment
from leads.nudge import nudge
from leads.queries.matches import matches
from leads.seen import GONE, ChangedMeanwhile
from leads.views.acts import say
from leads.views.criteria import may_build, need_builder
from leads.views.meanwhile import Meanwhile, answered, condition_now, happened, stands
from users.clock import database_now
from users.requests import PageRequest


@require_safe
def segment_list(request: PageRequest) -> HttpResponse:
    """Every segment as a sentence, with where it is used; how many leads are in it is asked for one by one."""
    need_builder(request.user)
    catalog = Catalog()
    uses = named_in("segment", "value", now=database_now()) if catalog.segments else {}
    rows = [
        {"row": row, "words": sentence(row.condition, catalog), "uses": uses.get(slug, [])}
        for slug, row in catalog.segments.items()
    ]
    return render(request, "leads/segment_list.html", {"rows": rows})


@require_safe
def segment_count(request: PageRequest, slug: str) -> HttpResponse:
    """How many leads are in a segment; `?exact=1` waits longer."""
    need_builder(request.user)
    row = get_object_or_404(Segment, slug=slug)
    found = matches(row.condition, request.user, now=database_now(), exactly="exact" in request.GET, names=0)
    template = "leads/_segment_count.html" if request.htmx else "leads/segment_count.html"
    return render(request, template, {"row": row, "found": found})


@require_http_methods(["GET", "HEAD", "POST"])
def segment_add(request: PageRequest) -> HttpResponse:
    """Write a segment, perhaps beginning with the condition in the address."""
    need_builder(request.user)
    if request.method != "POST":
        initial = {"name": request.GET.get("name", "")[:100]}
        return _edit_page(request, None, SegmentForm(initial=initial), TreeEditor.begun(request.GET))
    return _save(request, None, "")


@require_http_methods(["GET", "HEAD", "POST"])
def segment_detail(request: PageRequest, slug: str) -> HttpResponse:
    """A segment with its condition to change, and where it is used."""
    need_builder(request.user)
    row = Segment.objects.filter(slug=slug).first()
    if request.method == "POST":
        if row is not None and _of_others(request, row):
            raise PermissionDenied("Rules that your role does not write are made of this segment.")
        return _save(request, row, slug)
    if row is None:
        raise Http404
    form = SegmentForm(initial=SegmentForm.initial_of(row))
    return _edit_page(request, row, form, TreeEditor(tree=row.condition))


def _of_others(request: PageRequest, row: Segment) -> bool:
    """Whether rules are made of a segment that this person may not write: it would be a way around."""
    realms = {use.realm for use in reached_from(row.slug, now=database_now())} - {""}
    return not all(may_build(request.user, realm) for realm in realms)


def _save(request: PageRequest, row: Segment | None, slug: str) -> HttpResponse:
    """Store what was sent, of the segment that had this key when the page was opened; without one a new segment."""
    form, editor = SegmentForm(request.POST), TreeEditor(request.POST)
    if editor.act:
        return _edit_page(request, row, as_sent(SegmentForm(), request.POST), editor)
    return answered(
        partial(_saved, request, row, slug, form, editor),
        partial(_edit_page, request, row, form, editor),
        partial(_meanwhile, request, slug, form, editor),
    )


def _saved(
    request: PageRequest, row: Segment | None, slug: str, form: SegmentForm, editor: TreeEditor
) -> HttpResponse | None:
    """To the list once the segment is stored; one that is gone, and is wanted all the same, as a new one."""
    if not (form.is_valid() & editor.is_valid()):
        return None
    seen = form.cleaned_data["seen"]
    if slug and row is None and seen != GONE:
        raise ChangedMeanwhile(gone())
    try:
        saved = save_segment(row, form.said(editor.tree), by=request.user.pk, now=database_now(), seen=seen)
    except InvalidCondition as refused:
        editor.blame(refused.errors)
    except InvalidSegment as refused:
        for field, why in refused.errors.items():
            form.add_error(field, why)
    except SegmentInUse as refused:
        places = ", ".join(place.where for place in refused.places)
        form.add_error("slug", _("The key is in use and stays as it is: %(places)s.") % {"places": places})
    else:
        nudge()
        say(request, _("Segment “%(name)s” saved") % {"name": saved.name})
        return redirect("leads:segment_list")
    return None


def _meanwhile(
    request: PageRequest, slug: str, form: SegmentForm, editor: TreeEditor, refused: ChangedMeanwhile
) -> Meanwhile:
    """What became of the segment; from now on that counts as seen."""
    row = Segment.objects.select_related("changed_by").filter(slug=slug).first()
    form.see(GONE if row is None else stamp_of(row))
    text = happened(refused, row, request.user)
    if row is None:
        return Meanwhile(text, [], reverse("leads:segment_list"))
    now = stands(form, SegmentForm.initial_of(row), *condition_now(editor, row.condition))
    return Meanwhile(text, now, request.path)


def _edit_page(
    request: PageRequest,
    row: Segment | None,
    form: SegmentForm,
    editor: TreeEditor,
    *,
    status: int = 200,
    meanwhile: Meanwhile | None = None,
) -> HttpResponse:
    uses = uses_of(row.slug, now=database_now()) if row else []
    context: dict[str, Any] = {"row": row, "form": form, "editor": editor, "uses": uses, "meanwhile": meanwhile}
    context["may_write"] = row is None or not uses or not _of_others(request, row)
    return render(request, "leads/segment_edit.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def segment_delete(request: PageRequest, slug: str) -> HttpResponse:
    """Delete a segment that nothing names; of one in use the places are shown instead."""
    need_builder(request.user)
    row, now = get_object_or_404(Segment, slug=slug), database_now()
    if request.method != "POST":
        return render(request, "leads/segment_delete.html", {"row": row, "uses": uses_of(slug, now=now, past=True)})
    try:
        delete_segment(row, now=now)
    except SegmentInUse as refused:
        return render(request, "leads/segment_delete.html", {"row": row, "uses": refused.places}, status=409)
    say(request, _("Segment “%(name)s” deleted") % {"name": row.name})
    return redirect("leads:segment_list")
