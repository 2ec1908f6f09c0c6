"""Whether a tree holds for one lead on one day, read from the leaves' docstrings word by word."""

import re
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any

from tests.oracle.facts import Deed, Person, Said, World
from tests.oracle.values import attribute, value_of
from tests.oracle.view import View, compare, current_pass

BANT = ("unknown", "no", "partly", "yes")
PARTS = ("budget", "authority", "need", "timeline")
EARLIEST = date.min


def holds(tree: dict[str, Any], view: View) -> bool:
    """Evaluate a tree."""
    if "all" in tree:
        return all(holds(child, view) for child in tree["all"])
    if "any" in tree:
        return any(holds(child, view) for child in tree["any"])
    if "not" in tree:
        return not holds(tree["not"], view)
    return LEAVES[tree["leaf"]](tree, view)


def chosen(spec: dict[str, Any], view: View, of: Person | None = None) -> list[Deed]:
    """The activities a selection counts: human ones unless it says otherwise; the lead's, or those `of` another."""
    trusted = ("human", "unsure") if spec.get("unsure") else ("human",)
    first = view.day - timedelta(days=spec["days"] - 1) if "days" in spec else EARLIEST
    return [
        deed
        for deed in (of or view.person).deeds
        if view.knows(deed)
        and deed.evidence in trusted
        and view.world.day_of(deed.at) >= first
        and ("kinds" not in spec or deed.kind in spec["kinds"])
        and ("paths" not in spec or any(on_set(view.world, deed.path, name) for name in spec["paths"]))
        and ("campaigns" not in spec or deed.campaign in spec["campaigns"])
        and ("channels" not in spec or deed.channel in spec["channels"])
        and ("documents" not in spec or deed.document in spec["documents"])
        and ("mediums" not in spec or deed.medium in spec["mediums"])
        and ("mails" not in spec or deed.mail in spec["mails"])
    ]


def on_set(world: World, path: str | None, name: str) -> bool:
    """Whether a path belongs to a path set: whole paths, * for any run of characters."""
    if path is None:
        return False
    patterns = (re.escape(pattern).replace(r"\*", ".*") for pattern in world.patterns[name])
    return any(re.fullmatch(pattern, path) for pattern in patterns)


def _activity(spec: dict[str, Any], view: View) -> bool:
    return _behaves(spec, view, chosen(spec, view), 1)


def _company_activity(spec: dict[str, Any], view: View) -> bool:
    """Over everybody at the lead's company, the lead too; without a company the lead's own."""
    by_person = [chosen(spec, view, person) for person in colleagues(view)]
    return _behaves(spec, view, [deed for deeds in by_person for deed in deeds], sum(map(bool, by_person)))


def colleagues(view: View) -> list[Person]:
    """Who is at the lead's company on the day, the lead too; of a lead without a company the lead alone."""
    at = view.subject("lead")["company_id"]
    if at is None:
        return [view.person]
    others = (View(view.world, person, view.day, view.past) for person in view.world.everybody.values())
    return [other.person for other in others if other.subject("lead")["company_id"] == at]


def _behaves(spec: dict[str, Any], view: View, deeds: list[Deed], people: int) -> bool:
    days = {view.world.day_of(deed.at) for deed in deeds}
    if spec["measure"] in ("days_since_first", "days_since_last"):
        if not days:
            return False
        day = min(days) if spec["measure"] == "days_since_first" else max(days)
        return compare((view.day - day).days, spec["op"], spec["value"])
    number = {
        "count": len(deeds),
        "visits": len({deed.visit for deed in deeds if deed.visit is not None}),
        "pages": len({deed.path for deed in deeds if deed.path is not None}),
        "days": len(days),
        "dwell": sum(deed.dwell or 0 for deed in deeds),
        "people": people,
    }[spec["measure"]]
    return compare(number, spec["op"], Decimal(str(spec["value"])))


def _latest(facts: list[Said], view: View) -> dict[str, Any] | None:
    known = [fact for fact in facts if view.knows(fact)]
    return max(known, key=lambda fact: (fact.at, fact.pk)).what if known else None


def _states(realm: str, view: View) -> dict[str, Any]:
    facts = [fact for fact in view.person.bant if fact.what["realm"] == realm]
    return _latest(facts, view) or dict.fromkeys(PARTS, "unknown")


def _bant(spec: dict[str, Any], view: View) -> bool:
    state = _states(spec["realm"], view)[spec["part"]]
    if spec["op"] == "is":
        return bool(state == spec["value"])
    return BANT.index(state) >= BANT.index(spec["value"])


def _bant_count(spec: dict[str, Any], view: View) -> bool:
    wanted = spec["state"]
    enough = BANT[BANT.index(wanted) :] if wanted in ("partly", "yes") else (wanted,)
    states = _states(spec["realm"], view)
    number = sum(states[part] in enough for part in PARTS)
    return compare(number, spec["op"], Decimal(str(spec["value"])))


def _consent(spec: dict[str, Any], view: View) -> bool:
    latest = _latest(view.person.consents, view)
    return bool((latest or {"granted": False})["granted"] == spec["value"])


def _source(spec: dict[str, Any], view: View) -> bool:
    field, wanted = spec["field"], spec["value"]
    if field not in ("channel", "campaign"):
        return any(fact.what[field] in wanted for fact in view.person.captures if view.knows(fact))
    if not view.past:
        return view.person.now[field] in wanted
    current = current_pass(view)
    return current is not None and current.what[field] in wanted


