"""Studies: what a version would do and would have done, at once where it is quick, else by the worker.

A study belongs to the content it was made from: a draft changed since asks for another one. Nothing rests on studies,
so that old ones are thrown away.
"""

import hashlib
import json
import logging
import os
from contextlib import nullcontext
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Func

from leads.conditions.select import TooManyToCount, plan_for, within_together
from leads.nudge import nudge
from scoring.backtest import backtest
from scoring.models import ModelVersion, Study, StudyKind, StudyState
from scoring.question import Question, question_of
from scoring.whatif import sampled, what_if

KIND = "studies"
SMALL = 20_000  # leads: so many are asked within a request
AT_ONCE_SECONDS = 10.0  # which waits no longer: what takes longer is left to the worker
FRESH = timedelta(seconds=30)  # a study made within a request is made anew after that
KEPT = 6  # of a version and kind
LEASE_SECONDS = 90
logger = logging.getLogger(__name__)


def ask(
    version: ModelVersion,
    kind: StudyKind,
    *,
    by: int | None,
    now: datetime,
    threshold: int | None = None,
    campaign: int | None = None,
    again: bool = False,
) -> Study:
    """The study of a version as it stands now, finished or on its way; `again` begins one anew that is finished.

    Of a small installation, what it would do is finished at once, unless that takes too long: such a study goes to the
    worker, as those of large ones do. Else a finished study counts for the day.
    """
    question = question_of(version, now=now, threshold=threshold, campaign=campaign)
    key = {"version": version, "kind": kind, "made_from": digest(question, now)}
    start = {"question": {"threshold": threshold, "campaign": campaign}, "asked_by_id": by, "asked_at": now}
    study, is_new = Study.objects.get_or_create(**key, defaults=start)
    at_once = kind == StudyKind.WHAT_IF and _is_small() and (is_new or not _is_with_worker(study))
    if is_new:
        _forget_others(study)
    is_due = at_once and (study.finished_at is None or now - study.finished_at > FRESH)
    if is_new or is_due or (again and study.state in (StudyState.DONE, StudyState.FAILED)):
        _begin(study, question, at_once=at_once, by=by, now=now)
    return study


def digest(question: Question, now: datetime) -> str:
    """What a study is made from, in a few characters."""
    content = question.content() | {"day": plan_for(now).today.isoformat()}
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def _is_small() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id) - min(id), 0) FROM leads_lead")
        (span,) = cursor.fetchone()
    return int(span) < SMALL


def _is_with_worker(study: Study) -> bool:
    """Whether a study waits for the worker or was made there: what is made at once is finished as it is asked."""
    if study.state in (StudyState.WAITING, StudyState.RUNNING):
        return True
    return study.finished_at is not None and study.finished_at != study.asked_at


def _begin(study: Study, question: Question, *, at_once: bool, by: int | None, now: datetime) -> None:
    study.asked_by_id, study.asked_at, study.error = by, now, ""
    study.state, study.done, study.total, study.worked_at = StudyState.WAITING, 0, 0, None
    if at_once and _is_made_at_once(study, question, now):
        return
    try:
        if study.kind == StudyKind.WHAT_IF and study.result is None:
            with transaction.atomic():
                study.result = sampled(question, now=now)
    except Exception as error:  # whatever it is, people are told, and may try again
        _fail(study, error)
    _store(study)
    nudge(KIND)


def _is_made_at_once(study: Study, question: Question, now: datetime) -> bool:
    """Make a study now; where that takes longer than a request may wait, nothing of it is left."""
    try:
        with within_together(AT_ONCE_SECONDS):
            study.result = what_if(question, now=now)
        study.state, study.finished_at = StudyState.DONE, now
    except TooManyToCount:
        logger.info("study %s takes too long for a request", study.pk)
        return False
    except Exception as error:  # whatever it is, people are told, and may try again
        _fail(study, error)
    _store(study)
    return True


def _forget_others(study: Study) -> None:
    """Keep the latest of a version and kind."""
    others = Study.objects.filter(version=study.version_id, kind=study.kind).exclude(pk=study.pk)
    old = others.exclude(state=StudyState.RUNNING).order_by("-asked_at", "-pk").values_list("pk", flat=True)
    Study.objects.filter(pk__in=list(old[KEPT - 1 :])).delete()


_CLAIM = """
UPDATE scoring_study SET state = 'running', worked_at = clock_timestamp(), done = 0, total = 0
WHERE id = (SELECT id FROM scoring_study WHERE state = 'waiting'
            OR (state = 'running' AND worked_at < clock_timestamp() - make_interval(secs => %s))
            ORDER BY asked_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id
"""


def work(*, now: datetime, connections: int | None = None) -> bool:
    """Make one study that waits, or that a worker left; returns whether there was one.

    It takes as many connections as there are cores.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [LEASE_SECONDS])
        claimed = cursor.fetchone()
    if claimed is None:
        return False
    study = Study.objects.select_related("version__model").get(pk=claimed[0])
    question = question_of(study.version, now=now, **study.question)
    if digest(question, now) != study.made_from:  # changed since, or the day is over: nobody will ask for this one
        study.delete()
        return True
    _finish(study, question, now=now, connections=connections or min(os.cpu_count() or 1, 8))
    return True


def _finish(study: Study, question: Question, *, now: datetime, connections: int) -> None:
    def progress(done: int, total: int) -> None:
        alive = Func(function="clock_timestamp")
        study.done, study.total = done, total
        Study.objects.filter(pk=study.pk).update(done=done, total=total, worked_at=alive)

    try:
        with transaction.atomic() if connection.in_atomic_block else nullcontext():
            if study.kind == StudyKind.BACKTEST:
                study.result = backtest(question, now=now, progress=progress)
            else:
                study.result = what_if(question, now=now, connections=connections, progress=progress)
        study.state, study.finished_at, study.error = StudyState.DONE, now, ""
    except Exception as error:  # whatever it is, people are told, and may try again
        _fail(study, error)
    _store(study)


def _fail(study: Study, error: Exception) -> None:
    logger.exception("study %s failed", study.pk)
    study.state, study.error = StudyState.FAILED, f"{type(error).__name__}: {error}"[:2000]


def _store(study: Study) -> None:
    """Write the study, unless it was thrown away meanwhile."""
    names = ("state", "done", "total", "result", "error", "asked_by_id", "asked_at", "finished_at")
    Study.objects.filter(pk=study.pk).update(**{name: getattr(study, name) for name in names})
