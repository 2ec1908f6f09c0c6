"""The form of a score model itself."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext as _

from leads.models import ScoreModel
from scoring.open import edit_model, key_error


class KeyForm(forms.ModelForm):
    """A form that refuses keys no model can have at their field."""

    def clean_slug(self) -> str:
        """As the flow refuses them."""
        slug = str(self.cleaned_data["slug"])
        if why := key_error(slug):
            raise forms.ValidationError(why)
        return slug


class ModelForm(KeyForm):
    """What a model is called. Key and realm are chosen once: criteria name the one, rights rest on the other."""

    class Meta:
        model = ScoreModel
        fields = ("name", "slug", "purpose", "company_rule", "borderline_team")

    def __init__(self, *args: Any, realms: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["borderline_team"].empty_label = _("No team")  # type: ignore[attr-defined]
        if self.instance.pk is not None:
            del self.fields["slug"], self.fields["purpose"]
            return
        realm = self.fields["purpose"]
        realm.choices = [choice for choice in ScoreModel.Purpose.choices if choice[0] in realms]  # type: ignore[attr-defined]
        key = self.fields["slug"]
        key.required = False
        key.help_text = _(
            "What criteria name it by: small letters, digits and hyphens. Empty: made of the name. It stays."
        )

    def clean_slug(self) -> str:
        """A key that is not given is made of the name."""
        said = self.cleaned_data
        said["slug"] = said["slug"] or slugify(said.get("name", ""))[: self.fields["slug"].max_length]  # type: ignore[attr-defined]
        if not said["slug"] and "name" in said:
            raise forms.ValidationError(_("Give a key: none can be made of this name."))
        return super().clean_slug()

    def save_by_flow(self) -> None:
        """Write what may change of a model."""
        edit_model(self.instance.pk, **{name: self.cleaned_data[name] for name in self.fields})
