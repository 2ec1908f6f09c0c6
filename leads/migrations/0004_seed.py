from django.db import migrations

from leads.seed import seed


def forwards(apps, schema_editor):
    seed(lambda name: apps.get_model("leads", name))


class Migration(migrations.Migration):
    dependencies = [("leads", "0003_invariants")]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
