"""The leaf about the buyer's own way (R8), and what derives from a phase."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.conditions.catalog import Catalog
from leads.conditions.leaves import Leaf, Spec, choice_errors
from leads.conditions.plan import Plan
from leads.models import Phase

# Which part of the funnel content for a phase belongs to, and how warm its audience is.
FUNNEL_PARTS: Mapping[str, str] = {
    Phase.DISCOVER: "TOFU",
    Phase.EXPLORE: "MOFU",
    Phase.BUY: "BOFU",
    Phase.INTEGRATE: "BOFU",
}
TEMPERATURES: Mapping[str, str | Promise] = {
    Phase.DISCOVER: gettext_lazy("cold"),
    Phase.EXPLORE: gettext_lazy("warm"),
    Phase.BUY: gettext_lazy("hot"),
    Phase.INTEGRATE: gettext_lazy("hot"),
}


def funnel_part(phase: str) -> str:
    """TOFU, MOFU or BOFU; empty while no phase is known."""
    return FUNNEL_PARTS.get(phase, "")


def temperature(phase: str) -> str:
    """How warm the audience is: cold, warm, hot; empty while no phase is known."""
    return str(TEMPERATURES.get(phase, ""))


class PhaseLeaf(Leaf):
    """{"leaf": "phase", "op": "is" | "at_least", "value": "explore"}; a lead of no phase yet meets neither."""

    kind: ClassVar[str] = "phase"
    fields: ClassVar[frozenset[str]] = frozenset({"op", "value"})
    in_scoring: ClassVar[bool] = False  # phase rules may ask for scores

    def errors(self, spec: Spec, catalog: Catalog) -> Iterator[tuple[str, str]]:
        yield from choice_errors(spec, "op", ("is", "at_least"))
        yield from choice_errors(spec, "value", Phase.values)

    def compile(self, spec: Spec, plan: Plan) -> str:
        known = f" AND x.recorded_at < {plan.instant(plan.known_before)}" if plan.known_before else ""
        plan.join(
            "ph",
            "LEFT JOIN (SELECT DISTINCT ON (x.lead_id) x.lead_id, x.phase FROM leads_phasechange x WHERE {scope}"
            f"{known} ORDER BY x.lead_id, x.id DESC) ph ON ph.lead_id = l.id",
        )
        from_here = Phase.values[Phase.values.index(spec["value"]) :]
        return f"ph.phase = ANY({plan.param(from_here if spec['op'] == 'at_least' else [spec['value']])})"

    def words(self, spec: Spec, catalog: Catalog) -> str:
        text = _("buying phase is %(phase)s") if spec["op"] == "is" else _("buying phase at least %(phase)s")
        return text % {"phase": str(Phase(spec["value"]).label).lower()}
