"""Where a name is used in conditions: apps say which trees of theirs are in use, in their app's ready()."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leads.conditions.tree import leaves


@dataclass(frozen=True)
class Written:
    """A condition in use: what it belongs to, in words, and the address where it is changed."""

    where: str
    tree: Any
    url: str = ""


Source = Callable[[datetime], Iterable[Written]]
_sources: dict[str, Source] = {}


def register_source(name: str, source: Source) -> None:
    """Let `source` tell the trees that are in use at a moment, or will be; apps call this in ready()."""
    _sources[name] = source


def sources() -> Mapping[str, Source]:
    """All sources by name."""
    return _sources


def naming(leaf: str, field: str, slug: str, *, now: datetime) -> Iterator[Written]:
    """The conditions in use that name `slug` in a field of leaves of that kind."""
    for source in _sources.values():
        for written in source(now):
            if any(spec["leaf"] == leaf and _names(spec.get(field), slug) for _kind, spec in leaves(written.tree)):
                yield written


def _names(said: Any, slug: str) -> bool:
    return slug in said if isinstance(said, list) else said == slug
