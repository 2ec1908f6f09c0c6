"""How leads fit the ideal customer: grades of many in one statement, one lead's card with what stands behind it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.formats import date_format
from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext as _

from leads.conditions.attribute import SUBJECTS, AttributeLeaf
from leads.conditions.catalog import Catalog
from leads.conditions.icp import MET, UNKNOWN, grade_of, states
from leads.conditions.leaves import Spec
from leads.conditions.plan import Plan, Scope
from leads.conditions.select import plan_for
from leads.conditions.tree import leaves, sentence
from leads.models import (
    AttributeType,
    BantAssessment,
    BantState,
    IcpCondition,
    IcpGroup,
    IcpProfile,
    Lead,
    Realm,
)
from leads.queries.facts import latest_bant, shown


@dataclass(frozen=True)
class Fit:
    """How one lead fits the latest profile of one realm. `states` stand in the order of the profile's conditions."""

    profile: IcpProfile
    states: tuple[int, ...]

    def _weight(self, *wanted: int) -> int:
        rows = zip(self.profile.conditions.all(), self.states, strict=True)
        return sum(row.weight for row, state in rows if state in wanted)

    @property
    def grade(self) -> str:
        """A to D, the unknown counted as not met."""
        return grade_of(self.profile, self._weight(MET))

    @property
    def best(self) -> str:
        """The grade if everything unknown were met."""
        return grade_of(self.profile, self._weight(MET, UNKNOWN))

    @property
    def is_settled(self) -> bool:
        """Whether what is unknown cannot better the grade."""
        return self.best == self.grade

    @property
    def share(self) -> int:
        """Weight met in whole percents of all, rounded down so that it agrees with the grade."""
        return self._weight(MET) * 100 // max(sum(row.weight for row in self.profile.conditions.all()), 1)

    @property
    def unknown(self) -> int:
        """How many conditions nothing is known about."""
        return self.states.count(UNKNOWN)


Fits = Mapping[str, Fit]  # by realm; a realm without a profile is left out


def grades(lead_ids: Sequence[int], now: datetime, *, catalog: Catalog | None = None) -> dict[int, Fits]:
    """The fit of each lead by realm: one statement, whatever their number, beside those that read the profiles."""
    plan, scope = plan_for(now), Scope(ids=lead_ids)
    plan.catalog = catalog or plan.catalog
    profiles = [profile for realm in Realm.values if (profile := plan.catalog.icp(realm))]
    if not profiles or not lead_ids:
        return {pk: {} for pk in lead_ids}
    found: dict[int, Fits] = {}
    for pk, *columns in _judged(profiles, plan, scope):
        rows = zip(profiles, columns, strict=True)
        found[pk] = {profile.realm: Fit(profile, tuple(judged)) for profile, judged in rows}
    return found


def _judged(profiles: Sequence[IcpProfile], plan: Plan, scope: Scope) -> list[tuple[Any, ...]]:
    columns = ", ".join(f"ARRAY[{', '.join(states(profile, plan))}]::int[]" for profile in profiles)
    text = f"SELECT l.id, {columns} {plan.source(scope)} WHERE {scope.condition('l.id')}"
    with connection.cursor() as cursor:
        cursor.execute(text, {**plan.params, **scope.params})
        return cursor.fetchall()


@dataclass(frozen=True)
class Line:
    """One condition of a profile as a lead's card shows it."""

    row: IcpCondition
    state: str  # met, unmet or unknown
    words: str
    values: list[str]


@dataclass(frozen=True)
class RealmCard:
    """The fit with one realm's profile, by group."""

    realm: Realm
    fit: Fit
    groups: list[tuple[IcpGroup, list[Line]]]
    questions: list[str]


_STATES = ("unmet", "met", "unknown")


def card(lead: Lead, now: datetime) -> list[RealmCard]:
    """What a lead's page, its case in the inbox and the package show: the fit with each realm's profile."""
    catalog = Catalog()
    fits = grades([lead.pk], now, catalog=catalog).get(lead.pk, {})
    known = Known(lead, catalog) if fits else None
    return [_realm_card(Realm(realm), fit, known) for realm, fit in fits.items() if known]


