"""Models to begin from: what each needs, and the draft it makes in an installation that may lack some of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from leads.activity.pages import save_path_set
from leads.models import AttributeDefinition, AttributeType, PathSet, ScoreModel
from leads.people.attributes import NewAttribute, define_attributes
from scoring import examples
from scoring.checks import rule_errors
from scoring.models import ModelVersion
from scoring.publish import Draft, save_draft
from scoring.rules import RuleSpec

RELEVANT_PATHS = ("/product", "/product/*", "/pricing", "/contact/sent")


class NoSuchStarter(LookupError):
    """No model of that key to begin from."""


class WrongRealm(ValueError):
    """A starter of sales begins no marketing model, nor the other way round."""


@dataclass(frozen=True)
class Starter:
    """A model to begin from. `names` are the attributes it asks for, `has_pages` whether it counts serious visits."""

    slug: str
    name: str
    description: str
    purpose: ScoreModel.Purpose
    build: Callable[[], Draft]
    names: Sequence[NewAttribute] = ()
    has_pages: bool = True


def starters() -> list[Starter]:
    """All starters, in the reader's language, marketing's first."""
    marketing, sales = ScoreModel.Purpose.MARKETING, ScoreModel.Purpose.SALES
    return [
        Starter(
            "interest",
            _("Ideal customer and interest"),
            _("For MQL: who they are, BANT as marketing sees it, and serious visits. The worked example's, from 80."),
            marketing,
            examples.interest,
            ideal_customer_attributes(),
        ),
        Starter(
            "security",
            _("Role, size and site activity"),
            _("For MQL of security software: IT decision makers in large companies with recent, long visits."),
            marketing,
            examples.security,
        ),
        Starter(
            "readiness",
            _("Sales readiness"),
            _("For SQL: BANT as sales sees it, the way to the decision, a meeting. The worked example's, from 80."),
            sales,
            examples.readiness,
            [*_deal_attributes(), *_delivery_attributes()],
            has_pages=False,
        ),
        Starter(
            "order",
            _("Near the order"),
            _("For SQO: milestones, stakeholders met, meetings and signs that they will buy, beside the proof."),
            sales,
            examples.order,
            [*_deal_attributes(), *_order_attributes()],
        ),
    ]


def ideal_customer_attributes() -> list[NewAttribute]:
    """What the ideal customer of the worked example asks for."""
    text, number, yes_no = AttributeType.TEXT, AttributeType.NUMBER, AttributeType.BOOLEAN
    return [
        NewAttribute("customers_per_month", _("Paying customers a month"), number, "lead", "firmographic"),
        NewAttribute("branch_states", _("States with branches"), text, "company", "geography"),
        NewAttribute("digital_transformation", _("Digital transformation"), text, "company", "technographic"),
        NewAttribute("has_cdo", _("Has a chief digital officer"), yes_no, "company", "technographic"),
        NewAttribute("pricing_model", _("Pricing model"), text, "company", "business_model"),
        NewAttribute("pains", _("Pains"), text, "company", "need"),
        NewAttribute("service_satisfaction", _("Satisfied with today's service"), text, "company", "need"),
    ]


def _delivery_attributes() -> list[NewAttribute]:
    text, number, yes_no = AttributeType.TEXT, AttributeType.NUMBER, AttributeType.BOOLEAN
    return [
        NewAttribute("cost_of_errors", _("Cost of invoicing errors a month"), number, "company", "need"),
        NewAttribute("erp_integration", _("Integration with their ERP"), text, "company", "technographic"),
        NewAttribute("security_review", _("Security review done"), yes_no, "company", "technographic"),
    ]


def _deal_attributes() -> list[NewAttribute]:
    return [
        NewAttribute("decision_process", _("Way to the decision"), AttributeType.TEXT),
        NewAttribute("stakeholders_met", _("Stakeholders met"), AttributeType.NUMBER),
    ]


def _order_attributes() -> list[NewAttribute]:
    return [
        NewAttribute("milestones_agreed", _("Milestones agreed"), AttributeType.NUMBER),
        NewAttribute("said_they_buy", _("Said or wrote that they will buy"), AttributeType.BOOLEAN),
    ]


def starter(slug: str) -> Starter:
    """The starter of that key. Raises NoSuchStarter."""
    found = next((row for row in starters() if row.slug == slug), None)
    if found is None:
        known = ", ".join(row.slug for row in starters())
        raise NoSuchStarter(
            _("There is no model %(key)r to begin from. Choose from: %(known)s.") % {"key": slug, "known": known}
        )
    return found


@transaction.atomic
def begin_from(model: ScoreModel, slug: str, *, by: int | None, now: datetime) -> ModelVersion:
    """A draft of the model with the starter's rules, and the attributes and pages they name where there are none.

    Rules that do not go together with what is there already are left out; the draft's note says which and why.
    Raises NoSuchStarter, WrongRealm, DraftExists.
    """
    found = starter(slug)
    if found.purpose != model.purpose:
        raise WrongRealm(_("%(name)s is for the other realm.") % {"name": found.name})
    equip(found)
    draft, left_out = _fitting(found.build())
    version = save_draft(model, draft, by=by, now=now)
    version.note = "\n".join([_("Begun from “%(name)s”.") % {"name": found.name}, *left_out])
    version.save(update_fields=["note"])
    return version


def equip(found: Starter) -> None:
    """Define what the starter's rules name; what is there already stays as it is."""
    if found.has_pages and not PathSet.objects.filter(slug="relevant").exists():
        name = _("Product, pricing, contact form sent")
        save_path_set(PathSet(slug="relevant", name=name, patterns=list(RELEVANT_PATHS)))
    there = set(AttributeDefinition.objects.values_list("subject", "key"))
    define_attributes([row for row in found.names if (str(row.subject), row.key) not in there])


def _fitting(draft: Draft) -> tuple[Draft, list[str]]:
    """The draft without the rules that cannot be used here, and what was left out in words."""
    kept: list[RuleSpec] = []
    left_out = []
    for rule in draft.rules:
        if errors := rule_errors(rule):
            why = " ".join(errors.values())
            left_out.append(_("Left out “%(rule)s”: %(why)s") % {"rule": rule.label, "why": why})
        else:
            kept.append(rule)
    return replace(draft, rules=kept), left_out
