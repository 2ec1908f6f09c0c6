"""Segments: writing and deleting a named condition, and where it is used."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from leads.activity.news import change_rules, touch_all
from leads.conditions.catalog import Catalog
from leads.conditions.tree import Circle, Extents, InvalidCondition, Tree, leaves, validate
from leads.conditions.used import Written, in_use, naming
from leads.lifecycle.together import check_together
from leads.models import Segment
from leads.seen import ChangedMeanwhile, check_seen, digest


@dataclass(frozen=True)
class NewSegment:
    """What a segment says. Without a key the name makes one."""

    name: str
    condition: Any
    description: str = ""
    slug: str = ""


class SegmentInUse(Exception):
    """The key of a segment that is named somewhere is neither changed nor given up."""

    def __init__(self, places: Collection[Written]) -> None:
        super().__init__("In use: " + "; ".join(place.where for place in places))
        self.places = places


class InvalidSegment(ValueError):
    """A name or key that cannot be used: `errors` by field."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {why}" for field, why in errors.items()))
        self.errors = errors


@transaction.atomic
def save_segment(
    segment: Segment | None, said: NewSegment, *, by: int | None, now: datetime, seen: str | None = None
) -> Segment:
    """Write a segment, new or changed. Where rules are made of it, every lead is judged anew.

    Raises InvalidCondition for a condition that cannot be used here or in what names the segment, InvalidSegment,
    SegmentInUse for a new key of one in use, and ChangedMeanwhile where it is gone or not as it was `seen`.
    """
    change_rules()
    row = None if segment is None else _as_seen(segment, seen)
    slug = said.slug or (row.slug if row else _free_key(said.name))
    if errors := _errors(said, slug, row):
        raise InvalidSegment(errors)
    if row is not None and slug != row.slug and (places := uses_of(row.slug, now=now)):
        raise SegmentInUse(places)
    uses = reached_from(slug, now=now) if row is not None else []
    is_new = row is None or row.condition != said.condition
    condition = _checked(slug, said, uses) if is_new else said.condition
    is_judged_anew = row is not None and row.condition != condition and any(not use.segment for use in uses)
    row = row or Segment(created_by_id=by, created_at=now)
    row.slug, row.name, row.description, row.condition = slug, said.name.strip(), said.description, condition
    row.changed_by_id, row.changed_at = by, now
    row.save()
    if is_judged_anew:
        check_together()
        touch_all()
    return row


def _as_seen(segment: Segment, seen: str | None) -> Segment:
    row = Segment.objects.select_for_update(no_key=True).filter(pk=segment.pk).first()
    if row is None:
        raise ChangedMeanwhile(gone())
    check_seen(seen, stamp_of(row), _("This segment was changed meanwhile."))
    return row


def gone() -> str:
    """That a segment which somebody changes is not there any more."""
    return _("This segment is gone: it was deleted or given another key meanwhile.")


def stamp_of(segment: Segment) -> str:
    """All a segment says."""
    return digest([segment.slug, segment.name, segment.description, segment.condition])


def _free_key(name: str) -> str:
    """A key made of a name, of none of the letters a key may have too."""
    base = slugify(name)[:50] or "segment"
    taken = set(Segment.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    return next(key for key in (base, *(f"{base}-{n}" for n in range(2, len(taken) + 3))) if key not in taken)


def _errors(said: NewSegment, slug: str, row: Segment | None) -> dict[str, str]:
    errors = {}
    name = said.name.strip()
    if not 1 <= len(name) <= 100 or "\x00" in name:
        errors["name"] = _("Give a name of 1 to 100 characters.")
    if "\x00" in said.description or len(said.description) > 2000:
        errors["description"] = _("Give a text of at most 2,000 characters.")
    if not slug or len(slug) > 60 or slug != slugify(slug) or slug == "new":  # the address of a new one
        errors["slug"] = _("Give a key of at most 60 small letters, digits, hyphens and underscores.")
    elif Segment.objects.filter(slug=slug).exclude(pk=row.pk if row else 0).exists():
        errors["slug"] = _("Another segment has this key. Choose another.")
    return errors


def _checked(slug: str, said: NewSegment, uses: Collection[Written]) -> Tree:
    """The condition as it is stored: none with a mistake, that leads back to itself, or that its uses cannot bear."""
    catalog = Catalog()
    condition = validate(said.condition, catalog=catalog)
    catalog.segments = {**catalog.segments, slug: Segment(slug=slug, name=said.name, condition=condition)}
    try:
        Extents(catalog).of(condition, (slug,))
    except Circle as circle:
        raise InvalidCondition([("", str(circle))]) from circle
    for use in uses:
        try:
            validate(use.tree, catalog=catalog, scoring=use.scoring, only=use.only)
        except InvalidCondition as refused:
            _place, why = refused.errors[0]
            raise InvalidCondition([("", f"{use.where}: {why}")]) from refused
    return condition


@transaction.atomic
def delete_segment(segment: Segment, *, now: datetime) -> None:
    """Delete a segment that nothing names, not even what only answers about the past. Raises SegmentInUse."""
    change_rules()
    if places := uses_of(segment.slug, now=now, past=True):
        raise SegmentInUse(places)
    segment.delete()


def uses_of(slug: str, *, now: datetime, past: bool = False) -> list[Written]:
    """The conditions that name a segment themselves."""
    return list(naming("segment", "value", slug, now=now, past=past))


def reached_from(slug: str, *, now: datetime) -> list[Written]:
    """The conditions a segment is part of, by way of other segments too."""
    written = list(in_use(now))
    reached, found = {slug}, set[int]()
    while more := [place for place, use in enumerate(written) if place not in found and _names(use, reached)]:
        found.update(more)
        reached |= {written[place].segment for place in more} - {""}
    return [written[place] for place in sorted(found)]


def _names(use: Written, slugs: Collection[str]) -> bool:
    return any(not set(slugs).isdisjoint(named) for named in _named(use))


def _named(use: Written) -> Iterator[list[str]]:
    return (spec["value"] for _leaf, spec in leaves(use.tree) if spec["leaf"] == "segment")
