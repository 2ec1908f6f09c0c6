"""What the condition editor is made of: rows and groups, read from what a browser sends and put in order."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from leads.forms.slots import SLOTS, Slot, read, written

WORDS = ("all", "any")


@dataclass
class Input:
    """One field of a row as the template draws it."""

    slot: Slot
    name: str
    value: Any
    choices: Sequence[tuple[str, Any]]
    error: str = ""
    suggested: Sequence[str] = ()  # what a text field offers to be typed
    is_list: bool = False  # whether it takes several, with commas

    @property
    def text(self) -> str:
        """The value as a text field shows it."""
        return written(self.value)

    @property
    def chosen(self) -> list[str]:
        """The labels of what is chosen among many."""
        return [str(label) for key, label in self.choices if key in self.many]

    @property
    def many(self) -> list[Any]:
        """The value as a list."""
        return self.value if isinstance(self.value, list) else [] if self.value is None else [self.value]


@dataclass
class Row:
    """A leaf, perhaps negated, in a group; group 0 is the root."""

    number: int
    kind: str
    values: dict[str, Any] = field(default_factory=dict)
    negated: bool = False
    group: int = 0
    errors: dict[str, str] = field(default_factory=dict)
    inputs: list[Input] = field(default_factory=list)

    @property
    def mark(self) -> str:
        """What the order of the parts calls it."""
        return f"r{self.number}"

    @property
    def complaints(self) -> list[str]:
        """What is wrong beside the fields shown."""
        shown = {slot.name for slot in SLOTS.get(self.kind, ())}
        return [why for name, why in self.errors.items() if name not in shown]


@dataclass
class Group:
    """Rows and groups joined by all or any; the root is number 0 and in no group."""

    number: int
    word: str = "all"
    negated: bool = False
    group: int = -1
    children: list["Row | Group"] = field(default_factory=list)
    level: int = 1
    errors: list[str] = field(default_factory=list)

    @property
    def mark(self) -> str:
        """What the order of the parts calls it."""
        return f"g{self.number}"


def read_parts(sent: QueryDict, prefix: str) -> tuple[Group, list[Row | Group]]:
    """The root, and all other parts in the order they stand; of parts in no known group the root takes care."""
    groups = [_read_group(sent, prefix, number) for number in _numbers(sent, f"{prefix}-group", "g", prefix)]
    root = next((group for group in groups if group.number == 0), Group(0))
    root.group = -1
    rows = [_read_row(sent, prefix, number) for number in _numbers(sent, f"{prefix}-row", "r", prefix)]
    parts: list[Row | Group] = [*rows, *(group for group in groups if group.number)]
    place = {mark: n for n, mark in enumerate(sent.getlist(f"{prefix}-at"))}
    parts.sort(key=lambda part: place.get(part.mark, len(place)))
    _root(parts)
    return root, parts


def _numbers(sent: QueryDict, name: str, letter: str, prefix: str) -> list[int]:
    """The numbers of rows or groups, each once: told by their order, or one by one."""
    marks = [mark[1:] for mark in sent.getlist(f"{prefix}-at") if mark[:1] == letter]
    return list(dict.fromkeys(int(text) for text in (*marks, *sent.getlist(name)) if _is_number(text)))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 7


def _read_group(sent: QueryDict, prefix: str, number: int) -> Group:
    name = f"{prefix}-g{number}"
    word = sent.get(f"{name}-word", "all")
    return Group(number, word if word in WORDS else "all", f"{name}-not" in sent, _within(sent, name))


def _read_row(sent: QueryDict, prefix: str, number: int) -> Row:
    name = f"{prefix}-r{number}"
    kind = sent.get(f"{name}-kind", "activity")
    row = Row(number, kind, {}, f"{name}-not" in sent, _within(sent, name))
    for slot in SLOTS.get(kind, ()):
        value = read(slot, sent, f"{name}-{slot.name}")
        if value is not None:
            row.values[slot.name] = value
    return row


def _within(sent: QueryDict, name: str) -> int:
    group = sent.get(f"{name}-in", "0")
    return int(group) if _is_number(group) else 0


def _root(parts: Sequence[Row | Group]) -> None:
    """Put what stands in no group that leads to the root into the root itself."""
    groups = [part for part in parts if isinstance(part, Group)]
    rooted = {0}
    while left := [group for group in groups if group.number not in rooted]:
        more = {group.number for group in left if group.group in rooted}
        if not more:
            left[0].group = 0
        rooted |= more
    for part in parts:
        part.group = part.group if part.group in rooted else 0


def arrange(root: Group, parts: Sequence[Row | Group]) -> None:
    """Hang each part below its group, and count the levels of the tree down to each group."""
    groups = {0: root} | {part.number: part for part in parts if isinstance(part, Group)}
    for group in groups.values():
        group.children = [part for part in parts if part.group == group.number]
    root.level = 1
    for group in _below(root):
        group.level = groups[group.group].level + 1 + group.negated


def _below(group: Group) -> Iterator[Group]:
    """The groups below a group, each before its own."""
    for child in group.children:
        if isinstance(child, Group):
            yield child
            yield from _below(child)


def without(parts: Sequence[Row | Group], mark: str) -> list[Row | Group]:
    """The parts without one of them and all that hangs below it."""
    gone = {part.number for part in parts if part.mark == mark and isinstance(part, Group)}
    kept = [part for part in parts if part.mark != mark]
    while gone:
        lost = [part for part in kept if part.group in gone]
        kept = [part for part in kept if part.group not in gone]
        gone = {part.number for part in lost if isinstance(part, Group)}
    return kept


def as_parts(tree: Mapping[str, Any]) -> tuple[Group, list[Row | Group]] | None:
    """A valid tree as root and parts; None where a leaf of it has no fields here."""
    word = next((word for word in WORDS if word in tree), None)
    root, parts = Group(0, word or "all"), list[Row | Group]()
    fits = all(_place(child, 0, parts) for child in (tree[word] if word else [tree]))
    return (root, parts) if fits else None


def _place(node: Mapping[str, Any], within: int, parts: list[Row | Group]) -> bool:
    """Add a node and all below it to the parts."""
    negated = False
    while "not" in node:
        node, negated = node["not"], not negated
    if "leaf" in node:
        values = {name: value for name, value in node.items() if name != "leaf"}
        rows = sum(isinstance(part, Row) for part in parts)
        parts.append(Row(rows, node["leaf"], values, negated, within))
        return node["leaf"] in SLOTS
    word = "all" if "all" in node else "any"
    group = Group(1 + sum(isinstance(part, Group) for part in parts), word, negated, within)
    parts.append(group)
    return all(_place(child, group.number, parts) for child in node[word])
