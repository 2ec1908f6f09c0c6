from django.apps import AppConfig


class LeadsConfig(AppConfig):
    """The ground: who a lead is, what happened, where it stands."""

    name = "leads"
