"""What each kind of leaf asks for: the fields of the condition editor, described once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.conditions.activity import ActivityLeaf, CompanyActivityLeaf
from leads.conditions.attribute import SUBJECTS
from leads.conditions.catalog import Catalog
from leads.conditions.icp import GRADES
from leads.conditions.values import OPS
from leads.models import BantAssessment, BantState, Kind, Medium, Outcome, PassKind, Phase, Realm
from leads.models.score import GRID_GRADES

Choices = Sequence[tuple[str, Any]]


@dataclass(frozen=True)
class Slot:
    """One field of a leaf. `shape`: choice, many, number, whole, wholes, texts, flag, bool, date, value, kept (unseen).

    With `redraws` the other fields of the row depend on it. A value is what leads.forms.suited makes of it.
    """

    name: str
    label: Any
    shape: str
    choices: Callable[[Catalog], Choices] | None = None
    optional: bool = False
    redraws: bool = False


def read(slot: Slot, sent: QueryDict, name: str) -> Any:
    """The value somebody sent for a slot, None when nothing was; what cannot be read stays as typed."""
    if slot.shape == "many":
        return sent.getlist(name) or None
    if slot.shape == "flag":
        return True if name in sent else None
    texts = [said.strip() for said in sent.getlist(name) if said.strip()]
    if not texts:
        return None
    if slot.shape == "value" and len(texts) > 1:
        return texts
    text = texts[-1]
    if slot.shape in ("wholes", "texts"):
        parts = [part.strip() for part in text.replace("\n", ",").split(",") if part.strip()]
        return [number(part) for part in parts] if slot.shape == "wholes" else parts
    if slot.shape == "bool":
        return {"true": True, "false": False}.get(text, text)
    return number(text) if slot.shape in ("number", "whole") else text


def number(text: str) -> int | float | str:
    """A number as typed, or the text where it is none."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def written(value: Any) -> str:
    """A value as the text field shows it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def _named(table: str) -> Callable[[Catalog], Choices]:
    return lambda catalog: [(slug, str(row)) for slug, row in getattr(catalog, table).items()]


def slugs(members: Any) -> Callable[[Catalog], Choices]:
    """The members of an enumeration, as choices."""
    return lambda catalog: [(member.slug, member.label) for member in members]


def fixed(*pairs: tuple[str, Any]) -> Callable[[Catalog], Choices]:
    """These choices, whatever is administered."""
    return lambda catalog: pairs


def _fields(subject: str) -> Callable[[Catalog], Choices]:
    def choices(catalog: Catalog) -> Choices:
        columns = [(name, label) for name, (_type, label) in SUBJECTS[subject].columns.items()]
        rows = [(f"attributes.{key}", row.label) for (of, key), row in catalog.attributes.items() if of == subject]
        return [*columns, *rows]

    return choices


COMPARED = fixed(
    ("gte", gettext_lazy("at least")),
    ("gt", gettext_lazy("more than")),
    ("lte", gettext_lazy("at most")),
    ("lt", gettext_lazy("fewer than")),
    ("eq", gettext_lazy("exactly")),
)
OP_LABELS: Mapping[str, Any] = {
    "eq": gettext_lazy("is"),
    "ne": gettext_lazy("is not"),
    "in": gettext_lazy("is one of"),
    "not_in": gettext_lazy("is none of"),
    "contains": gettext_lazy("contains"),
    "starts_with": gettext_lazy("starts with"),
    "ends_with": gettext_lazy("ends with"),
    "all_of": gettext_lazy("is all of"),
    "gt": gettext_lazy("above"),
    "gte": gettext_lazy("at least"),
    "lt": gettext_lazy("below"),
    "lte": gettext_lazy("at most"),
    "between": gettext_lazy("between"),
    "last_days": gettext_lazy("within the last … days"),
    "next_days": gettext_lazy("within the next … days"),
    "more_days_ago": gettext_lazy("more than … days ago"),
    "more_days_ahead": gettext_lazy("more than … days ahead"),
    "is_set": gettext_lazy("is known"),
    "is_unset": gettext_lazy("is not known"),
}
ATTRIBUTE_OPS = fixed(*((op, OP_LABELS[op]) for op in dict.fromkeys(op for ops in OPS.values() for op in ops)))
REALMS = fixed(*Realm.choices)
AT_LEAST = fixed(("at_least", gettext_lazy("at least")), ("is", gettext_lazy("exactly")))
PARTS = fixed(*((part, part.capitalize()) for part in BantAssessment.PARTS))
MEASURE_LABELS: Mapping[str, Any] = {
    "count": gettext_lazy("number of activities"),
    "visits": gettext_lazy("number of visits"),
    "pages": gettext_lazy("number of different pages"),
    "days": gettext_lazy("number of different days"),
    "dwell": gettext_lazy("seconds spent"),
    "people": gettext_lazy("number of different people"),
    "days_since_first": gettext_lazy("days since the first one"),
    "days_since_last": gettext_lazy("days since the last one"),
}
SELECTION = (
    Slot("kinds", gettext_lazy("What"), "many", slugs(Kind), optional=True),
    Slot("paths", gettext_lazy("Pages"), "many", _named("path_sets"), optional=True),
    Slot("days", gettext_lazy("In the last days"), "whole", optional=True),
    Slot("mediums", gettext_lazy("Came by"), "many", slugs(Medium), optional=True),
    Slot("channels", gettext_lazy("Source"), "many", _named("channels"), optional=True),
    Slot("campaigns", gettext_lazy("Campaign"), "many", _named("campaigns"), optional=True),
    Slot("documents", gettext_lazy("Document"), "many", _named("documents"), optional=True),
    Slot("mails", gettext_lazy("Mail numbers"), "wholes", optional=True),
    Slot("unsure", gettext_lazy("Unsure evidence too"), "flag", optional=True),
)


def _behaviour(measures: Sequence[str]) -> Sequence[Slot]:
    return (
        Slot("measure", gettext_lazy("Count"), "choice", fixed(*((name, MEASURE_LABELS[name]) for name in measures))),
        Slot("op", gettext_lazy("Is"), "choice", COMPARED),
        Slot("value", gettext_lazy("Number"), "number"),
        *SELECTION,
    )


GIVEN = fixed(("true", gettext_lazy("given")), ("false", gettext_lazy("not given")))
POINTS = (
    Slot("model", gettext_lazy("Model"), "choice", _named("models")),
    Slot("op", gettext_lazy("Points"), "choice", COMPARED),
    Slot("value", gettext_lazy("Number"), "number"),
)
SLOTS: Mapping[str, Sequence[Slot]] = {
    "activity": _behaviour(ActivityLeaf.measures),
    "company_activity": _behaviour(CompanyActivityLeaf.measures),
    "lead": (
        Slot("field", gettext_lazy("Field"), "choice", _fields("lead")),
        Slot("op", gettext_lazy("Is"), "choice", ATTRIBUTE_OPS),
        Slot("value", gettext_lazy("Value"), "value", optional=True),
    ),
    "company": (
        Slot("field", gettext_lazy("Field"), "choice", _fields("company")),
        Slot("op", gettext_lazy("Is"), "choice", ATTRIBUTE_OPS),
        Slot("value", gettext_lazy("Value"), "value", optional=True),
    ),
    "bant": (
        Slot("realm", gettext_lazy("Whose view"), "choice", REALMS),
        Slot("part", gettext_lazy("Part"), "choice", PARTS),
        Slot("op", gettext_lazy("Is"), "choice", AT_LEAST),
        Slot("value", gettext_lazy("State"), "choice", slugs(BantState)),
    ),
    "bant_count": (
        Slot("realm", gettext_lazy("Whose view"), "choice", REALMS),
        Slot("op", gettext_lazy("Parts"), "choice", COMPARED),
        Slot("value", gettext_lazy("Number"), "number"),
        Slot("state", gettext_lazy("State"), "choice", slugs(BantState)),
    ),
    "icp": (
        Slot("realm", gettext_lazy("Whose view"), "choice", REALMS),
        Slot("op", gettext_lazy("Is"), "choice", AT_LEAST),
        Slot("value", gettext_lazy("Grade"), "choice", fixed(*((grade, grade) for grade in GRADES))),
    ),
    "consent": (Slot("value", gettext_lazy("Consent"), "bool", GIVEN),),
    "pass": (
        Slot("op", gettext_lazy("Number"), "choice", COMPARED, optional=True),
        Slot("value", gettext_lazy("Pass"), "whole", optional=True),
        Slot("kinds", gettext_lazy("Kind"), "many", fixed(*PassKind.choices), optional=True),
    ),
    "owner": (
        Slot(
            "op",
            gettext_lazy("Is"),
            "choice",
            fixed(
                ("is_set", gettext_lazy("somebody")),
                ("is_unset", gettext_lazy("nobody")),
                ("user", gettext_lazy("one of these people")),
                ("team", gettext_lazy("of one of these teams")),
            ),
        ),
        Slot("value", gettext_lazy("Who"), "value", optional=True),
    ),
    "source": (
        Slot(
            "field",
            gettext_lazy("Field"),
            "choice",
            fixed(
                ("channel", gettext_lazy("Channel")),
                ("campaign", gettext_lazy("Campaign")),
                ("document", gettext_lazy("Document")),
                ("audience", gettext_lazy("Audience")),
                ("medium", gettext_lazy("Medium")),
            ),
        ),
        Slot("value", gettext_lazy("Which"), "value"),
    ),
    "segment": (Slot("value", gettext_lazy("Segment"), "many", _named("segments")),),
    "stage": (Slot("value", gettext_lazy("Stage"), "many", _named("stages")),),
    "stage_days": (
        Slot("op", gettext_lazy("Days"), "choice", COMPARED),
        Slot("value", gettext_lazy("Number"), "whole"),
    ),
    "outcome": (
        Slot("value", gettext_lazy("Outcome"), "many", fixed(("open", gettext_lazy("open")), *Outcome.choices)),
    ),
    "score": POINTS,
    "band": (
        Slot("model", gettext_lazy("Model"), "choice", _named("models")),
        Slot(
            "value",
            gettext_lazy("Band"),
            "many",
            fixed(("hot", gettext_lazy("hot")), ("warm", gettext_lazy("warm")), ("cold", gettext_lazy("cold"))),
        ),
    ),
    "grade": (
        Slot("model", gettext_lazy("Model"), "choice", _named("models")),
        Slot("value", gettext_lazy("Grade"), "many", fixed(*((grade, grade) for grade in GRID_GRADES))),
    ),
    "company_score": POINTS,
    "phase": (
        Slot("op", gettext_lazy("Is"), "choice", AT_LEAST),
        Slot("value", gettext_lazy("Phase"), "choice", fixed(*Phase.choices)),
    ),
}
KIND_LABELS: Mapping[str, Any] = {
    "activity": gettext_lazy("What they did"),
    "company_activity": gettext_lazy("What anybody at the company did"),
    "lead": gettext_lazy("About the person"),
    "company": gettext_lazy("About the company"),
    "bant": gettext_lazy("One part of BANT"),
    "bant_count": gettext_lazy("How many parts of BANT"),
    "icp": gettext_lazy("Ideal customer grade"),
    "consent": gettext_lazy("Consent to mail"),
    "source": gettext_lazy("Where they came from"),
    "pass": gettext_lazy("Which pass"),
    "owner": gettext_lazy("Owner"),
    "segment": gettext_lazy("In a segment"),
    "stage": gettext_lazy("Stage"),
    "stage_days": gettext_lazy("Days in the stage"),
    "outcome": gettext_lazy("Outcome"),
    "score": gettext_lazy("Score"),
    "band": gettext_lazy("Score band"),
    "grade": gettext_lazy("Fit and engagement grade"),
    "company_score": gettext_lazy("Score of the company"),
    "phase": gettext_lazy("Buying phase"),
}


def kind_label(kind: str) -> str:
    """The name of a kind of leaf; kinds of the apps above are shown by their own name."""
    return str(KIND_LABELS.get(kind, _("Other: %(kind)s") % {"kind": kind}))
