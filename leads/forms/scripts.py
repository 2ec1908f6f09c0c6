"""The forms of the scripts' settings: one script, and which of them are shown."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from leads.forms.acts import text_field
from leads.handover.scripts import Saying
from leads.models import BuyingRole, Script, ScriptKind, Stage


def stage_choices(*, any_stage: Any) -> list[tuple[str, Any]]:
    """The live stages by slug."""
    rows = [(stage.slug, f"{stage.label} · {stage.name}") for stage in Stage.objects.all()]
    return [("", any_stage), *rows]


class ScriptForm(forms.Form):
    """What to say, and to whom it suits."""

    kind = forms.ChoiceField(label=_("Kind"), choices=ScriptKind.choices, widget=forms.RadioSelect)
    text = text_field(
        _("Text"), help_text=_("The first line is shown in bold where there are several: an objection, say.")
    )
    stage = forms.ChoiceField(label=_("Stage"), required=False, choices=lambda: stage_choices(any_stage=_("Any stage")))
    role = forms.ChoiceField(
        label=_("Role in the decision"), required=False, choices=[("", _("Any role")), *BuyingRole.choices]
    )
    pain = forms.CharField(
        label=_("Pain"),
        required=False,
        max_length=100,
        help_text=_("Shown where all these words stand in the company’s pains. Empty: always."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].widget.attrs["rows"] = 6
        self.fields["text"].widget.attrs["dir"] = "auto"

    @staticmethod
    def initial_of(script: Script) -> dict[str, Any]:
        """What the script says now."""
        slug = script.stage.slug if script.stage else ""
        return {"kind": script.kind, "text": script.text, "stage": slug, "role": script.role, "pain": script.pain}

    def saying(self) -> Saying:
        """What was typed, for the flow."""
        said = self.cleaned_data
        stage = Stage.objects.get(slug=said["stage"]) if said["stage"] else None
        return Saying(
            kind=said["kind"],
            text=said["text"].strip(),
            stage_id=stage.pk if stage else None,
            role=said["role"],
            pain=said["pain"].strip(),
        )


class ScriptFilter(forms.Form):
    """Which scripts the list shows."""

    stage = forms.ChoiceField(
        label=_("Stage"), required=False, choices=lambda: stage_choices(any_stage=_("All stages"))
    )
    role = forms.ChoiceField(label=_("Role"), required=False, choices=[("", _("All roles")), *BuyingRole.choices])
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("All kinds")), *ScriptKind.choices])
