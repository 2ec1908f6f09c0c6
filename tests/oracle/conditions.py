"""Whether a tree holds for one lead on one day, read from the leaves' docstrings word by word."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tests.oracle.facts import Deed, Person, Said, Subject, World

BANT = ("unknown", "no", "partly", "yes")
PARTS = ("budget", "authority", "need", "timeline")
EARLIEST = date.min


@dataclass
class View:
    """One lead as seen on a day. `past`: only what was known by the end of that day, attributes as they were."""

    world: World
    person: Person
    day: date
    past: bool = False

    def knows(self, fact: Deed | Said) -> bool:
        """Whether the fact had happened and was written down by the end of the day."""
        if not self.past:
            return True
        return self.world.day_of(fact.at) <= self.day and self.world.day_of(fact.recorded_at) <= self.day

    def subject(self, kind: str) -> dict[str, Any]:
        """The columns of the lead or its company on that day; of a missing company nothing is known."""
        lead = self._then(self.person)
        if kind == "lead":
            return lead
        company = self.world.companies.get(lead["company_id"] or 0)
        return {} if company is None else self._then(company)

    def _then(self, subject: Subject) -> dict[str, Any]:
        values = dict(subject.now)
        if self.past:
            for recorded_at, _, before in sorted(subject.changes, key=lambda c: (c[0], c[1]), reverse=True):
                if self.world.day_of(recorded_at) > self.day:
                    values.update(before)
        return values


def holds(tree: dict[str, Any], view: View) -> bool:
    """Evaluate a tree."""
    if "all" in tree:
        return all(holds(child, view) for child in tree["all"])
    if "any" in tree:
        return any(holds(child, view) for child in tree["any"])
    if "not" in tree:
        return not holds(tree["not"], view)
    return LEAVES[tree["leaf"]](tree, view)


def compare(left: Any, op: str, right: Any) -> bool:
    """A comparison by name."""
    return {
        "gte": left >= right,
        "gt": left > right,
        "lte": left <= right,
        "lt": left < right,
        "eq": left == right,
    }[op]


def chosen(spec: dict[str, Any], view: View) -> list[Deed]:
    """The activities a selection counts: human ones unless it says otherwise."""
    trusted = ("human", "unsure") if spec.get("unsure") else ("human",)
    first = view.day - timedelta(days=spec["days"] - 1) if "days" in spec else EARLIEST
    return [
        deed
        for deed in view.person.deeds
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
    deeds = chosen(spec, view)
    if spec["measure"] == "days_since_last":
        if not deeds:
            return False
        last = max(view.world.day_of(deed.at) for deed in deeds)
        return compare((view.day - last).days, spec["op"], spec["value"])
    number = {
        "count": len(deeds),
        "visits": len({deed.visit for deed in deeds if deed.visit is not None}),
        "pages": len({deed.path for deed in deeds if deed.path is not None}),
        "dwell": sum(deed.dwell or 0 for deed in deeds),
    }[spec["measure"]]
    return compare(number, spec["op"], Decimal(str(spec["value"])))


def _value(spec: dict[str, Any], view: View) -> tuple[Any, str]:
    """The value of a column or attribute with its type; None where it is not set."""
    columns, field = view.subject(spec["leaf"]), spec["field"]
    if field.startswith("attributes."):
        key = field.removeprefix("attributes.")
        value, type_ = columns.get("attributes", {}).get(key), view.world.types[(spec["leaf"], key)]
    else:
        value, type_ = columns.get(field), "number" if field == "employees" else "text"
    return (None if value in ("", []) else value), type_


def _attribute(spec: dict[str, Any], view: View) -> bool:
    (value, type_), op, wanted = _value(spec, view), spec["op"], spec.get("value")
    is_known = value is not None
    if op in ("is_set", "is_unset"):
        return is_known == (op == "is_set")
    if op in ("ne", "not_in"):  # what is not set is unequal to everything
        return not (is_known and _matches(value, {"ne": "eq", "not_in": "in"}[op], wanted, type_))
    return is_known and _matches(value, op, wanted, type_)


def _matches(value: Any, op: str, wanted: Any, type_: str) -> bool:
    if type_ == "choices":
        return any(item in value for item in wanted)
    if type_ in ("text", "choice"):
        return _text_matches(value, op, wanted)
    if type_ == "number":
        value = Decimal(str(value))
        if op == "between":
            return Decimal(str(wanted[0])) <= value <= Decimal(str(wanted[1]))
        return compare(value, op, Decimal(str(wanted)))
    if type_ == "date":
        return compare(date.fromisoformat(value), op, date.fromisoformat(wanted))
    return bool(value is wanted)


def _text_matches(value: str, op: str, wanted: Any) -> bool:
    text = _plain(value)
    if op == "in":
        return text in [_plain(item) for item in wanted]
    needle = _plain(wanted)
    return {"eq": text == needle, "contains": needle in text, "starts_with": text.startswith(needle)}[op]


def _plain(text: str) -> str:
    """Without regard to case. One letter at a time: no letter knows its neighbours."""
    return "".join(letter.lower()[0] for letter in text)


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
    passes = [fact for fact in view.person.passes if view.knows(fact)]
    return bool(passes) and max(passes, key=lambda fact: fact.what["cycle"]).what[field] in wanted


def _stage_days(spec: dict[str, Any], view: View) -> bool:
    return compare((view.day - view.world.day_of(view.person.now["stage_since"])).days, spec["op"], spec["value"])


def _outcome(spec: dict[str, Any], view: View) -> bool:
    return (view.person.now["outcome"] or "open") in spec["value"]


def _score(spec: dict[str, Any], view: View) -> bool:
    score = view.person.scores.get(spec["model"])
    return score is not None and compare(score["points"], spec["op"], Decimal(str(spec["value"])))


def _band(spec: dict[str, Any], view: View) -> bool:
    score = view.person.scores.get(spec["model"])
    return score is not None and score["band"] in spec["value"]


def leaves_of(tree: dict[str, Any]) -> list[dict[str, Any]]:
    """All leaves of a tree."""
    if "leaf" in tree:
        return [tree]
    children = [tree["not"]] if "not" in tree else tree.get("all", tree.get("any"))
    return [leaf for child in children for leaf in leaves_of(child)]


def is_unset(leaf: dict[str, Any], view: View) -> bool:
    """Whether nothing a leaf reads is known. A leaf that asks whether something is known has its answer."""
    if leaf["leaf"] in ("lead", "company"):
        return leaf["op"] not in ("is_set", "is_unset") and _value(leaf, view)[0] is None
    if leaf["leaf"] == "bant":
        return leaf["value"] != "unknown" and _states(leaf["realm"], view)[leaf["part"]] == "unknown"
    if leaf["leaf"] == "bant_count":
        states = _states(leaf["realm"], view)
        return leaf["state"] != "unknown" and all(states[part] == "unknown" for part in PARTS)
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


LEAVES = {
    "icp": _icp,
    "activity": _activity,
    "lead": _attribute,
    "company": _attribute,
    "bant": _bant,
    "bant_count": _bant_count,
    "consent": _consent,
    "source": _source,
    "stage": lambda spec, view: view.person.now["stage"] in spec["value"],
    "stage_days": _stage_days,
    "outcome": _outcome,
    "score": _score,
    "band": _band,
}
