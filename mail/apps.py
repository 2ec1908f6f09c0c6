from django.apps import AppConfig


class MailConfig(AppConfig):
    """How messages leave and come back."""

    name = "mail"
