"""The published models' statement, prepared on the connection for as long as nothing it was compiled from changes."""

from datetime import datetime

from django.db.backends.utils import CursorWrapper

from leads.conditions.catalog import ROW_VERSIONS
from leads.conditions.plan import Scope
from leads.conditions.prepared import execute
from scoring.engine import published, write_scores

_MODELS = f"(SELECT {ROW_VERSIONS} FROM scoring_modelversion WHERE state = 'published')"


def execute_published(cursor: CursorWrapper, scope: Scope, *, now: datetime) -> tuple[int, list[int] | None]:
    """Score `scope` in every published model; how many scores were written, and the leads whose band changed."""
    done = execute(cursor, "score", scope, lambda plan: write_scores(published(), plan, scope), now=now, asked=_MODELS)
    return cursor.fetchone() if done else (0, None)
