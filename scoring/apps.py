from django.apps import AppConfig


class ScoringConfig(AppConfig):
    """What the facts are worth: models, the engine, the touched worker."""

    name = "scoring"
