from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NurturingConfig(AppConfig):
    """What we send: sequences."""

    name = "nurturing"
    verbose_name = _("Nurture")

    def ready(self) -> None:
        from leads.activity.outbox import register_consumer
        from nurturing import news

        register_consumer(news.NAME, news.hear)
