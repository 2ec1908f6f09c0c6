"""Proofs that a message has not begun to leave, in a table that a crash of the database empties."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("mail", "0002_seed"),
    ]

    operations = [
        migrations.CreateModel(
            name="Waiting",
            fields=[
                ("message_id", models.BigIntegerField(primary_key=True, serialize=False)),
            ],
        ),
        migrations.AlterField("message", "dedupe_key", models.CharField(max_length=120, null=True)),
        migrations.AlterField("message", "message_id", models.CharField(max_length=200)),
        migrations.AddConstraint("message", models.UniqueConstraint(fields=["dedupe_key"], name="message_once_a_key")),
        migrations.RemoveIndex("message", "message_letter"),
        migrations.AddIndex("message", models.Index(fields=["letter"], name="message_letter")),
        migrations.RunSQL("ALTER TABLE mail_waiting SET UNLOGGED", migrations.RunSQL.noop),
    ]
