"""The reasons of a score as a person reads them: points, evidence in words, what fades when."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from leads.conditions.catalog import Catalog
from leads.models import Activity
from leads.templatetags.leads import act_detail, day_word, minutes
from scoring.coming import Change, Coming
from scoring.evidence import acts_words
from scoring.explain import Explanation, Line
from users.models import Organisation
from users.templatetags.look import signed

EVIDENCE_SHOWN = 3
Reason = dict[str, Any]


def shown_lines(
    found: Explanation, ahead: Coming | None, now: datetime, most: int
) -> tuple[list[Reason], list[Reason], list[Reason]]:
    """The strongest reasons, the rest of them, and the lines of fading and caps; all points add up to the score."""
    acts, catalog = _activities(found), Catalog()
    names = {group.slug: group.name for group in found.source.groups.all()}
    kinds = {group.slug: str(group.get_kind_display()).lower() for group in found.source.groups.all()}
    today = now.astimezone(Organisation.load().zone).date()
    given = [(index, line) for index, line in enumerate(found.lines) if line.points]
    given.sort(key=lambda row: -abs(row[1].fresh))
    lines = [
        {
            "points": line.fresh,
            "label": line.rule,
            "evidence": _evidence_words(line, found.at, catalog, is_now=found.at == today),
            "acts": [_worded(acts[ref], now) for ref in line.evidence if ref in acts][:EVIDENCE_SHOWN],
            "note": _note(index, line, kinds[line.group], ahead, today),
        }
        for index, line in given
    ]
    return lines[:most], lines[most:], _below(found, names, ahead, today)


def _below(found: Explanation, names: Mapping[str, str], ahead: Coming | None, today: date) -> list[Reason]:
    """What fading took since each event, and each cap that bites."""
    lines: list[Reason] = []
    if found.fade:
        note = next_words(ahead.total, today) if ahead and ahead.total else ""
        lines.append({"points": found.fade, "label": _("Fade since each event"), "note": note})
    for group, taken in found.caps.items():
        if taken:
            label = _("%(group)s is capped") % {"group": names.get(group, group)}
            lines.append({"points": taken, "label": label, "note": ""})
    return lines


def next_words(change: Change, today: date) -> str:
    """The coming change of the total: next −3 on Monday."""
    return _("next %(points)s %(when)s") % {"points": signed(change.by), "when": when(change.on, today)}


def when(day: date, today: date) -> str:
    """A coming day as one speaks of it: tomorrow, on Monday, on 4 Dec."""
    days = (day - today).days
    if days == 1:
        return _("tomorrow")
    if 1 < days < 7:
        return _("on %(day)s") % {"day": date_format(day, "l")}
    return _("on %(day)s") % {"day": date_format(day, "j M" if day.year == today.year else "j M Y")}


def _note(index: int, line: Line, kind: str, ahead: Coming | None, today: date) -> str:
    """How the part will fade or end; of one that stays, fit or engagement."""
    change = ahead.rules.get(index) if ahead else None
    lost = -ahead.weekly.get(index, 0) if ahead else 0
    if change is not None and line.points + change.by == 0:
        return _("expires %(when)s") % {"when": when(change.on, today)}
    if lost * line.points > 0:
        return ngettext("fades %(n)d a week", "fades %(n)d a week", abs(lost)) % {"n": abs(lost)}
    if change is not None:
        return f"{signed(change.by)} {when(change.on, today)}"
    return kind


def _evidence_words(line: Line, at: date, catalog: Catalog, *, is_now: bool) -> str:
    """What the part rests on: "5 pages of Pricing, 7 min, last 2 days ago"; "Job title: CFO"."""
    if line.rests_on is None:
        return ""
    zone = Organisation.load().zone
    texts = []
    for acts in line.rests_on.acts:
        parts = [acts_words(acts, catalog), minutes(acts.dwell)]
        if acts.last_at is not None:
            parts.append(_("last %(when)s") % {"when": _ago(acts.last_at.astimezone(zone).date(), at, is_now=is_now)})
        texts.append(", ".join(part for part in parts if part))
    told = [fact for fact in line.rests_on.facts if not fact.casefold().startswith(line.rule.casefold())]
    return "; ".join(dict.fromkeys([*texts, *told]))


def _ago(day: date, at: date, *, is_now: bool) -> str:
    days = (at - day).days
    if days <= 1:
        return _("yesterday") if days else _("today") if is_now else _("on the day")
    if days <= 30:
        return ngettext("%(n)d day ago", "%(n)d days ago", days) % {"n": days}
    return date_format(day, "j M" if day.year == at.year else "j M Y")


def _activities(found: Explanation) -> Mapping[str, Activity]:
    """The activities named as evidence, in one query."""
    ids = [int(ref.removeprefix("activity:")) for line in found.lines for ref in line.evidence if "activity:" in ref]
    rows = Activity.objects.filter(pk__in=ids).select_related("page", "document") if ids else ()
    return {f"activity:{row.pk}": row for row in rows}


def _worded(act: Activity, now: datetime) -> str:
    detail = act_detail(act)
    return f"{act.get_kind_display()}{', ' if detail else ''}{detail} ({day_word(act.occurred_at, now)})"
