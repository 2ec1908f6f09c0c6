"""What opportunities and customers have in common (R42): by condition of the profile, by attribute, by grade."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.utils.translation import gettext_lazy as _

from leads.conditions.catalog import Catalog
from leads.conditions.icp import GRADES, MET, UNKNOWN, grade_case, states
from leads.conditions.plan import Plan, Scope
from leads.conditions.tree import leaves
from leads.lifecycle.entries import leads_in
from leads.models import IcpGroup, IcpProfile, Outcome, Stage, StageRole
from leads.queries.intervals import interval
from reports.queries.scope import ReportFilter
from reports.queries.traits import FEWEST, Trait, in_order, traits

SQO, WON = "sqo", "won"
BEST = {SQO: _("Opportunities and customers"), WON: _("Customers")}
SHARED = 0.8  # of the best: shared by so many, a trait is worth asking for


@dataclass(frozen=True)
class GradeLine:
    """How leads of one grade fared."""

    grade: str
    leads: int
    sqo: int
    won: int

    @property
    def sqo_likely(self) -> tuple[float, float] | None:
        """The 95 % interval of the rate to opportunity."""
        return interval(self.sqo, self.leads)

    @property
    def won_likely(self) -> tuple[float, float] | None:
        """The 95 % interval of the rate to won."""
        return interval(self.won, self.leads)


@dataclass(frozen=True)
class IcpReport:
    """The report. `best` says whose traits these are."""

    best: str
    realm: str
    profile: IcpProfile | None
    leads: int
    sqo: int
    won: int
    conditions: list[Trait]
    attributes: list[Trait]
    suggestions: list[Trait]
    grades: list[GradeLine]


def icp_report(wanted: ReportFilter, *, realm: str, best: str) -> IcpReport:
    """Compare the leads that got furthest with all leads of the scope: a fixed number of statements."""
    scope = wanted.scope
    ids = set(leads_in(scope).order_by().values_list("pk", flat=True))
    won = set(leads_in(scope, outcome=Outcome.WON).order_by().values_list("pk", flat=True))
    last = Stage.objects.filter(role=StageRole.OPPORTUNITY).values_list("slug", flat=True).first()
    sqo = won | (set(leads_in(scope, reached=last).order_by().values_list("pk", flat=True)) if last else set())
    catalog = Catalog()
    profile = catalog.icp(realm)
    chosen = sorted(won if best == WON else sqo)
    attributes = traits(sorted(ids), chosen, catalog)
    conditions, grades = _judged(wanted, profile, catalog, (sorted(ids), sorted(sqo), sorted(won)), best)
    return IcpReport(
        best=best,
        realm=realm,
        profile=profile,
        leads=len(ids),
        sqo=len(sqo),
        won=len(won),
        conditions=in_order(conditions),
        attributes=in_order(attributes),
        suggestions=in_order(_suggested(attributes, profile)),
        grades=grades,
    )


def _suggested(found: Sequence[Trait], profile: IcpProfile | None) -> list[Trait]:
    """What nearly all of the best share, more than leads do at large, and the profile does not ask yet."""
    rows = profile.conditions.all() if profile else ()
    asked = {(spec["leaf"], spec.get("field")) for row in rows for _leaf, spec in leaves(row.condition)}
    return [
        trait
        for trait in found
        if trait.best_known >= FEWEST
        and (trait.best_share or 0) >= SHARED
        and (trait.lift or 0) > 1
        and (trait.kind, trait.field) not in asked
    ]


def _judged(
    wanted: ReportFilter,
    profile: IcpProfile | None,
    catalog: Catalog,
    sets: tuple[list[int], list[int], list[int]],
    best: str,
) -> tuple[list[Trait], list[GradeLine]]:
    """The conditions as traits, and the grades with what became of their leads: one statement."""
    ids, sqo, won = sets
    if profile is None or not ids:
        return [], []
    plan = Plan(today=max(wanted.ends_on, wanted.starts_on), zone=wanted.zone, catalog=catalog)
    scope, wishes = Scope(ids=ids), list(profile.conditions.all())
    columns = ", ".join(states(profile, plan))
    is_sqo, is_won = f"l.id = ANY({plan.param(sqo)})", f"l.id = ANY({plan.param(won)})"
    weight = " + ".join(f"(x.s[{at}] = {MET})::int * {row.weight}" for at, row in enumerate(wishes, start=1))
    chosen = "x.is_won" if best == WON else "x.is_sqo"
    counts = [
        f"count(*) FILTER (WHERE x.s[{at}] {test}{also})"
        for at in range(1, len(wishes) + 1)
        for test in (f"<> {UNKNOWN}", f"= {MET}")
        for also in ("", f" AND {chosen}")
    ]
    text = (
        f"SELECT {grade_case(profile, f'({weight})')}, count(*), count(*) FILTER (WHERE x.is_sqo),"
        f" count(*) FILTER (WHERE x.is_won), {', '.join(counts)} FROM (SELECT ARRAY[{columns}]::int[] AS s,"
        f" {is_sqo} AS is_sqo, {is_won} AS is_won {plan.source(scope)} WHERE {scope.condition('l.id')} OFFSET 0) x"
        " GROUP BY 1"
    )
    with connection.cursor() as cursor:
        cursor.execute(text, {**plan.params, **scope.params})
        rows = cursor.fetchall()
    by_grade = {row[0]: GradeLine(*row[:4]) for row in rows}
    sums = [sum(column) for column in zip(*(row[4:] for row in rows), strict=True)]
    found = []
    for at, row in enumerate(wishes):
        known, best_known, having, best_having = sums[4 * at : 4 * at + 4]
        group = str(IcpGroup(row.group).label)
        found.append(Trait("condition", str(row.pk), group, row.label, known, having, best_known, best_having))
    return found, [by_grade.get(grade, GradeLine(grade, 0, 0, 0)) for grade in GRADES]
