"""The demo's mail: sequences go on as days go by, a recorded transport takes what is due, readers leave their hits."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from leadcrm.demo.facts import MailRead
from leadcrm.demo.nurture import SEQUENCES
from mail.deliver import deliver
from mail.hits import NewHit, follow, note_open
from mail.judge import judge_hits
from mail.line import RecordedLine
from mail.models import Message, State
from nurturing.advance import advance
from nurturing.enroll import enter

BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36"
Key = tuple[int, str, int]  # lead, series, number of the mail


@dataclass
class Post:
    """Sends and reads. Nothing due after the moment given to `leave_due_since` is sent."""

    _last: datetime | None = None
    _sent: dict[Key, int] = field(default_factory=dict)

    def leave_due_since(self, moment: datetime) -> None:
        """Leave what is due later to the workers of the installation: it really goes out."""
        self._last = moment

    def let_in(self, lead_ids: Collection[int], *, now: datetime) -> None:
        """New people enter their campaign's sequence."""
        enter(lead_ids, now=now)

    def work(self, *, now: datetime) -> None:
        """Judge what readers did, do the steps that are due, send what comes of them."""
        judge_hits(now=now)
        now = min(now, self._last) if self._last else now
        if advance(now=now):
            deliver(RecordedLine(), now=now)

    def read(self, facts: Sequence[tuple[int, MailRead]], *, now: datetime) -> None:
        """Store what readers' programs did, and judge it. A mail that was never sent cannot be read."""
        wanted = {(lead_id, SEQUENCES[fact.campaign][0], fact.number) for lead_id, fact in facts}
        self._find(wanted - self._sent.keys())
        if wanted - self._sent.keys():  # sent today, to somebody who came today
            self.work(now=now)
            self._find(wanted - self._sent.keys())
        for lead_id, fact in facts:
            message = self._sent.get((lead_id, SEQUENCES[fact.campaign][0], fact.number))
            if message is None:
                continue
            hit = NewHit(
                message_id=message,
                link=fact.link,
                method="GET",
                agent=fact.agent or BROWSER,
                origin=f"demo-{lead_id}",
                is_prefetch=False,
            )
            (note_open if fact.link is None else follow)(hit, now=fact.at)
        judge_hits(now=now)

    def _find(self, keys: Collection[Key]) -> None:
        if not keys:
            return
        rows = Message.objects.filter(state=State.SENT, lead_id__in={lead_id for lead_id, _, _ in keys})
        found = rows.values_list("lead_id", "letter__series", "letter__number", "pk")
        self._sent |= {(lead_id, series, number): pk for lead_id, series, number, pk in found if lead_id and number}
