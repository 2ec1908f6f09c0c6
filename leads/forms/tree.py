"""The condition editor: a tree as rows in groups, or as JSON."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar

from django.forms import BaseForm
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from leads.conditions.catalog import Catalog
from leads.conditions.leaves import kinds
from leads.conditions.tree import MAX_DEPTH, InvalidCondition, Tree, spelled, validate
from leads.conditions.values import LISTS
from leads.forms.rows import WORDS, Group, Input, Row, arrange, as_parts, read_parts, without
from leads.forms.slots import SLOTS, kind_label
from leads.forms.suited import fitting, settled, slots_of, suggesting
from leads.queries.common_values import common_values

MAX_TYPED = 50_000
MOST_ASKED = 6  # fields whose values are offered on one page: each takes the database its time
Places = Mapping[str, Row | Group]
F = TypeVar("F", bound=BaseForm)


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
        self._common: dict[tuple[str, str], list[str]] = {}
        self.root = Group(0)
        self.parts: list[Row | Group] = []
        self.json_text: str | None = None
        self.errors: list[str] = []
        self.focus = ""  # the id of the field that gets the focus
        self.tree: Any = tree
        self.act = "" if sent is None else sent.get(f"{prefix}-do", "")
        if sent is not None:
            self._read(sent)
            self._act()
        elif tree is not None:
            self._show(tree)

    @classmethod
    def begun(cls, query: QueryDict, *, tree: Any = None, **limits: Any) -> "TreeEditor":
        """An editor that begins with the condition in an address, `?tree=` and JSON; without one with the `tree`."""
        text = str(query.get("tree", ""))
        if not text:
            return cls(tree=tree, **limits)
        try:
            found = validate(json.loads(text), scoring=limits.get("scoring", False), only=limits.get("only", ()))
        except (ValueError, RecursionError) as wrong:  # InvalidCondition is a ValueError
            editor = cls(tree=tree, **limits)
            editor.errors.append(_("The condition in the address cannot be used: %(why)s") % {"why": wrong})
            return editor
        return cls(tree=found, **limits)

    # What the template draws.

    @property
    def kinds(self) -> list[tuple[str, str]]:
        """The kinds of leaf that may be chosen here."""
        names = [name for name, leaf in kinds().items() if name in SLOTS and (leaf.in_scoring or not self.scoring)]
        return [(name, kind_label(name)) for name in names if not self.only or name in self.only]

    @property
    def rows(self) -> list[Row]:
        """All rows, in order."""
        return [part for part in self.parts if isinstance(part, Row)]

    @property
    def drawn(self) -> Group:
        """The root with everything below it; every row with its inputs."""
        for row in self.rows:
            row.inputs = self._inputs(row)
            self._suggest(row)
        arrange(self.root, self.parts)
        return self.root

    @property
    def deepest(self) -> int:
        """The deepest level of a group that may hold another group with something in it."""
        return MAX_DEPTH - 2

    def _inputs(self, row: Row) -> list[Input]:
        return [
            Input(
                slot,
                f"{self.prefix}-r{row.number}-{slot.name}",
                row.values.get(slot.name),
                slot.choices(self.catalog) if slot.choices else (),
                row.errors.get(slot.name, ""),
            )
            for slot in slots_of(row.kind, row.values, self.catalog)
        ]

    def _suggest(self, row: Row) -> None:
        """Offer the values a text field has most often; each field is asked about once."""
        field = suggesting(row.kind, row.values, self.catalog)
        if field is None:
            return
        known = self._common
        if (row.kind, field) not in known and len(known) < MOST_ASKED:
            known[row.kind, field] = common_values(row.kind, field, self.catalog)
        is_list = row.values.get("op") in LISTS
        for shown in row.inputs:
            if shown.slot.name == "value":
                values = known.get((row.kind, field), [])
                # In a list a comma ends the value.
                shown.suggested = [value for value in values if not is_list or "," not in value]
                shown.is_list = is_list

    # From a stored tree, or what was sent, to rows.

    def _show(self, tree: Any) -> None:
        tree = spelled(tree, self.catalog)
        found = as_parts(tree)
        if found is None:
            self.root, self.parts = Group(0), []
            self.json_text = json.dumps(tree, ensure_ascii=False, indent=2)
        else:
            self.root, self.parts = found

    def _read(self, sent: QueryDict) -> None:
        if f"{self.prefix}-json" in sent:
            self.json_text = str(sent[f"{self.prefix}-json"])
        else:
            self.root, self.parts = read_parts(sent, self.prefix)

    # What a button of the editor asked for: another row or group, one less, or the other way to write.

    def _act(self) -> None:
        verb, _colon, which = self.act.partition(":")
        number = int(which) if which.isascii() and which.isdigit() else 0
        if verb == "add":
            self._add_row(number)
            self.focus = self._field(self.parts[-1])
        elif verb == "group":
            group = Group(self._next(Group), "any", group=number)
            self.parts.append(group)
            self._add_row(group.number)
            self.focus = self._field(group)
        elif verb == "drop":
            self._drop(f"r{number}")
        elif verb == "ungroup" and number:
            self._drop(f"g{number}")
        elif verb in ("kind", "field", "op"):
            self._redraw(verb, number)
        elif verb == "json":
            self.json_text = json.dumps(self._tree()[0] or {"all": []}, ensure_ascii=False, indent=2)
            self.focus = f"{self.prefix}-json"
        elif verb == "rows" and self.is_valid():
            self.json_text = None
            self._show(self.tree)
            self.focus = self._field(self.root)

    def _redraw(self, field: str, number: int) -> None:
        """Go on at the field that was changed; a value stays where it may be one of the other field too."""
        self.focus = f"{self.prefix}-r{number}-{field}"
        for row in self.rows:
            if row.number == number and field == "field" and not fitting(row.kind, row.values, self.catalog):
                row.values.pop("value", None)

    def _add_row(self, group: int) -> None:
        groups = {part.number for part in self.parts if isinstance(part, Group)}
        self.parts.append(Row(self._next(Row), "activity", {}, False, group if group in groups else 0))

    def _next(self, kind: type) -> int:
        return max((part.number for part in self.parts if isinstance(part, kind)), default=0) + 1

    def _drop(self, mark: str) -> None:
        """Take a part out; whoever did it goes on at the next one, the one before, or the button that adds another."""
        part = next((part for part in self.parts if part.mark == mark), None)
        if part is None:
            return
        beside = [other for other in self.parts if other.group == part.group]
        place = beside.index(part)
        near = [*beside[place + 1 : place + 2], *beside[max(place - 1, 0) : place]]
        self.focus = self._field(near[0]) if near else f"{self.prefix}-add-{part.group}"
        self.parts = without(self.parts, mark)

    def _field(self, part: Row | Group) -> str:
        """The id of the first field of a part."""
        return f"{self.prefix}-{part.mark}-{'kind' if isinstance(part, Row) else 'word'}"

    # From rows to a tree.

    def _tree(self) -> tuple[dict[str, Any] | None, dict[str, Row | Group]]:
        """The tree of the rows, and what stands at which place in it."""
        places: dict[str, Row | Group] = {}
        arrange(self.root, self.parts)
        return self._joined(self.root, "", places), places

    def _joined(self, group: Group, at: str, places: dict[str, Row | Group]) -> dict[str, Any] | None:
        """A group as a tree; None for one with nothing in it."""
        children: list[dict[str, Any]] = []
        for child in group.children:
            place = f"{at}{group.word}.{len(children)}" + (".not" if child.negated else "")
            places[place] = child
            node = self._leaf(child) if isinstance(child, Row) else self._joined(child, f"{place}.", places)
            if node is not None:
                children.append({"not": node} if child.negated else node)
        return {group.word: children} if children else None

    def _leaf(self, row: Row) -> dict[str, Any]:
        return {"leaf": row.kind, **settled(row.kind, row.values, self.catalog)}

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
            kept = validate(tree, catalog=self.catalog, scoring=self.scoring, only=self.only)
        except InvalidCondition as refused:
            self._blame(refused.errors, places)
            return False
        self.tree = _plain(kept)
        return True

    def blame(self, errors: Sequence[tuple[str, str]]) -> None:
        """Show what a flow refused about `tree`, each thing at its row."""
        tree, places = self._parsed()
        if self.json_text is None and tree and len(tree.get(self.root.word, ())) == 1:  # handed over as that one part
            errors = [(f"{self.root.word}.0.{place}".rstrip("."), why) for place, why in errors]
        self._blame(errors, places)

    def _parsed(self) -> tuple[Any, Places]:
        if self.json_text is None:
            return self._tree()
        if not self.json_text.strip():
            return None, {}
        if len(self.json_text) > MAX_TYPED:
            self.errors.append(_("Use at most %(n)d characters.") % {"n": MAX_TYPED})
            return None, {}
        try:
            return json.loads(self.json_text), {}
        except (ValueError, RecursionError) as wrong:
            self.errors.append(_("This is no JSON: %(why)s.") % {"why": wrong})
            return None, {}

    def _blame(self, errors: Sequence[tuple[str, str]], places: Places) -> None:
        """Put each error at its row and field, or on top with its place."""
        for place, why in errors:
            at, _dot, name = place.rpartition(".")
            found = places.get(at) or places.get(place)
            if isinstance(found, Row):
                found.errors.setdefault(name if at in places else "", why)
            elif isinstance(found, Group):
                found.errors.append(why)
            else:
                self.errors.append(f"{place}: {why}" if place else why)


def as_sent(form: F, sent: QueryDict) -> F:
    """Show in a fresh form what was sent, without judging it: a button of the editor was pressed, nothing is saved."""
    form.initial = {
        name: field.widget.value_from_datadict(sent, MultiValueDict(), form.add_prefix(name))
        for name, field in form.fields.items()
    }
    return form


def _plain(tree: Tree) -> Tree:
    """A group of one condition is that condition."""
    for word in WORDS:
        if isinstance(tree.get(word), list) and len(tree[word]) == 1:
            return tree[word][0]
    return tree
