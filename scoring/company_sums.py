"""What everybody at a company did, summed once for all id ranges of a pass."""

from threading import local
from typing import Any

from django.db import connection

from leads.conditions.plan import Plan, Scope

TABLE = "pg_temp.company_sums"
# The rows of another pass may have been left by one that failed.
_MAKE = f"""
DROP TABLE IF EXISTS {TABLE};
CREATE TEMP TABLE company_sums AS {{sums}};
CREATE UNIQUE INDEX ON {TABLE} (account);
ANALYZE {TABLE}
"""


class CompanySums:
    """The sums on each connection that a pass uses.

    The people of a company lie in many ranges: looked up for each range, they would cost the more the larger the
    installation is. Facts recorded later are not in the sums: `since` tells from which transaction on.
    """

    def __init__(self) -> None:
        self._here = local()  # a thread has its own connection

    @property
    def since(self) -> int | None:
        """The first transaction whose facts may be missing on this connection; nothing while nothing is summed."""
        return getattr(self._here, "since", None)

    def serve(self, plan: Plan) -> None:
        """Make the sums that the leaves compiled so far ask for, unless this connection has them."""
        sums = plan.account_sums(Scope())
        asked: tuple[str, dict[str, Any]] = (sums, plan.params)
        if not sums or getattr(self._here, "asked", None) == asked:
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
            (self._here.since,) = cursor.fetchone()
            cursor.execute(_MAKE.format(sums=sums), plan.params)
        self._here.asked = asked

    def drop(self) -> None:
        """Leave nothing on this thread's connection."""
        if self.since is not None:
            with connection.cursor() as cursor:
                cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")
        self._here = local()
