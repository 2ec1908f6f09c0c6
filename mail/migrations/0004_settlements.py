"""The journal of settled messages, and an index for the pages of those that were not sent."""

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

APPEND_ONLY = """
CREATE TRIGGER settlement_append_only BEFORE UPDATE OR DELETE ON mail_settlement
    FOR EACH ROW EXECUTE FUNCTION leads_refuse_change();
"""
DROP = "DROP TRIGGER settlement_append_only ON mail_settlement;"
VERDICTS = [("arrived", "It arrived"), ("again", "It did not: sent again"), ("left", "Left as it is")]
REASONS = [
    ("no_address", "The lead has no e-mail address"),
    ("no_consent", "Never consented to mail"),
    ("withdrawn", "Withdrew consent"),
    ("suppressed", "Suppressed"),
    ("archived", "The lead is archived"),
    ("bounced", "The address does not exist"),
    ("refused", "The mail server refused it"),
    ("expired", "Not accepted within two days"),
    ("line_lost", "The line was lost while the mail server answered"),
    ("worker_lost", "The worker ended while handing over"),
    ("unbuildable", "The mail could not be made"),
    ("given_up", "Given up by a person"),
]


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("mail", "0003_waiting"),
        ("leads", "0003_invariants"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Settlement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("verdict", models.CharField(choices=VERDICTS, max_length=10)),
                ("was", models.CharField(blank=True, choices=REASONS, max_length=20)),
                ("recorded_at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="settlements", to="mail.message"
                    ),
                ),
            ],
            options={
                "verbose_name": "settlement",
                "verbose_name_plural": "settlements",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("verdict__in", ["arrived", "again", "left"])), name="settlement_known"
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("state__in", ["skipped", "failed"])),
                fields=["state", "id"],
                name="message_not_sent",
            ),
        ),
        migrations.RunSQL(APPEND_ONLY, DROP),
    ]
