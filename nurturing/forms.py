"""The forms of sequences."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from leads.models import Campaign
from mail.letters import LetterSpec, check
from mail.models import Sender
from nurturing.models import Sequence
from nurturing.publish import MAX_WAIT

LONGEST = 200_000
FIELDS = ("name", "subject", "preheader", "html", "text")


class SequenceForm(forms.ModelForm):
    """A new sequence. Its key stands in addresses and conditions and stays."""

    class Meta:
        model = Sequence
        fields: tuple[str, ...] = ("name", "slug", "campaign", "sender")
        help_texts = {"slug": _("Short, in Latin letters; stands in reports and conditions and stays as it is.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["campaign"].queryset = Campaign.objects.order_by("-pk")  # type: ignore[attr-defined]
        self.fields["sender"].queryset = Sender.objects.order_by("slug")  # type: ignore[attr-defined]
        self.fields["campaign"].empty_label = _("none")  # type: ignore[attr-defined]
        self.fields["sender"].empty_label = _("the default sender")  # type: ignore[attr-defined]
        self.fields["name"].widget.attrs["dir"] = "auto"


class SequenceEditForm(SequenceForm):
    """What of a sequence may change; its key stays."""

    class Meta(SequenceForm.Meta):
        fields: tuple[str, ...] = ("name", "campaign", "sender")
        help_texts = {
            "campaign": _("What its mails bring is counted there. Mails of the version in force keep theirs."),
            "sender": _("Mails of the version in force keep theirs."),
        }


class WaitForm(forms.Form):
    """Days of waiting."""

    wait_days = forms.IntegerField(
        label=_("Days"), min_value=1, max_value=MAX_WAIT, help_text=_("Whole days of 24 hours."), initial=3
    )


def _line(label: Any, **options: Any) -> forms.CharField:
    return forms.CharField(label=label, widget=forms.TextInput(attrs={"dir": "auto"}), **options)


class LetterForm(forms.Form):
    """A mail. What cannot be filled in is said beside its field, with line and column."""

    name = _line(_("Name"), max_length=150, help_text=_("For us: readers do not see it."))
    subject = _line(_("Subject"), max_length=200)
    preheader = _line(
        _("Preview text"), max_length=200, required=False, help_text=_("Shown beside the subject by many readers.")
    )
    html = forms.CharField(
        label=_("HTML"),
        max_length=LONGEST,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 16, "dir": "auto", "spellcheck": "true", "class": "lc-source"}),
    )
    text = forms.CharField(
        label=_("Text"),
        max_length=LONGEST,
        strip=False,
        required=False,
        help_text=_("For readers without HTML. Empty: made from the HTML."),
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto", "class": "lc-source"}),
    )
    is_tracked = forms.BooleanField(label=_("Track opens and clicks"), required=False, initial=True)

    @staticmethod
    def initial_of(spec: LetterSpec | None) -> dict[str, Any]:
        """What the mail says now."""
        return {name: getattr(spec, name) for name in (*FIELDS, "is_tracked")} if spec else {}

    def clean(self) -> dict[str, Any]:
        """Put every problem beside its field."""
        values = super().clean() or {}
        if not self.errors:
            for problem in check(self.spec):
                self.add_error(problem.field if problem.field in self.fields else None, str(problem))
        return values

    @property
    def spec(self) -> LetterSpec:
        """The mail as the flow takes it."""
        values = self.cleaned_data
        # Browsers send CRLF; places are counted in lines.
        said = {name: values.get(name, "").replace("\r\n", "\n") for name in FIELDS}
        return LetterSpec(**said, is_tracked=values.get("is_tracked", False))
