"""Compiled statements, prepared on the connection for as long as nothing they were compiled from changes.

Compiling and planning thirty rules costs more than asking them of a handful of leads. The name of a prepared statement
tells the day and everything else it was compiled from, and the session is asked whether it has it: so a pooler that
hands out other sessions, a rule published by another process and midnight all find the right one.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.backends.utils import CursorWrapper
from psycopg2.extensions import AsIs

from leads.conditions.catalog import STAMP
from leads.conditions.plan import Plan, Scope
from leads.conditions.select import plan_for

# What statements may leave open, with its type.
TYPES = {
    "now": "timestamptz",
    "ids": "bigint[]",
    "low": "bigint",
    "high": "bigint",
    "facts": "bigint[]",
    "fact_ats": "timestamptz[]",
}
# One plan serves every batch. A whole range is worth a plan of its own: the planner has to know that it holds
# thousands of leads, or it joins them one by one. It takes a batch for so few leads that it would keep the rows joined
# to them and compare each lead with all of these, unless it may not keep them: then it hashes or merges.
_STANDING = f"""
SELECT set_config('plan_cache_mode', %s, TRUE), set_config('enable_material', %s, TRUE),
       (SELECT time_zone FROM users_organisation), md5({STAMP}),
       ARRAY(SELECT name FROM pg_prepared_statements WHERE starts_with(name, %s)), """


def execute(
    cursor: CursorWrapper,
    kind: str,
    scope: Scope,
    compiled: Callable[[Plan], str],
    *,
    now: datetime,
    made_from: object = "",
    asked: str = "''",
    values: Mapping[str, Any] | None = None,
) -> bool:
    """Execute the statement that `compiled` makes of a plan for `now`, for `scope`, with %(now)s and `values` open.

    `made_from`, by its repr, and `asked`, a text that SQL finds, tell what it is made from beside the catalog and the
    day. Nothing is executed, and False returned, where SQL finds nothing. One statement of each kind is kept.
    """
    mode = "force_custom_plan" if scope.ids is None else "force_generic_plan"
    kind = f"{kind}_{'range' if scope.ids is None else 'ids'}_"
    given = {"now": now, **scope.params, **(values or {})}
    cursor.execute(_STANDING + asked, [mode, "on" if scope.ids is None else "off", kind])
    _, _, zone, stamp, prepared, found = cursor.fetchone()
    if found is None:
        return False
    everything = f"{now.astimezone(ZoneInfo(zone)).date()} {found} {stamp} {made_from!r} {sorted(given)}"
    name = kind + hashlib.blake2b(everything.encode(), digest_size=16).hexdigest()
    if name not in prepared:
        for outdated in prepared:
            cursor.execute(f"DEALLOCATE {outdated}")
        plan = plan_for(now)
        text = compiled(plan)
        places: dict[str, Any] = {key: AsIs(f"${number}") for number, key in enumerate(given, start=1)}
        cursor.execute(
            f"PREPARE {name} ({', '.join(TYPES[key] for key in given)}) AS {text}", {**plan.params, **places}
        )
    cursor.execute(f"EXECUTE {name} ({', '.join(['%s'] * len(given))})", list(given.values()))
    return True
