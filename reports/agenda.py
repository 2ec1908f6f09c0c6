"""A digest in words: the agenda of the meeting, in the reader's language, naming the leads they may read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads.access import leads_for_user
from leads.models import DeadlineKind, HandoverState, Outcome, Unit
from reports import figures
from reports.models import Digest
from scoring.card_words import why
from scoring.lift import Split
from scoring.samples import ACCEPTED
from users.models import Team, User

RULES = 5


@dataclass(frozen=True)
class Person:
    """A lead by name, or a rule; without a path where the reader may not open it."""

    name: str
    path: str


@dataclass(frozen=True)
class Figure:
    """One number of the week against the week before."""

    label: str
    now: int
    before: int

    @property
    def change(self) -> str:
        """The difference with its sign."""
        more = self.now - self.before
        if more == 0:
            return "="
        return f"+{more}" if more > 0 else f"{figures.MINUS}{-more}"


@dataclass(frozen=True)
class Point:
    """One point of the agenda: a sentence and the leads it is about."""

    text: str
    people: tuple[Person, ...] = ()
    more: int = 0


def agenda(digest: Digest, user: User) -> dict[str, Any]:
    """The digest as templates say it."""
    data = digest.data
    words = Words(user, data)
    return {
        "days": _days(digest),
        "numbers": [_figure(row) for row in data["numbers"]],
        "decisions": _decisions(data["decisions"]),
        "reasons": [Point(_reason(row)) for row in data["reasons"]],
        "missing": [Point(f"{row['label']}: {row['n']}") for row in data["missing"]],
        "levels": [Point(_level(row)) for row in data["levels"]],
        "breaches": [words.breach(row) for row in data["breaches"]["rows"]],
        "breaches_n": data["breaches"]["n"],
        "breaches_more": data["breaches"]["n"] - len(data["breaches"]["rows"]),
        "rules": _rules(data),
        "stuck": [words.stuck(row) for row in data["stuck"]],
        "questions": [words.question(row) for row in data["questions"]],
    }


class Words:
    """Names of what the data calls by id: those of leads only within the reader's reach."""

    def __init__(self, user: User, data: Mapping[str, Any]) -> None:
        breaches = data["breaches"]["rows"]
        ids = {row["lead"] for row in breaches}
        ids |= {pk for row in (*data["stuck"], *data["questions"]) for pk in row.get("leads", [])}
        self._leads = {lead.pk: lead for lead in leads_for_user(user).filter(pk__in=ids).select_related("company")}
        self._users = User.objects.in_bulk({row["user"] for row in breaches if row["user"]})
        self._teams = Team.objects.in_bulk({row["team"] for row in breaches if row["team"]})

    def people(self, ids: Iterable[int]) -> tuple[Person, ...]:
        """The leads of a point."""
        return tuple(self._person(pk) for pk in ids)

    def _person(self, pk: int) -> Person:
        lead = self._leads.get(pk)
        if lead is None:
            return Person(_("a lead out of your reach"), "")
        name = f"{lead.name} ({lead.company})" if lead.company else lead.name
        return Person(name, reverse("leads:lead_detail", args=[pk]))

    def breach(self, row: Mapping[str, Any]) -> Point:
        """A service level that was broken, and whose it was."""
        whose = self._users.get(row["user"]) or self._teams.get(row["team"]) or _("nobody")
        due = date_format(datetime.fromisoformat(row["due_at"]).astimezone(get_current_timezone()), "j M, H:i")
        text = _("%(what)s, due %(due)s, with %(whom)s") % {"what": _what(row["kind"]), "due": due, "whom": whose}
        if not row["is_done"]:
            text = _("%(text)s, not done") % {"text": text}
        return Point(text, self.people([row["lead"]]))

    def stuck(self, row: Mapping[str, Any]) -> Point:
        """Leads that stand longer than their stage allows."""
        text = ngettext(
            "%(n)d lead stands at %(stage)s for more than %(limit)d days, the longest for %(longest)d.",
            "%(n)d leads stand at %(stage)s for more than %(limit)d days, the longest for %(longest)d.",
            row["n"],
        )
        return Point(text % row, self.people(row["leads"]), row["n"] - len(row["leads"]))

    def question(self, row: Mapping[str, Any]) -> Point:
        """Something to decide in the meeting."""
        people = self.people(row.get("leads", []))
        more = row.get("n", 0) - len(people)
        if row["ask"] == "waiting":
            text = ngettext(
                "%(n)d lead waits for a decision longer than agreed. Who takes it?",
                "%(n)d leads wait for a decision longer than agreed. Who takes them?",
                row["n"],
            )
            return Point(text % {"n": row["n"]}, people, more)
        if row["ask"] == "resting":
            text = ngettext(
                "%(n)d returned lead still lacks what sales asked for. Who finds out?",
                "%(n)d returned leads still lack what sales asked for. Who finds out?",
                row["n"],
            )
            return Point(text % {"n": row["n"]}, people, more)
        if row["ask"] == "level":
            said = {"what": _what(row["kind"]), "found": figures.decimal(row["found"]), "agreed": _agreed(row)}
            return Point(_("%(what)s takes %(found)s against %(agreed)s. What would it take to keep to it?") % said)
        said = {"start": row["from"], "end": row["to"], "rate": figures.percent(row["rate"])}
        return Point(_("%(start)s to %(end)s is failing at %(rate)s over ninety days. What is missing?") % said)


