"""The published models' statement, prepared on the connection for as long as nothing it was compiled from changes.

Compiling and planning thirty rules costs more than scoring a handful of leads. The name of a prepared statement tells
the day, the models and everything else it was compiled from, and the session is asked whether it has it: so a pooler
that hands out other sessions, a rule published by another process and midnight all find the right one.
"""

import hashlib
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.backends.utils import CursorWrapper
from psycopg2.extensions import AsIs

from leads.conditions.catalog import ROW_VERSIONS, STAMP
from leads.conditions.plan import Scope
from leads.conditions.select import plan_for
from scoring.engine import published, write_scores

# One plan serves every chunk: a plan for each one's own bounds took longer than it saved.
_STANDING = f"""
SELECT set_config('plan_cache_mode', 'force_generic_plan', TRUE), (SELECT time_zone FROM users_organisation),
       (SELECT {ROW_VERSIONS} FROM scoring_modelversion WHERE state = 'published'), md5({STAMP}),
       ARRAY(SELECT name FROM pg_prepared_statements WHERE starts_with(name, %s))"""


def execute_published(cursor: CursorWrapper, scope: Scope, *, now: datetime) -> tuple[int, list[int] | None]:
    """Score `scope` in every published model; how many scores were written, and the leads whose band changed."""
    kind = "score_range_" if scope.ids is None else "score_ids_"
    cursor.execute(_STANDING, [kind])
    _, zone, models, stamp, prepared = cursor.fetchone()
    if models is None:
        return 0, None
    made_from = f"{now.astimezone(ZoneInfo(zone)).date()} {models} {stamp}"
    name = kind + hashlib.blake2b(made_from.encode(), digest_size=16).hexdigest()
    if name not in prepared:
        for outdated in prepared:
            cursor.execute(f"DEALLOCATE {outdated}")
        _prepare(cursor, name, scope, now)
    cursor.execute(f"EXECUTE {name} ({', '.join(['%s'] * (1 + len(scope.params)))})", [now, *scope.params.values()])
    return cursor.fetchone()


def _prepare(cursor: CursorWrapper, name: str, scope: Scope, now: datetime) -> None:
    """Compile the models in force, with the scope and the time left open."""
    types = {"now": "timestamptz"} | {key: "bigint[]" if key == "ids" else "bigint" for key in scope.params}
    places: dict[str, Any] = {key: AsIs(f"${number}") for number, key in enumerate(types, start=1)}
    plan = plan_for(now)
    text = write_scores(published(), plan, scope)
    cursor.execute(f"PREPARE {name} ({', '.join(types.values())}) AS {text}", {**plan.params, **places})
