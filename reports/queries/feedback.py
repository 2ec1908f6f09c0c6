"""What sales said to the leads it was offered (R58, R63): decisions, reasons and what was missing, from the handovers.

Nothing is prepared beforehand: a decision counts from the moment it is made.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.handover.counted import offers
from leads.lifecycle.entries import NONE
from leads.models import Campaign, Channel, Document, HandoverState, Reason, ReasonKind
from leads.queries.intervals import quotient
from reports.figures import interval
from reports.queries.scope import ReportFilter
from users.models import Team, User

AXES: Mapping[str, str | Promise] = {
    "channel": gettext_lazy("Source"),
    "campaign": gettext_lazy("Campaign"),
    "document": gettext_lazy("Form or document"),
    "rule": gettext_lazy("Scoring rule"),
    "rep": gettext_lazy("Person"),
    "team": gettext_lazy("Team"),
}
REASON_KINDS: Mapping[str, str] = {
    HandoverState.REJECTED: ReasonKind.REJECT,
    HandoverState.RETURNED: ReasonKind.RETURN,
}


@dataclass
class Counts:
    """Handovers of one slice, by what became of them."""

    accepted: int = 0
    returned: int = 0
    rejected: int = 0
    duplicate: int = 0
    open: int = 0

    @property
    def judged(self) -> int:
        """Those sales said yes or no to. A duplicate says nothing about the lead."""
        return self.accepted + self.returned + self.rejected

    @property
    def total(self) -> int:
        """All of them."""
        return self.judged + self.duplicate + self.open

    @property
    def accepted_rate(self) -> float | None:
        """The share accepted of those judged."""
        return quotient(self.accepted, self.judged)

    @property
    def likely(self) -> tuple[float, float] | None:
        """Where that share lies with 95 % confidence."""
        return interval(self.accepted, self.judged)


@dataclass(frozen=True)
class Slice:
    """The handovers of one source, campaign, document, rule, person or team; the key is empty for none."""

    key: str
    label: str
    counts: Counts

    @property
    def link(self) -> str:
        """The key as a query parameter."""
        return self.key or NONE


@dataclass(frozen=True)
class Said:
    """A reason that was given, or a thing that was missing, and how often."""

    key: str
    label: str
    n: int
    decision: str


@dataclass(frozen=True)
class Feedback:
    """All of it."""

    whole: Counts = field(default_factory=Counts)
    slices: Mapping[str, Sequence[Slice]] = field(default_factory=dict)
    reasons: Sequence[Said] = ()
    missing: Sequence[Said] = ()


_COUNTS = """
WITH o AS MATERIALIZED ({offers})
SELECT 'whole', '', state, count(*) FROM o GROUP BY state
UNION ALL SELECT 'channel', channel_id::text, state, count(*) FROM o GROUP BY channel_id, state
UNION ALL SELECT 'campaign', campaign_id::text, state, count(*) FROM o GROUP BY campaign_id, state
UNION ALL SELECT 'document', document_id::text, state, count(*) FROM o GROUP BY document_id, state
UNION ALL SELECT 'rep', rep_id::text, state, count(*) FROM o GROUP BY rep_id, state
UNION ALL SELECT 'team', team_id::text, state, count(*) FROM o GROUP BY team_id, state
UNION ALL SELECT 'rule', w ->> 'text', state, count(DISTINCT o.id) FROM o, jsonb_array_elements(o.why) w
    WHERE w ->> 'text' <> '' GROUP BY w ->> 'text', state
UNION ALL SELECT 'reason', reason, state, count(*) FROM o
    WHERE state IN ('rejected', 'returned') GROUP BY reason, state
UNION ALL SELECT 'missing', m, state, count(*) FROM o, unnest(missing) m WHERE state = 'returned' GROUP BY m, state
"""


def feedback(wanted: ReportFilter) -> Feedback:
    """Count the handovers of a report: one statement, and one for the labels of each axis."""
    found = offers(wanted.scope)
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS.format(offers=found.text), found.params)
        rows = cursor.fetchall()
    counted: dict[str, dict[str, Counts]] = {}
    for axis, key, state, n in rows:
        counts = counted.setdefault(axis, {}).setdefault(key or "", Counts())
        setattr(counts, state, n)
    reasons = {(kind, slug): label for kind, slug, label in Reason.objects.values_list("kind", "slug", "label")}
    return Feedback(
        whole=counted.get("whole", {}).get("", Counts()),
        slices={axis: _slices(axis, counted.get(axis, {})) for axis in AXES},
        reasons=_said(
            (key, reasons.get((REASON_KINDS[state], key), key) or _("Without a reason"), n, state)
            for axis, key, state, n in rows
            if axis == "reason"
        ),
        missing=_said(
            (key, reasons.get((ReasonKind.MISSING, key), key), n, state)
            for axis, key, state, n in rows
            if axis == "missing"
        ),
    )


def _said(rows: Iterable[tuple[str, str, int, str]]) -> list[Said]:
    return sorted((Said(key, str(label), n, state) for key, label, n, state in rows), key=lambda s: (-s.n, s.label))


def _slices(axis: str, counted: Mapping[str, Counts]) -> list[Slice]:
    """The slices of an axis, those most was offered of first, those without last."""
    known = _NAMES[axis]({key for key in counted if key})
    none = ("", _NONE[axis]())
    rows = [Slice(*(known.get(key, (key, key)) if key else none), counts) for key, counts in counted.items()]
    return sorted(rows, key=lambda row: (not row.key, -row.counts.total, row.label))


Names = Mapping[str, tuple[str, str]]
_NAMES: Mapping[str, Callable[[set[str]], Names]] = {
    "channel": lambda ids: {str(row.pk): (row.slug, row.name) for row in Channel.objects.filter(pk__in=ids)},
    "campaign": lambda ids: {str(row.pk): (row.slug, row.name) for row in Campaign.objects.filter(pk__in=ids)},
    "document": lambda ids: {str(row.pk): (row.slug, str(row)) for row in Document.objects.filter(pk__in=ids)},
    "rule": lambda texts: {text: (text, text) for text in texts},
    "rep": lambda ids: {str(row.pk): (str(row.pk), str(row)) for row in User.objects.filter(pk__in=ids)},
    "team": lambda ids: {str(row.pk): (row.slug, row.name) for row in Team.objects.filter(pk__in=ids)},
}
_NONE: Mapping[str, Callable[[], str]] = {
    "channel": lambda: _("Without a source"),
    "campaign": lambda: _("Without a campaign"),
    "document": lambda: _("Without a form or document"),
    "rule": lambda: _("Without a rule"),
    "rep": lambda: _("Nobody yet"),
    "team": lambda: _("Without a team"),
}
