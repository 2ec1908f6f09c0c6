"""Opening score models."""

from django.db import transaction

from leads.models import ScoreModel


@transaction.atomic
def open_model(slug: str, *, name: str, purpose: ScoreModel.Purpose) -> ScoreModel:
    """A new model, without any version yet. Raises ValidationError for a key that is taken."""
    model = ScoreModel(slug=slug, name=name, purpose=purpose)
    model.full_clean()
    model.save()
    return model
