"""Trees of conditions: validation, compilation, wording."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _

from leads.conditions.catalog import Catalog
from leads.conditions.leaves import Leaf, Spec, kinds
from leads.conditions.plan import Plan

Tree = Mapping[str, Any]
MAX_DEPTH = 8
MAX_LEAVES = 100
MAX_ERRORS = 50  # more than anybody reads; a tree of nonsense may have thousands


class InvalidCondition(ValueError):
    """A tree that cannot be used. `errors` names each place (like `all.1.value`), with reason and what to do."""

    def __init__(self, errors: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{place or 'condition'}: {reason}" for place, reason in errors))
        self.errors = errors


def validate(tree: Any, *, catalog: Catalog | None = None, scoring: bool = False, only: Collection[str] = ()) -> Tree:
    """Return the tree as it is to be stored, or raise InvalidCondition with what is wrong with it.

    Within `scoring` the kinds that depend on scores and stages are refused; with `only`, all kinds but those. What a
    leaf stands for (a segment) counts as if it were written out in its place.
    """
    catalog = catalog or Catalog()
    errors = list(islice(_errors(tree, "", catalog, scoring=scoring, depth=1), MAX_ERRORS))
    errors = errors or list(islice(_written_out_errors(tree, catalog, scoring=scoring, only=only), MAX_ERRORS))
    if errors:
        raise InvalidCondition(errors)
    return kept(tree, catalog)


def kept(tree: Tree, catalog: Catalog | None = None) -> Tree:
    """A valid tree as it is stored: flows store no other."""
    catalog = catalog or Catalog()
    return _each(tree, lambda leaf, spec: leaf.kept(spec, catalog))


def spelled(tree: Tree, catalog: Catalog | None = None) -> Tree:
    """A stored tree as somebody would write it today: what an editor begins with."""
    catalog = catalog or Catalog()
    return _each(tree, lambda leaf, spec: leaf.spelled(spec, catalog))


def _each(tree: Tree, change: Callable[[Leaf, Spec], Spec]) -> Tree:
    """The tree with every leaf of a known kind changed."""
    if "leaf" in tree:
        return change(kinds()[tree["leaf"]], tree) if tree["leaf"] in kinds() else tree
    ((word, inner),) = tree.items()
    return {word: _each(inner, change) if word == "not" else [_each(child, change) for child in inner]}


def _errors(node: Any, place: str, catalog: Catalog, *, scoring: bool, depth: int) -> Iterator[tuple[str, str]]:
    at = f"{place}." if place else ""
    if not isinstance(node, dict):
        yield place, "A condition is an object: all, any, not, or a leaf."
    elif depth > MAX_DEPTH:
        yield place, f"Nest at most {MAX_DEPTH} levels."
    elif "leaf" in node:
        yield from ((f"{at}{field}".rstrip("."), why) for field, why in _leaf_errors(node, catalog, scoring=scoring))
    elif len(node) != 1 or next(iter(node)) not in ("all", "any", "not"):
        yield place, "Write exactly one of all, any, not, leaf."
    elif "not" in node:
        yield from _errors(node["not"], f"{at}not", catalog, scoring=scoring, depth=depth + 1)
    else:
        ((word, children),) = node.items()
        if not isinstance(children, list) or not children:
            yield f"{at}{word}", "Give a list with at least one condition."
            return
        for index, child in enumerate(children):
            yield from _errors(child, f"{at}{word}.{index}", catalog, scoring=scoring, depth=depth + 1)


def _leaf_errors(node: Mapping[str, Any], catalog: Catalog, *, scoring: bool) -> Iterator[tuple[str, str]]:
    leaf = kinds().get(node["leaf"]) if isinstance(node["leaf"], str) else None
    if leaf is None:
        yield "leaf", f"{node['leaf']!r} is not known. Choose from: {', '.join(sorted(kinds()))}."
        return
    if scoring and not leaf.in_scoring:
        yield "leaf", "A scoring rule cannot depend on stages or scores."
        return
    for field in sorted(set(node) - leaf.fields - {"leaf"}):
        yield field, f"Unknown field; a leaf {leaf.kind!r} takes {', '.join(sorted(leaf.fields))}."
    yield from leaf.errors(node, catalog)


def _written_out_errors(
    tree: Tree, catalog: Catalog, *, scoring: bool, only: Collection[str]
) -> Iterator[tuple[str, str]]:
    """What is wrong with a tree whose every place is right, looked at with its segments written out."""
    extents = Extents(catalog)
    try:
        whole = extents.of(tree)
    except Circle as circle:
        yield "", str(circle)
        return
    for place, spec in placed(tree):
        behind = extents.of(spec).kinds
        if only and (wrong := sorted(behind - set(only))):
            names = ", ".join(sorted(only))
            yield f"{place}.leaf".lstrip("."), f"A leaf {wrong[0]!r} cannot stand here. Choose from: {names}."
        elif scoring and (wrong := sorted(kind for kind in behind if not kinds()[kind].in_scoring)):
            reason = f"The segment asks for {', '.join(wrong)}; a scoring rule cannot depend on stages or scores."
            yield f"{place}.value".lstrip("."), reason
    if whole.leaves > MAX_LEAVES:
        yield "", f"Use at most {MAX_LEAVES} conditions; with its segments written out this has {whole.leaves}."
    elif whole.depth > MAX_DEPTH:
        yield "", f"Nest at most {MAX_DEPTH} levels; with its segments written out this has {whole.depth}."


@dataclass(frozen=True)
class Extent:
    """How large a tree is with its segments written out, and which kinds of leaf stand in it."""

    leaves: int
    depth: int
    kinds: frozenset[str]


class Circle(Exception):
    """A segment that stands for itself, in the end; the message tells the way."""


class Extents:
    """Measures trees; each segment is measured once, however often it is named."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._known: dict[str, Extent] = {}

    def of(self, tree: Tree, path: tuple[str, ...] = ()) -> Extent:
        """The extent of a valid tree; `path` are the segments it stands in. Raises Circle."""
        if "leaf" in tree:
            inner = kinds()[tree["leaf"]].within(tree, self._catalog)
            found = [self._named(name, meant, path) for name, meant in inner]
            if not found:
                return Extent(1, 1, frozenset([tree["leaf"]]))
            return _together([*found, Extent(0, 1, frozenset([tree["leaf"]]))], levels=int(len(found) > 1))
        children = [tree["not"]] if "not" in tree else tree.get("all", tree.get("any", []))
        return _together([self.of(child, path) for child in children], levels=1)

    def _named(self, name: str, tree: Tree, path: tuple[str, ...]) -> Extent:
        if name in path:
            way = [*path[path.index(name) :], name]
            raise Circle(_("A segment cannot stand for itself: %(way)s.") % {"way": _(" uses ").join(way)})
        if name not in self._known:
            self._known[name] = self.of(tree, (*path, name))
        return self._known[name]


