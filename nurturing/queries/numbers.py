"""What a sequence brought, by mail over all its versions: a fixed number of queries, whatever its size.

Opens and clicks count once a lead and mail, human evidence only. Delivered is what mail servers accepted, less what
came back later. A mail contributed to each lead whose last opened mail, at or before it became engaged, it was.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from leads.lifecycle.entries import Fragment, PassScope, first_entries
from leads.models import Evidence, Kind, Lead, Stage, StageRole
from leads.queries.intervals import quotient
from nurturing.models import Enrollment, Sequence, Step

Place = tuple[str, int]  # key of the sequence, number of the mail
EVER = (datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC))


@dataclass
class MailNumbers:
    """One mail of a sequence."""

    number: int
    name: str = ""
    sent: int = 0
    bounced: int = 0
    failed: int = 0
    skipped: int = 0
    uncertain: int = 0
    planned: int = 0
    waiting: int = 0
    opened: int = 0
    clicked: int = 0
    contribution: int = 0

    @property
    def delivered(self) -> int:
        """Accepted and not come back."""
        return self.sent - self.bounced

    @property
    def open_rate(self) -> float | None:
        """Opened by, of those delivered to."""
        return quotient(self.opened, self.delivered)

    @property
    def click_rate(self) -> float | None:
        """Clicked by, of those delivered to."""
        return quotient(self.clicked, self.delivered)


@dataclass
class GateNumbers:
    """A condition among the steps: who went on, who ended there."""

    passed: int = 0
    ended: int = 0

    @property
    def rate(self) -> float | None:
        """The share that went on."""
        return quotient(self.passed, self.passed + self.ended)


@dataclass
class Numbers:
    """One sequence, or several together. `gates` in their order along the newest version."""

    mails: list[MailNumbers] = field(default_factory=list)
    gates: list[GateNumbers] = field(default_factory=list)
    under_way: int = 0
    clickers: int = 0

    @property
    def sent(self) -> int:
        """Mails accepted."""
        return sum(mail.sent for mail in self.mails)

    @property
    def uncertain(self) -> int:
        """Mails nobody knows the end of."""
        return sum(mail.uncertain for mail in self.mails)

    @property
    def delivered(self) -> int:
        """Mails delivered."""
        return sum(mail.delivered for mail in self.mails)

    @property
    def contribution(self) -> int:
        """Leads that became engaged after opening a mail."""
        return sum(mail.contribution for mail in self.mails)

    @property
    def open_rate(self) -> float | None:
        """Opens of all mails, of all delivered."""
        return quotient(sum(mail.opened for mail in self.mails), self.delivered)

    @property
    def click_rate(self) -> float | None:
        """Clicks of all mails, of all delivered."""
        return quotient(sum(mail.clicked for mail in self.mails), self.delivered)

    @property
    def clickers_rate(self) -> float | None:
        """Leads that clicked any mail, of all delivered."""
        return quotient(self.clickers, self.delivered)


@dataclass
class Found:
    """The sequences asked for, by primary key, and all of them together."""

    by_sequence: dict[int, Numbers]
    total: Numbers


def numbers(sequences: Collection[Sequence], *, leads: QuerySet[Lead] | None = None) -> Found:
    """The numbers of these sequences; `leads` narrows to what somebody's reports may count."""
    slugs = {sequence.slug: sequence.pk for sequence in sequences}
    if not slugs:
        return Found({}, Numbers())
    among = _among(leads)
    mails = _named(slugs)
    found = {pk: Numbers() for pk in slugs.values()}
    _messages(mails, slugs, among)
    clickers = _acts(mails, slugs, among)
    _contributions(mails, slugs, leads)
    for (slug, _number), mail in sorted(mails.items()):
        found[slugs[slug]].mails.append(mail)
    _enrollments(found, mails, {pk: slug for slug, pk in slugs.items()}, among)
    for slug, pk in slugs.items():
        found[pk].clickers = clickers.get(slug, 0)
    total = Numbers(mails=list(mails.values()), clickers=clickers.get(None, 0))
    total.under_way = sum(one.under_way for one in found.values())
    return Found(found, total)


