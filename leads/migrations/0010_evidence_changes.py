"""The journal of verdicts taken back."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

EVIDENCE = [(0, "Human"), (1, "Unsure"), (2, "Machine")]
APPEND_ONLY = """
CREATE TRIGGER evidence_change_append_only BEFORE UPDATE OR DELETE ON leads_evidencechange
    FOR EACH ROW EXECUTE FUNCTION leads_refuse_change();
"""
DROP = "DROP TRIGGER evidence_change_append_only ON leads_evidencechange;"


class Migration(migrations.Migration):
    dependencies = [
        ("leads", "0009_contactability"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="EvidenceChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("before", models.SmallIntegerField(choices=EVIDENCE)),
                ("after", models.SmallIntegerField(choices=EVIDENCE)),
                ("reason", models.CharField(max_length=100)),
                ("recorded_at", models.DateTimeField()),
                (
                    "activity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="evidence_changes",
                        to="leads.activity",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.RunSQL(APPEND_ONLY, DROP),
    ]
