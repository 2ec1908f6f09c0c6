"""Every move of a lead writes to each of its indexes: those go that others begin with, or that nothing asks."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("leads", "0020_owners_change_team"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="lead",
            name="campaign",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="leads.campaign",
                verbose_name="campaign",
            ),
        ),
        migrations.AlterField(
            model_name="lead",
            name="channel",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="leads.channel",
                verbose_name="source",
            ),
        ),
        migrations.AlterField(
            model_name="lead",
            name="owner",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="leads",
                to=settings.AUTH_USER_MODEL,
                verbose_name="owner",
            ),
        ),
        migrations.AlterField(
            model_name="lead",
            name="stage",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="leads", to="leads.stage"
            ),
        ),
        # Addresses are looked for as a whole or by their trigrams, never by a pattern this index serves.
        migrations.RunSQL(
            "DROP INDEX IF EXISTS leads_lead_email_93d5b817_like",
            "CREATE INDEX IF NOT EXISTS leads_lead_email_93d5b817_like ON leads_lead (email varchar_pattern_ops)",
        ),
    ]
