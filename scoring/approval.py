"""Who hears that a draft asks for approval, and of the answer: news of versions, told by the outbox."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from textwrap import shorten
from typing import Any

from leads.activity.news import publish
from leads.models import Event, NoticeKind, ScoreModel
from leads.notices.causes import Notice, told_to
from leads.notices.read import lay_aside
from leads.notices.staff import Staff
from scoring.models import ModelVersion, VersionState
from users.access import Right

ASKED, ANSWERED = "approval_asked", "approval_answered"
APPROVED, GIVEN_BACK, PUBLISHED, DISCARDED = "approved", "given_back", "published", "discarded"
NOTE = 120  # characters of it go along


def approving_right(purpose: str) -> Right:
    """Whose word makes a draft of a model good: for sales' models that of a sales manager alone."""
    return Right.APPROVE_SALES_MODELS if purpose == ScoreModel.Purpose.SALES else Right.BUILD_RULES


def building_right(purpose: str) -> Right:
    """Who may change a model: sales' models belong to sales managers."""
    return Right.BUILD_SALES_MODELS if purpose == ScoreModel.Purpose.SALES else Right.BUILD_RULES


def tell_asked(version: ModelVersion, *, now: datetime) -> None:
    """Let those who may approve hear that a draft asks for it."""
    publish(ASKED, None, now=now, data={"version": version.pk})


def tell_answered(version: ModelVersion, answer: str, *, by: int | None, now: datetime) -> None:
    """Let whoever asked for approval hear what came of it; nobody, where nobody asked."""
    if version.asked_by_id is None:
        return
    said = {"version": version.pk, "answer": answer, "to": version.asked_by_id, "by": by, **_name(version)}
    publish(ANSWERED, None, now=now, data=said)


def end_asking(version: ModelVersion) -> None:
    """What was asked waits for nobody any more: it was answered, or the draft has changed."""
    if version.asked_at is not None:
        lay_aside(NoticeKind.APPROVAL, _asking(version.pk, version.asked_at))


def asked(events: Sequence[Event], staff: Staff) -> Iterator[Notice]:
    """A draft asks for approval: everybody who may approve hears of it, but for who asked. Once for each asking.

    The drafts are held until the notices stand: whoever changes or answers one meanwhile takes them off the bell.
    """
    happened = {(event.data["version"], event.recorded_at) for event in events}
    drafts = ModelVersion.objects.filter(pk__in={pk for pk, _ in happened}, state=VersionState.DRAFT, approved_at=None)
    for row in drafts.select_for_update(of=("self",), no_key=True).select_related("model").order_by("pk"):
        if row.asked_at is None or (row.pk, row.asked_at) not in happened:
            continue
        right = approving_right(row.model.purpose)
        yield from told_to(
            staff.having(right),
            row.asked_by_id,
            kind=NoticeKind.APPROVAL,
            dedupe_key=_asking(row.pk, row.asked_at),
            data={
                **_name(row),
                "right": right,
                "by": staff.name(row.asked_by_id),
                "note": shorten(row.note, NOTE, placeholder=" …"),
            },
        )


def answered(events: Sequence[Event], staff: Staff) -> Iterator[Notice]:
    """A draft was approved, given back, published or discarded: who had asked hears of it, if it is still so."""
    versions = ModelVersion.objects.in_bulk([event.data["version"] for event in events])
    for event in events:
        said, version = event.data, versions.get(event.data["version"])
        answer, by = _as_it_stands(event, version)
        if not answer:
            continue
        named = {name: said[name] for name in ("page", "number", "model", "right")}
        if answer == DISCARDED:
            named["page"] = ["scoring:model", said["page"][1]]
        yield from told_to(
            staff.named(said["to"]),
            by,
            kind=NoticeKind.ANSWERED,
            dedupe_key=f"answered:{event.pk}",
            data={**named, "answer": answer, "by": staff.name(by)},
        )


def _as_it_stands(event: Event, version: ModelVersion | None) -> tuple[str, int | None]:
    """What an answer has come to by now, and whose it is; empty where it stands no more."""
    answer, by = event.data["answer"], event.data["by"]
    if version is None:
        return (answer, by) if answer == DISCARDED else ("", None)
    if answer == PUBLISHED:
        return answer, by
    if version.state != VersionState.DRAFT:
        return "", None  # that it was published is told as well, and says more
    if answer == GIVEN_BACK and version.approved_at is not None:
        return APPROVED, version.approved_by_id  # given back by mistake: who had asked is not named any more
    stands = version.approved_at == event.recorded_at if answer == APPROVED else version.asked_at is None
    return (answer, by) if stands else ("", None)


def _name(version: ModelVersion) -> dict[str, Any]:
    """What a version is called, where it is read, and by whom."""
    model = version.model
    page = ["scoring:version", model.slug, version.number]
    right = building_right(model.purpose)
    return {"page": page, "number": version.number, "model": model.name, "right": right}


def _asking(version_id: int, at: datetime) -> str:
    return f"approval:{version_id}:{at.isoformat()}"
