"""What a line of stages must look like for the handover to work: pure rules, no database."""

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from leads.models import Outcome, Realm, Stage, StageRole

# The code asks for these: capture, the offer to sales, acceptance, the proof of intent.
NEEDED = (StageRole.CAPTURED, StageRole.QUALIFIED, StageRole.ACCEPTED, StageRole.OPPORTUNITY)
REALM_OF: dict[str, Realm] = {
    StageRole.CAPTURED: Realm.MARKETING,
    StageRole.ENGAGED: Realm.MARKETING,
    StageRole.QUALIFIED: Realm.MARKETING,
    StageRole.ACCEPTED: Realm.SALES,
    StageRole.SALES_QUALIFIED: Realm.SALES,
    StageRole.OPPORTUNITY: Realm.SALES,
}
MOST = 30  # a line that no page can draw helps nobody
RESERVED = frozenset({*Outcome.values, "open", "none", "new"})  # conditions and addresses mean something else by them


def line_errors(stages: Sequence[Stage]) -> Iterator[str]:
    """What is wrong with a line in this order, in words."""
    by_role = {stage.role: stage for stage in stages if stage.role}
    for role in NEEDED:
        if role not in by_role:
            yield _("No stage would be the one for “%(role)s”; the handover needs it.") % {"role": role.label}
    in_sales = [stage.realm == Realm.SALES for stage in stages]
    if in_sales != sorted(in_sales):
        yield _("Marketing's stages come before those of sales: a stage stays in its realm.")
        return
    marketing = [stage for stage in stages if stage.realm == Realm.MARKETING]
    sales = [stage for stage in stages if stage.realm == Realm.SALES]
    yield from _ends(by_role, marketing, sales)
    for stage in by_role.values():
        if REALM_OF[stage.role] != stage.realm:
            yield _("%(stage)s stands in the other realm than its role.") % {"stage": stage.label}


def _ends(by_role: dict[str, Stage], marketing: Sequence[Stage], sales: Sequence[Stage]) -> Iterator[str]:
    """Both sides of the handover, the beginning and the end are fixed; what lies between is free."""
    fixed = (
        (StageRole.CAPTURED, marketing[:1], _("%(stage)s comes first: leads are captured there.")),
        (
            StageRole.QUALIFIED,
            marketing[-1:],
            _("%(stage)s is marketing's last: from there leads are offered to sales."),
        ),
        (StageRole.ACCEPTED, sales[:1], _("%(stage)s is the first of sales: accepted leads arrive there.")),
        (StageRole.OPPORTUNITY, sales[-1:], _("%(stage)s comes last: opportunities are won or lost there.")),
    )
    for role, place, why in fixed:
        if role in by_role and list(place) != [by_role[role]]:
            yield why % {"stage": by_role[role].label}


def free_roles(stages: Sequence[Stage]) -> list[StageRole]:
    """The roles that no stage of the line has, so that a new one may take it."""
    taken = {stage.role for stage in stages}
    return [role for role in StageRole if role not in taken]
