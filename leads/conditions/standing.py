"""Leaves about where a lead stands: BANT, consent, source, stage, time in stage, outcome, score, band."""

from collections.abc import Iterator
from typing import ClassVar

from django.utils.translation import gettext as _

from leads.conditions.activity import day_changes, op_words, since_errors
from leads.conditions.catalog import Catalog
from leads.conditions.leaves import (
    COMPARISONS,
    Leaf,
    Spec,
    choice_errors,
    is_text,
    list_error,
    number_errors,
    points_errors,
)
from leads.conditions.plan import Plan
from leads.models import BantAssessment, BantState, Medium, Outcome, Realm
from leads.models.score import BANDS


def _bant(spec: Spec, plan: Plan) -> str:
    """Join the latest assessment of a realm; returns its alias."""
    alias = {"marketing": "bm", "sales": "bs"}[spec["realm"]]
    plan.join(
        alias,
        "LEFT JOIN (SELECT DISTINCT ON (b.lead_id) b.lead_id, b.budget, b.authority, b.need, b.timeline"
        f" FROM leads_bantassessment b WHERE b.realm = '{spec['realm']}' AND {{scope}} AND {plan.known('b')}"
        f" ORDER BY b.lead_id, b.occurred_at DESC, b.id DESC) {alias} ON {alias}.lead_id = l.id",
    )
    return alias


class BantLeaf(Leaf):
    """{"leaf": "bant", "realm": "marketing", "part": "budget", "op": "at_least" | "is", "value": "partly"}

    `at_least` orders the states no, partly, yes; unknown is less than all. A part never assessed is unknown.
    """

    kind: ClassVar[str] = "bant"
    fields: ClassVar[frozenset[str]] = frozenset({"realm", "part", "op", "value"})

    def errors(self, spec: Spec, catalog: Catalog) -> Iterator[tuple[str, str]]:
        yield from choice_errors(spec, "realm", Realm.values)
        yield from choice_errors(spec, "part", BantAssessment.PARTS)
        yield from choice_errors(spec, "op", ("is", "at_least"))
        yield from choice_errors(spec, "value", BantState.slugs())

    def compile(self, spec: Spec, plan: Plan) -> str:
        op = "=" if spec["op"] == "is" else ">="
        return f"coalesce({_bant(spec, plan)}.{spec['part']}, 0) {op} {int(BantState.from_slug(spec['value']))}"

    def unset(self, spec: Spec, plan: Plan) -> str:
        """A leaf that asks for "unknown" has its answer."""
        return "" if spec["value"] == "unknown" else f"coalesce({_bant(spec, plan)}.{spec['part']}, 0) = 0"

    def words(self, spec: Spec, catalog: Catalog) -> str:
        text = (
            _("%(part)s is %(state)s (%(realm)s)")
            if spec["op"] == "is"
            else _("%(part)s at least %(state)s (%(realm)s)")
        )
        state = BantState.from_slug(spec["value"])
        return text % {"part": _(spec["part"].capitalize()), "state": state.label, "realm": Realm(spec["realm"]).label}


class BantCountLeaf(Leaf):
    """{"leaf": "bant_count", "realm": "sales", "state": "partly", "op": "gte", "value": 3}

    How many of the four parts stand at least at that state; for `no` and `unknown`, exactly there.
    """

    kind: ClassVar[str] = "bant_count"
    fields: ClassVar[frozenset[str]] = frozenset({"realm", "state", "op", "value"})

    def errors(self, spec: Spec, catalog: Catalog) -> Iterator[tuple[str, str]]:
        yield from choice_errors(spec, "realm", Realm.values)
        yield from choice_errors(spec, "state", BantState.slugs())
        yield from choice_errors(spec, "op", COMPARISONS)
        yield from number_errors(spec)

    def compile(self, spec: Spec, plan: Plan) -> str:
        alias, state = _bant(spec, plan), BantState.from_slug(spec["state"])
        op = ">=" if state in (BantState.PARTLY, BantState.YES) else "="
        parts = (f"(coalesce({alias}.{part}, 0) {op} {int(state)})::int" for part in BantAssessment.PARTS)
        return f"({' + '.join(parts)}) {COMPARISONS[spec['op']]} {spec['value']!r}"

    def unset(self, spec: Spec, plan: Plan) -> str:
        """Not one part is known; a leaf that counts the unknown ones has its answer."""
        if spec["state"] == "unknown":
            return ""
        alias = _bant(spec, plan)
        return f"greatest({', '.join(f'coalesce({alias}.{part}, 0)' for part in BantAssessment.PARTS)}) = 0"

    def words(self, spec: Spec, catalog: Catalog) -> str:
        return _("%(limit)s parts of BANT %(state)s (%(realm)s)") % {
            "limit": op_words(spec["op"], spec["value"]),
            "state": BantState.from_slug(spec["state"]).label,
            "realm": Realm(spec["realm"]).label,
        }


