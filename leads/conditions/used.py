"""Where a name is used in conditions: apps say which trees of theirs are in use, in their app's ready()."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leads.conditions.tree import leaves


@dataclass(frozen=True)
class Written:
    """A condition in use: what it belongs to, in words, and the address where it is changed.

    `scoring` and `only` are the limits it was validated with, `realm` says whose it is where it is one's alone, and
    `segment` is the key of the segment that it is.
    """

    where: str
    tree: Any
    url: str = ""
    scoring: bool = False
    only: Collection[str] = ()
    realm: str = ""
    segment: str = ""


Source = Callable[[datetime], Iterable[Written]]
_sources: dict[str, Source] = {}
_past: dict[str, Source] = {}


def register_source(name: str, source: Source) -> None:
    """Let `source` tell the trees that are in use at a moment, or will be; apps call this in ready()."""
    _sources[name] = source


def register_past(name: str, source: Source) -> None:
    """Let `source` tell the trees no longer in force that answers about the past still ask; apps call it in ready()."""
    _past[name] = source


def sources() -> Mapping[str, Source]:
    """All sources by name."""
    return _sources


def past_sources() -> Mapping[str, Source]:
    """All sources of the past by name."""
    return _past


def in_use(now: datetime, *, past: bool = False) -> Iterator[Written]:
    """All conditions in use; with `past` those too that only answers about the past ask."""
    for source in (*_sources.values(), *(_past.values() if past else ())):
        yield from source(now)


def naming(leaf: str, field: str, slug: str | int, *, now: datetime, past: bool = False) -> Iterator[Written]:
    """The conditions in use that name `slug` in a field of leaves of that kind."""
    for written in in_use(now, past=past):
        if any(spec["leaf"] == leaf and _names(spec.get(field), slug) for _kind, spec in leaves(written.tree)):
            yield written


def named_in(leaf: str, field: str, *, now: datetime, past: bool = False) -> dict[str, list[Written]]:
    """By name, the conditions in use that hold it in a field of leaves of that kind, each once."""
    found: dict[str, list[Written]] = {}
    for written in in_use(now, past=past):
        said = [spec.get(field) for _kind, spec in leaves(written.tree) if spec["leaf"] == leaf]
        names = [name for names in said for name in (names if isinstance(names, list) else [names])]
        for name in dict.fromkeys(map(str, names)):
            found.setdefault(name, []).append(written)
    return found


def _names(said: Any, slug: str | int) -> bool:
    return slug in said if isinstance(said, list) else said == slug
