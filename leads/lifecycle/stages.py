"""The line of stages as data: a stage is added, described, put elsewhere. Retiring one has a module of its own."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from leads.activity.news import change_rules, touch_all
from leads.lifecycle.line import MOST, REALM_OF, RESERVED, line_errors
from leads.models import Stage
from users.models import Role

EDITABLE = ("label", "name", "help_text", "dos", "donts", "kpis", "limit_days", "moved_by")
STEP = 10


class StageNotPossible(ValueError):
    """A change of the line that is refused. `errors` are (field, reason and what to do); nothing was written."""

    def __init__(self, *errors: tuple[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {why}" if field else why for field, why in errors))
        self.errors = list(errors)


@transaction.atomic
def add_stage(
    slug: str, values: Mapping[str, Any], *, after: Stage, role: str = "", by: int | None, now: datetime
) -> Stage:
    """Put a new stage behind another one, in its realm. Leads that stand further on are not asked to pass it.

    `values` are those of EDITABLE. Raises StageNotPossible.
    """
    change_rules()
    stage = Stage(slug=slug, realm=after.realm, role=role, position=0)
    errors = [*_key_errors(slug), *_describe(stage, values)]
    line = list(Stage.objects.order_by("position"))
    if after not in line:
        errors.append(("after", _("This stage has been retired. Choose another place.")))
    if len(line) >= MOST:
        errors.append(("", _("A line has at most %(n)d stages. Retire one first.") % {"n": MOST}))
    if role and (role not in REALM_OF or role in {row.role for row in line}):
        errors.append(("role", _("Another stage has this role.")))
    if not errors:
        place = line.index(after) + 1
        errors = [("after", why) for why in line_errors([*line[:place], stage, *line[place:]])]
    if errors:
        raise StageNotPossible(*errors)
    everything = list(Stage.everything.order_by("position"))
    place = everything.index(after) + 1
    stage.position = 1 + max(row.position for row in everything)  # until it has its place
    stage.save()
    _place([*everything[:place], stage, *everything[place:]])
    stage.refresh_from_db()
    return stage


@transaction.atomic
def edit_stage(stage: Stage, values: Mapping[str, Any], *, by: int | None, now: datetime) -> Stage:
    """Describe a stage anew: any of EDITABLE. Key, role and realm stay. Raises StageNotPossible."""
    row = Stage.objects.select_for_update(no_key=True).filter(pk=stage.pk).first()
    if row is None:
        raise StageNotPossible(("", _("This stage has been retired.")))
    if errors := _describe(row, values):
        raise StageNotPossible(*errors)
    row.save(update_fields=list(values))
    return row


@transaction.atomic
def reorder_stages(slugs: Sequence[str], *, by: int | None, now: datetime) -> None:
    """Put the line into this order: every stage once. What the journal says stays. Raises StageNotPossible.

    Every lead is judged anew: the highest stage whose criterion it meets may be another one now.
    """
    change_rules()
    rows = {stage.slug: stage for stage in Stage.objects.all()}
    if sorted(slugs) != sorted(rows):
        raise StageNotPossible(("", _("The line has changed in the meantime. Load the page again.")))
    wanted = [rows[slug] for slug in slugs]
    if errors := list(line_errors(wanted)):
        raise StageNotPossible(*(("", why) for why in errors))
    places = iter(wanted)
    # Retired stages keep their places between the others.
    _place([next(places) if row.retired_at is None else row for row in Stage.everything.order_by("position")])
    touch_all()


def moved_by(stages: Sequence[Stage], slug: str, way: int) -> list[str] | None:
    """The keys of the line with one stage a place up (-1) or down (1); None where the line forbids it."""
    line = list(stages)
    place = next((n for n, stage in enumerate(line) if stage.slug == slug), -1)
    other = place + way
    if place < 0 or not 0 <= other < len(line):
        return None
    line[place], line[other] = line[other], line[place]
    return None if list(line_errors(line)) else [stage.slug for stage in line]


def _place(everything: Sequence[Stage]) -> None:
    """Number the stages in this order; that no two have one place is checked at the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE leads_stage s SET position = n.position FROM unnest(%s::bigint[], %s::int[]) n (id, position)"
            " WHERE s.id = n.id AND s.position <> n.position",
            [[stage.pk for stage in everything], [STEP * (n + 1) for n in range(len(everything))]],
        )


def _key_errors(slug: str) -> list[tuple[str, str]]:
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,39}", slug):
        return [("slug", _("Use small letters, digits, - and _, beginning with a letter; at most 40."))]
    if slug in RESERVED:
        return [("slug", _("This word means something else already. Choose another key."))]
    if Stage.everything.filter(slug=slug).exists():
        return [("slug", _("A stage has this key, or had it once. Choose another key."))]
    return []


def _describe(stage: Stage, values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Write the values on the row; returns what is wrong with them."""
    errors = [(name, _("This cannot be changed.")) for name in values if name not in EDITABLE]
    for name in EDITABLE:
        if name in values:
            value = values[name]
            setattr(stage, name, value.strip() if isinstance(value, str) else value)
    for name, most in (("label", 12), ("name", 60)):
        text = getattr(stage, name)
        if not text or len(text) > most:
            errors.append((name, _("Give one to %(most)d characters.") % {"most": most}))
    if stage.limit_days is not None and not 1 <= stage.limit_days <= 3650:
        errors.append(("limit_days", _("Give a number of days from 1 to 3650, or none.")))
    if unknown := sorted(set(stage.moved_by) - set(Role.values)):
        errors.append(("moved_by", _("There is no role “%(role)s”.") % {"role": unknown[0]}))
    return errors
