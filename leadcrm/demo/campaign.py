"""The stories of a campaign that is over: tracks given names, companies and dates."""

import random
from collections import defaultdict
from datetime import UTC, datetime, time, timedelta

from leadcrm.demo.dates import Quarter
from leadcrm.demo.facts import CampaignEnded, Fact
from leadcrm.demo.history import DAY, HOUR, Track, tracks_of
from leadcrm.demo.people import Company, Person, Population
from leadcrm.demo.profiles import Suits, colleague, profile, somebody
from leadcrm.demo.scenes import LOST, Story
from leadcrm.demo.shapes import Shape
from leads.handover.decide import Verb
from leads.models import Outcome

RETURNS = [("not_ready", ("timeline",)), ("missing_bant", ("budget", "authority")), ("unreachable", ("timeline",))]
REJECTS = ["no_budget", "too_small"]
STRAY_ORDER = ("google-search", 1100, 660)  # an order of a lead that sales never worked on


def campaign_facts(slug: str, shape: Shape, quarter: Quarter, population: Population, seed: int) -> list[Fact]:
    """Everything that happens in a campaign, in no order."""
    rnd = random.Random(seed)
    tracks = tracks_of(shape, seed)
    facts: list[Fact] = [CampaignEnded(who=slug, at=quarter.end, alone=True)]
    refusals = {"return": 0, "reject": 0}
    stray = next(track for track in tracks if track.source == STRAY_ORDER[0] and track.depth == "mel")
    cast = _Cast(population)
    for track in sorted(tracks, key=lambda track: track.captured_day):
        teller = Teller(track, slug, quarter, cast, rnd)
        teller.read_and_visit()
        teller.become_known()
        if track.qualified:
            teller.meet_sales(refusals.get(track.verdict, 0))
        if track.verdict in refusals:
            refusals[track.verdict] += 1
        if track.ends:
            teller.end(shape)
        if track is stray:
            teller.story.order(teller.at(track.engaged + 9 * DAY), *STRAY_ORDER[1:])
        facts += teller.story.facts
    return facts


class _Cast:
    """Who plays a track: mostly somebody new, sometimes a colleague of a lead known already.

    Nobody works with a lead that sales sent back: news of the company would be news of that lead.
    """

    def __init__(self, population: Population) -> None:
        self._population = population
        self._companies: dict[str, list[Company]] = defaultdict(list)

    def person(self, track: Track, suits: Suits) -> tuple[Person, bool]:
        """The person, and whether they are such a colleague."""
        known = self._companies[track.region]
        if track.depth == "mcl" and known and self._population.random.random() < 0.25:
            return colleague(self._population, known.pop(0)), True
        person = somebody(self._population, track.region, suits)
        if track.verdict not in ("return", "reject"):
            known.append(person.company)
        return person, False


class Teller:
    """Turns one track into a story."""

    def __init__(self, track: Track, slug: str, quarter: Quarter, cast: "_Cast", rnd: random.Random) -> None:
        self.track, self.random = track, rnd
        self.suits = self._suits()
        person, self.is_colleague = cast.person(track, self.suits)
        self.story = Story(person, slug, track.source, rnd)
        day = quarter.first_day + timedelta(days=track.captured_day)
        morning = datetime.combine(day, time(8), tzinfo=quarter.zone)
        self._captured = morning.astimezone(UTC) + timedelta(seconds=rnd.randrange(11 * HOUR))

    def at(self, seconds: int) -> datetime:
        """A moment of the story: exactly so many seconds after the capture, whatever the clocks do in between."""
        return self._captured + timedelta(seconds=seconds)

    def read_and_visit(self) -> None:
        """The capture, the visits, and what is done with the mails that the sequence sends."""
        track, story = self.track, self.story
        story.arrive(self.at(0))
        for mail, seconds in track.opens.items():
            story.open(mail, self.at(seconds), decides=seconds == track.engaged)
        for mail, seconds in track.clicks.items():
            story.click(mail, self.at(seconds))
        for seconds in track.serious_visits:
            story.visit(self.at(seconds), decides=seconds == track.engaged)

    def become_known(self) -> None:
        """Marketing completes what it knows; of some it learns too little, or nothing good."""
        track = self.track
        if track.depth != "mcl" or (self.random.random() < 0.4 and not self.is_colleague):
            known = profile(self.random, self.suits)
            self.story.learn(self.at(self.random.randrange(DAY, 5 * DAY)), known)
        if track.depth == "mel" and self.random.random() < 0.35:
            parts = self.random.choice(["upuu", "uppu", "nupu", "uypn", "pupu"])
            self.story.assess(self.at(track.engaged + self.random.randrange(2 * DAY, 9 * DAY)), parts, "First call.")

    def meet_sales(self, nth: int) -> None:
        """From the diagnosis that makes it an offer to whatever sales does with it. `nth` varies the reasons."""
        track, story = self.track, self.story
        parts = self.random.choice(["yyyp", "yyyp", "pyyy", "yyyy"])
        story.assess(self.at(track.qualified), parts, "Knows the problem and has a say.", decides=True)
        if track.verdict == "return":
            reason, missing = RETURNS[nth % len(RETURNS)]
            story.decide(self.at(track.decided), Verb.RETURN, reason=reason, missing=missing, note="Keep warm.")
        elif track.verdict == "reject":
            story.decide(self.at(track.decided), Verb.REJECT, reason=REJECTS[nth % len(REJECTS)], role="manager")
        else:
            story.decide(self.at(track.decided), Verb.ACCEPT)
            story.talk(self.at(track.decided + self.random.randrange(HOUR, 30 * HOUR)), "rep", "First contact.")
            story.work(self.at(track.assessed), track.sheet)
        if track.proven:
            story.prove(self.at(track.proven))

    def end(self, shape: Shape) -> None:
        """Won, lost, or later."""
        track, at = self.track, self.at(self.track.closed)
        if track.ends == "won":
            self.story.win(at, *shape.won[track.source])
        elif track.ends == "lost":
            self.story.end(at, Outcome.LOST, self.random.choice(LOST))
        else:
            self.story.end(at, Outcome.NURTURE, "later", "Next budget year.")

    def _suits(self) -> Suits:
        if self.track.qualified:
            return "ideal"
        if self.track.depth == "mel":
            return self.random.choice(["well", "well", "partly"])
        return self.random.choice(["partly", "little", "little"])
