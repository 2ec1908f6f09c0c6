from django.db import migrations, models


class Migration(migrations.Migration):
    """A look at a borderline lead may be taken back, whatever was decided."""

    dependencies = [("scoring", "0007_who_changed_a_draft")]

    operations = [
        migrations.AddField("borderlinereview", "taken_back_at", models.DateTimeField(null=True)),
    ]
