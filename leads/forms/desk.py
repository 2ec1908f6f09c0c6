"""The one form of the desk: BANT while talking, how the call went, what is decided. Nothing typed gets lost."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from leads.forms.acts import BantForm
from leads.forms.days import ComingDay, ComingTime
from leads.models import CallResult, Reason, ReasonKind

SAVE, RECOMMEND, NURTURE, DISQUALIFY = "save", "recommend", "nurture", "disqualify"
CALLS = {
    result.value: result
    for result in (
        CallResult.REACHED,
        CallResult.NO_ANSWER,
        CallResult.LEFT_MESSAGE,
        CallResult.CALL_BACK,
        CallResult.WRONG_PERSON,
    )
}
VERBS = (SAVE, RECOMMEND, NURTURE, DISQUALIFY, *CALLS)
# Which field says more of a verb, and the kind of its administered reasons.
REASONS = {NURTURE: ReasonKind.NURTURE, DISQUALIFY: ReasonKind.DISQUALIFIED}


class DeskForm(BantForm):
    """`do` names the button: a verb, and after a colon its reason or time."""

    do = forms.CharField(max_length=100)
    expect = forms.IntegerField(widget=forms.HiddenInput, required=False)
    call_back_at = ComingTime(label=_("Call back on"), required=False)
    until = ComingDay(label=_("Try again on"), required=False)

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].label = _("What was said, and why sales should take it")
        self.fields["note"].widget.attrs |= {"rows": 3, "data-esc": ""}

    def clean(self) -> dict[str, Any]:
        """Take the button apart and ask for what it needs."""
        values = super().clean() or {}
        verb, _colon, said = values.get("do", "").partition(":")
        if verb not in VERBS:
            self.add_error(None, _("Press one of the buttons."))
            return values
        values |= {"verb": verb, "reason": ""}
        if verb in REASONS:
            self._reason(values, verb, said)
        if verb == CallResult.CALL_BACK:
            self._call_back(values, said)
        if verb == NURTURE and not values.get("until"):
            self._ask("until", _("Say from which day on to try again."))
        if verb == RECOMMEND and not values.get("note"):
            self._ask("note", _("Say why sales should take it, in a sentence."))
        return values

    def _ask(self, name: str, why: Any) -> None:
        if name not in self.errors:
            self.add_error(name, why)

    def _reason(self, values: dict[str, Any], verb: str, slug: str) -> None:
        if not Reason.objects.filter(kind=REASONS[verb], slug=slug, is_active=True).exists():
            self.add_error(None, _("Choose one of the reasons."))
        values["reason"] = slug

    def _call_back(self, values: dict[str, Any], said: str) -> None:
        """One of the times offered, or the one typed."""
        if said:
            try:
                values["call_back_at"] = ComingTime().clean(said)
            except forms.ValidationError as refused:
                self.add_error("call_back_at", refused)
        elif not values.get("call_back_at"):
            self._ask("call_back_at", _("Say when to call back."))
