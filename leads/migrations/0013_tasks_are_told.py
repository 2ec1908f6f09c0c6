"""When the news left that a task is due, so that it leaves once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leads", "0012_sales_invariants")]

    operations = [
        migrations.AddField("task", "told_at", models.DateTimeField(null=True)),
        migrations.AddIndex(
            "task",
            models.Index(
                condition=models.Q(done_at__isnull=True, told_at__isnull=True, assignee__isnull=False),
                fields=["due_at"],
                name="task_to_tell",
            ),
        ),
    ]
