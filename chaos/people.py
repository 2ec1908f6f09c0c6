"""Leads who consented, a letter, and messages to them: all through the product's own flows."""

from collections.abc import Sequence

from chaos.crew import nudge_workers
from leads.people.capture import NewCapture, capture
from mail.letters import LetterSpec, prepare
from mail.models import Letter, Sender
from mail.plan import Intent, plan
from users.clock import database_now

_LETTER = LetterSpec(
    name="Storm",
    subject="News for {{ first_name|you }}",
    html='<p>Hello {{ first_name }}, <a href="https://heshbonit4u.example/a">read</a>.</p>',
)


class Mailing:
    """Messages of one scenario, told from others by the beginning of their keys."""

    def __init__(self, prefix: str, people: int) -> None:
        # Nothing here is about rates: the bucket is never the reason to wait.
        now = database_now()
        rate = {"per_minute": 600_000, "burst": 100_000}
        Sender.objects.filter(is_default=True).update(tokens=100_000, refilled_at=now, **rate)
        rows = [
            NewCapture(occurred_at=now, email=f"{prefix}{number}@lead.example", first_name="Dana", consent=True)
            for number in range(people)
        ]
        self.prefix = prefix
        self.letter: Letter = prepare(_LETTER, campaign_id=None, sender_id=None)
        self.lead_ids = [captured.lead_id for captured in capture(rows, by=None, now=now) if captured.lead_id]
        self.planned = 0

    def plan(self, number: int, *, nudges: int = 1) -> Sequence[int]:
        """Plan the next messages, one a lead, and tell the workers; returns their keys in the database."""
        now = database_now()
        ids = self.lead_ids[self.planned : self.planned + number]
        self.planned += len(ids)
        wishes = [
            Intent(dedupe_key=f"{self.prefix}:{pk}", lead_id=pk, letter_id=self.letter.pk, due_at=now) for pk in ids
        ]
        made = plan(wishes, now=now)
        nudge_workers(times=nudges)
        return [one.message_id for one in made]
