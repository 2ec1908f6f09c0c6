from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ScoringConfig(AppConfig):
    """What the facts are worth: models, the engine, the touched worker."""

    name = "scoring"
    verbose_name = _("Scoring")

    def ready(self) -> None:
        from leads.nudge import listen
        from scoring.tasks import process_touched

        listen(process_touched.delay)
