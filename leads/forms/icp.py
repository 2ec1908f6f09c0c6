"""One condition of an ideal customer profile beside its tree, and the shares its grades begin with."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.models import IcpGroup, IcpProfile


class WishForm(forms.Form):
    """What a condition is called, where it belongs and how much it weighs."""

    label = forms.CharField(
        label=gettext_lazy("Name"), max_length=150, help_text=gettext_lazy("For example: 150 to 500 employees.")
    )
    group = forms.ChoiceField(label=gettext_lazy("Group"), choices=IcpGroup.choices)
    weight = forms.IntegerField(
        label=gettext_lazy("Weight"),
        min_value=1,
        max_value=100,
        initial=1,
        help_text=gettext_lazy("Against the other conditions: one of weight 3 counts as much as three of weight 1."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class BoundsForm(forms.Form):
    """The share of all weight from which each grade is given; everything below C is D."""

    a_from = forms.IntegerField(label=gettext_lazy("A from, in %"), min_value=1, max_value=100)
    b_from = forms.IntegerField(label=gettext_lazy("B from, in %"), min_value=1, max_value=100)
    c_from = forms.IntegerField(label=gettext_lazy("C from, in %"), min_value=1, max_value=100)
    version = forms.IntegerField(widget=forms.HiddenInput)

    @staticmethod
    def initial_of(profile: IcpProfile) -> dict[str, Any]:
        """The bounds in force."""
        names = ("a_from", "b_from", "c_from", "version")
        return {name: getattr(profile, name) for name in names}

    def clean(self) -> dict[str, Any]:
        """A above B above C."""
        values = super().clean() or {}
        if not self.errors and not values["a_from"] > values["b_from"] > values["c_from"]:
            self.add_error("b_from", _("A begins above B, and B above C."))
        return values

    @property
    def bounds(self) -> tuple[int, int, int]:
        """The cleaned shares in order."""
        values = self.cleaned_data
        return values["a_from"], values["b_from"], values["c_from"]
