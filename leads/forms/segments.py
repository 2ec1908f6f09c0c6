"""The form of a segment beside its condition."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from leads.forms.seen import SeenForm
from leads.lifecycle.segments import NewSegment, stamp_of
from leads.models import Segment


class SegmentForm(SeenForm):
    """How a segment is called."""

    name = forms.CharField(label=_("Name"), max_length=100)
    slug = forms.SlugField(
        label=_("Key"),
        max_length=60,
        required=False,
        help_text=_("What conditions know it by. Empty: made of the name."),
    )
    description = forms.CharField(
        label=_("What it is for"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    @staticmethod
    def initial_of(row: Segment) -> dict[str, Any]:
        """A stored segment as the form shows it."""
        said = {name: getattr(row, name) for name in ("name", "slug", "description")}
        return {**said, "seen": stamp_of(row)}

    def said(self, condition: Any) -> NewSegment:
        """The segment as the flow takes it."""
        values = self.cleaned_data
        return NewSegment(values["name"], condition, values["description"], values["slug"])
