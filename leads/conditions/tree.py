"""Trees of conditions: validation, compilation, wording."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from leads.conditions.catalog import Catalog
from leads.conditions.leaves import Leaf, Spec, kinds
from leads.conditions.plan import Plan

Tree = Mapping[str, Any]
MAX_DEPTH = 8
MAX_LEAVES = 100


class InvalidCondition(ValueError):
    """A tree that cannot be used. `errors` names each place (like `all.1.value`), with reason and what to do."""

    def __init__(self, errors: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{place or 'condition'}: {reason}" for place, reason in errors))
        self.errors = errors


def validate(tree: Any, *, catalog: Catalog | None = None, scoring: bool = False, only: Collection[str] = ()) -> Tree:
    """Return the tree, or raise InvalidCondition with everything that is wrong with it.

    Within `scoring` the kinds that depend on scores and stages are refused; with `only`, all kinds but those.
    """
    errors = list(_errors(tree, "", catalog or Catalog(), scoring=scoring, depth=1))
    if not errors and only:
        errors = [
            ("", f"A leaf {spec['leaf']!r} cannot stand here. Choose from: {', '.join(sorted(only))}.")
            for _kind, spec in leaves(tree)
            if spec["leaf"] not in only
        ]
    if not errors and sum(1 for _leaf in leaves(tree)) > MAX_LEAVES:
        errors = [("", f"Use at most {MAX_LEAVES} conditions.")]
    if errors:
        raise InvalidCondition(errors)
    return tree


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


def leaves(tree: Tree) -> Iterator[tuple[Leaf, Spec]]:
    """All leaves of a valid tree, with their kinds."""
    if "leaf" in tree:
        yield kinds()[tree["leaf"]], tree
    elif "not" in tree:
        yield from leaves(tree["not"])
    else:
        for child in tree.get("all", tree.get("any", [])):
            yield from leaves(child)


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


def words(tree: Tree, catalog: Catalog | None = None) -> str:
    """The tree as a sentence fragment a marketer can read aloud."""
    catalog = catalog or Catalog()
    if "leaf" in tree:
        return kinds()[tree["leaf"]].words(tree, catalog)
    if "not" in tree:
        return _("not (%(inner)s)") % {"inner": words(tree["not"], catalog)}
    word = "all" if "all" in tree else "any"
    parts = [words(child, catalog) for child in tree[word]]
    bracketed = [f"({part})" if _is_group(child) else part for part, child in zip(parts, tree[word], strict=True)]
    return (_(" and ") if word == "all" else _(" or ")).join(bracketed if len(parts) > 1 else parts)


def _is_group(tree: Tree) -> bool:
    return len(tree.get("all", tree.get("any", []))) > 1