def _rows(text: str, params: Iterable[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(text, list(params))
        return cursor.fetchall()


def _among(leads: QuerySet[Lead] | None) -> Fragment:
    """A condition on a column of leads, to be put behind another."""
    if leads is None or not leads.query.where:
        return Fragment("")
    text, params = leads.order_by().values("pk").query.sql_with_params()
    return Fragment(f" AND {{column}} IN ({text.replace('{', '{{').replace('}', '}}')})", tuple(params))


_NAMES = """
SELECT DISTINCT ON (t.series, t.number) t.series, t.number, t.name
FROM nurturing_step s JOIN nurturing_sequenceversion v ON v.id = s.version_id JOIN mail_letter t ON t.id = s.letter_id
WHERE t.series = ANY(%s) AND (v.state <> 'draft' OR v.number = 1)
ORDER BY t.series, t.number, v.number DESC
"""


def _named(slugs: Mapping[str, int]) -> dict[Place, MailNumbers]:
    """A row for each mail any version has sent or sends; a draft of a running sequence has sent none."""
    return {(slug, number): MailNumbers(number, name) for slug, number, name in _rows(_NAMES, [list(slugs)])}


_MESSAGES = """
SELECT t.series, t.number, m.state, count(*) FROM mail_message m JOIN mail_letter t ON t.id = m.letter_id
WHERE t.series = ANY(%s) AND m.purpose = 'nurture'{among} GROUP BY 1, 2, 3
"""


def _messages(mails: Mapping[Place, MailNumbers], slugs: Mapping[str, int], among: Fragment) -> None:
    text = _MESSAGES.format(among=among.text.format(column="m.lead_id"))
    for slug, number, state, count in _rows(text, [list(slugs), *among.params]):
        if mail := mails.get((slug, number)):
            name = state if state in ("sent", "failed", "skipped", "uncertain") else "planned"
            setattr(mail, name, getattr(mail, name) + count)


# Through the people of the sequences: activities are found by lead. What came back had been accepted first.
_ACTS = """
SELECT d.slug, a.mail_number, a.kind, count(DISTINCT a.lead_id) FROM leads_document d
JOIN nurturing_sequence s ON s.slug = d.slug JOIN nurturing_enrollment e ON e.sequence_id = s.id
JOIN leads_activity a ON a.lead_id = e.lead_id AND a.document_id = d.id AND a.mail_number IS NOT NULL
WHERE d.slug = ANY(%s) AND (a.kind IN ({opened}, {clicked}) AND a.evidence = {human} OR a.kind = {bounced} AND EXISTS (
      SELECT FROM mail_message m JOIN mail_letter t ON t.id = m.letter_id
      WHERE m.lead_id = a.lead_id AND t.series = d.slug AND t.number = a.mail_number AND m.state = 'sent')){among}
GROUP BY GROUPING SETS ((d.slug, a.mail_number, a.kind), (d.slug, a.kind), (a.kind))
"""


def _acts(mails: Mapping[Place, MailNumbers], slugs: Mapping[str, int], among: Fragment) -> dict[str | None, int]:
    """Opens, clicks and returns of each mail; answers how many leads clicked any, by sequence, under None of all."""
    names = {Kind.MAIL_OPEN: "opened", Kind.MAIL_CLICK: "clicked", Kind.MAIL_BOUNCE: "bounced"}
    kinds = {name: int(kind) for kind, name in names.items()}
    text = _ACTS.format(**kinds, human=int(Evidence.HUMAN), among=among.text.format(column="a.lead_id"))
    clickers: dict[str | None, int] = {}
    for slug, number, kind, count in _rows(text, [list(slugs), *among.params]):
        if number is None:
            if kind == Kind.MAIL_CLICK:
                clickers[slug] = count
        elif mail := mails.get((slug, number)):
            setattr(mail, names[Kind(kind)], count)
    return clickers


_CONTRIBUTIONS = """
SELECT d.slug, o.mail_number, count(DISTINCT o.lead_id) FROM leads_document d
JOIN nurturing_sequence s ON s.slug = d.slug JOIN nurturing_enrollment e ON e.sequence_id = s.id
JOIN ({entries}) h ON h.lead_id = e.lead_id AND h.cycle = e.cycle
JOIN leads_pass p ON p.lead_id = e.lead_id AND p.cycle = e.cycle
CROSS JOIN LATERAL (
    SELECT a.lead_id, a.mail_number FROM leads_activity a
    WHERE a.lead_id = e.lead_id AND a.kind = {opened} AND a.evidence = {human} AND a.document_id = d.id
          AND a.mail_number IS NOT NULL AND a.occurred_at BETWEEN p.began_at AND h.occurred_at
    ORDER BY a.occurred_at DESC, a.mail_number DESC LIMIT 1) o
WHERE d.slug = ANY(%s) GROUP BY 1, 2
"""


def _contributions(mails: Mapping[Place, MailNumbers], slugs: Mapping[str, int], leads: QuerySet[Lead] | None) -> None:
    stage = Stage.objects.filter(role=StageRole.ENGAGED).first()
    engaged = stage.with_merged() if stage else []
    scope = PassScope(since=EVER[0], until=EVER[1], leads=_enrolled(slugs.values(), leads))
    entries = first_entries(scope, stage_ids=engaged)
    text = _CONTRIBUTIONS.format(entries=entries.text, opened=int(Kind.MAIL_OPEN), human=int(Evidence.HUMAN))
    for slug, number, count in _rows(text, [*entries.params, list(slugs)]):
        if mail := mails.get((slug, number)):
            mail.contribution = count


def _enrolled(sequence_ids: Iterable[int], leads: QuerySet[Lead] | None) -> QuerySet[Lead]:
    people = Enrollment.objects.filter(sequence__in=list(sequence_ids)).values("lead")
    return (Lead.objects.all() if leads is None else leads).filter(pk__in=people)


_STANDING = """
SELECT e.sequence_id, e.version_id, e.position, e.state, e.reason = 'gate', count(*) FROM nurturing_enrollment e
WHERE e.sequence_id = ANY(%s){among} GROUP BY 1, 2, 3, 4, 5
"""


def _enrollments(
    found: Mapping[int, Numbers], mails: Mapping[Place, MailNumbers], slugs: Mapping[int, str], among: Fragment
) -> None:
    """Who waits before which mail, who passed which gate: by the steps of the version each one is in."""
    steps: dict[int, list[Step]] = defaultdict(list)
    rows = Step.objects.filter(version__sequence__in=list(slugs)).select_related("letter", "version")
    for step in rows.order_by("version_id", "position"):
        steps[step.version_id].append(step)
        gates = found[step.version.sequence_id].gates
        if step.kind == Step.Kind.CONDITION and len(gates) < _gate_count(steps[step.version_id]):
            gates.append(GateNumbers())
    text = _STANDING.format(among=among.text.format(column="e.lead_id"))
    for sequence_id, version_id, position, state, is_gate, count in _rows(text, [list(slugs), *among.params]):
        mine = steps[version_id]
        _count_gates(found[sequence_id].gates, mine, position, count, ended_here=is_gate)
        if state == Enrollment.State.ACTIVE:
            found[sequence_id].under_way += count
            letter = next((step.letter for step in mine if step.position >= position and step.letter), None)
            if letter and (mail := mails.get((slugs[sequence_id], letter.number or 0))):
                mail.waiting += count


def _gate_count(steps: Iterable[Step]) -> int:
    return sum(step.kind == Step.Kind.CONDITION for step in steps)


def _count_gates(
    gates: list[GateNumbers], steps: Iterable[Step], position: int, count: int, *, ended_here: bool
) -> None:
    """Who ended at a gate stands at it; who stands further on has passed it."""
    conditions = [step for step in steps if step.kind == Step.Kind.CONDITION]
    for gate, step in zip(gates, conditions, strict=False):
        if step.position < position:
            gate.passed += count
        elif step.position == position and ended_here:
            gate.ended += count