def _together(found: Sequence[Extent], *, levels: int) -> Extent:
    return Extent(
        leaves=sum(extent.leaves for extent in found),
        depth=max(extent.depth for extent in found) + levels,
        kinds=frozenset[str]().union(*(extent.kinds for extent in found)),
    )


def placed(tree: Tree, place: str = "") -> Iterator[tuple[str, Spec]]:
    """All leaves of a valid tree with their places, like `all.1`."""
    if "leaf" in tree:
        yield place, tree
        return
    ((word, inner),) = tree.items()
    at = f"{place}.{word}".lstrip(".")
    for where, child in [(at, inner)] if word == "not" else [(f"{at}.{n}", child) for n, child in enumerate(inner)]:
        yield from placed(child, where)


def leaves(tree: Tree, catalog: Catalog | None = None) -> Iterator[tuple[Leaf, Spec]]:
    """All leaves of a valid tree, with their kinds; with a `catalog` also those of the segments it names."""
    if "leaf" in tree:
        leaf = kinds()[tree["leaf"]]
        yield leaf, tree
        for _name, meant in leaf.within(tree, catalog) if catalog else ():
            yield from leaves(meant, catalog)
    elif "not" in tree:
        yield from leaves(tree["not"], catalog)
    else:
        for child in tree.get("all", tree.get("any", [])):
            yield from leaves(child, catalog)