def _realm_card(realm: Realm, fit: Fit, known: "Known") -> RealmCard:
    groups: dict[IcpGroup, list[Line]] = {group: [] for group in IcpGroup}
    questions: list[str] = []
    for row, state in zip(fit.profile.conditions.all(), fit.states, strict=True):
        specs = [spec for _leaf, spec in leaves(row.condition)]
        values = list(dict.fromkeys(text for spec in specs if (text := known.value(spec))))
        line = Line(row, _STATES[state], sentence(row.condition, known.catalog), values)
        groups[IcpGroup(row.group)].append(line)
        if state == UNKNOWN:
            questions += [text for spec in specs if (text := known.question(spec))]
    shown_groups = [(group, lines) for group, lines in groups.items() if lines]
    return RealmCard(realm, fit, shown_groups, list(dict.fromkeys(questions)))


class Known:
    """What one lead's conditions rest on, read once."""

    def __init__(self, lead: Lead, catalog: Catalog) -> None:
        self.lead, self.catalog = lead, catalog
        self.bants = latest_bant(lead.pk)

    def value(self, spec: Spec) -> str:
        """The value behind a leaf with its name, "Employees: 320"; empty where nothing is known."""
        return " ".join(self._value(spec))

    def question(self, spec: Spec) -> str:
        """What to ask so that a leaf becomes known."""
        if spec["leaf"] in ("lead", "company"):
            leaf, field = _attribute(spec)
            if leaf.source_of(field) in leaf.columns:
                field = leaf.source_of(field)
            return _asked(leaf.type_of(field, self.catalog), leaf.label_of(field, self.catalog), self._choices(spec))
        parts = [spec["part"]] if spec["leaf"] == "bant" else BantAssessment.PARTS
        names = ", ".join(str(BantAssessment._meta.get_field(part).verbose_name) for part in parts)  # type: ignore[union-attr]
        return _("%(field)s: how does it stand?") % {"field": names[:1].upper() + names[1:]}

    def _choices(self, spec: Spec) -> list[str]:
        row = self.catalog.attributes.get((spec["leaf"], spec["field"].removeprefix("attributes.")))
        return row.choices if row else []

    def _value(self, spec: Spec) -> Iterator[str]:
        if spec["leaf"] in ("lead", "company"):
            yield from self._of_subject(spec)
        elif spec["leaf"] == "bant" and (row := self.bants.get(spec["realm"])):
            yield str(BantAssessment._meta.get_field(spec["part"]).verbose_name).capitalize() + ":"  # type: ignore[union-attr]
            yield str(BantState(getattr(row, spec["part"])).label).lower()

    def _of_subject(self, spec: Spec) -> Iterator[str]:
        leaf, field = _attribute(spec)
        row: Any = self.lead if spec["leaf"] == "lead" else self.lead.company
        if row is None:
            return
        key = field.removeprefix("attributes.")
        source = leaf.source_of(field)
        value = row.attributes.get(key) if field != key else getattr(row, source)
        if value in (None, "", []):
            return
        definition = self.catalog.attributes.get((spec["leaf"], key)) if field != key else None
        yield leaf.label_of(source if source in leaf.columns else field, self.catalog) + ":"
        if isinstance(value, datetime):
            value = date_format(value.astimezone(get_current_timezone()))
        yield shown(definition, value) if definition else leaf.value_label(source, value)


def _attribute(spec: Spec) -> tuple[AttributeLeaf, str]:
    return SUBJECTS[spec["leaf"]], spec["field"]


def _asked(type_: str | None, label: str, choices: Sequence[str]) -> str:
    if choices:
        return _("%(field)s: which of %(choices)s?") % {"field": label, "choices": ", ".join(choices)}
    asked: Mapping[str, str] = {
        AttributeType.NUMBER: _("%(field)s: how many?"),
        AttributeType.BOOLEAN: _("%(field)s: yes or no?"),
        AttributeType.DATE: _("%(field)s: since or until when?"),
    }
    return asked.get(type_ or "", _("%(field)s: which?")) % {"field": label}
