"""Leaves about the pass at hand: which one it is, and who owns the lead."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from leads.conditions.activity import op_words
from leads.conditions.catalog import Catalog
from leads.conditions.leaves import COMPARISONS, Leaf, Spec, choice_errors, number_errors
from leads.conditions.plan import Plan
from leads.models import PassKind
from users.models import User

MANY_PASSES = 1000


class PassLeaf(Leaf):
    """{"leaf": "pass", "op": "gte", "value": 2, "kinds": ["renewal"]}

    The number of the current pass, counted from 1, and how it began; either may be left out. On a past day the pass
    that was known then. Like the source it is no consequence of scores, so rules may ask for it.
    """

    kind: ClassVar[str] = "pass"
    fields: ClassVar[frozenset[str]] = frozenset({"op", "value", "kinds"})

    def errors(self, spec: Spec, catalog: Catalog) -> Iterator[tuple[str, str]]:
        if "op" in spec or "value" in spec:
            yield from choice_errors(spec, "op", COMPARISONS)
            wrong = list(number_errors(spec))
            yield from wrong
            if not wrong and (not isinstance(spec["value"], int) or spec["value"] > MANY_PASSES):
                yield "value", f"Give a whole number from 0 to {MANY_PASSES}."
        elif "kinds" not in spec:
            yield "value", "Say which number the pass has, or give its kinds."
        if "kinds" in spec:
            yield from choice_errors(spec, "kinds", PassKind.values, many=True)

    def compile(self, spec: Spec, plan: Plan) -> str:
        parts = []
        if "op" in spec:
            parts.append(f"{plan.of_pass('cycle')} {COMPARISONS[spec['op']]} {int(spec['value'])}")
        if "kinds" in spec:
            parts.append(f"{plan.of_pass('kind')} = ANY({plan.param(list(spec['kinds']))})")
        return f"({' AND '.join(parts)})"

    def words(self, spec: Spec, catalog: Catalog) -> str:
        parts = []
        if "op" in spec:
            parts.append(_("number of the pass is %(limit)s") % {"limit": op_words(spec["op"], spec["value"])})
        if "kinds" in spec:
            names = [str(PassKind(kind).label).lower() for kind in spec["kinds"]]
            parts.append(_("the pass is %(kinds)s") % {"kinds": _(" or ").join(names)})
        return _(" and ").join(parts)


class OwnerLeaf(Leaf):
    """{"leaf": "owner", "op": "is_set" | "is_unset"}, {"leaf": "owner", "op": "user", "value": ["rep@acme.example"]}
    or {"leaf": "owner", "op": "team", "value": ["sales"]}: who owns the lead now, on a past day too.

    People are written by their address and stored by their number: it means the same person once the address changes,
    and nobody else who is given it. No scoring rule may ask for it: sales own what scores brought them, and who owned a
    lead on a past day is not kept.
    """

    kind: ClassVar[str] = "owner"
    fields: ClassVar[frozenset[str]] = frozenset({"op", "value"})
    in_scoring: ClassVar[bool] = False

    def errors(self, spec: Spec, catalog: Catalog) -> Iterator[tuple[str, str]]:
        wrong = list(choice_errors(spec, "op", ("is_set", "is_unset", "user", "team")))
        yield from wrong
        if wrong:
            return
        if spec["op"] == "user":
            yield from self._unknown(spec.get("value"), catalog)
        elif spec["op"] == "team":
            yield from choice_errors(spec, "value", catalog.teams, many=True)
        elif "value" in spec:
            yield "value", "Leave the value out here."

    def _unknown(self, said: Any, catalog: Catalog) -> Iterator[tuple[str, str]]:
        """Complain of whoever is not known here; of what is no list as of any other choice."""
        unknown = [item for item in said if _person(item, catalog) is None] if isinstance(said, list) else said
        if unknown or not said:
            yield from choice_errors({"value": unknown}, "value", catalog.users, many=True)

    def kept(self, spec: Spec, catalog: Catalog) -> Spec:
        if spec["op"] != "user":
            return spec
        people = [_person(item, catalog) for item in spec["value"]]
        return {**spec, "value": list(dict.fromkeys(user.pk for user in people if user))}

    def spelled(self, spec: Spec, catalog: Catalog) -> Spec:
        if spec["op"] != "user":
            return spec
        people = [(item, _person(item, catalog)) for item in spec["value"]]
        return {**spec, "value": [user.email if user else item for item, user in people]}

    def compile(self, spec: Spec, plan: Plan) -> str:
        op = spec["op"]
        if op in ("is_set", "is_unset"):
            return f"l.owner_id IS {'NOT ' if op == 'is_set' else ''}NULL"
        if op == "team":
            whom = "SELECT FROM users_user o JOIN users_team tm ON tm.id = o.team_id WHERE o.id = l.owner_id"
            return f"EXISTS ({whom} AND tm.slug = ANY({plan.param(list(spec['value']))}))"
        numbers = [item for item in spec["value"] if isinstance(item, int)]
        parts = [f"l.owner_id = ANY({plan.param(numbers)})"] if numbers else []
        if addresses := [item for item in spec["value"] if isinstance(item, str)]:  # of a tree that nobody stored
            whom = "SELECT FROM users_user o WHERE o.id = l.owner_id"
            parts.append(f"EXISTS ({whom} AND o.email = ANY({plan.param(addresses)}))")
        return f"({' OR '.join(parts)})"

    def words(self, spec: Spec, catalog: Catalog) -> str:
        if spec["op"] == "is_set":
            return _("somebody owns the lead")
        if spec["op"] == "is_unset":
            return _("nobody owns the lead")
        if spec["op"] == "user":
            return _("owner is %(names)s") % {
                "names": _(" or ").join(person_named(item, catalog) for item in spec["value"])
            }
        teams = _(" or ").join(str(catalog.teams.get(key, key)) for key in spec["value"])
        return _("owner is in team %(names)s") % {"names": teams}


def _person(said: Any, catalog: Catalog) -> User | None:
    """Who is meant by a number or an address."""
    if isinstance(said, str):
        return catalog.users.get(said.strip().lower())
    return catalog.people.get(said) if isinstance(said, int) and not isinstance(said, bool) else None


def person_named(said: Any, catalog: Catalog) -> str:
    """Somebody's name, and what has become of them: they may have left."""
    user = _person(said, catalog)
    if user is None and isinstance(said, int):
        return _("somebody deleted (number %(number)d)") % {"number": said}
    if user is None:
        return _("%(address)s (nobody has this address)") % {"address": said}
    return str(user) if user.is_active else _("%(name)s (deactivated)") % {"name": user}
