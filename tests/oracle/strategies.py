"""Random trees and models, as Hypothesis strategies; every one of them is valid."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy, composite

from tests.oracle import worlds

OPS = st.sampled_from(["gte", "gt", "lte", "lt", "eq"])
KINDS = ["page_view", "mail_open", "mail_click", "meeting", "webinar"]
MEDIUMS = ["paid", "organic", "direct", "mail", "referral"]
REALMS, STATES = st.sampled_from(["marketing", "sales"]), st.sampled_from(["unknown", "no", "partly", "yes"])
PARTS = ["budget", "authority", "need", "timeline"]
STAGES = ["mcl", "mel", "mql", "sal", "sql", "sqo"]
DAYS = st.sampled_from([1, 2, 3, 7, 14, 30, 90])


def some(values: Any) -> SearchStrategy[list[Any]]:
    """One to three of these, without repeats."""
    return st.lists(st.sampled_from(list(values)), min_size=1, max_size=3, unique=True)


SELECTION: dict[str, SearchStrategy[Any]] = {
    "kinds": some(KINDS),
    "paths": some(worlds.PATH_SETS),
    "campaigns": some(worlds.CAMPAIGNS),
    "channels": some(worlds.CHANNELS),
    "mediums": some(MEDIUMS),
    "documents": some(worlds.DOCUMENTS),
    "mails": some([1, 2, 3]),
    "days": DAYS,
    "unsure": st.booleans(),
}


@composite
def selections(draw: Any) -> dict[str, Any]:
    """A selection of activities; few filters, so that something is left."""
    names = draw(st.lists(st.sampled_from(["days", "kinds", *SELECTION]), max_size=3, unique=True))
    return {name: draw(SELECTION[name]) for name in names}


MEASURES = ["count", "visits", "pages", "days", "dwell", "days_since_first", "days_since_last"]


@composite
def activity_leaves(draw: Any, kind: str = "activity") -> dict[str, Any]:
    """Any leaf about behaviour, of the lead or of everybody at its company."""
    measure = draw(st.sampled_from(MEASURES if kind == "activity" else [*MEASURES, "people"]))
    numbers = st.sampled_from([0, 1, 2, 3, 5, 1.5])
    if measure == "dwell":
        numbers = st.sampled_from([0, 1, 60, 65, 600, 600.5])
    elif measure.startswith("days_since"):
        numbers = st.sampled_from([0, 1, 2, 7, 30, 100])
    elif kind == "company_activity":
        numbers = st.sampled_from([0, 1, 2, 3, 5, 10, 20])
    return {"leaf": kind, "measure": measure, "op": draw(OPS), "value": draw(numbers), **draw(selections())}


LEAD_COLUMNS = {
    "job_title": [title for title in worlds.TITLES if title],
    "seniority": [slug for slug, _words in worlds.TITLE_CLASSES["seniority"]],
    "function": [slug for slug, _words in worlds.TITLE_CLASSES["function"]],
    "email_domain": ["gmail.com", "firm3.example", "GMAIL.com"],
    "is_free_mail": [True, False],
    "captured_on": worlds.LEAD_ATTRIBUTES["renews_on"],
    "known_since": worlds.LEAD_ATTRIBUTES["renews_on"],
    "first_name": ["DANA", "דנה", "d"],
    "email": ["p1", "@firm3.example"],
    "buying_role": worlds.ROLES,
}
COMPANY_COLUMNS = {"industry": worlds.WORDS, "country": ["il", "US"], "region": ["israel"], "domain": ["firm2.example"]}
TYPES = {
    **worlds.TYPES,
    "employees": "number",
    "is_free_mail": "boolean",
    "captured_on": "date",
    "known_since": "date",
}
NEAR = ["last_days", "next_days", "more_days_ago", "more_days_ahead"]
KNOWN = ["is_set", "is_unset"]
TEXT_OPS = ["eq", "ne", "in", "not_in", "contains", "starts_with", "ends_with", *KNOWN]
ATTRIBUTE_OPS = {
    "text": TEXT_OPS,
    "choice": TEXT_OPS,
    "option": ["eq", "ne", "in", "not_in", *KNOWN],
    "number": ["eq", "ne", "gt", "gte", "lt", "lte", "between", "in", "not_in", *KNOWN],
    "boolean": ["eq", *KNOWN],
    "date": ["eq", "ne", "gt", "gte", "lt", "lte", "between", *NEAR, *NEAR, *KNOWN],
    "choices": ["in", "not_in", "all_of", *KNOWN],
}


@composite
def attribute_leaves(draw: Any) -> dict[str, Any]:
    """Any leaf about a column or attribute of the lead or its company."""
    leaf = draw(st.sampled_from(["lead", "lead", "company"]))
    columns, attributes = {
        "lead": (LEAD_COLUMNS, worlds.LEAD_ATTRIBUTES),
        "company": (COMPANY_COLUMNS | {"employees": [20, 200, 1000, 199.5]}, worlds.COMPANY_ATTRIBUTES),
    }[leaf]
    fields = [*columns, *(f"attributes.{key}" for key in attributes)]
    field = draw(st.sampled_from(fields))
    key = field.removeprefix("attributes.")
    type_ = "option" if field in worlds.TITLE_CLASSES else TYPES.get(key, "text")
    values = [value for value in (columns[field] if key == field else attributes[key]) if value != ""]
    op = draw(st.sampled_from(ATTRIBUTE_OPS[type_]))
    spec = {"leaf": leaf, "field": field, "op": op}
    return spec if op in KNOWN else {**spec, "value": draw(compared(type_, op, values))}


@composite
def compared(draw: Any, type_: str, op: str, values: list[Any]) -> Any:
    """What a field with such values may be compared with."""
    if type_ == "choices":
        return draw(some(["a", "b", "ג"]))
    if op in NEAR:
        return draw(st.sampled_from([1, 2, 7, 30, 90, 3650]))
    if op in ("in", "not_in"):
        return draw(some(values))
    value = draw(st.sampled_from(values))
    if op == "between":
        return sorted([value, draw(st.sampled_from(values))])
    if op in ("contains", "starts_with", "ends_with"):
        cut = draw(st.integers(1, len(value)))
        return draw(st.sampled_from([value, value.upper(), value[:cut], value[-cut:]]))
    is_free = type_ == "text" and value not in worlds.ROLES  # of a list, values are written as they stand there
    return draw(st.sampled_from([value, value.upper()])) if is_free else value


@composite
def source_leaves(draw: Any) -> dict[str, Any]:
    """Any leaf about where the lead came from."""
    field, values = draw(
        st.sampled_from(
            [
                ("channel", worlds.CHANNELS),
                ("campaign", worlds.CAMPAIGNS),
                ("document", worlds.DOCUMENTS),
                ("audience", ["cfo", "it"]),
                ("medium", MEDIUMS),
            ]
        )
    )
    return {"leaf": "source", "field": field, "value": draw(some(values))}


def leaf(kind: str, **fields: SearchStrategy[Any]) -> SearchStrategy[dict[str, Any]]:
    """A leaf of that kind with these fields."""
    return st.fixed_dictionaries({"leaf": st.just(kind), **fields})


BANT_LEAVES = leaf(
    "bant", realm=REALMS, part=st.sampled_from(PARTS), op=st.sampled_from(["is", "at_least"]), value=STATES
)
BANT_COUNTS = leaf("bant_count", realm=REALMS, state=STATES, op=OPS, value=st.integers(0, 4))
SEGMENT_LEAVES = leaf("segment", value=some(worlds.SEGMENTS))
CONSENTS = leaf("consent", value=st.booleans())
ICP_LEAVES = leaf(
    "icp", realm=REALMS, op=st.sampled_from(["is", "at_least"]), value=st.sampled_from(["A", "B", "C", "D"])
)
PASS_KINDS = some(["new", "renewal", "referral"])
PASSES = (
    leaf("pass", op=OPS, value=st.integers(0, 3))
    | leaf("pass", kinds=PASS_KINDS)
    | leaf("pass", op=OPS, value=st.integers(1, 2), kinds=PASS_KINDS)
)
FACT_LEAVES = (
    activity_leaves()
    | attribute_leaves()
    | activity_leaves("company_activity")
    | attribute_leaves()
    | source_leaves()
    | PASSES
    | BANT_LEAVES
    | BANT_COUNTS
    | CONSENTS
    | ICP_LEAVES
    | SEGMENT_LEAVES
)
# Leaves that time alone turns.
TIMELY_LEAVES = (
    st.builds(lambda spec, days: {"days": days, **spec}, activity_leaves(), st.sampled_from([1, 2, 3, 7, 14, 30]))
    | leaf(
        "activity",
        measure=st.sampled_from(["days_since_first", "days_since_first", "days_since_last"]),
        op=OPS,
        value=st.integers(0, 8),
        days=st.sampled_from([3, 7, 14, 30]),
    )
    | leaf("company_activity", measure=st.sampled_from(MEASURES), op=OPS, value=st.integers(0, 8), days=DAYS)
    | leaf(
        "lead",
        field=st.sampled_from(["attributes.renews_on", "captured_on", "known_since"]),
        op=st.sampled_from(NEAR),
        value=st.sampled_from([1, 2, 5, 10, 20, 30]),
    )
)
STANDING_LEAVES = (
    leaf("owner", op=st.sampled_from(["is_set", "is_unset"]))
    | leaf("owner", op=st.just("user"), value=some(worlds.USERS))
    | leaf("owner", op=st.just("team"), value=some(["sales", "north"]))
    | leaf("stage", value=some(STAGES))
    | leaf("stage_days", op=OPS, value=st.sampled_from([0, 1, 7, 30, 100]))
    | leaf("outcome", value=some(["open", "won", "disqualified"]))
    | leaf("score", model=st.just("mql"), op=OPS, value=st.integers(-20, 90))
    | leaf("company_score", model=st.just("mql"), op=OPS, value=st.integers(-20, 140))
    | leaf("band", model=st.just("mql"), value=some(["hot", "warm", "cold"]))
    | leaf("grade", model=st.just("mql"), value=some(["A1", "A4", "B1", "B3", "C2", "D1", "D4"]))
)


def trees(leaves: SearchStrategy[Any] = FACT_LEAVES, most: int = 6) -> SearchStrategy[dict[str, Any]]:
    """Any tree over these leaves, so flat that it stays a valid one with its segments written out."""

    def grow(inner: SearchStrategy[Any]) -> SearchStrategy[Any]:
        children = st.lists(inner, min_size=1, max_size=3)
        return (
            st.fixed_dictionaries({"all": children})
            | st.fixed_dictionaries({"any": children})
            | st.fixed_dictionaries({"not": inner})
        )

    return st.recursive(leaves, grow, max_leaves=most).filter(lambda tree: levels(tree) <= 5)


def levels(tree: dict[str, Any]) -> int:
    """How deep a tree is nested, with room for the segments it names."""
    if "leaf" in tree:
        return 3 if tree["leaf"] == "segment" else 1
    ((word, inner),) = tree.items()
    return 1 + (levels(inner) if word == "not" else max(map(levels, inner)))


GROUPS = ["firm", "person", "web", "mail"]


UNITS = ["each", "latest", "page", "visit", "document", "day", "week", "month"]
HALF_LIVES = st.fixed_dictionaries({"half_life_days": st.sampled_from([1, 2, 7, 10, 30, 365])})
STEPS = st.fixed_dictionaries(
    {"step_days": st.sampled_from([1, 2, 7, 30]), "step_percent": st.sampled_from([1, 10, 25, 33, 50, 100])}
)


@composite
def rules(draw: Any) -> dict[str, Any]:
    """Any rule: points once, or per any unit of activities, fading, expiring, bounded, below zero too."""
    shape = draw(st.sampled_from(["once", "per", "per", "per_if"]))
    rule: dict[str, Any] = {
        "points": draw(st.sampled_from([-30, -7, -1, 0, 1, 3, 5, 10, 15, 30, 50, 100])),
        "group": draw(st.sampled_from(GROUPS)),
        "condition": draw(trees(most=3)) if shape in ("once", "per_if") else None,
        "per": None,
        **dict.fromkeys(("max_units", "half_life_days", "step_days", "step_percent")),
    }
    if shape == "once":
        return rule
    rule["per"] = {"of": draw(st.sampled_from(UNITS)), **draw(selections())}
    fading = HALF_LIVES | STEPS
    rule |= draw(fading if rule["per"]["of"] == "latest" else st.just({}) | fading)
    rule["max_units"] = draw(st.sampled_from([None, None, 1, 2, 3, 10]))
    return rule


@composite
def models(draw: Any) -> dict[str, Any]:
    """Any model version."""
    warm = draw(st.integers(-10, 60))
    kinds = {"firm": "fit", "person": "fit", "web": "engagement", "mail": "engagement"}
    return {
        "groups": [
            {"group": name, "kind": kinds[name], "cap": draw(st.sampled_from([None, None, 0, 10, 25, 40]))}
            for name in GROUPS
        ],
        "rules": draw(st.lists(rules(), min_size=1, max_size=6)),
        "bands": [
            {"band": "hot", "from": warm + draw(st.integers(1, 40))},
            {"band": "warm", "from": warm},
            {"band": "cold", "from": None},
        ],
    }
