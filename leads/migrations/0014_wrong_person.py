"""The attribute that a call to the wrong person sets, for installations that were seeded before it."""

from django.db import migrations

from leads.seed import seed_sales


def forwards(apps, schema_editor):
    seed_sales(lambda name: apps.get_model("leads", name))


class Migration(migrations.Migration):
    dependencies = [("leads", "0013_tasks_are_told")]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
