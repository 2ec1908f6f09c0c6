"""The steps about handovers and about what usually comes next."""

from datetime import timedelta

from leads.handover.claim import claim, release
from leads.handover.decide import Decision, Verb, decide, undo_decision
from leads.handover.snooze import LONGEST, snooze
from leads.lifecycle.recycle import recycle
from leads.models import Handover
from tests.oracle.lifecycle import Life, NotAllowed
from tests.oracle.lines import MARKETING
from tests.oracle.machine import House


class Lifecycle(House):
    """The whole of it."""

    def go_on(self, who: int) -> None:
        """What usually comes next; so lives get far."""
        pk = self._lead(who)
        life = self.lives[pk]
        if life.way.stage == "mql" and life.open_offer:
            self.decide(who, Verb.ACCEPT, 0)
        elif life.way.stage in MARKETING:
            self.move_by_hand(who, "mql")
        elif life.way.stage != "sqo":
            self.prove(who)
        else:
            self.close(who, "won")

    def send_back(self, who: int) -> None:
        """Sales returns it, or a person moves it back."""
        life = self.lives[self._lead(who)]
        if life.open_offer:
            self.decide(who, Verb.RETURN, 0)
        else:
            self.move_by_hand(who, "mel")

    def decide(self, who: int, verb: Verb, user: int) -> None:
        """On the last offer, whether it is open or not."""
        pk, by = self._lead(who), self.users[user].pk
        offer = self._last_offer(pk)
        if offer is not None:
            original = self._lead(who + 1) if verb == Verb.DUPLICATE else None
            reason = {Verb.REJECT: "bogus", Verb.RETURN: "not_ready"}.get(verb, "")
            missing = ["budget"] if verb == Verb.RETURN else []
            decision = Decision(handover_id=offer.pk, verb=verb, reason=reason, missing=missing, duplicate_of=original)
            self._try(
                "decide",
                pk,
                lambda: decide([decision], by=by, now=self.now),
                lambda life: self._decided(life, pk, verb, by, original),
            )

    def undo_decision(self, who: int, user: int) -> None:
        pk, by = self._lead(who), self.users[user].pk
        offer = self._last_offer(pk)
        if offer is not None:
            self._try(
                "undo_decision",
                pk,
                lambda: undo_decision(offer.pk, by=by, now=self.now),
                lambda life: life.decision_undone(by, self.now),
            )

    def claim(self, who: int, user: int) -> None:
        pk, by = self._lead(who), self.users[user].pk
        offer = self._last_offer(pk)
        if offer is not None:
            self._try(
                "claim",
                pk,
                lambda: claim([offer.pk], by=by, now=self.now),
                lambda life: _need(life.open_offer and offer.assignee_id in (None, by)),
            )
            taken = offer.state == "open" and offer.assignee_id in (None, by)
            assert Handover.objects.get(pk=offer.pk).assignee_id == (by if taken else offer.assignee_id)

    def release(self, who: int) -> None:
        pk = self._lead(who)
        offer = self._last_offer(pk)
        if offer is not None:
            self._try(
                "release",
                pk,
                lambda: release([offer.pk], now=self.now),
                lambda life: _need(life.open_offer),
            )
            kept = offer.assignee_id if offer.state != "open" else None
            assert Handover.objects.get(pk=offer.pk).assignee_id == kept

    def snooze(self, who: int, days: int) -> None:
        pk, until = self._lead(who), self.now + timedelta(days=days)
        offer = self._last_offer(pk)
        if offer is not None:
            self._try(
                "snooze",
                pk,
                lambda: snooze([offer.pk], until=until, by=self.users[0].pk, now=self.now),
                lambda life: _need(life.open_offer and 0 < days <= LONGEST.days),
            )

    def recycle(self) -> None:
        """The day begins: who was set aside until it comes back."""
        recycle(now=self.now)
        for life in self.lives.values():
            if not life.is_archived:
                life.recycled(self._day(self.now), self.now)
        self._compare("recycle", *self.lives)

    def _decided(self, life: Life, pk: int, verb: Verb, by: int, original: int | None) -> None:
        if original is not None:
            _need(life.open_offer and original != pk and not self.lives[original].is_archived)
        life.decided(verb, by, self.now)

    @staticmethod
    def _last_offer(pk: int) -> Handover | None:
        return Handover.objects.filter(lead=pk).order_by("pk").last()


def _need(condition: object) -> None:
    if not condition:
        raise NotAllowed
