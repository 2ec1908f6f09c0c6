from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """The roof: reads everything, writes nothing below."""

    name = "reports"
