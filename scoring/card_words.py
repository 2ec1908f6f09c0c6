"""A report card in words: rates, ratios and what is wrong with a rule. Pure."""

from collections.abc import Mapping

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from scoring.lift import Split
from scoring.report_card import Verdict

VERDICTS: Mapping[Verdict, str | Promise] = {
    Verdict.HELPS: gettext_lazy("helps"),
    Verdict.NO_HELP: gettext_lazy("does not help"),
    Verdict.AGAINST: gettext_lazy("works against"),
    Verdict.NEVER: gettext_lazy("never holds"),
    Verdict.ALWAYS: gettext_lazy("always holds"),
    Verdict.TOO_FEW: gettext_lazy("too few to tell"),
}
SIGNS: Mapping[Verdict, str] = {
    Verdict.HELPS: "good",
    Verdict.NO_HELP: "fair",
    Verdict.AGAINST: "failing",
    Verdict.NEVER: "fair",
    Verdict.ALWAYS: "fair",
}
DASH = "\u2013"


def percent(rate: float | None) -> str:
    """35.7 %, and n/a without a rate."""
    if rate is None:
        return _("n/a")
    value = round(rate * 100, 1)
    return f"{number_format(value, decimal_pos=0 if value in (0, 100) else 1)} %"


def between(limits: tuple[float, float] | None) -> str:
    """Where a rate lies: 21–54 %."""
    return f"{round(limits[0] * 100)}{DASH}{round(limits[1] * 100)} %" if limits else ""


def times(lift: float | None) -> str:
    """How many times as often: × 1.4."""
    return f"× {_number(lift)}" if lift is not None else _("n/a")


def times_between(limits: tuple[float, float] | None) -> str:
    """Where a ratio lies: 0.8–2.3."""
    return f"{_number(limits[0])}{DASH}{_number(limits[1])}" if limits else ""


def _number(value: float) -> str:
    if value >= 1000:
        return "1,000+"
    return number_format(value, decimal_pos=0 if value >= 100 else 1 if value >= 10 else 2)


def compared(split: Split, label: str) -> str:
    """Converted: 12 % of those it holds for, 35 % of the others (× 0.34, 95 % likely 0.2–0.6)."""
    said = {
        "outcome": label,
        "rate": percent(split.rate),
        "rest": percent(split.rest_rate),
        "lift": times(split.lift),
        "limits": times_between(split.likely),
    }
    return (
        _("%(outcome)s: %(rate)s of those it holds for, %(rest)s of the others (%(lift)s, 95 %% likely %(limits)s).")
        % said
    )


def why(verdict: str, *, points: int, leads: int, outcome: Split, refusals: Split, label: str) -> str:
    """Why somebody should look at a rule, in a sentence or two."""
    found = []
    if verdict == Verdict.NEVER:
        found.append(_("Holds for none of %(n)s leads, and did not on any day looked at.") % {"n": f"{leads:,}"})
    elif verdict == Verdict.ALWAYS:
        found.append(_("Holds for every lead, so it tells none apart."))
    elif verdict == Verdict.AGAINST and points < 0:
        found.append(_("Takes points from the better ones.") + " " + compared(outcome, label))
    elif verdict in (Verdict.AGAINST, Verdict.NO_HELP):
        found.append(compared(outcome, label))
    if points > 0 and refusals.compared() > 0:
        said = {"rate": percent(refusals.rate), "rest": percent(refusals.rest_rate)}
        found.append(_("Sales refuse %(rate)s of the leads it holds for, %(rest)s of the others.") % said)
    return " ".join(found)


def few(split: Split) -> str:
    """Why too few say nothing."""
    if not split.held and not split.rest:
        return _("none to judge by")
    if not split.rest:
        return _("held for all %(n)d") % {"n": split.held}
    if not split.held:
        return _("held for none of %(n)d") % {"n": split.rest}
    return _("%(held)d against %(rest)d") % {"held": split.held, "rest": split.rest}