class ConsentLeaf(Leaf):
    """{"leaf": "consent", "value": true}: whether the latest consent was granted; without any it was not."""

    kind: ClassVar[str] = "consent"
    fields: ClassVar[frozenset[str]] = frozenset({"value"})

    def errors(self, spec: Spec, catalog: Catalog) -> Iterator[tuple[str, str]]:
        if not isinstance(spec.get("value"), bool):
            yield "value", "Say true or false."

    def compile(self, spec: Spec, plan: Plan) -> str:
        plan.join(
            "cs",
            "LEFT JOIN (SELECT DISTINCT ON (k.lead_id) k.lead_id, k.granted FROM leads_consent k"
            f" WHERE {{scope}} AND {plan.known('k')}"
            " ORDER BY k.lead_id, k.occurred_at DESC, k.id DESC) cs ON cs.lead_id = l.id",
        )
        return f"coalesce(cs.granted, FALSE) = {str(spec['value']).upper()}"

    def words(self, spec: Spec, catalog: Catalog) -> str:
        return _("consented to mail") if spec["value"] else _("did not consent to mail")


class SourceLeaf(Leaf):
    """{"leaf": "source", "field": "channel", "value": ["linkedin"]}

    Channel and campaign are those of the current pass; document, audience and medium of any capture.
    """

    kind: ClassVar[str] = "source"
    fields: ClassVar[frozenset[str]] = frozenset({"field", "value"})
    _by_slug: ClassVar[dict[str, str]] = {"channel": "channels", "campaign": "campaigns", "document": "documents"}

    def errors(self, spec: Spec, catalog: Catalog) -> Iterator[tuple[str, str]]:
        wrong = list(choice_errors(spec, "field", (*self._by_slug, "audience", "medium")))
        yield from wrong
        field = None if wrong else spec["field"]
        if field in self._by_slug:
            yield from choice_errors(spec, "value", getattr(catalog, self._by_slug[field]), many=True)
        elif field == "medium":
            yield from choice_errors(spec, "value", Medium.slugs(), many=True)
        elif fault := list_error(spec.get("value"), "texts"):
            yield "value", fault
        elif not all(map(_is_said, spec["value"])):
            yield "value", list_error([], "texts")

    def compile(self, spec: Spec, plan: Plan) -> str:
        field, values = spec["field"], spec["value"]
        if field in self._by_slug:
            rows = getattr(plan.catalog, self._by_slug[field])
            wanted = plan.param([rows[slug].pk for slug in values])
        else:
            wanted = plan.param(list(values))
        if field in ("channel", "campaign"):
            return f"{plan.of_pass(f'{field}_id')} = ANY({wanted})"
        column = "document_id" if field == "document" else field
        return (
            f"EXISTS (SELECT FROM leads_capture x WHERE x.lead_id = l.id AND x.{column} = ANY({wanted})"
            f" AND {plan.known('x')})"
        )

    def words(self, spec: Spec, catalog: Catalog) -> str:
        field = spec["field"]
        names = spec["value"]
        if field in self._by_slug:
            names = [str(getattr(catalog, self._by_slug[field])[slug]) for slug in names]
        return _("%(field)s is %(names)s") % {"field": _(field.capitalize()), "names": _(" or ").join(names)}


def _is_said(value: object) -> bool:
    return value == "" or is_text(value)  # captures that told of no audience have an empty one


class StageLeaf(Leaf):
    """{"leaf": "stage", "value": ["mel", "mql"]}; a stage includes those merged into it."""

    kind: ClassVar[str] = "stage"
    fields: ClassVar[frozenset[str]] = frozenset({"value"})
    in_scoring: ClassVar[bool] = False

    def errors(self, spec: Spec, catalog: Catalog) -> Iterator[tuple[str, str]]:
        yield from choice_errors(spec, "value", catalog.stages, many=True)

    def compile(self, spec: Spec, plan: Plan) -> str:
        ids = {pk for slug in spec["value"] for pk in plan.catalog.counted_as(slug)}
        return f"l.stage_id = ANY({plan.param(sorted(ids))})"

    def words(self, spec: Spec, catalog: Catalog) -> str:
        return _("stands at %(stages)s") % {
            "stages": _(" or ").join(catalog.all_stages[s].label for s in spec["value"])
        }


