"""What sales says to an offer."""

from django import forms
from django.utils.translation import gettext_lazy as _

from leads.forms.acts import reason_choices, text_field
from leads.models import ReasonKind


class AcceptForm(forms.Form):
    """Taking a lead over."""

    note = text_field(_("Note"), required=False)


class RejectForm(forms.Form):
    """Turning a lead down, with the reason."""

    reason = forms.ChoiceField(
        label=_("Why"), choices=lambda: reason_choices(ReasonKind.REJECT), widget=forms.RadioSelect
    )
    note = text_field(_("Note"), required=False)


class ReturnForm(forms.Form):
    """Sending a lead back to marketing: why, and what is missing."""

    reason = forms.ChoiceField(
        label=_("Why"), choices=lambda: reason_choices(ReasonKind.RETURN), widget=forms.RadioSelect
    )
    missing = forms.MultipleChoiceField(
        label=_("What is missing"),
        choices=lambda: reason_choices(ReasonKind.MISSING),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    note = text_field(_("Note"), required=False)
