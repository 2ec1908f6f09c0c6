from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NurturingConfig(AppConfig):
    """What we send: sequences."""

    name = "nurturing"
    verbose_name = _("Nurture")

    def ready(self) -> None:
        from leads.activity.outbox import register_consumer
        from leads.conditions.used import register_source
        from nurturing import news, used

        register_consumer(news.NAME, news.hear)
        register_source("sequences", used.sequences)