def _pass(spec: dict[str, Any], view: View) -> bool:
    current = current_pass(view)
    return (
        current is not None
        and ("op" not in spec or compare(current.what["cycle"], spec["op"], spec["value"]))
        and ("kinds" not in spec or current.what["kind"] in spec["kinds"])
    )


def _owner(spec: dict[str, Any], view: View) -> bool:
    owner, team = view.person.now["owner"], view.person.now["team"]
    if spec["op"] in ("is_set", "is_unset"):
        return (owner is not None) == (spec["op"] == "is_set")
    return (owner if spec["op"] == "user" else team) in spec["value"]


def _stage_days(spec: dict[str, Any], view: View) -> bool:
    return compare((view.day - view.world.day_of(view.person.now["stage_since"])).days, spec["op"], spec["value"])


def _outcome(spec: dict[str, Any], view: View) -> bool:
    return (view.person.now["outcome"] or "open") in spec["value"]


def _score(spec: dict[str, Any], view: View) -> bool:
    score = view.person.scores.get(spec["model"])
    return score is not None and compare(score["points"], spec["op"], Decimal(str(spec["value"])))


def _company_score(spec: dict[str, Any], view: View) -> bool:
    points = company_points(spec["model"], view.person, view.world)
    return points is not None and compare(points, spec["op"], Decimal(str(spec["value"])))


def company_points(model: str, person: Person, world: World) -> int | None:
    """The score of a person's company by the model's rule; of somebody without a company the own one."""
    if person.now["company_id"] is None:
        own = person.scores.get(model)
        return own["points"] if own else None
    people = [one for one in world.everybody.values() if one.now["company_id"] == person.now["company_id"]]
    people = [one for one in people if one.now["archived_at"] is None and one.now["outcome"] != "disqualified"]
    points = sorted((one.scores[model]["points"] for one in people if model in one.scores), reverse=True)
    if not points:
        return None
    return {
        "highest": max(points),
        "sum": sum(points),
        "falling": floor(sum(Fraction(own, 2**place) for place, own in enumerate(points[:21]))),
    }[world.company_rules[model]]


def _band(spec: dict[str, Any], view: View) -> bool:
    score = view.person.scores.get(spec["model"])
    return score is not None and score["band"] in spec["value"]


def _grade(spec: dict[str, Any], view: View) -> bool:
    score, grid = view.person.scores.get(spec["model"]), view.world.grids[spec["model"]]
    if score is None or grid is None:
        return False
    letter = "ABCD"[sum(score["fit"] < least for least in grid["fit"])]
    number = "1234"[sum(score["engagement"] < least for least in grid["engagement"])]
    return letter + number in spec["value"]


def leaves_of(tree: dict[str, Any]) -> list[dict[str, Any]]:
    """All leaves of a tree."""
    if "leaf" in tree:
        return [tree]
    children = [tree["not"]] if "not" in tree else tree.get("all", tree.get("any"))
    return [leaf for child in children for leaf in leaves_of(child)]


def is_unset(leaf: dict[str, Any], view: View) -> bool:
    """Whether nothing a leaf reads is known. A leaf that asks whether something is known has its answer."""
    if leaf["leaf"] in ("lead", "company"):
        return leaf["op"] not in ("is_set", "is_unset") and value_of(leaf, view)[0] is None
    if leaf["leaf"] == "bant":
        return leaf["value"] != "unknown" and _states(leaf["realm"], view)[leaf["part"]] == "unknown"
    if leaf["leaf"] == "bant_count":
        states = _states(leaf["realm"], view)
        return leaf["state"] != "unknown" and all(states[part] == "unknown" for part in PARTS)
    if leaf["leaf"] == "segment":
        conditions = [view.world.segments[slug] for slug in leaf["value"]]
        return all(is_unset(inner, view) for tree in conditions for inner in leaves_of(tree))
    return False


def grade(realm: str, view: View) -> str | None:
    """The grade in the latest profile of a realm known on the day; None before the first one."""
    known = [
        row
        for row in view.world.profiles
        if row["realm"] == realm and not (view.past and view.world.day_of(row["recorded_at"]) > view.day)
    ]
    if not known:
        return None
    profile = max(known, key=lambda row: row["version"])
    total = sum(weight for weight, _tree in profile["wishes"])
    met = sum(weight for weight, tree in profile["wishes"] if is_met(tree, view))
    return next(letter for letter, bound in profile["bounds"].items() if met * 100 >= bound * total)


def is_met(tree: dict[str, Any], view: View) -> bool:
    """A condition of a profile is met where it holds and something it reads is known."""
    return holds(tree, view) and not all(is_unset(leaf, view) for leaf in leaves_of(tree))


def _icp(spec: dict[str, Any], view: View) -> bool:
    found = grade(spec["realm"], view)
    if found is None:
        return False
    return found == spec["value"] if spec["op"] == "is" else found <= spec["value"]


def _segment(spec: dict[str, Any], view: View) -> bool:
    return any(holds(view.world.segments[slug], view) for slug in spec["value"])


LEAVES = {
    "icp": _icp,
    "segment": _segment,
    "activity": _activity,
    "company_activity": _company_activity,
    "pass": _pass,
    "owner": _owner,
    "lead": attribute,
    "company": attribute,
    "bant": _bant,
    "bant_count": _bant_count,
    "consent": _consent,
    "source": _source,
    "stage": lambda spec, view: view.person.now["stage"] in spec["value"],
    "stage_days": _stage_days,
    "outcome": _outcome,
    "score": _score,
    "company_score": _company_score,
    "band": _band,
    "grade": _grade,
}
