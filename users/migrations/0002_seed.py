from django.db import migrations

from users.seed import seed


def forwards(apps, schema_editor):
    seed(lambda name: apps.get_model("users", name))


class Migration(migrations.Migration):
    dependencies = [("users", "0001_initial")]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
