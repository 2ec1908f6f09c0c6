"""Doors for those who watch the installation: does it live, and is it ready for work."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from leadcrm.celery import app

logger = logging.getLogger(__name__)

# Seconds an answer is remembered, so that asking often costs little. Every web process remembers its own.
GOOD_NEWS_LAST, BAD_NEWS_LAST = 2.0, 0.5
WORKER_PATIENCE = 1.0
_last_answer: tuple[float, dict[str, bool]] = (0.0, {})


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers; nothing else is asked."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when every part answers, else 503; which part does not is in the body, why is in the log."""
    parts = _parts()
    body = {**parts, "set_aside": _set_aside() if parts["database"] else None}
    return JsonResponse(body, status=200 if all(parts.values()) else 503)


def _set_aside() -> int:
    """How many touches the worker could not process and keeps with their error: no reason not to work, one to look."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM leads_touched WHERE error <> ''")
        (count,) = cursor.fetchone()
    return int(count)


def demo_in_progress() -> Path:
    """The file that stands while the demo is being made; left behind by one that was cut short."""
    return Path(settings.STATE_DIR) / "demo.unfinished"


def _parts() -> dict[str, bool]:
    global _last_answer
    asked_at, parts = _last_answer
    if time.monotonic() - asked_at > (GOOD_NEWS_LAST if all(parts.values()) else BAD_NEWS_LAST):
        parts = {
            "database": _holds(_database_answers),
            "migrations": _holds(_is_migrated),
            "demo": not demo_in_progress().exists(),
            "broker": _holds(_broker_answers),
            "worker": _holds(_worker_answers),
        }
        _last_answer = (time.monotonic(), parts)
    return parts


def _holds(question: Callable[[], bool]) -> bool:
    try:
        return question()
    except Exception:  # whatever it is, the part is not ready
        logger.warning("not ready: %s", question.__name__, exc_info=True)
        return False


def _database_answers() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone() == (1,))


def _is_migrated() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _broker_answers() -> bool:
    cache.set("readyz", "1", timeout=5)
    return bool(cache.get("readyz") == "1")


def _worker_answers() -> bool:
    return bool(app.control.broadcast("ping", reply=True, timeout=WORKER_PATIENCE, limit=1))
