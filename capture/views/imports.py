"""An import by page: read, map, check, run, report. Each step has its address, and can be left and found again."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from capture.batches import prepare
from capture.batches.work import KIND
from capture.forms import MapForm, ReadForm, UploadForm, reads_as
from capture.imports.mapping import InvalidMapping
from capture.imports.refused import RefusedFile
from capture.imports.run import Fate, Report, Result
from capture.imports.table import Unreadable
from capture.models import ImportBatch, ImportState, RefusedRow
from leads.nudge import nudge
from users.access import Right, has_right
from users.clock import database_now
from users.models import Organisation
from users.requests import PageRequest

FIRST_ROWS = 20
LATEST = 30
_STEP = {
    ImportState.READ: "import_read",
    ImportState.MAP: "import_map",
    ImportState.CHECKING: "import_check",
    ImportState.CHECKED: "import_check",
    ImportState.RUNNING: "import_run",
    ImportState.DONE: "import_report",
    ImportState.FAILED: "import_run",
}


def _need_right(request: PageRequest) -> None:
    if not has_right(request.user, Right.BUILD_RULES):
        raise PermissionDenied("Your role does not import files.")


def _batch(request: PageRequest, pk: int) -> ImportBatch:
    _need_right(request)
    return get_object_or_404(ImportBatch.objects.select_related("campaign", "by"), pk=pk)


def _step(batch: ImportBatch) -> HttpResponse:
    return redirect(f"capture:{_STEP[ImportState(batch.state)]}", batch.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def import_list(request: PageRequest) -> HttpResponse:
    """The latest imports, and the file to begin a new one with."""
    _need_right(request)
    form = UploadForm(request.POST or None, request.FILES or None) if request.method == "POST" else UploadForm()
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            batch = prepare.open_batch(file.name, file.chunks(), by=request.user.pk, now=database_now())
        except Unreadable as refused:
            form.add_error("file", str(refused))
        else:
            return _step(batch)
    rows = ImportBatch.objects.select_related("by")[:LATEST]
    context = {"form": form, "batches": rows, "now": database_now()}
    return render(request, "capture/import_list.html", context, status=422 if form.errors else 200)


@require_safe
def import_detail(request: PageRequest, pk: int) -> HttpResponse:
    """To the step an import stands at."""
    return _step(_batch(request, pk))


@require_http_methods(["GET", "HEAD", "POST"])
def import_read(request: PageRequest, pk: int) -> HttpResponse:
    """How the file is written, with its first rows."""
    batch = _batch(request, pk)
    initial = {name: getattr(batch, name) for name in ("encoding", "delimiter", "has_header")}
    form = ReadForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        try:
            prepare.set_reading(pk, **form.cleaned_data)
        except prepare.WrongStep as refused:
            messages.error(request, str(refused))
            return _step(batch)
        except Unreadable as refused:
            form.add_error(None, str(refused))
        else:
            return redirect("capture:import_read" if "again" in request.POST else "capture:import_map", pk)
    context = _context(batch, "read") | {"form": form, "rows": _first(batch)}
    return render(request, "capture/import_read.html", context, status=422 if form.errors else 200)


def _first(batch: ImportBatch, number: int = FIRST_ROWS) -> list[Any]:
    try:
        return prepare.table_of(batch).first(number)
    except (Unreadable, UnicodeError):
        return []


@require_http_methods(["GET", "HEAD", "POST"])
def import_map(request: PageRequest, pk: int) -> HttpResponse:
    """What each column says."""
    batch = _batch(request, pk)
    if batch.state not in prepare.OPEN:
        return _step(batch)
    try:
        found = prepare.first_mapping(batch)
    except Unreadable as gone:
        messages.error(request, str(gone))
        return redirect("capture:import_list")
    initial = {"preset": batch.preset, "campaign": batch.campaign_id, "system": found.system}
    initial["nulls"] = ", ".join(found.nulls)
    sent = request.POST if request.method == "POST" else None
    form = MapForm(sent, header=batch.header, file_map=found, initial=initial)
    if form.is_valid() and _mapped(form, pk):
        nudge(KIND)
        return redirect("capture:import_check", pk)
    context = _context(batch, "map") | {"form": form, "columns": _columns(form, batch)}
    return render(request, "capture/import_map.html", context, status=422 if form.errors else 200)


def _mapped(form: MapForm, pk: int) -> bool:
    values = form.cleaned_data
    campaign = values["campaign"]
    try:
        prepare.set_mapping(
            pk,
            preset=values["preset"],
            file_map=values.get("file_map"),
            campaign_id=campaign.pk if campaign else None,
            now=database_now(),
        )
    except (InvalidMapping, Unreadable, prepare.WrongStep) as refused:
        form.add_error(None, str(refused))
        return False
    return True


def _columns(form: MapForm, batch: ImportBatch) -> list[dict[str, Any]]:
    rows = [row.cells for row in _first(batch, 100) if not row.refused]
    return [
        {
            "name": name,
            "samples": _samples([row[place] for row in rows]),
            "field": form[f"field_{place}"],
            "more": [form[key] for part in ("dates", "values") if (key := f"{part}_{place}") in form.fields],
        }
        for place, name in enumerate(batch.header)
    ]


def _samples(cells: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(cell.strip()[:60] for cell in cells if cell.strip()))[:3]


@require_http_methods(["GET", "HEAD", "POST"])
def import_check(request: PageRequest, pk: int) -> HttpResponse:
    """What the import would do; sending it begins the run."""
    batch = _batch(request, pk)
    if request.method == "POST":
        return _begin(request, pk)
    if batch.state not in (ImportState.CHECKING, ImportState.CHECKED):
        return _moved_on(request, batch)
    zone = Organisation.load().zone
    dates = [
        {"column": name, **said, "readings": [(cell, reads_as(cell, said["order"], zone)) for cell in said["samples"]]}
        for name, said in batch.orders.items()
        if not batch.preset
    ]
    context = _context(batch, "check") | {"dates": dates, "working": batch.state == ImportState.CHECKING}
    return render(request, "capture/_import_check.html" if request.htmx else "capture/import_check.html", context)


def _begin(request: PageRequest, pk: int) -> HttpResponse:
    try:
        prepare.start(pk, now=database_now())
    except prepare.WrongStep as refused:
        messages.error(request, str(refused))
        return redirect("capture:import_detail", pk)
    nudge(KIND)
    return redirect("capture:import_run", pk)


def _moved_on(request: PageRequest, batch: ImportBatch) -> HttpResponse:
    """To the step the import stands at, for a fragment too."""
    if not request.htmx:
        return _step(batch)
    answer = HttpResponse()
    answer["HX-Redirect"] = reverse("capture:import_detail", args=[batch.pk])
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
def import_run(request: PageRequest, pk: int) -> HttpResponse:
    """How far it has come; sending it goes on with one that stopped."""
    batch = _batch(request, pk)
    if request.method == "POST":
        return _begin(request, pk)
    if batch.state not in (ImportState.RUNNING, ImportState.FAILED):
        return _moved_on(request, batch)
    refused = batch.refused_rows.order_by("-line")[:10]
    context = _context(batch, "run") | {"refused": refused, "counts": _counts(batch.counts)}
    return render(request, "capture/_import_run.html" if request.htmx else "capture/import_run.html", context)


@require_safe
def import_report(request: PageRequest, pk: int) -> HttpResponse:
    """What became of the rows."""
    batch = _batch(request, pk)
    if batch.state != ImportState.DONE:
        return _step(batch)
    context = _context(batch, "report") | {"refused": batch.refused_rows.all()[:20], "counts": _counts(batch.counts)}
    return render(request, "capture/import_report.html", context)


@require_safe
def import_refused(request: PageRequest, pk: int) -> StreamingHttpResponse:
    """The refused rows as a file: line, column, reason and the cells as they came."""
    batch = _batch(request, pk)
    answer = StreamingHttpResponse(_refused_file(batch), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="refused-{batch.pk}.csv"'
    return answer


def _refused_file(batch: ImportBatch) -> Iterator[str]:
    lines: list[str] = []
    file = RefusedFile(_Collected(lines), batch.header)
    yield "\ufeff"
    for row in RefusedRow.objects.filter(batch=batch).iterator(chunk_size=1000):
        file.write([Report(row.line, Result(Fate.REFUSED, row.column, row.reason), row.cells)])
        yield "".join(lines)
        lines.clear()
    yield "".join(lines)


class _Collected:
    """A file that keeps what is written until it is sent."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def write(self, text: str) -> None:
        """Take one line."""
        self._lines.append(text)


