"""What a person may say about where a lead stands."""

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from leads.api.serializers.captures import ConsentIn
from leads.api.serializers.fields import Moment, Slug, Strict, Text
from leads.models import BantAssessment, BantState, Outcome, Proof, Realm, Reason, ReasonKind, Stage
from users.clock import database_now
from users.models import Organisation

# These end a pass with an amount or a reason of their own.
OWN_DOORS = {Outcome.WON.value: "won/", Outcome.LOST.value: "lost/"}


class MoveIn(Strict):
    """Move a lead to a stage or an outcome."""

    to = Slug(40, required=True)
    reason = Slug(60)
    note = Text(5000)
    until = serializers.DateField(required=False, allow_null=True, help_text="Of nurture: the day to try again.")

    def validate_to(self, to: str) -> str:
        """A stage or an outcome that has no door of its own."""
        if to in OWN_DOORS:
            raise ValidationError(f"Use {OWN_DOORS[to]} for this.")
        targets = [*Stage.objects.values_list("slug", flat=True), Outcome.DISQUALIFIED.value, Outcome.NURTURE.value]
        if to not in targets:
            raise ValidationError(f"Choose from: {', '.join(targets)}.", code="invalid_choice")
        return to

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """To disqualify, or whenever one is given, the reason is an administered one."""
        outcomes = {Outcome.DISQUALIFIED.value: ReasonKind.DISQUALIFIED, Outcome.NURTURE.value: ReasonKind.NURTURE}
        kind = outcomes.get(attrs["to"], ReasonKind.RETURN)
        if attrs.get("reason") or kind == ReasonKind.DISQUALIFIED:
            refuse_reason(kind, attrs.get("reason", ""))
        if attrs.get("until"):
            self._refuse_day(attrs)
        return attrs

    def _refuse_day(self, attrs: dict[str, Any]) -> None:
        if attrs["to"] != Outcome.NURTURE:
            raise ValidationError({"until": ["Only a lead set to nurture comes back on a day."]})
        if attrs["until"] <= database_now().astimezone(Organisation.load().zone).date():
            raise ValidationError({"until": ["Give a day to come."]})


class BantNotesIn(Strict):
    """What was said to each part."""

    budget = Text(500)
    authority = Text(500)
    need = Text(500)
    timeline = Text(500)


class BantIn(Strict):
    """What is known of budget, authority, need and timeline; parts left out stay as they were (R41)."""

    realm = serializers.ChoiceField(Realm.values, required=False)
    budget = serializers.ChoiceField(BantState.slugs(), required=False)
    authority = serializers.ChoiceField(BantState.slugs(), required=False)
    need = serializers.ChoiceField(BantState.slugs(), required=False)
    timeline = serializers.ChoiceField(BantState.slugs(), required=False)
    note = Text(5000)
    notes = BantNotesIn(required=False)
    occurred_at = Moment(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Something is said."""
        if not attrs.get("note") and not attrs.get("notes") and not any(part in attrs for part in BantAssessment.PARTS):
            raise ValidationError({"budget": ["Say something about budget, authority, need or timeline."]})
        return attrs


class ConsentOfLeadIn(ConsentIn):
    """Consent given or withdrawn at a time."""

    occurred_at = Moment(required=False)


class ProofIn(Strict):
    """Explicit proof of the intent to buy."""

    form = serializers.ChoiceField(Proof.Form.values)
    text = Text(5000, required=True)


class WonIn(Strict):
    """The deal is won."""

    amount = serializers.DecimalField(max_digits=14, decimal_places=2, min_value=0, required=False, allow_null=True)
    currency = Text(3)
    note = Text(5000)

    def validate_currency(self, currency: str) -> str:
        """ISO 4217."""
        if currency and not (currency.isascii() and currency.isalpha() and len(currency) == 3):
            raise ValidationError("Give the three letters of ISO 4217, for example EUR.")
        return currency.upper()


class LostIn(Strict):
    """The deal is lost; one of the administered reasons says why."""

    reason = Slug(60, required=True)
    note = Text(5000)

    def validate_reason(self, reason: str) -> str:
        """An administered reason."""
        refuse_reason(ReasonKind.LOST, reason, path="")
        return reason


def refuse_reason(kind: ReasonKind, slug: str, path: str = "reason") -> None:
    """Raise ValidationError unless `slug` is an active reason of that kind."""
    known = list(Reason.objects.filter(kind=kind, is_active=True).values_list("slug", flat=True))
    if slug not in known:
        errors = [ErrorDetail(f"Give a reason. Choose from: {', '.join(known)}.", code="invalid_choice")]
        raise ValidationError({path: errors} if path else errors)
