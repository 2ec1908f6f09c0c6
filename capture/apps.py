from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CaptureConfig(AppConfig):
    """Facts in: imports, forms and source adapters."""

    name = "capture"
    verbose_name = _("Capture")

    def ready(self) -> None:
        from celery import current_app

        from leads.nudge import listen

        once = {"max_retries": 1, "interval_start": 0, "interval_step": 0}
        listen(lambda: current_app.send_task("capture.tasks.run_imports", expires=30, retry_policy=once), "imports")
