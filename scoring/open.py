"""Opening score models, and what may change of them."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from leads.activity.news import change_rules, touch_all
from leads.models import ScoreModel
from users.models import Team

RESERVED = frozenset({"new", "borderline", "progress"})  # first words of our own addresses (scoring.views.urls)


def key_error(slug: str) -> str:
    """Why no model can have this key; empty where one can."""
    return _("This word is taken. Choose another key.") if slug in RESERVED else ""


@transaction.atomic
def open_model(slug: str, *, name: str, purpose: ScoreModel.Purpose, **fields: Any) -> ScoreModel:
    """A new model, without any version yet. Raises ValidationError for a key that is taken, by us or by a model."""
    if why := key_error(slug):
        raise ValidationError({"slug": why})
    model = ScoreModel(slug=slug, name=name, purpose=purpose, **fields)
    model.full_clean()
    try:
        with transaction.atomic():
            model.save()
    except IntegrityError:  # somebody took the key a moment ago
        model.full_clean()
        raise
    return model


@transaction.atomic
def edit_model(model_id: int, *, name: str, company_rule: str, borderline_team: Team | None) -> ScoreModel:
    """Say what a model is called, how it scores companies, and who looks at its borderline. Key and realm stay.

    Where companies are scored in another way, every lead is judged anew: criteria may ask for that score.
    """
    change_rules()
    model = ScoreModel.objects.select_for_update(no_key=True).get(pk=model_id)
    is_other = model.company_rule != company_rule
    model.name, model.company_rule, model.borderline_team = name, company_rule, borderline_team
    model.full_clean()
    model.save(update_fields=["name", "company_rule", "borderline_team"])
    if is_other:
        touch_all()
    return model
