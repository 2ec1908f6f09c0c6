from django.apps import AppConfig


class NurturingConfig(AppConfig):
    """What we send: sequences."""

    name = "nurturing"
