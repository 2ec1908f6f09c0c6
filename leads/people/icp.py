"""Writing the ideal customer profile of a realm: always a new version, older ones stay as they were."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from leads.activity.news import change_rules, touch_all
from leads.conditions.catalog import Catalog
from leads.conditions.icp import KINDS
from leads.conditions.tree import InvalidCondition, validate
from leads.lifecycle.together import check_together
from leads.models import IcpCondition, IcpGroup, IcpProfile, Realm

MOST = 40
BOUNDS = (75, 50, 25)


@dataclass(frozen=True)
class Wish:
    """One thing that makes a customer ideal."""

    group: str
    label: str
    condition: Any
    weight: int = 1


@dataclass(frozen=True)
class NewProfile:
    """What the next version of a profile says; `bounds` are the shares from which A, B and C are given, in percent."""

    wishes: Sequence[Wish]
    bounds: tuple[int, int, int] = BOUNDS


class ProfileChanged(Exception):
    """Somebody wrote another version in the meantime."""

    def __init__(self, version: int) -> None:
        super().__init__(f"Version {version} was written in the meantime. Look at it, then save again.")
        self.version = version


def contents(row: IcpProfile | None) -> NewProfile:
    """What a version says, to be changed and written as the next one."""
    if row is None:
        return NewProfile(())
    wishes = [Wish(wish.group, wish.label, wish.condition, wish.weight) for wish in row.conditions.all()]
    return NewProfile(wishes, (row.a_from, row.b_from, row.c_from))


@transaction.atomic
def publish_profile(
    realm: str, profile: NewProfile, *, by: int | None, now: datetime, after: int | None = None
) -> IcpProfile:
    """Write the next version of a realm's profile; every lead is judged anew, for criteria and rules may ask for it.

    Raises InvalidCondition, whose places begin with the number of the condition, and ProfileChanged where the latest
    version is not the one it comes `after`.
    """
    change_rules()
    if errors := profile_errors(realm, profile):
        raise InvalidCondition(errors)
    last = IcpProfile.objects.filter(realm=realm).aggregate(Max("version"))["version__max"] or 0
    if after is not None and after != last:
        raise ProfileChanged(last)
    a_from, b_from, c_from = profile.bounds
    row = IcpProfile.objects.create(
        realm=realm, version=last + 1, a_from=a_from, b_from=b_from, c_from=c_from, recorded_at=now, by_id=by
    )
    IcpCondition.objects.bulk_create(
        IcpCondition(
            profile=row,
            group=wish.group,
            label=wish.label,
            weight=wish.weight,
            condition=wish.condition,
            position=position,
        )
        for position, wish in enumerate(profile.wishes)
    )
    check_together()
    touch_all()
    return row


def profile_errors(realm: str, profile: NewProfile) -> list[tuple[str, str]]:
    """Everything wrong with a profile: place, reason and what to do."""
    errors = [] if realm in Realm.values else [("realm", f"Choose from: {', '.join(Realm.values)}.")]
    if not 1 <= len(profile.wishes) <= MOST:
        errors.append(("conditions", f"Give 1 to {MOST} conditions."))
    a_from, b_from, c_from = profile.bounds
    if not 100 >= a_from > b_from > c_from >= 1:
        errors.append(("bounds", "Give shares from 1 to 100 %, that of A above that of B, that of B above that of C."))
    catalog = Catalog()
    names: set[tuple[str, str]] = set()
    for number, wish in enumerate(profile.wishes):
        if (wish.group, wish.label) in names:
            errors.append(
                (f"conditions.{number}.label", "Another condition of the group has this name. Choose another.")
            )
        names.add((wish.group, wish.label))
        errors += [(f"conditions.{number}.{place}".rstrip("."), why) for place, why in _wish_errors(wish, catalog)]
    return errors


def _wish_errors(wish: Wish, catalog: Catalog) -> list[tuple[str, str]]:
    errors = []
    if wish.group not in IcpGroup.values:
        errors.append(("group", f"Choose from: {', '.join(IcpGroup.values)}."))
    if not 1 <= len(wish.label.strip()) <= 150 or "\x00" in wish.label:
        errors.append(("label", "Give a text of 1 to 150 characters."))
    if isinstance(wish.weight, bool) or not isinstance(wish.weight, int) or not 1 <= wish.weight <= 100:
        errors.append(("weight", "Give a whole number from 1 to 100."))
    try:
        validate(wish.condition, catalog=catalog, only=KINDS)
    except InvalidCondition as refused:
        errors += [(f"condition.{place}".rstrip("."), why) for place, why in refused.errors]
    return errors
