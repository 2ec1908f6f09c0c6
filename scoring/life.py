"""The life of a version between being written and being replaced: asked for, approved, discarded, rolled back."""

from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from scoring.approval import APPROVED, DISCARDED, GIVEN_BACK, end_asking, tell_answered, tell_asked
from scoring.decides import decision_of
from scoring.draft import locked_draft
from scoring.models import ModelVersion, VersionState
from scoring.publish import NotPublishable, content_of, lock_for_publishing, put_in_force, store
from scoring.seen import check_seen, stamp


@transaction.atomic
def ask_for_approval(version_id: int, *, by: int | None, now: datetime, seen: str | None = None) -> ModelVersion:
    """Ask those who may for approval; they are told once, however often it is asked for the draft as it stands.

    Raises NotADraft, NotPublishable for one without rules, ChangedMeanwhile.
    """
    version = _as_seen(version_id, seen)
    if not version.rules.exists():
        raise NotPublishable({"version": {"rules": _("Add at least one rule.")}})
    if version.asked_at is not None and version.approved_at is None:
        return version
    version.asked_at, version.asked_by_id = now, by
    version.approved_at, version.approved_by_id = None, None
    version.save(update_fields=["asked_at", "asked_by", "approved_at", "approved_by"])
    tell_asked(version, now=now)
    return version


@transaction.atomic
def approve_version(version_id: int, *, by: int | None, now: datetime, seen: str | None = None) -> ModelVersion:
    """Approve a draft as it stands; changing it takes approval back.

    Who wrote it may approve it where their role approves. Raises NotADraft, NotPublishable, ChangedMeanwhile.
    """
    version = _as_seen(version_id, seen)
    if not version.rules.exists():
        raise NotPublishable({"version": {"rules": _("Add at least one rule.")}})
    version.approved_at, version.approved_by_id = now, by
    version.save(update_fields=["approved_at", "approved_by"])
    end_asking(version)
    tell_answered(version, APPROVED, by=by, now=now)
    return version


@transaction.atomic
def refuse_approval(version_id: int, *, by: int | None, now: datetime) -> ModelVersion:
    """Give an asked or approved draft back to who writes it. Raises NotADraft."""
    version = locked_draft(version_id)
    end_asking(version)
    tell_answered(version, GIVEN_BACK, by=by, now=now)
    version.asked_at, version.asked_by_id, version.approved_at, version.approved_by_id = None, None, None, None
    version.save(update_fields=["asked_at", "asked_by", "approved_at", "approved_by"])
    return version


@transaction.atomic
def discard_draft(version_id: int, *, by: int | None, now: datetime, seen: str | None = None) -> None:
    """Throw a draft away. Raises NotADraft, ChangedMeanwhile."""
    version = _as_seen(version_id, seen)
    end_asking(version)
    tell_answered(version, DISCARDED, by=by, now=now)
    version.delete()


@transaction.atomic
def roll_back(version: ModelVersion, *, by: int | None, now: datetime) -> ModelVersion:
    """Publish the content of a retired version again, at once and under a number of its own; returns the new version.

    The approval of then counts, and the stage asks for what it asked for then. Raises NotPublishable.
    """
    lock_for_publishing(version.model_id)
    old = ModelVersion.objects.select_related("model").get(pk=version.pk)
    if old.state != VersionState.RETIRED:
        raise NotPublishable({"version": {"state": _("Only a version that was in force before can come back.")}})
    if old.needs_approval and old.approved_at is None:
        text = _("It was never approved. Copy it to a draft and ask for approval.")
        raise NotPublishable({"version": {"approval": text}})
    content = replace(content_of(old), threshold=_threshold_of(old, now=now))
    new = store(old.model, content, by=by, now=now, copied_from=old)
    new.asked_at, new.asked_by_id = old.asked_at, old.asked_by_id
    new.approved_at, new.approved_by_id = old.approved_at, old.approved_by_id
    new.save(update_fields=["asked_at", "asked_by", "approved_at", "approved_by"])
    return put_in_force(new, by=by, now=now)


def _threshold_of(old: ModelVersion, *, now: datetime) -> int | None:
    """What the stage asked for when the version was replaced.

    When it was published no stage may have asked for its points yet, and a criterion may be changed by itself.
    """
    assert old.retired_at is not None
    then = decision_of(old.model, now=old.retired_at - timedelta.resolution)
    here = decision_of(old.model, now=now)
    return then.threshold if then and here and then.stage.pk == here.stage.pk else old.threshold


def _as_seen(version_id: int, seen: str | None) -> ModelVersion:
    version = locked_draft(version_id)
    if seen is not None:
        check_seen(seen, stamp(version))
    return version
