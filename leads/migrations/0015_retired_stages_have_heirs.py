"""Where the leads of a retired stage go, and words that explain the default stages."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from leads.seed import seed_stage_help


def forwards(apps, schema_editor):
    seed_stage_help(lambda name: apps.get_model("leads", name))


class Migration(migrations.Migration):
    dependencies = [("leads", "0014_wrong_person")]

    operations = [
        migrations.AddField(
            model_name="stage",
            name="leads_go_to",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="leads.stage",
            ),
        ),
        migrations.AddConstraint(
            model_name="stage",
            constraint=models.CheckConstraint(
                condition=Q(retired_at__isnull=True, leads_go_to__isnull=True)
                | Q(retired_at__isnull=False, leads_go_to__isnull=False),
                name="stage_retired_has_heir",
            ),
        ),
        migrations.RunPython(forwards, migrations.RunPython.noop),
    ]