def wanted(tree: Tree, catalog: Catalog | None = None, *, negated: bool = False) -> Iterator[Spec]:
    """The leaves of a valid tree that it wants to hold, not those under a "not"; with a `catalog` also of segments."""
    if "not" in tree:
        yield from wanted(tree["not"], catalog, negated=not negated)
    elif "leaf" in tree:
        inner = [meant for _name, meant in kinds()[tree["leaf"]].within(tree, catalog)] if catalog else []
        yield from () if negated else (tree,)
        for meant in inner:
            yield from wanted(meant, catalog, negated=negated)
    else:
        for child in tree.get("all", tree.get("any", [])):
            yield from wanted(child, catalog, negated=negated)


def compile_tree(tree: Tree, plan: Plan) -> str:
    """The tree as one boolean SQL expression, never null."""
    if "leaf" in tree:
        return f"coalesce({kinds()[tree['leaf']].compile(tree, plan)}, FALSE)"
    if "not" in tree:
        return f"(NOT {compile_tree(tree['not'], plan)})"
    word, children = ("all", tree["all"]) if "all" in tree else ("any", tree["any"])
    glue = " AND " if word == "all" else " OR "
    return "(" + glue.join(compile_tree(child, plan) for child in children) + ")"


def unset(tree: Tree, plan: Plan) -> str:
    """SQL for "nothing the tree reads is known of the lead"; FALSE where something always is."""
    found = [leaf.unset(spec, plan) for leaf, spec in leaves(tree)]
    return f"({' AND '.join(dict.fromkeys(found))})" if all(found) else "FALSE"


def changes(tree: Tree, plan: Plan, becomes: bool | None = None) -> list[str]:
    """SQL dates on which time alone may change the tree; only towards `becomes` where that is given."""
    if "leaf" in tree:
        return kinds()[tree["leaf"]].changes(tree, plan, becomes)
    if "not" in tree:
        return changes(tree["not"], plan, None if becomes is None else not becomes)
    return [text for child in tree.get("all", tree.get("any", [])) for text in changes(child, plan, becomes)]


def sentence(tree: Tree, catalog: Catalog | None = None) -> str:
    """A stored condition as a sentence, also where something it names has been deleted since."""
    try:
        text = words(tree, catalog)
    except KeyError as gone:
        text = _("it names something that is gone: %(name)s") % {"name": gone}
    first = len(text) - len(text.lstrip("("))
    return text[: first + 1].upper() + text[first + 1 :]


def words(tree: Tree, catalog: Catalog | None = None) -> str:
    """The tree as a sentence fragment a marketer can read aloud; brackets wherever "and" and "or" meet."""
    catalog = catalog or Catalog()
    if "leaf" in tree:
        return kinds()[tree["leaf"]].words(tree, catalog)
    if "not" in tree:
        return _("not (%(inner)s)") % {"inner": words(tree["not"], catalog)}
    word = "all" if "all" in tree else "any"
    glue, other = (_(" and "), _(" or ")) if word == "all" else (_(" or "), _(" and "))
    parts = [words(child, catalog) for child in tree[word]]
    if len(parts) == 1:
        return parts[0]
    return glue.join(
        f"({part})" if _is_open(part, other) or _is_group(child) else part
        for part, child in zip(parts, tree[word], strict=True)
    )


def _is_group(tree: Tree) -> bool:
    return len(tree.get("all", tree.get("any", []))) > 1


def _is_open(part: str, glue: str) -> bool:
    """Whether a part has such a joint outside brackets and quotes: "CFO or VP" beside an "and"."""
    depth, bare = 0, []
    for letter in part:
        depth += (letter in "(“") - (letter in ")”")
        bare.append(letter if not depth else "·")
    return glue in "".join(bare)
