"""The leaf about behaviour: how many, how long, how recently, filtered by what, where and when."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads.conditions.catalog import Catalog
from leads.conditions.leaves import COMPARISONS, MAX_DAYS, RISES, Leaf, Spec, choice_errors, number_errors
from leads.conditions.plan import Plan, Selection
from leads.models import Kind, Medium

FILTERS = frozenset({"kinds", "paths", "campaigns", "channels", "mediums", "documents", "mails", "days", "unsure"})


def selection_errors(spec: Spec, catalog: Catalog) -> Iterator[tuple[str, str]]:
    """What is wrong with the filters of a selection of activities."""
    allowed: dict[str, Any] = {
        "kinds": Kind.slugs(),
        "mediums": Medium.slugs(),
        "mails": range(1, 1000),
    }
    named = {"paths": "path_sets", "campaigns": "campaigns", "channels": "channels", "documents": "documents"}
    for field in sorted(FILTERS & spec.keys()):
        if field in allowed:
            yield from choice_errors(spec, field, allowed[field], many=True)
        elif field in named:
            yield from choice_errors(spec, field, getattr(catalog, named[field]), many=True)
    if "days" in spec and (
        isinstance(spec["days"], bool) or not isinstance(spec["days"], int) or not 1 <= spec["days"] <= MAX_DAYS
    ):
        yield "days", f"Give a whole number of days from 1 to {MAX_DAYS}."
    if not isinstance(spec.get("unsure", False), bool):
        yield "unsure", "Say true or false."


def select(spec: Spec, plan: Plan) -> Selection:
    """The filter over `a` that a spec describes."""
    catalog = plan.catalog
    kinds = frozenset(int(Kind.from_slug(slug)) for slug in spec["kinds"]) if "kinds" in spec else None
    start = plan.window_start(spec["days"]) if "days" in spec else None
    unsure = bool(spec.get("unsure"))
    parts = []
    if kinds is not None:
        parts.append(_among("a.kind", sorted(kinds)))
    if start is not None:
        parts.append(f"a.occurred_at >= {plan.instant(start)}")
    if "paths" in spec:
        pages = {page for slug in spec["paths"] for page in catalog.pages_of[catalog.path_sets[slug].pk]}
        parts.append(_among("a.page_id", sorted(pages)))
    if "mediums" in spec:
        parts.append(_among("a.medium", sorted(int(Medium.from_slug(slug)) for slug in spec["mediums"])))
    if "mails" in spec:
        parts.append(_among("a.mail_number", sorted(spec["mails"])))
    for field, column in (("campaigns", "campaign_id"), ("channels", "channel_id"), ("documents", "document_id")):
        if field in spec:
            rows = getattr(catalog, field)
            parts.append(_among(f"a.{column}", sorted(rows[slug].pk for slug in spec[field])))
    return Selection(" AND ".join(parts) or "TRUE", kinds, start, unsure)


def _among(column: str, numbers: list[int]) -> str:
    """Column among whole numbers; written as literals, they come from our own tables."""
    if not numbers:
        return "FALSE"
    if len(numbers) == 1:
        return f"{column} = {numbers[0]:d}"
    return f"{column} IN ({', '.join(f'{number:d}' for number in numbers)})"


AGGREGATES: Mapping[str, Callable[[Plan], str]] = {
    "count": lambda plan: "count(*)",
    "visits": lambda plan: "count(DISTINCT a.visit)",
    "pages": lambda plan: "count(DISTINCT a.page_id)",
    "days": lambda plan: f"count(DISTINCT {plan.day('a.occurred_at')})",
    "dwell": lambda plan: "sum(a.dwell_seconds)",
    "people": lambda plan: "count(DISTINCT a.lead_id)",
}
SINCE = {"days_since_first": "min(a.occurred_at)", "days_since_last": "max(a.occurred_at)"}
MAX_SINCE = 36_500
NEVER = {("eq", 0), ("lte", 0), ("lt", 1)}  # comparisons that say: not once


class BehaviourLeaf(Leaf):
    """What is asked of a selection of activities: how many, how long, how recently."""

    fields: ClassVar[frozenset[str]] = FILTERS | {"measure", "op", "value"}
    measures: ClassVar[tuple[str, ...]]
    account: ClassVar[bool] = False  # whether everybody of the company acts

    def errors(self, spec: Spec, catalog: Catalog) -> Iterator[tuple[str, str]]:
        yield from choice_errors(spec, "measure", self.measures)
        yield from choice_errors(spec, "op", COMPARISONS)
        wrong = list(number_errors(spec))
        yield from wrong
        if not wrong and spec.get("measure") in list(SINCE):
            yield from since_errors(spec)
        yield from selection_errors(spec, catalog)

    def compile(self, spec: Spec, plan: Plan) -> str:
        op = COMPARISONS[spec["op"]]
        if spec["measure"] in SINCE:
            return f"({plan.today_literal} - {self._day(spec, plan)}) {op} {int(spec['value'])}"
        aggregate = AGGREGATES[spec["measure"]](plan)
        return f"coalesce({plan.measure(aggregate, select(spec, plan), account=self.account)}, 0) {op} {_number(spec)}"

    def changes(self, spec: Spec, plan: Plan, becomes: bool | None) -> list[str]:
        if spec["measure"] in SINCE:
            return self._since_changes(spec, plan, becomes)
        # As facts leave the window the number can only fall, so a comparison flips against its rise.
        flips = tuple(not rise for rise in RISES[spec["op"]])
        if "days" not in spec or (becomes is not None and becomes not in flips):
            return []
        return [plan.leaving(select(spec, plan), int(spec["days"]), account=self.account)]

    def _since_changes(self, spec: Spec, plan: Plan, becomes: bool | None) -> list[str]:
        day = self._day(spec, plan)
        dates = day_changes(spec, day, becomes)
        if "days" not in spec:
            return dates
        # Once the last fact leaves the window there are no days since, which makes any comparison false. Once the
        # first one does, another is the first: the number falls and grows anew, so each way has to be looked at.
        if spec["measure"] == "days_since_last" and becomes is True:
            return dates
        return [*dates, f"{day} + {int(spec['days'])}"]

    def words(self, spec: Spec, catalog: Catalog) -> str:
        what, measure = selection_words(spec, catalog), spec["measure"]
        if measure in ("count", "days", "people") and (spec["op"], spec["value"]) in NEVER:
            return _("no %(what)s") % {"what": selection_words(spec, catalog, anything=_("activity"))}
        if measure == "visits" and (spec["op"], spec["value"]) in NEVER:
            return _("no visit with %(what)s") % {"what": what}
        limit = op_words(spec["op"], spec["value"])
        if measure in SINCE:
            text = (
                _("%(limit)s days since the last %(what)s")
                if measure == "days_since_last"
                else _("%(limit)s days since the first %(what)s")
            )
            return text % {"limit": limit, "what": what}
        many = 1 if spec["value"] == 1 else 2  # a fraction is more than one, and no number for a catalogue of plurals
        noun = {
            "count": ngettext("time", "times", many),
            "visits": ngettext("separate visit with", "separate visits with", many),
            "pages": ngettext("different page in", "different pages in", many),
            "days": ngettext("day with", "different days with", many),
            "dwell": ngettext("second on", "seconds on", many),
            "people": ngettext("person with", "different people with", many),
        }[measure]
        return f"{limit} {noun} {what}"

    def _day(self, spec: Spec, plan: Plan) -> str:
        """The day of the first or last activity, as SQL."""
        return plan.measure(SINCE[spec["measure"]], select(spec, plan), within=plan.day("{}"), account=self.account)


class ActivityLeaf(BehaviourLeaf):
    """{"leaf": "activity", "measure": "visits", "op": "gte", "value": 3, "paths": ["pricing"], "days": 30}

    Measures: count of activities, distinct visits, distinct pages, distinct days of the organisation, dwell in
    seconds, days_since_first, days_since_last. A window of n days is today and the n-1 days before, in the
    organisation's zone. Who never did it has no days since; a number of it is 0.
    """

    kind: ClassVar[str] = "activity"
    measures: ClassVar[tuple[str, ...]] = ("count", "visits", "pages", "days", "dwell", *SINCE)


class CompanyActivityLeaf(BehaviourLeaf):
    """{"leaf": "company_activity", "measure": "people", "op": "gte", "value": 2, "paths": ["pricing"], "days": 30}

    As an activity, over everybody who is at the lead's company, the lead too; on a past day over who was there then.
    `people` counts the different persons who did it. Of a lead without a company only its own activities count.
    """

    kind: ClassVar[str] = "company_activity"
    measures: ClassVar[tuple[str, ...]] = ("count", "visits", "pages", "days", "dwell", "people", *SINCE)
    account: ClassVar[bool] = True
    reads_company: ClassVar[bool] = True

    def words(self, spec: Spec, catalog: Catalog) -> str:
        return _("at the company %(what)s") % {"what": super().words(spec, catalog)}


def _number(spec: Spec) -> str:
    return repr(spec["value"])


def since_errors(spec: Spec) -> Iterator[tuple[str, str]]:
    """What is wrong with a number of days since something."""
    if not isinstance(spec["value"], int) or spec["value"] > MAX_SINCE:
        yield "value", f"Give a whole number of days from 0 to {MAX_SINCE}."


def leaving(spec: Spec, plan: Plan) -> str:
    """The day the oldest fact of a windowed selection leaves it, as SQL."""
    return plan.leaving(select(spec, plan), int(spec["days"]))


def day_changes(spec: Spec, day: str, becomes: bool | None) -> list[str]:
    """When "days since `day`" flips its comparison: the number grows by one a day."""
    value = int(spec["value"])
    flips = {
        "gte": {True: value},
        "gt": {True: value + 1},
        "lt": {False: value},
        "lte": {False: value + 1},
        "eq": {True: value, False: value + 1},
    }[spec["op"]]
    return [f"{day} + {offset}" for way, offset in flips.items() if becomes is None or becomes == way]


def op_words(op: str, value: object) -> str:
    """A comparison with its number, in words."""
    return {
        "gte": _("at least %(n)s"),
        "gt": _("more than %(n)s"),
        "lte": _("at most %(n)s"),
        "lt": _("fewer than %(n)s"),
        "eq": _("exactly %(n)s"),
    }[op] % {"n": value}


def selection_words(spec: Spec, catalog: Catalog, anything: str = "") -> str:
    """What a selection counts, in words; of whatever kind it counts `anything`."""
    kinds = [str(Kind.from_slug(slug).label).lower() for slug in spec.get("kinds", [])]
    text = _(" or ").join(kinds) or anything or _("any activity")
    if "paths" in spec:
        text += _(" on %(pages)s") % {"pages": _(" or ").join(catalog.path_sets[slug].name for slug in spec["paths"])}
    if "documents" in spec:
        names = (str(catalog.documents[slug]) for slug in spec["documents"])
        text += _(" of %(documents)s") % {"documents": _(" or ").join(names)}
    if "mails" in spec:
        text += _(" (mail %(numbers)s)") % {"numbers": ", ".join(map(str, spec["mails"]))}
    origins = [str(Medium.from_slug(slug).label).lower() for slug in spec.get("mediums", [])]
    origins += [catalog.channels[slug].name for slug in spec.get("channels", [])]
    origins += [catalog.campaigns[slug].name for slug in spec.get("campaigns", [])]
    if origins:
        text += _(" from %(origins)s") % {"origins": _(" or ").join(origins)}
    if "days" in spec:
        text += ngettext(" in %(n)d day", " in %(n)d days", spec["days"]) % {"n": spec["days"]}
    if spec.get("unsure"):
        text += _(", unsure evidence too")
    return text
