"""Opening score models, and what may change of them."""

from typing import Any

from django.db import transaction

from leads.activity.news import change_rules, touch_all
from leads.models import ScoreModel
from users.models import Team


@transaction.atomic
def open_model(slug: str, *, name: str, purpose: ScoreModel.Purpose, **fields: Any) -> ScoreModel:
    """A new model, without any version yet. Raises ValidationError for a key that is taken."""
    model = ScoreModel(slug=slug, name=name, purpose=purpose, **fields)
    model.full_clean()
    model.save()
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
