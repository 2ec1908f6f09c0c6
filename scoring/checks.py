"""What is wrong with the content of a version: by field, the reason and what to do."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import Error, connection, transaction
from django.utils.translation import gettext as _

from leads.conditions.activity import FILTERS, selection_errors
from leads.conditions.catalog import Catalog
from leads.conditions.plan import Plan, Scope
from leads.conditions.tree import InvalidCondition, validate
from scoring.engine import GroupSpec, VersionSpec, select_scores, spec_of
from scoring.models import ModelVersion, RuleGroup, VersionState
from scoring.rules import MAX_POINTS, MAX_RULES, MAX_UNITS, UNITS, RuleSpec

LONGEST_PLANNING = "20s"
MOST_DAYS = 3650


def rule_errors(rule: RuleSpec) -> dict[str, str]:
    """What is wrong with a rule, by field."""
    found: dict[str, str] = {}
    for field, why in _errors(rule):
        found.setdefault(field, why)
    return found


def _errors(rule: RuleSpec) -> Iterator[tuple[str, str]]:
    if not _is_whole(rule.points, -MAX_POINTS, MAX_POINTS):
        yield "points", _("Give at most %(n)d points, or at least %(n)d below zero.") % {"n": MAX_POINTS}
    if rule.condition is None and rule.per is None:
        yield "condition", _("Say when the points are given: a condition, or per which activity.")
    if rule.condition is not None and (reason := _condition_error(rule.condition)):
        yield "condition", reason
    if rule.per is not None and (reason := _per_error(rule)):
        yield "per", reason
    yield from _fade_errors(rule)


def _condition_error(condition: Any) -> str:
    try:
        validate(condition, scoring=True)
    except InvalidCondition as refused:
        return str(refused)
    return ""


def _fade_errors(rule: RuleSpec) -> Iterator[tuple[str, str]]:
    bounds = {"max_units": MAX_UNITS, "half_life_days": MOST_DAYS, "step_days": MOST_DAYS, "step_percent": 100}
    for field, most in bounds.items():
        value = getattr(rule, field)
        if value is not None and rule.per is None:
            yield field, _("Only points per activity can fade or be limited in number.")
        if value is not None and not _is_whole(value, 1, most):
            yield field, _("Give a whole number from 1 to %(most)d.") % {"most": most}
    if rule.half_life_days is not None and (rule.step_days is not None or rule.step_percent is not None):
        yield "half_life_days", _("Points fade by half or in steps, not both. Empty one of them.")
    if rule.step_days is not None and rule.step_percent is None:
        yield "step_percent", _("Say how many percent are lost each time.")
    if rule.step_percent is not None and rule.step_days is None:
        yield "step_days", _("Say every how many days the points fade.")


def _is_whole(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _per_error(rule: RuleSpec) -> str:
    per = rule.per
    if not isinstance(per, dict) or not isinstance(per.get("of"), str) or per["of"] not in UNITS:
        return _('Give a selection of activities with "of": one of %(units)s.') % {"units": ", ".join(UNITS)}
    if unknown := sorted(set(per) - FILTERS - {"of"}):
        return _("Unknown field %(name)s.") % {"name": unknown[0]}
    if per["of"] == "latest" and not rule.is_fading:
        return _("Points for the latest activity must fade. Give a half-life or steps, or use a condition.")
    return "; ".join(f"{field}: {why}" for field, why in selection_errors(per, Catalog()))


def group_errors(group: GroupSpec) -> dict[str, str]:
    """What is wrong with a group, by field."""
    errors = {}
    if group.kind not in RuleGroup.Kind.values:
        errors["kind"] = _("Say whether the group counts as fit or as engagement.")
    if group.cap is not None and not _is_whole(group.cap, 0, MAX_POINTS * MAX_UNITS):
        errors["cap"] = _("A cap cannot be below zero. Give a whole number from 0, or nothing for no cap.")
    return errors


def content_errors(groups: Sequence[GroupSpec], rules: Sequence[RuleSpec]) -> dict[str, dict[str, str]]:
    """What is wrong with groups and rules together: the label or number of each, with its errors by field."""
    errors: dict[str, dict[str, str]] = {}
    if len(rules) > MAX_RULES:
        errors["version"] = {"rules": _("Use at most %(n)d rules.") % {"n": MAX_RULES}}
    known = [group.slug for group in groups]
    for group in groups:
        found = group_errors(group)
        if known.count(group.slug) > 1:
            found["group"] = _("There is a group with this key.")
        if found:
            errors[_("group %(key)s") % {"key": group.slug}] = found
    for number, rule in enumerate(rules, start=1):
        found = rule_errors(rule)
        if rule.group not in known:
            found["group"] = _("There is no group %(key)r. Choose from: %(known)s.") % {
                "key": rule.group,
                "known": ", ".join(known),
            }
        if found:
            errors[rule.label or _("rule %(number)d") % {"number": number}] = found
    return errors


def version_errors(version: ModelVersion) -> dict[str, dict[str, str]]:
    """What keeps a stored version from being scored by; one that was put in force had nothing wrong."""
    if version.state == VersionState.PUBLISHED:
        return {}
    spec = spec_of(version)
    return content_errors(spec.groups, spec.rules)


def running_error(versions: Sequence[VersionSpec], plan: Plan) -> str:
    """Why the database cannot score by these versions together, found by asking it; empty where it can."""
    text = select_scores(versions, plan, Scope(ids=[]))
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = '{LONGEST_PLANNING}'")
            cursor.execute(text, {**plan.params, "ids": []})
            transaction.set_rollback(True)  # the timeout was for this question alone
    except Error as refused:
        return _(
            "All models in force together are too much for the database. Use fewer rules or conditions (%(why)s)"
        ) % {"why": str(refused).strip().splitlines()[0]}
    return ""
