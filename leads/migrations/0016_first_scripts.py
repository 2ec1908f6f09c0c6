"""The scripts an installation starts with."""

from django.db import migrations

from leads.seed_scripts import seed_scripts


def forwards(apps, schema_editor):
    seed_scripts(lambda name: apps.get_model("leads", name))


class Migration(migrations.Migration):
    dependencies = [("leads", "0015_retired_stages_have_heirs")]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
