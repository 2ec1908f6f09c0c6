"""The answer of a study as a page shows it: bars, names, reasons in words. Pure but for the names it reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from leads.access import leads_for_user
from leads.conditions.catalog import Catalog
from leads.models import Lead, Outcome, Stage
from leads.queries.intervals import interval
from leads.queries.matches import rounded
from scoring.card_words import between, percent
from scoring.crossing import COMPANY
from scoring.question import Question
from scoring.rules import RuleSpec, rule_words
from users.models import User

SHOWN, EXAMPLES = 6, 5
SMALL_BASE = 30
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 360, 168, 26, 10, 22, 20
MOST_BEYOND = 8
BANDS = {"hot": gettext_lazy("hot"), "warm": gettext_lazy("warm"), "cold": gettext_lazy("cold")}


@dataclass(frozen=True)
class Bar:
    """The leads of some points, before and as asked, with where they are drawn."""

    low: int
    high: int
    old: int
    new: int
    x: float
    width: float
    old_y: float
    new_y: float
    foot: float

    @property
    def new_path(self) -> str:
        """The outline of what is asked about: sides and top, so that it stands on the axis."""
        inset = self.x + 0.75
        return f"M{inset:.1f} {self.foot}V{self.new_y:.1f}h{self.width - 1.5:.1f}V{self.foot}" if self.new else ""


@dataclass(frozen=True)
class Histogram:
    """Bars on one scale; marks of the thresholds, ticks of both axes."""

    bars: Sequence[Bar]
    levels: Sequence[tuple[float, int]]
    ticks: Sequence[tuple[float, int]]
    threshold: tuple[float, int] | None
    was: tuple[float, int] | None
    foot: float = HEIGHT - BOTTOM

    @property
    def threshold_first(self) -> bool:
        """Whether the new threshold lies before the old one: their words must not meet."""
        return bool(self.threshold and self.was and self.threshold[0] < self.was[0])


def histogram(found: Mapping[str, Any], *, threshold: int | None, was: int | None) -> Histogram | None:
    """Draw counted bins; None without any lead."""
    old, new, width, start = [*found["old"]], [*found["new"]], found["width"], found["from"]
    if not old:
        return None
    highest = max([points for points in (threshold, was) if points is not None], default=start)
    beyond = -(-(highest - start) // width) + 2 - len(old)  # room for the words of a threshold at the end
    if 0 < beyond <= MOST_BEYOND:
        old, new = old + [0] * beyond, new + [0] * beyond
    top, step = _scale(max([*old, *new, 1]))
    across, foot = (WIDTH - LEFT - RIGHT) / len(old), HEIGHT - BOTTOM

    def x(points: float) -> float:
        return round(LEFT + (points - start) / width * across, 1)

    def y(number: int) -> float:
        return round(foot - (foot - TOP) * number / top, 1)

    gap = min(2.0, across * 0.15)
    bars = [
        Bar(at, at + width - 1, old[n], new[n], x(at) + gap, across - 2 * gap, y(old[n]), y(new[n]), foot)
        for n, at in enumerate(range(start, start + width * len(old), width))
    ]
    end = start + width * len(old)

    def mark(points: int | None) -> tuple[float, int] | None:
        return (x(points), points) if points is not None and start <= points <= end else None

    every = width * max(1, -(-len(old) // 8))
    return Histogram(
        bars=bars,
        levels=[(y(n), n) for n in range(0, top + 1, step)],
        ticks=[(x(at), at) for at in range(-(-start // every) * every, end + 1, every)],
        threshold=mark(threshold),
        was=mark(was) if was != threshold else None,
    )


def _scale(highest: int) -> tuple[int, int]:
    """The top of an axis and its step: at most five lines at round numbers."""
    size = 1
    while True:
        for step in (size, 2 * size, 5 * size):
            if step * 4 >= highest:
                return -(-highest // step) * step, step
        size *= 10


class Words:
    """Names of stages, owners, rules and leads, each read once for all rows."""

    def __init__(self, question: Question, user: User) -> None:
        self.question, self.user = question, user
        self.stages = {row.pk: row for row in Stage.everything.all()}
        self.catalog = Catalog()

    def rule(self, place: int) -> str:
        """The rule at a place of the question's pairs, or what else takes a lead on."""
        if place == COMPANY:
            return _("score of the company")
        was, at = self.question.pairs[place]
        base = self.question.base.rules if self.question.base else ()
        rule: RuleSpec = self.question.spec.rules[at] if at is not None else base[was or 0]
        try:
            return rule_words(rule, self.catalog)
        except KeyError:  # it names something deleted since
            return _("rule %(n)d") % {"n": place + 1}

    def why(self, row: Sequence[Any]) -> str:
        """Why the points of a kept row are on the other side."""
        *_rest, places, needs_threshold = row
        parts = [self.rule(place) for place in places]
        if needs_threshold or not parts:
            parts.append(_("threshold"))
        return ", ".join(parts)

    def rows(self, kept: Sequence[Sequence[Any]], leads: Mapping[int, Lead]) -> list[dict[str, Any]]:
        """Kept rows of leads that the reader may read."""
        return [
            {
                "lead": leads[row[0]],
                "was": row[1],
                "would": row[2],
                "from": self.stages.get(row[3]),
                "to": self.stages.get(row[4]),
                "by_itself": row[6],
                "why": self.why(row),
            }
            for row in kept
            if row[0] in leads
        ]

    def readable(self, ids: Sequence[int]) -> dict[int, Lead]:
        """The leads among these that the reader may read."""
        rows = leads_for_user(self.user).filter(pk__in=list(ids)).select_related("company", "owner")
        return {lead.pk: lead for lead in rows} if ids else {}

    def matches(self, result: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Each rule with how many leads it holds for, before and as asked."""
        base = self.question.base.rules if self.question.base else ()
        lines = []
        for place, ((was, at), (before, now)) in enumerate(zip(self.question.pairs, result["matches"], strict=True)):
            old = None if was is None else base[was]
            new = None if at is None else self.question.spec.rules[at]
            lines.append(
                {
                    "words": self.rule(place),
                    "before": before,
                    "now": now,
                    "was_points": old.points if old else None,
                    "points": new.points if new else None,
                    "state": "new" if old is None else "gone" if new is None else "changed" if old != new else "",
                }
            )
        return lines


def about(number: int, scale: float) -> str:
    """A count, or of a sample about how many that are of all, in two figures."""
    if scale == 1.0:
        return number_format(number, use_l10n=True, force_grouping=True)
    return _("about %(n)s") % {"n": number_format(rounded(number * scale), use_l10n=True, force_grouping=True)}


def then_at_goal(result: Mapping[str, Any]) -> int:
    """How many would stand at the decided stage: some come to it, and some go on where another asks for the points."""
    goal, crossing = result["goal"], result["up"]["by_stage"] if result["moves_by_itself"] else ()
    come = sum(leads for _before, after, leads in crossing if after == goal)
    return int(result["at_goal"]) + come - sum(leads for before, _after, leads in crossing if before == goal)


def stay_words(result: Mapping[str, Any], scale: float) -> str:
    """Who has the points and stays, and why: else a reader takes what stands beyond the line for what crosses."""
    found = result.get("stay") or {"leads": 0, "over": 0, "resting": 0}
    over, resting = found["over"], found["resting"]
    # Where a person makes the move whoever has the points waits for one.
    other = max(found["leads"] - over - resting, 0) if result["moves_by_itself"] else 0
    if not over + resting + other:
        return ""
    why = [
        (over, ngettext("%(n)s of a campaign that is over", "%(n)s of campaigns that are over", over)),
        (resting, _("%(n)s at rest")),
        (other, _("%(n)s by a cool-down or what else the stage asks")),
    ]
    said = "; ".join(text % {"n": about(number, scale)} for number, text in why if number)
    leads = over + resting + other
    text = ngettext("%(n)s has the points and stays: %(why)s.", "%(n)s have the points and stay: %(why)s.", leads)
    return text % {"n": about(leads, scale), "why": said}


def share(part: int, whole: int) -> dict[str, Any]:
    """A rate with its interval and whether its base is small."""
    limits = interval(part, whole)
    return {
        "part": part,
        "of": whole,
        "rate": percent(part / whole if whole else None),
        "likely": between(limits),
        "is_small": 0 < whole < SMALL_BASE,
    }


def _says(found: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Of last quarter's SQO, 71 % would have reached MQL by these points, on average 9 days earlier."""
    said = {**names, "part": found["reached"], "of": found["of"]}
    said["rate"] = percent(found["reached"] / found["of"] if found["of"] else None)
    text = _("%(rate)s of those that came to %(end)s, %(part)d of %(of)d, would have reached %(goal)s by these points")
    if found["of"] and found["reached"] == found["of"]:
        text = _("All %(of)d that came to %(end)s would have reached %(goal)s by these points")
    days = found["mean_days_earlier"]
    if days is None:
        return text % said + "."
    when = _("on average on the day they did")
    if days:
        when = _("on average %(n)s days earlier") if days > 0 else _("on average %(n)s days later")
        when %= {"n": number_format(abs(days), decimal_pos=1)}
    return f"{text % said}, {when}."


def backtest_words(result: Mapping[str, Any], stages: Mapping[int, Stage]) -> dict[str, Any]:
    """The backtest's rates with their names."""
    found = result.get("found")
    if not found:
        return {}
    rates = {
        name: {
            "precision": share(right["had_yes"], right["had"]),
            "recall": share(right["had_yes"], right["yes"]),
            "of": right["of"],
            "is_cut": right["is_cut"],
        }
        for name, right in result["right"].items()
    }
    names = {
        "end": stages[found["end"]].label if found["end"] in stages else str(Outcome.WON.label),
        "goal": stages[found["goal"]].label,
    }
    return {
        **names,
        "share": share(found["reached"], found["of"]),
        "says": _says(found, names),
        "period": found["period"],
        "since": found["since"],
        "until": found["until"],
        "is_cut": found["is_cut"],
        "unknown": found["unknown"],
        "rates": rates,
    }
