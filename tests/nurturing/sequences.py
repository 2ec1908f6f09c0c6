"""Sequences for tests, made through the flows, and days that pass."""

from collections.abc import Sequence as Rows
from datetime import datetime, timedelta
from typing import Any

from leads.activity.record import NewActivity, record
from leads.models import Evidence, Kind, Lead
from mail.deliver import deliver
from mail.letters import LetterSpec
from mail.line import RecordedLine
from nurturing.advance import advance
from nurturing.models import Enrollment, Sequence
from nurturing.publish import Draft, StepSpec, open_sequence, publish_version, save_draft
from tests.factories import NOW, make_leads

CONSENTS = {"leaf": "consent", "value": True}
NAMES = ("Introduction", "Main problems", "Solutions", "Success stories", "Invitation to a demo")


def day(number: float) -> datetime:
    """So many days after the start of the tests' time."""
    return NOW + timedelta(days=number)


def letter(name: str = "Introduction", **fields: Any) -> LetterSpec:
    """A letter with a name to put in and a link."""
    html = '<p>Hello {{ first_name|there }}</p><p><a href="https://heshbonit4u.example/study">Read</a></p>'
    return LetterSpec(**{"name": name, "subject": f"{name} for {{{{ first_name|you }}}}", "html": html, **fields})


def mail(name: str = "Introduction", **fields: Any) -> StepSpec:
    """A mail as a step."""
    return StepSpec(letter=letter(name, **fields))


def wait(days: int) -> StepSpec:
    """Days of waiting as a step."""
    return StepSpec(wait_days=days)


def opened_any(*numbers: int, slug: str = "nurture") -> dict[str, Any]:
    """The condition of somebody who opened at least one of these mails."""
    return {
        "leaf": "activity",
        "measure": "count",
        "op": "gte",
        "value": 1,
        "kinds": ["mail_open"],
        "documents": [slug],
        "mails": list(numbers),
    }


def make_sequence(
    steps: Rows[StepSpec] | None = None,
    *,
    slug: str = "nurture",
    entry: dict[str, Any] | None = CONSENTS,
    now: datetime = NOW,
    **fields: Any,
) -> Sequence:
    """A running sequence; by default two mails three days apart, for all who consent."""
    sequence = open_sequence(slug=slug, name=fields.pop("name", "OECD study"), **fields)
    draft = Draft(steps=[mail(), wait(3), mail(NAMES[1])] if steps is None else steps, entry=entry)
    save_draft(sequence, draft)
    publish_version(sequence, by=None, now=now)
    return sequence


def five_mails(slug: str = "nurture", **fields: Any) -> Sequence:
    """The sequence of the worked example: days 0, 3, 7, 10, 14, one gate before mail 3."""
    gate = StepSpec(condition=opened_any(1, 2, slug=slug))
    one, two, three, four, five = (mail(name) for name in NAMES)
    steps = [one, wait(3), two, wait(4), gate, three, wait(3), four, wait(4), five]
    # The condition names the series, which has to be known first.
    sequence = open_sequence(slug=slug, name="OECD study", **fields)
    save_draft(sequence, Draft(steps=steps, entry=CONSENTS))
    publish_version(sequence, by=None, now=NOW)
    return sequence


def consenting(number: int, **fields: Any) -> list[Lead]:
    """Leads who may be written to."""
    return make_leads(number, consent=True, **fields)


def pass_days(until: float, *, since: float = 0) -> None:
    """Day by day what is due is done and sent, by a recorded line."""
    number = since
    while number <= until:
        advance(now=day(number))
        deliver(RecordedLine(), now=day(number))
        number += 1


def acted(
    leads: Rows[Lead], kind: Kind, number: int, at: float, *, slug: str = "nurture", evidence: Evidence = Evidence.HUMAN
) -> None:
    """Each of these leads opens or clicks a mail."""
    rows = [
        NewActivity(
            lead_id=lead.pk, kind=kind, occurred_at=day(at), document=slug, mail_number=number, evidence=evidence
        )
        for lead in leads
    ]
    record(rows, by=None, now=day(at))


def enrollment(lead: Lead) -> Enrollment:
    """The only enrollment of a lead."""
    return Enrollment.objects.get(lead=lead)
