"""The condition editor: a tree as rows in groups one level deep, or as JSON where it is more than that."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from leads.conditions.catalog import Catalog
from leads.conditions.leaves import kinds
from leads.conditions.tree import InvalidCondition, validate
from leads.forms.slots import SLOTS, Slot, kind_label, read, typed, written

WORDS = ("all", "any")
MAX_TYPED = 50_000


@dataclass
class Input:
    """One field of a row as the template draws it."""

    slot: Slot
    name: str
    value: Any
    choices: Sequence[tuple[str, Any]]
    error: str = ""

    @property
    def text(self) -> str:
        """The value as a text field shows it."""
        return written(self.value)

    @property
    def chosen(self) -> list[str]:
        """The labels of what is chosen among many."""
        return [str(label) for key, label in self.choices if key in (self.value or [])]


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


@dataclass
class Group:
    """Rows joined by all or any; the root holds the other groups too."""

    number: int
    word: str = "all"
    negated: bool = False


class TreeEditor:
    """Reads a tree from what was sent, or shows a stored one. `tree` is valid once `is_valid()` said so."""

    def __init__(
        self,
        sent: QueryDict | None = None,
        *,
        tree: Any = None,
        prefix: str = "when",
        scoring: bool = False,
        only: Collection[str] = (),
    ) -> None:
        self.prefix, self.scoring, self.only, self.catalog = prefix, scoring, only, Catalog()
        self.rows: list[Row] = []
        self.groups: list[Group] = [Group(0)]
        self.json_text: str | None = None
        self.errors: list[str] = []
        self.tree: Any = tree
        self.act = "" if sent is None else sent.get(f"{prefix}-do", "")
        if sent is not None:
            self._read(sent)
            self._act()
        elif tree is not None:
            self._show(tree)

    # What the template draws.

    @property
    def kinds(self) -> list[tuple[str, str]]:
        """The kinds of leaf that may be chosen here."""
        names = [name for name, leaf in kinds().items() if name in SLOTS and (leaf.in_scoring or not self.scoring)]
        return [(name, kind_label(name)) for name in names if not self.only or name in self.only]

    @property
    def drawn(self) -> list[tuple[Group, list[Row]]]:
        """Groups with their rows, the root first; every row with its inputs."""
        for row in self.rows:
            row.inputs = self._inputs(row)
        return [(group, [row for row in self.rows if row.group == group.number]) for group in self.groups]

    def _inputs(self, row: Row) -> list[Input]:
        return [
            Input(
                slot,
                self.name(row, slot.name),
                row.values.get(slot.name),
                slot.choices(self.catalog) if slot.choices else (),
                row.errors.get(slot.name, ""),
            )
            for slot in SLOTS.get(row.kind, ())
        ]

    def name(self, row: Row, slot: str) -> str:
        """The name of a row's field."""
        return f"{self.prefix}-r{row.number}-{slot}"

    # From a stored tree to rows.

    def _show(self, tree: Any) -> None:
        if not self._spread(tree):
            self.rows, self.groups = [], [Group(0)]
            self.json_text = json.dumps(tree, ensure_ascii=False, indent=2)

    def _spread(self, tree: Mapping[str, Any]) -> bool:
        """Turn a tree into rows; False when it is deeper than the editor."""
        word = next((word for word in WORDS if word in tree), None)
        if word is not None:
            self.groups[0].word = word
        return all(self._place(child) for child in (tree[word] if word else [tree]))

    def _place(self, node: Mapping[str, Any]) -> bool:
        negated = "not" in node
        inner = node["not"] if negated else node
        if "leaf" in inner:
            return self._add(inner, 0, negated=negated)
        word = next((word for word in WORDS if word in inner), None)
        if word is None:
            return False
        group = Group(len(self.groups), word, negated)
        self.groups.append(group)
        return all(
            self._add(child.get("not", child), group.number, negated="not" in child)
            for child in inner[word]
            if isinstance(child, Mapping)
        )

    def _add(self, leaf: Mapping[str, Any], group: int, *, negated: bool) -> bool:
        if leaf.get("leaf") not in SLOTS:
            return False
        values = {name: value for name, value in leaf.items() if name != "leaf"}
        self.rows.append(Row(len(self.rows), leaf["leaf"], values, negated, group))
        return True

    # From what was sent to rows.

    def _read(self, sent: QueryDict) -> None:
        prefix = self.prefix
        if f"{prefix}-json" in sent:
            self.json_text = str(sent[f"{prefix}-json"])[:MAX_TYPED]
            return
        groups = [self._read_group(sent, int(n)) for n in sent.getlist(f"{prefix}-group") if n.isdigit()]
        if groups and groups[0].number == 0:
            self.groups = groups
        for text in sent.getlist(f"{prefix}-row"):
            if text.isdigit():
                self.rows.append(self._read_row(sent, int(text)))

    def _read_group(self, sent: QueryDict, number: int) -> Group:
        word = sent.get(f"{self.prefix}-g{number}-word", "all")
        return Group(number, word if word in WORDS else "all", f"{self.prefix}-g{number}-not" in sent)

    def _read_row(self, sent: QueryDict, number: int) -> Row:
        name = f"{self.prefix}-r{number}"
        kind = sent.get(f"{name}-kind", "activity")
        group = sent.get(f"{name}-in", "0")
        row = Row(number, kind, {}, f"{name}-not" in sent, int(group) if group.isdigit() else 0)
        for slot in SLOTS.get(kind, ()):
            value = read(slot, sent, f"{name}-{slot.name}")
            if value is not None:
                row.values[slot.name] = value
        return row

    def _act(self) -> None:
        """What a button of the editor asked for: another row or group, one less, or the other way to write."""
        verb, _colon, which = self.act.partition(":")
        number = int(which) if which.isdigit() else 0
        if verb == "add":
            self.rows.append(Row(max((row.number for row in self.rows), default=-1) + 1, "activity", {}, False, number))
        elif verb == "group":
            self.groups.append(Group(max(group.number for group in self.groups) + 1, "any"))
        elif verb == "drop":
            self.rows = [row for row in self.rows if row.number != number]
        elif verb == "ungroup" and number:
            self.groups = [group for group in self.groups if group.number != number]
            self.rows = [row for row in self.rows if row.group != number]
        elif verb == "json":
            self.json_text = json.dumps(self._tree()[0] or {"all": []}, ensure_ascii=False, indent=2)
        elif verb == "rows" and self.is_valid():
            self.json_text = None
            self._show(self.tree)

    # From rows to a tree.

    def _tree(self) -> tuple[dict[str, Any] | None, dict[str, Row]]:
        """The tree of the rows, and which row stands at which place in it."""
        places: dict[str, Row] = {}
        root = self.groups[0].word
        children: list[dict[str, Any]] = []
        for row in self._rows_in(0):
            children.append(self._leaf(row, f"{root}.{len(children)}", places))
        for group in self.groups[1:]:
            at = f"{root}.{len(children)}" + (".not" if group.negated else "")
            leaves = [
                self._leaf(row, f"{at}.{group.word}.{index}", places)
                for index, row in enumerate(self._rows_in(group.number))
            ]
            if leaves:
                inner: dict[str, Any] = {group.word: leaves}
                children.append({"not": inner} if group.negated else inner)
        return ({root: children} if children else None), places

    def _rows_in(self, group: int) -> Iterator[Row]:
        return (row for row in self.rows if row.group == group)

    def _leaf(self, row: Row, place: str, places: dict[str, Row]) -> dict[str, Any]:
        places[f"{place}.not" if row.negated else place] = row
        leaf = {"leaf": row.kind, **row.values}
        if row.kind in ("lead", "company") and "value" in leaf:
            leaf["value"] = typed(row.kind, {**row.values, "value": written(row.values["value"])}, self.catalog)
            if leaf["value"] is None:
                del leaf["value"]
        return {"not": leaf} if row.negated else leaf

    def is_valid(self, *, required: bool = True) -> bool:
        """Whether the tree can be used; what is wrong stands in `errors` and at the rows. `tree` None: none given."""
        tree, places = self._parsed()
        if self.errors:
            return False
        if tree is None:
            self.tree = None
            if required:
                self.errors.append(_("Add at least one condition."))
            return not required
        try:
            validate(tree, catalog=self.catalog, scoring=self.scoring, only=self.only)
        except InvalidCondition as refused:
            self._blame(refused.errors, places)
            return False
        self.tree = _plain(tree)
        return True

    def blame(self, errors: Sequence[tuple[str, str]]) -> None:
        """Show what a flow refused about `tree`, each thing at its row."""
        _tree, places = self._parsed()
        known = [(f"all.0.{place}" if f"all.0.{place}".rpartition(".")[0] in places else place) for place, _ in errors]
        self._blame([(place, why) for place, (_, why) in zip(known, errors, strict=True)], places)

    def _parsed(self) -> tuple[Any, dict[str, Row]]:
        if self.json_text is None:
            return self._tree()
        if not self.json_text.strip():
            return None, {}
        try:
            return json.loads(self.json_text), {}
        except (ValueError, RecursionError) as wrong:
            self.errors.append(_("This is no JSON: %(why)s.") % {"why": wrong})
            return None, {}

    def _blame(self, errors: Sequence[tuple[str, str]], places: Mapping[str, Row]) -> None:
        """Put each error at its row and field, or on top with its place."""
        for place, why in errors:
            at, _dot, name = place.rpartition(".")
            row = places.get(at) or places.get(place)
            if row is None:
                self.errors.append(f"{place}: {why}" if place else why)
            else:
                row.errors.setdefault(name if at in places else "", why)


def _plain(tree: dict[str, Any]) -> dict[str, Any]:
    """A group of one condition is that condition."""
    for word in WORDS:
        if isinstance(tree.get(word), list) and len(tree[word]) == 1:
            return tree[word][0]
    return tree
