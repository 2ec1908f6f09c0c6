"""The short forms of the lead page: what somebody did or learned."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from leads.forms.days import ComingDay, ComingTime
from leads.models import BantAssessment, BantState, CallResult, Outcome, Proof, Reason, ReasonKind
from leads.people.calls import NewCall
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
    """A call that took place, and what its result asks for."""

    result = forms.ChoiceField(label=_("Result"), choices=CallResult.choices)
    call_back_at = ComingTime(label=_("Call back on"), required=False)
    until = ComingDay(label=_("Try again on"), required=False)
    reason = forms.ChoiceField(
        label=_("Why not now"), choices=lambda: reason_choices(ReasonKind.NURTURE), required=False
    )
    minutes = forms.IntegerField(label=_("Minutes"), required=False, min_value=0, max_value=1440)
    text = text_field(_("What was said"), required=False)

    # What a result asks for; the other fields belong to other results and are left out.
    ASKED = {CallResult.CALL_BACK: ("call_back_at",), CallResult.NOT_NOW: ("until", "reason")}

    def clean(self) -> dict[str, Any]:
        """The date and the reason that belong to the result, and no others."""
        values = super().clean() or {}
        asked = self.ASKED.get(values.get("result", ""), ())
        for name in asked:
            if not values.get(name) and name not in self.errors:
                self.add_error(name, _("Give this for a call with this result."))
        return values | {name: None for name in ("call_back_at", "until") if name not in asked}

    @staticmethod
    def call_of(lead_id: int, values: dict[str, Any]) -> NewCall:
        """The call as said."""
        said = {name: values[name] for name in ("minutes", "text", "call_back_at", "until", "reason")}
        return NewCall(lead_id=lead_id, result=CallResult(values["result"]), **said)


class BantForm(forms.Form):
    """What one realm holds of budget, authority, need and timeline, with a note to each."""

    note = text_field(_("Note"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for part, label in parts():
            self.fields[part] = forms.TypedChoiceField(
                label=label, choices=BantState.choices, coerce=int, widget=forms.RadioSelect
            )
            self.fields[f"{part}_note"] = forms.CharField(
                label=_("Note on %(part)s") % {"part": label}, max_length=500, required=False
            )
        self.order_fields([*(name for part, _label in parts() for name in (part, f"{part}_note")), "note"])

    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """State and note of each part, as the sheet draws them."""
        return [(self[part], self[f"{part}_note"]) for part in BantAssessment.PARTS]

    @staticmethod
    def initial_of(last: BantAssessment | None) -> dict[str, Any]:
        """What the last assessment said."""
        if last is None:
            return dict.fromkeys(BantAssessment.PARTS, int(BantState.UNKNOWN))
        notes = {f"{part}_note": text for part, text in last.notes.items()}
        return {name: getattr(last, name) for name in (*BantAssessment.PARTS, "note")} | notes

    @staticmethod
    def said_of(values: dict[str, Any]) -> dict[str, Any]:
        """States, notes by part and the note, as the flow takes them."""
        states = {part: BantState(values[part]) for part in BantAssessment.PARTS}
        notes = {part: values[f"{part}_note"] for part in BantAssessment.PARTS}
        return {**states, "notes": notes, "note": values["note"]}


def parts() -> list[tuple[str, Any]]:
    """The four parts with their names."""
    return [
        (part, capfirst(BantAssessment._meta.get_field(part).verbose_name))  # type: ignore[union-attr]
        for part in BantAssessment.PARTS
    ]


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
    until = ComingDay(
        label=_("Try again on"), required=False, help_text=_("For nurture: the lead comes back by itself on that day.")
    )
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
        if way is None or way.to != Outcome.NURTURE:
            values["until"] = None
        if way is None or way.kind == "forward":
            values["reason"] = ""
            return values
        kind = self.KINDS.get(way.to, ReasonKind.RETURN)
        given_kind, _colon, slug = (values.get("reason") or "").partition(":")
        if given_kind != kind:
            self.add_error("reason", _("Choose one of the reasons under “%(kind)s”.") % {"kind": kind.label})
        values["reason"] = slug
        return values
