from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MailConfig(AppConfig):
    """How messages leave and come back."""

    name = "mail"
    verbose_name = _("Mail")

    def ready(self) -> None:
        from celery import current_app

        from leads.nudge import listen

        once = {"max_retries": 1, "interval_start": 0, "interval_step": 0}
        listen(lambda: current_app.send_task("mail.tasks.deliver", expires=30, retry_policy=once), "mail")
        listen(lambda: current_app.send_task("mail.tasks.judge", expires=30, retry_policy=once), "hits")
