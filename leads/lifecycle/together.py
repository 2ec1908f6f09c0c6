"""Whether all conditions that the worker asks at once still fit into one statement, asked before one is written down.

A statement has at most 1,664 columns, and every different thing that is counted or dated is one. Each tree is bounded
by itself; many large ones together are not. Were they written down, no lead could be scored or judged any more.
"""

from collections.abc import Callable
from datetime import date

from django.utils.translation import gettext as _

from leads.conditions.catalog import Catalog
from leads.conditions.plan import Plan
from leads.conditions.tree import InvalidCondition
from users.models import Organisation

MOST_COLUMNS = 1_500
ANY_DAY = date(2000, 1, 1)  # how much is asked does not depend on the day
Statement = Callable[[Plan], object]
_statements: dict[str, Statement] = {}


def register_statement(name: str, compiled: Statement) -> None:
    """Let `compiled` put into a plan all that one statement asks of every lead; apps call this in ready()."""
    _statements[name] = compiled


def statements() -> dict[str, Statement]:
    """All statements by name."""
    return dict(_statements)


def check_together() -> None:
    """Refuse what was just written where it is too much beside all the rest. Raises InvalidCondition."""
    catalog, zone = Catalog(), Organisation.load().zone
    for compiled in _statements.values():
        plan = Plan(today=ANY_DAY, zone=zone, catalog=catalog)
        compiled(plan)
        if plan.columns > MOST_COLUMNS:
            reason = _(
                "Together with all other conditions in force this asks %(n)d different things of every lead, more than"
                " the database can answer at once (%(most)d). Use fewer conditions, or the same ones."
            )
            raise InvalidCondition([("", reason % {"n": plan.columns, "most": MOST_COLUMNS})])
