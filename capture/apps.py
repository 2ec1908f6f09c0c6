from django.apps import AppConfig


class CaptureConfig(AppConfig):
    """Facts in: imports, forms and source adapters."""

    name = "capture"
