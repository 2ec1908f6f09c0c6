"""Who wrote a routing rule or a phase rule last is told to those who write at the same place."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

CHANGED_BY = {
    "null": True,
    "editable": False,
    "on_delete": django.db.models.deletion.SET_NULL,
    "related_name": "+",
    "to": settings.AUTH_USER_MODEL,
}


class Migration(migrations.Migration):
    dependencies = [
        ("leads", "0025_owners_by_number"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField("phaserule", "changed_at", models.DateTimeField(editable=False, null=True)),
        migrations.AddField("phaserule", "changed_by", models.ForeignKey(**CHANGED_BY)),
        migrations.AddField("routingrule", "changed_at", models.DateTimeField(editable=False, null=True)),
        migrations.AddField("routingrule", "changed_by", models.ForeignKey(**CHANGED_BY)),
    ]