def _days(digest: Digest) -> str:
    last = digest.week_from + timedelta(days=6)
    first = date_format(digest.week_from, "j M" if digest.week_from.year == last.year else "j M Y")
    return f"{first} – {date_format(last, 'j M Y')}"


def _figure(row: Mapping[str, Any]) -> Figure:
    label = f"{row['label']} {row['name']}" if "label" in row else str(Outcome(row["outcome"]).label)
    return Figure(label, row["now"], row["before"])


def _decisions(data: Mapping[str, Mapping[str, int]]) -> list[Figure]:
    return [Figure(str(HandoverState(state).label), n, data["before"][state]) for state, n in data["now"].items()]


def _reason(row: Mapping[str, Any]) -> str:
    decision = str(HandoverState(row["decision"]).label).lower()
    return f"{row['label']} ({decision}): {row['n']}"


def _what(kind: str) -> str:
    return str(DeadlineKind(kind).label)


def _agreed(row: Mapping[str, Any]) -> str:
    return f"{row['agreed']} {Unit(row['unit']).label}"


def _level(row: Mapping[str, Any]) -> str:
    words = {"kept": _("kept"), "often_late": _("often late"), "broken": _("broken")}
    said = {"what": _what(row["kind"]), "late": row["late"], "n": row["n"], "open": row["open_late"]}
    if row["found"] is None or row["agreed"] is None:
        return _("%(what)s: %(open)d waiting late") % said
    said |= {"found": figures.decimal(row["found"]), "agreed": _agreed(row), "word": words[row["status"]]}
    return _("%(what)s: %(found)s against %(agreed)s, %(word)s; %(late)d of %(n)d late, %(open)d waiting late") % said


def _rules(data: Mapping[str, Any]) -> list[Point]:
    """At most five: what the report cards say, then whose leads sales refused more often than others."""
    cards = data.get("cards", [])  # digests of earlier times have none
    named = {row["rule"] for row in cards}
    others = [Point(_rule(row)) for row in data["rules"] if row["rule"] not in named]
    return [*map(_carded, cards), *others][:RULES]


def _carded(row: Mapping[str, Any]) -> Point:
    """What the report card of its model says of a rule, leading to the card."""
    text = why(
        row["verdict"],
        points=row["points"],
        leads=row["leads"],
        outcome=Split(*row["split"]),
        refusals=Split(*row["refusals"]),
        label=_("Accepted by sales") if row["outcome"] == ACCEPTED else _("Won"),
    )
    url = f"{reverse('scoring:report_card', args=[row['model']])}?outcome={row['outcome']}"
    return Point(text, (Person(f"{row['rule']} ({row['name']})", url),))


def _rule(row: Mapping[str, Any]) -> str:
    said = {
        "rule": row["rule"],
        "rate": figures.percent(row["rate"], 0),
        "judged": row["judged"],
        "usual": figures.percent(row["usual"], 0),
    }
    return _("%(rule)s: %(rate)s of %(judged)d accepted, all together %(usual)s") % said
