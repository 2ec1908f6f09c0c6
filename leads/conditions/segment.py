"""The leaf that names segments: it means what their conditions say now."""

from collections.abc import Iterator
from typing import ClassVar

from django.utils.translation import gettext as _

from leads.conditions.catalog import Catalog
from leads.conditions.leaves import Leaf, Spec, choice_errors
from leads.conditions.plan import Plan
from leads.conditions.tree import changes, compile_tree, unset, words


class SegmentLeaf(Leaf):
    """{"leaf": "segment", "value": ["finance-people", "hot-accounts"]}: in any of these segments.

    A segment is its condition, written out wherever it is named: what it may ask for, how long and how deep a tree may
    be is judged so. Segments have no history: a past day is asked with the condition as it is now, against the facts
    known then. No flow lets go of a segment in use; one that is gone all the same has no leads.
    """

    kind: ClassVar[str] = "segment"
    fields: ClassVar[frozenset[str]] = frozenset({"value"})

    def errors(self, spec: Spec, catalog: Catalog) -> Iterator[tuple[str, str]]:
        yield from choice_errors(spec, "value", catalog.segments, many=True)

    def within(self, spec: Spec, catalog: Catalog) -> Iterator[tuple[str, Spec]]:
        """The condition of each segment."""
        for slug in spec["value"]:
            if slug in catalog.segments:
                yield slug, catalog.segments[slug].condition

    def compile(self, spec: Spec, plan: Plan) -> str:
        parts = [compile_tree(tree, plan) for _slug, tree in self.within(spec, plan.catalog)]
        return f"({' OR '.join(parts)})" if parts else "FALSE"

    def changes(self, spec: Spec, plan: Plan, becomes: bool | None) -> list[str]:
        """When time alone may change who is in one of them."""
        return [day for _slug, tree in self.within(spec, plan.catalog) for day in changes(tree, plan, becomes)]

    def unset(self, spec: Spec, plan: Plan) -> str:
        """Nothing that any of them reads is known."""
        found = [unset(tree, plan) for _slug, tree in self.within(spec, plan.catalog)]
        return "" if not found or "FALSE" in found else f"({' AND '.join(found)})"

    def words(self, spec: Spec, catalog: Catalog) -> str:
        """The names of the segments, each with what it asks for."""
        return _("in %(segments)s") % {"segments": _(" or ").join(_named(slug, catalog) for slug in spec["value"])}


def _named(slug: str, catalog: Catalog) -> str:
    row = catalog.segments.get(slug)
    if row is None:
        return _("“%(name)s”") % {"name": slug}
    return _("“%(name)s” (%(meaning)s)") % {"name": row.name, "meaning": words(row.condition, catalog)}
