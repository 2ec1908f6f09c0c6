from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ScoringConfig(AppConfig):
    """What the facts are worth: models, the engine, the touched worker."""

    name = "scoring"
    verbose_name = _("Scoring")

    def ready(self) -> None:
        from celery import current_app

        from leads.nudge import listen

        listen(lambda: current_app.send_task("scoring.tasks.process_touched", expires=30))
