"""What is kept to be said: writing scripts, switching them off, putting them in order."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from django.db import transaction
from django.db.models import Max

from leads.models import Script


@dataclass(frozen=True, kw_only=True, slots=True)
class Saying:
    """The words of a script and whom they suit; what is empty suits all."""

    kind: str
    text: str
    stage_id: int | None = None
    role: str = ""
    pain: str = ""


@transaction.atomic
def write_script(saying: Saying, script: Script | None = None) -> Script:
    """Write a script, or other words into one. A new one, or one of another kind now, goes to the end of its kind."""
    kept = script if script is not None and script.kind == saying.kind else None
    row = script or Script()
    for name, value in asdict(saying).items():
        setattr(row, name, value)
    if kept is None:
        row.position = _last(saying.kind) + 1
    row.save()
    return row


def _last(kind: str) -> int:
    return Script.objects.filter(kind=kind).aggregate(last=Max("position"))["last"] or 0


@transaction.atomic
def switch_scripts(script_ids: Sequence[int], *, on: bool) -> None:
    """Switch scripts off, so that nobody is shown them, or on again."""
    Script.objects.filter(pk__in=script_ids).update(is_active=on)


@transaction.atomic
def shift_script(script: Script, *, up: bool) -> None:
    """Move a script one place up or down among those of its kind; at the end it stays where it is."""
    rows = list(Script.objects.select_for_update().filter(kind=script.kind).order_by("position", "pk"))
    at = next(place for place, row in enumerate(rows) if row.pk == script.pk)
    to = at - 1 if up else at + 1
    if not 0 <= to < len(rows):
        return
    rows[at], rows[to] = rows[to], rows[at]
    for position, row in enumerate(rows, start=1):
        row.position = position
    Script.objects.bulk_update(rows, ["position"])