class StageDaysLeaf(Leaf):
    """{"leaf": "stage_days", "op": "gte", "value": 30}: whole days in the current stage."""

    kind: ClassVar[str] = "stage_days"
    fields: ClassVar[frozenset[str]] = frozenset({"op", "value"})
    in_scoring: ClassVar[bool] = False

    def errors(self, spec: Spec, catalog: Catalog) -> Iterator[tuple[str, str]]:
        yield from choice_errors(spec, "op", COMPARISONS)
        wrong = list(number_errors(spec))
        yield from wrong or since_errors(spec)

    def compile(self, spec: Spec, plan: Plan) -> str:
        return f"({plan.today_literal} - {plan.day('l.stage_since')}) {COMPARISONS[spec['op']]} {int(spec['value'])}"

    def changes(self, spec: Spec, plan: Plan, becomes: bool | None) -> list[str]:
        return day_changes(spec, plan.day("l.stage_since"), becomes)

    def words(self, spec: Spec, catalog: Catalog) -> str:
        return _("%(limit)s days in the stage") % {"limit": op_words(spec["op"], spec["value"])}


class OutcomeLeaf(Leaf):
    """{"leaf": "outcome", "value": ["nurture"]}; "open" stands for a pass that has not ended."""

    kind: ClassVar[str] = "outcome"
    fields: ClassVar[frozenset[str]] = frozenset({"value"})
    in_scoring: ClassVar[bool] = False

    def errors(self, spec: Spec, catalog: Catalog) -> Iterator[tuple[str, str]]:
        yield from choice_errors(spec, "value", ["open", *Outcome.values], many=True)

    def compile(self, spec: Spec, plan: Plan) -> str:
        return f"l.outcome = ANY({plan.param(['' if v == 'open' else v for v in spec['value']])})"

    def words(self, spec: Spec, catalog: Catalog) -> str:
        names = [_("open") if v == "open" else str(Outcome(v).label) for v in spec["value"]]
        return _("outcome is %(names)s") % {"names": _(" or ").join(names)}


def join_score(spec: Spec, plan: Plan) -> str:
    """Join the stored score of a model; returns its alias."""
    model = plan.catalog.models[spec["model"]].pk
    table = plan.scores.get(model, "leads_leadscore")
    plan.join(f"s{model}", f"LEFT JOIN {table} s{model} ON s{model}.lead_id = l.id AND s{model}.model_id = {model}")
    return f"s{model}"


class ScoreLeaf(Leaf):
    """{"leaf": "score", "model": "mql", "op": "gte", "value": 80}; a lead not scored yet has no points."""

    kind: ClassVar[str] = "score"
    fields: ClassVar[frozenset[str]] = frozenset({"model", "op", "value"})
    in_scoring: ClassVar[bool] = False

    def errors(self, spec: Spec, catalog: Catalog) -> Iterator[tuple[str, str]]:
        yield from choice_errors(spec, "model", catalog.models)
        yield from choice_errors(spec, "op", COMPARISONS)
        yield from points_errors(spec)

    def compile(self, spec: Spec, plan: Plan) -> str:
        return f"{join_score(spec, plan)}.points {COMPARISONS[spec['op']]} {spec['value']!r}"

    def words(self, spec: Spec, catalog: Catalog) -> str:
        limit = op_words(spec["op"], spec["value"])
        return _("%(model)s %(limit)s") % {"model": catalog.models[spec["model"]].name, "limit": limit}


class BandLeaf(Leaf):
    """{"leaf": "band", "model": "mql", "value": ["hot"]}"""

    kind: ClassVar[str] = "band"
    fields: ClassVar[frozenset[str]] = frozenset({"model", "value"})
    in_scoring: ClassVar[bool] = False

    def errors(self, spec: Spec, catalog: Catalog) -> Iterator[tuple[str, str]]:
        yield from choice_errors(spec, "model", catalog.models)
        yield from choice_errors(spec, "value", BANDS, many=True)

    def compile(self, spec: Spec, plan: Plan) -> str:
        return f"{join_score(spec, plan)}.band = ANY({plan.param(list(spec['value']))})"

    def words(self, spec: Spec, catalog: Catalog) -> str:
        names = _(" or ").join(spec["value"])
        return _("%(model)s is %(bands)s") % {"model": catalog.models[spec["model"]].name, "bands": names}