@require_POST
def import_discard(request: PageRequest, pk: int) -> HttpResponse:
    """Forget an import and its file; the leads it brought stay."""
    batch = _batch(request, pk)
    try:
        prepare.discard(pk)
    except prepare.WrongStep as refused:
        messages.error(request, str(refused))
        return _step(batch)
    messages.success(request, _("Import forgotten"))
    return redirect("capture:import_list")


def _counts(counts: dict[str, int]) -> list[dict[str, Any]]:
    labels = {"new": _("New"), "updated": _("Updated"), "unchanged": _("Unchanged"), "refused": _("Refused")}
    return [{"label": label, "n": counts.get(fate, 0)} for fate, label in labels.items()]


_STEPS = ("read", "map", "check", "run", "report")


def _context(batch: ImportBatch, step: str) -> dict[str, Any]:
    labels = {"read": _("Read"), "map": _("Map"), "check": _("Check"), "run": _("Run"), "report": _("Report")}
    place = _STEPS.index(step)
    checked = batch.checked.get("counts", {})
    return {
        "batch": batch,
        "steps": [
            {"label": labels[name], "state": "done" if n < place else "now" if n == place else "ahead"}
            for n, name in enumerate(_STEPS)
        ],
        "checked": _counts(checked),
        "flags": batch.checked.get("flags", {}),
        "step": step,
        "may_change": batch.state in prepare.OPEN,
        "percent": min(100, 100 * batch.done // max(1, batch.rows or 1)),
    }
