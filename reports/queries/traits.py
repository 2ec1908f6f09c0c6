"""What leads have in common: every value of their attributes, among all of a set and among the best of it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.conditions.attribute import SUBJECTS
from leads.conditions.catalog import Catalog
from leads.models import AttributeType
from leads.queries.intervals import interval
from leads.templatetags.leads import region_word

FEWEST = 5  # of the best, below which nothing is said
MORE, LESS, EVEN, TOO_FEW = "more", "less", "even", "too_few"
VERDICTS = {
    MORE: gettext_lazy("more often"),
    LESS: gettext_lazy("less often"),
    EVEN: gettext_lazy("no clear difference"),
    TOO_FEW: gettext_lazy("too few to say"),
}


@dataclass(frozen=True)
class Trait:
    """One thing leads may share. Shares are of those of whom it is known, or the best would win by being known."""

    kind: str  # condition, company or lead
    field: str
    field_label: str
    label: str
    known: int
    having: int
    best_known: int
    best_having: int
    tree: Mapping[str, Any] | None = None  # what asks for it

    @property
    def share(self) -> float | None:
        """Among all leads."""
        return self.having / self.known if self.known else None

    @property
    def best_share(self) -> float | None:
        """Among the best."""
        return self.best_having / self.best_known if self.best_known else None

    @property
    def likely(self) -> tuple[float, float] | None:
        """The 95 % interval of the share among the best."""
        return interval(self.best_having, self.best_known)

    @property
    def lift(self) -> float | None:
        """How many times as frequent it is among the best."""
        return self.best_share / self.share if self.share and self.best_share is not None else None

    @property
    def verdict(self) -> str:
        """Whether the best differ: only where the interval leaves the share of all aside."""
        if self.best_known < FEWEST or self.likely is None or self.share is None:
            return TOO_FEW
        low, high = self.likely
        return MORE if low > self.share else LESS if high < self.share else EVEN


def in_order(traits: Sequence[Trait]) -> list[Trait]:
    """What can be said first, then by lift, then by how many have it."""
    return sorted(traits, key=lambda row: (row.verdict == TOO_FEW, -(row.lift or 0), -row.best_having, row.label))


_VALUES = """
WITH base AS (
    SELECT l.id, l.company_id, l.attributes, l.buying_role, l.id = ANY(%(best)s) AS is_best
    FROM leads_lead l WHERE l.id = ANY(%(ids)s)),
said AS (
    SELECT b.id, b.is_best, 'company' AS subject, v.field, v.value
    FROM base b JOIN leads_company c ON c.id = b.company_id
    CROSS JOIN LATERAL (VALUES ('industry', c.industry), ('country', c.country), ('region', c.region),
                               ('employees', c.employees::text)) v (field, value)
    WHERE v.value <> ''
    UNION ALL
    SELECT id, is_best, 'lead', 'buying_role', buying_role FROM base WHERE buying_role <> ''
    UNION ALL
    SELECT x.id, x.is_best, x.subject, 'attributes.' || e.key, y.value
    FROM (SELECT id, is_best, 'lead' AS subject, attributes FROM base
          UNION ALL
          SELECT b.id, b.is_best, 'company', c.attributes FROM base b JOIN leads_company c ON c.id = b.company_id) x
    CROSS JOIN LATERAL jsonb_each(x.attributes) e
    CROSS JOIN LATERAL jsonb_array_elements_text(
        CASE jsonb_typeof(e.value) WHEN 'array' THEN e.value ELSE jsonb_build_array(e.value) END) y (value)
    WHERE y.value <> '')
SELECT subject, field, value, count(DISTINCT id), count(DISTINCT id) FILTER (WHERE is_best)
FROM said GROUP BY GROUPING SETS ((subject, field, value), (subject, field))
"""


def traits(ids: Sequence[int], best: Sequence[int], catalog: Catalog) -> list[Trait]:
    """Every value of every attribute of these leads and their companies, numbers in bands: one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_VALUES, {"ids": list(ids), "best": list(best)})
        rows = cursor.fetchall()
    known = {(subject, field): (n, m) for subject, field, value, n, m in rows if value is None}
    values: dict[tuple[str, str], list[Counted]] = defaultdict(list)
    for subject, field, value, n, m in rows:
        if value is not None:
            values[(subject, field)].append((value, n, m))
    return [trait for place in known for trait in _of_field(*place, values[place], known[place], catalog)]


Counted = tuple[str, int, int]  # value, leads that have it, the best among them


def _of_field(
    subject: str, field: str, counted: list[Counted], known: tuple[int, int], catalog: Catalog
) -> Iterator[Trait]:
    leaf = SUBJECTS[subject]
    type_ = leaf.type_of(field, catalog)
    if type_ is None or type_ == AttributeType.DATE:  # no longer defined; days are nobody's trait
        return
    asked = {"leaf": subject, "field": field}
    if type_ == AttributeType.NUMBER:
        found = [(_range(low, high), _within(low, high), n, m) for low, high, n, m in _bands(counted)]
    else:
        found = [(_value_label(subject, field, type_, value), _is(type_, value), n, m) for value, n, m in counted]
    for label, test, n, m in found:
        if n >= FEWEST or m:
            name = leaf.label_of(field, catalog)
            yield Trait(subject, field, name, label, known[0], n, known[1], m, {**asked, **test})


def _is(type_: str, value: str) -> dict[str, Any]:
    """The comparison with one value."""
    return {"op": "eq", "value": value == "true"} if type_ == AttributeType.BOOLEAN else {"op": "in", "value": [value]}


def _within(low: float, high: float) -> dict[str, Any]:
    """The comparison with a band of numbers."""
    bounds = [int(bound) if bound == int(bound) else bound for bound in (low, high)]
    return {"op": "eq", "value": bounds[0]} if low == high else {"op": "between", "value": bounds}


def _value_label(subject: str, field: str, type_: str, value: str) -> str:
    if type_ == AttributeType.BOOLEAN:
        return _("yes") if value == "true" else _("no")
    if field == "region":
        return region_word(value)
    return SUBJECTS[subject].value_label(field, value)


def _bands(counted: list[Counted]) -> list[tuple[float, float, int, int]]:
    """Numbers in four bands of about as many leads each, with their ends; fewer where many have the same."""
    rows = sorted(((float(value), n, m) for value, n, m in counted), key=lambda row: row[0])
    whole = sum(n for _value, n, _best in rows)
    bands: list[tuple[float, float, int, int]] = []
    passed = 0
    for value, n, m in rows:
        if bands and passed * 4 < whole * len(bands):
            low, _high, so_far, best = bands[-1]
            bands[-1] = (low, value, so_far + n, best + m)
        else:
            bands.append((value, value, n, m))
        passed += n
    return bands


def _range(low: float, high: float) -> str:
    return f"{_number(low)}\u2013{_number(high)}" if low != high else _number(low)


def _number(value: float) -> str:
    return f"{int(value):,}" if value == int(value) else f"{value:,.1f}"
