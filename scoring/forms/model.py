"""The form of a score model itself."""

from collections.abc import Sequence
from typing import Any

from django import forms
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
        if self.instance.pk is not None:
            del self.fields["slug"], self.fields["purpose"]
            return
        realm = self.fields["purpose"]
        realm.choices = [choice for choice in ScoreModel.Purpose.choices if choice[0] in realms]  # type: ignore[attr-defined]
        self.fields["slug"].help_text = _("What criteria name it by: small letters, digits and hyphens. It stays.")

    def save_by_flow(self) -> None:
        """Write what may change of a model."""
        edit_model(self.instance.pk, **{name: self.cleaned_data[name] for name in self.fields})
