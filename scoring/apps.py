from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ScoringConfig(AppConfig):
    """What the facts are worth: models, the engine, the touched worker."""

    name = "scoring"
    verbose_name = _("Scoring")

    def ready(self) -> None:
        from celery import current_app

        from leads.conditions.used import register_past, register_source
        from leads.lifecycle.together import register_statement
        from leads.notices.causes import register_teller
        from leads.nudge import listen
        from leads.queries.judged_by import register_lookup
        from scoring import approval, engine, in_force, studies, used

        register_source("scoring", used.rules)
        register_lookup(in_force.versions_of)
        register_past("scoring", used.past_rules)
        register_statement("scoring", engine.ask_published)
        register_teller(approval.ASKED, approval.asked)
        register_teller(approval.ANSWERED, approval.answered)
        # Trying again is the timetable's part: whoever recorded a fact should not wait for a broker that is away.
        once = {"max_retries": 1, "interval_start": 0, "interval_step": 0}
        listen(lambda: current_app.send_task("scoring.tasks.process_touched", expires=30, retry_policy=once))
        listen(lambda: current_app.send_task("scoring.tasks.work_studies", expires=30, retry_policy=once), studies.KIND)
