"""The sender every installation starts with."""

from django.db import migrations

from mail.seed import seed


def forwards(apps, schema_editor):
    seed(lambda name: apps.get_model("mail", name))


class Migration(migrations.Migration):
    dependencies = [("mail", "0001_initial")]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
