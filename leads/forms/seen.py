"""A form that tells as what its thing was seen."""

from django import forms
from django.http import QueryDict


class SeenForm(forms.Form):
    """What somebody saw before they typed goes along, so that no change made meanwhile is overwritten unseen."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def see(self, seen: str) -> None:
        """What stands now is shown beside what was typed: who sends the form again means it."""
        sent = QueryDict(mutable=True)
        sent.update(self.data)
        sent["seen"] = seen
        self.data = sent
