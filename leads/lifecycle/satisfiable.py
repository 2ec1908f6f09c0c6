"""Criteria that can never be met, found before they are written down: pure rules over trees.

Each leaf claims something of one thing: the points of a model, the stage, a column. Claims that must hold at once are
tried with every value that could tell them apart; where none suits all of them, no lead ever will. What is found is
certain; what is not found may still be unlikely.
"""

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from leads.conditions.tree import InvalidCondition, Tree, placed
from leads.lifecycle.claims import OTHER, Claim, claim_of

Flaw = tuple[str, str]  # place and reason
Said = tuple[Claim, bool]  # a claim and whether its opposite is meant
Given = Mapping[tuple[str, ...], Sequence[Said]]


class NeverMet(InvalidCondition):
    """A condition without a mistake in its form that no lead could ever meet."""


@dataclass(frozen=True)
class Ground:
    """Where leads stand that a criterion may promote, and the score models that give points."""

    stages: Collection[str]
    models: Collection[str]


def flaws(tree: Tree, ground: Ground) -> list[Flaw]:
    """Why a valid tree could never be met as a criterion, place by place; nothing where it may be.

    Of alternatives (any) each one has to be possible: whoever wrote it down meant it to be.
    """
    unscored = [
        (f"{place}.model".lstrip("."), _("This model has no published version, so no lead has points in it."))
        for place, spec in placed(tree)
        if spec["leaf"] in ("score", "band", "company_score") and spec["model"] not in ground.models
    ]
    given: Given = {
        ("stage",): [
            (Claim(("stage",), lambda value: value in ground.stages, frozenset(ground.stages), is_closed=True), False)
        ],
        ("outcome",): [
            (Claim(("outcome",), lambda value: value == "open", frozenset(["open"]), is_closed=True), False)
        ],
    }
    return unscored or list(_flaws(tree, "", False, given))


def _flaws(node: Tree, place: str, negated: bool, given: Given) -> Iterator[Flaw]:
    """What must hold at once is added to `given`; each alternative is looked at by itself beside it."""
    at_once, either = _parts(node, place, negated)
    known = {thing: list(said) for thing, said in given.items()}
    for where, spec, is_negated in at_once:
        claim = claim_of(spec)
        if claim is None:
            continue
        known.setdefault(claim.thing, []).append((claim, is_negated))
        beyond = (
            spec["leaf"] == "stage" and not is_negated and not given["stage",][0][0].named.issuperset(spec["value"])
        )
        if beyond or not _is_possible(known[claim.thing]):
            yield f"{where}.value".lstrip("."), _why(spec)
            return
    for branches, one_is_enough in either:
        found = [list(_flaws(child, where, is_negated, known)) for where, child, is_negated in branches]
        if all(found) or not one_is_enough:
            yield from (flaw for dead in found for flaw in dead[:1])


def _why(spec: Mapping[str, Any]) -> str:
    if spec["leaf"] == "stage":
        return _("No lead that this could promote stands there: name stages before this one, in its realm.")
    if spec["leaf"] == "outcome":
        return _("Only leads whose pass is open are promoted.")
    return _("This never holds together with what is asked beside it. Change one of the two.")


Leaf = tuple[str, Mapping[str, Any], bool]
Branches = tuple[list[tuple[str, Tree, bool]], bool]


def _parts(node: Tree, place: str, negated: bool) -> tuple[list[Leaf], list[Branches]]:
    """The leaves that must hold at once, and groups of alternatives.

    A group says whether one living branch is enough: so it is where a "not" made alternatives of what stood together.
    """
    at = f"{place}." if place else ""
    if "leaf" in node:
        return [(place, node, negated)], []
    if "not" in node:
        return _parts(node["not"], f"{at}not", not negated)
    ((word, children),) = node.items()
    inner = [(f"{at}{word}.{n}", child, negated) for n, child in enumerate(children)]
    if (word == "any") != negated and len(inner) > 1:
        return [], [(inner, negated)]
    found = [_parts(child, where, is_negated) for where, child, is_negated in inner]
    return [leaf for leaves, _groups in found for leaf in leaves], [group for _l, groups in found for group in groups]


def _is_possible(said: Sequence[Said]) -> bool:
    """Whether some value suits all claims about one thing."""
    if len(_kinds(said)) > 1:
        return True  # a date and a text under one name: nothing is certain
    return any(all(_suits(claim, is_negated, value) for claim, is_negated in said) for value in _values(said))


def _kinds(said: Sequence[Said]) -> set[str]:
    return {claim.kind for claim, _negated in said} - {""}


def _suits(claim: Claim, negated: bool, value: Any) -> bool:
    held = False if value is None and not claim.suits_unknown else claim.holds(value)
    return held is None or bool(held) != negated


def _values(said: Sequence[Said]) -> Iterable[Any]:
    """Enough values to tell the claims apart: those named, what lies between and beyond them, and not known."""
    claims = [claim for claim, _negated in said]
    named = {value for claim in claims for value in claim.named}
    values: set[Any] = {None} if all(claim.may_be_unknown for claim in claims) else set()
    if "number" not in _kinds(said):
        closed = all(claim.is_closed for claim in claims)
        return values | named | (set() if closed else {OTHER})
    ends = {bound for claim in claims for bound in (claim.least, claim.most) if bound is not None}
    least = max((claim.least for claim in claims if claim.least is not None), default=-math.inf)
    most = min((claim.most for claim in claims if claim.most is not None), default=math.inf)
    around = {value + step for value in named | ends for step in (-1, -0.5, 0, 0.5, 1)} | {0}
    between = {(low + high) / 2 for low, high in zip(sorted(around), sorted(around)[1:], strict=False)}
    whole = {bound for value in around for bound in (math.floor(value), math.ceil(value))}
    found = whole if any(claim.is_whole for claim in claims) else around | between
    return values | {value for value in found if least <= value <= most}
