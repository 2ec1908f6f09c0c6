"""How all leads grade now, and how the versions of a profile differ: what the settings page shows."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

from leads.conditions.catalog import Catalog
from leads.conditions.icp import GRADES, MET, UNKNOWN, grade_case, states
from leads.conditions.plan import Scope
from leads.conditions.select import plan_for
from leads.conditions.tree import sentence
from leads.models import IcpCondition, IcpProfile, Stage


@dataclass
class Reached:
    """How one condition stands among the leads."""

    row: IcpCondition
    met: int = 0
    unknown: int = 0
    leads: int = 0

    @property
    def met_share(self) -> int:
        """Whole percents of all leads."""
        return round(100 * self.met / self.leads) if self.leads else 0

    @property
    def unknown_share(self) -> int:
        """Whole percents of all leads."""
        return round(100 * self.unknown / self.leads) if self.leads else 0


@dataclass
class Standing:
    """The leads in open passes by stage and grade, and how many meet each condition."""

    profile: IcpProfile
    reached: list[Reached]
    by_stage: dict[int, dict[str, int]] = field(default_factory=lambda: defaultdict(lambda: dict.fromkeys(GRADES, 0)))

    @property
    def total(self) -> dict[str, int]:
        """Leads by grade."""
        return {grade: sum(row[grade] for row in self.by_stage.values()) for grade in GRADES}

    @property
    def leads(self) -> int:
        """All leads in open passes."""
        return sum(self.total.values())

    def rows(self, stages: Sequence[Stage]) -> Iterator[tuple[Stage, list[tuple[str, int]]]]:
        """For each stage in order the number of leads of each grade."""
        for stage in stages:
            yield stage, list(self.by_stage[stage.pk].items())


def standing(profile: IcpProfile, now: datetime) -> Standing:
    """Grade every lead in an open pass: one statement, whatever their number."""
    plan = plan_for(now)
    columns = states(profile, plan)
    wishes = list(profile.conditions.all())
    weight = " + ".join(f"(x.s[{at}] = {MET})::int * {row.weight}" for at, row in enumerate(wishes, start=1))
    counts = ", ".join(
        f"count(*) FILTER (WHERE x.s[{at}] = {state})" for at in range(1, len(wishes) + 1) for state in (MET, UNKNOWN)
    )
    text = (
        f"SELECT x.stage_id, {grade_case(profile, f'({weight})')}, count(*), {counts} FROM ("
        f"SELECT l.stage_id, ARRAY[{', '.join(columns)}]::int[] AS s {plan.source(Scope())}"
        " WHERE l.archived_at IS NULL AND l.outcome = '' OFFSET 0) x GROUP BY 1, 2"
    )
    found = Standing(profile, [Reached(row) for row in wishes])
    with connection.cursor() as cursor:
        cursor.execute(text, plan.params)
        for stage_id, grade, number, *reached in cursor.fetchall():
            found.by_stage[stage_id][grade] = number
            for at, row in enumerate(found.reached):
                row.leads += number
                row.met += reached[2 * at]
                row.unknown += reached[2 * at + 1]
    return found


@dataclass(frozen=True)
class Change:
    """One difference between two versions. `kind`: new, changed or gone."""

    kind: str
    words: str


def changes(old: IcpProfile | None, new: IcpProfile, catalog: Catalog) -> list[Change]:
    """What a version says otherwise than the one before, in words."""
    before, after = _by_name(old), _by_name(new)
    found = [Change("gone", _whole(row, catalog)) for name, row in before.items() if name not in after]
    for name, row in after.items():
        if name not in before:
            found.append(Change("new", _whole(row, catalog)))
        else:
            found += [Change("changed", text) for text in _differences(before[name], row, catalog)]
    bounds = [(row.a_from, row.b_from, row.c_from) for row in (old, new) if row]
    if len(bounds) == 2 and bounds[0] != bounds[1]:
        text = _("A, B, C from %(new)s %% instead of %(old)s %%")
        old_text, new_text = (", ".join(map(str, some)) for some in bounds)
        found.append(Change("changed", text % {"old": old_text, "new": new_text}))
    return found


def _by_name(profile: IcpProfile | None) -> dict[tuple[str, str], IcpCondition]:
    return {(row.group, row.label): row for row in profile.conditions.all()} if profile else {}


def _whole(row: IcpCondition, catalog: Catalog) -> str:
    said = {"label": row.label, "words": sentence(row.condition, catalog), "weight": row.weight}
    return _("%(label)s (weight %(weight)s): %(words)s") % said


def _differences(old: IcpCondition, new: IcpCondition, catalog: Catalog) -> Iterator[str]:
    if old.weight != new.weight:
        said = {"label": new.label, "old": old.weight, "new": new.weight}
        yield _("%(label)s: weight %(new)s instead of %(old)s") % said
    if old.condition != new.condition:
        texts = {"old": sentence(old.condition, catalog), "new": sentence(new.condition, catalog)}
        yield _("%(label)s: “%(new)s” instead of “%(old)s”") % {"label": new.label, **texts}
