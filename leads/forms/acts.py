"""The short forms of the lead page: what somebody did or learned."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from leads.models import BantAssessment, BantState, CallResult, Proof, Reason, ReasonKind
from leads.queries.standing import Way
from users.models import Organisation

MAX_TEXT = 10_000


def text_field(label: Any, *, required: bool = True, **options: Any) -> forms.CharField:
    """A text of several lines."""
    widget = forms.Textarea(attrs={"rows": 4})
    return forms.CharField(label=label, required=required, max_length=MAX_TEXT, widget=widget, **options)


class NoteForm(forms.Form):
    """A note about the lead."""

    text = text_field(_("Note"))


class CallForm(forms.Form):
    """A call that took place."""

    result = forms.ChoiceField(label=_("Result"), choices=CallResult.choices)
    minutes = forms.IntegerField(label=_("Minutes"), required=False, min_value=0, max_value=1440)
    text = text_field(_("What was said"), required=False)


class BantForm(forms.Form):
    """What one realm holds of budget, authority, need and timeline."""

    budget = forms.TypedChoiceField(label=_("Budget"), choices=BantState.choices, coerce=int)
    authority = forms.TypedChoiceField(label=_("Authority"), choices=BantState.choices, coerce=int)
    need = forms.TypedChoiceField(label=_("Need"), choices=BantState.choices, coerce=int)
    timeline = forms.TypedChoiceField(label=_("Timeline"), choices=BantState.choices, coerce=int)
    note = text_field(_("Note"), required=False)

    @staticmethod
    def initial_of(last: BantAssessment | None) -> dict[str, Any]:
        """What the last assessment said."""
        if last is None:
            return dict.fromkeys(BantAssessment.PARTS, int(BantState.UNKNOWN))
        return {name: getattr(last, name) for name in (*BantAssessment.PARTS, "note")}

    @staticmethod
    def states_of(values: dict[str, Any]) -> dict[str, BantState]:
        """The four parts as chosen."""
        return {part: BantState(values[part]) for part in BantAssessment.PARTS}


class ConsentForm(forms.Form):
    """A consent somebody gave or withdrew by word of mouth or in writing."""

    granted = forms.TypedChoiceField(
        label=_("The person"),
        choices=[("yes", _("agrees to receive mail")), ("no", _("does not want mail"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    source = forms.CharField(
        label=_("How we know"), max_length=100, help_text=_("For example: on the phone, by letter.")
    )
    text = text_field(_("The words agreed to"), required=False)


class ProofForm(forms.Form):
    """Explicit proof that the customer means to buy."""

    form = forms.ChoiceField(label=_("The proof is"), choices=Proof.Form.choices)
    text = text_field(_("What was said or done"))


class WonForm(forms.Form):
    """A deal that was won."""

    amount = forms.DecimalField(
        label=_("Amount"), max_digits=14, decimal_places=2, min_value=Decimal(0), required=False
    )
    currency = forms.RegexField(r"^[A-Za-z]{3}$", label=_("Currency"), help_text=_("Three letters, for example EUR."))
    note = text_field(_("Note"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["currency"].initial = Organisation.load().currency

    def clean_currency(self) -> str:
        """Upper case, as ISO 4217 writes it."""
        return str(self.cleaned_data["currency"]).upper()


def reason_choices(*kinds: str) -> list[tuple[str, Any]]:
    """The administered reasons of some kinds, by slug."""
    rows = Reason.objects.filter(kind__in=kinds, is_active=True)
    return list(rows.values_list("slug", "label"))


class LostForm(forms.Form):
    """A deal that was lost, and why."""

    reason = forms.ChoiceField(label=_("Why"), choices=lambda: reason_choices(ReasonKind.LOST))
    note = text_field(_("Note"), required=False)


class MoveForm(forms.Form):
    """A move by hand. Moving back or out of the line asks why."""

    to = forms.ChoiceField(label=_("Move to"), widget=forms.RadioSelect)
    reason = forms.ChoiceField(label=_("Why"), required=False)
    note = text_field(_("Note"), required=False)
    expect = forms.IntegerField(widget=forms.HiddenInput)

    # Which administered reasons suit which move.
    KINDS = {"nurture": ReasonKind.NURTURE, "disqualified": ReasonKind.DISQUALIFIED}

    def __init__(self, *args: Any, ways: Sequence[Way] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ways = {way.to: way for way in ways if not way.refused}
        self.fields["to"].choices = [(way.to, way.label) for way in self.ways.values()]  # type: ignore[attr-defined]
        rows = Reason.objects.filter(
            kind__in=[ReasonKind.RETURN, ReasonKind.NURTURE, ReasonKind.DISQUALIFIED], is_active=True
        )
        self.reasons: dict[str, list[tuple[str, str]]] = {}
        for row in rows:
            self.reasons.setdefault(row.kind, []).append((f"{row.kind}:{row.slug}", row.label))
        groups = [(ReasonKind(kind).label, choices) for kind, choices in self.reasons.items()]
        self.fields["reason"].choices = [("", _("None")), *groups]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A backward move and an outcome need a reason of their own kind."""
        values = super().clean() or {}
        way = self.ways.get(values.get("to", ""))
        if way is None or way.kind == "forward":
            values["reason"] = ""
            return values
        kind = self.KINDS.get(way.to, ReasonKind.RETURN)
        given_kind, _colon, slug = (values.get("reason") or "").partition(":")
        if given_kind != kind:
            self.add_error("reason", _("Choose one of the reasons under “%(kind)s”.") % {"kind": kind.label})
        values["reason"] = slug
        return values
