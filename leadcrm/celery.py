"""Celery: a nudge to look now. The timetable of every task stands here and nowhere else."""

import os

from celery import Celery
from celery.schedules import crontab
from celery.signals import worker_process_init

from leadcrm.services.lifeline import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadcrm.settings")

app = Celery("leadcrm")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    accept_content=["json"],
    broker_connection_retry_on_startup=True,
    # Delays live in tables. A long visibility timeout would only bring a lost nudge back an hour later.
    broker_transport_options={"visibility_timeout": 600},
    enable_utc=True,
    task_ignore_result=True,
    task_serializer="json",
    timezone="UTC",
    # A nudge waits in the queue, where others can take it, and not behind a long task.
    worker_prefetch_multiplier=1,
)
app.autodiscover_tasks()

# A nudge nobody took within its own interval is worthless: the next one is already on its way.
app.conf.beat_schedule = {
    "score-touched-leads": {
        "task": "scoring.tasks.process_touched",
        "schedule": 2.0,
        "options": {"expires": 2},
    },
    "forget-old-keys": {
        "task": "leads.tasks.forget_old_keys",
        "schedule": crontab(minute=17),
        "options": {"expires": 3600},
    },
    "sweep-deadlines": {
        "task": "leads.tasks.sweep_deadlines",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "empty-retired-stages": {
        "task": "leads.tasks.empty_retired",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "weekly-digest": {
        "task": "reports.tasks.weekly_digest",
        "schedule": crontab(minute="*/10"),
        "options": {"expires": 600},
    },
    "recycle-leads": {
        "task": "leads.tasks.recycle_leads",
        "schedule": crontab(minute=2),
        "options": {"expires": 3600},
    },
    "tell-due-tasks": {
        "task": "leads.tasks.tell_due_tasks",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "tell-people": {
        "task": "leads.tasks.tell_people",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "forget-old-notices": {
        "task": "leads.tasks.forget_old_notices",
        "schedule": crontab(hour=3, minute=41),
        "options": {"expires": 3600},
    },
    "send-due-mail": {
        "task": "mail.tasks.deliver",
        "schedule": 2.0,
        "options": {"expires": 2},
    },
    "judge-hits": {
        "task": "mail.tasks.judge",
        "schedule": 2.0,
        "options": {"expires": 2},
    },
    "work-sequences": {
        "task": "nurturing.tasks.work",
        "schedule": 2.0,
        "options": {"expires": 2},
    },
    "sweep-entries": {
        "task": "nurturing.tasks.sweep_entries",
        "schedule": crontab(minute="7-59/15"),
        "options": {"expires": 900},
    },
    "sweep-imports": {
        "task": "capture.tasks.run_imports",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "work-studies": {
        "task": "scoring.tasks.work_studies",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    "sweep-due": {
        "task": "scoring.tasks.sweep_due",
        "schedule": crontab(minute="*/15"),
        "options": {"expires": 900},
    },
}


@worker_process_init.connect
def end_with_worker(**_: object) -> None:
    """A pool process never outlives its worker, even where that is killed."""
    die_with_parent()
