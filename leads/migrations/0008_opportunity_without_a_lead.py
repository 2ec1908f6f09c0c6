from django.db import migrations, models

from users.migrating import Together


class Migration(migrations.Migration):
    dependencies = [("leads", "0007_email_in_lower_case")]

    operations = [
        Together(
            [
                migrations.AddField(
                    model_name="opportunity",
                    name="company",
                    field=models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=models.deletion.PROTECT,
                        related_name="opportunities",
                        to="leads.company",
                        verbose_name="company",
                    ),
                ),
                migrations.AddField(
                    model_name="opportunity",
                    name="external_id",
                    field=models.CharField(blank=True, max_length=200, null=True),
                ),
                migrations.AddField(
                    model_name="opportunity", name="opened_at", field=models.DateTimeField(blank=True, null=True)
                ),
                migrations.AddField(
                    model_name="opportunity",
                    name="system",
                    field=models.SlugField(blank=True, db_default="", db_index=False, max_length=40),
                ),
            ]
        ),
        migrations.AlterField(
            model_name="opportunity", name="cycle", field=models.PositiveSmallIntegerField(blank=True, null=True)
        ),
        migrations.AlterField(
            model_name="opportunity",
            name="lead",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=models.deletion.CASCADE,
                related_name="opportunities",
                to="leads.lead",
            ),
        ),
        migrations.AddConstraint(
            model_name="opportunity",
            constraint=models.UniqueConstraint(fields=("system", "external_id"), name="opportunity_external_id_unique"),
        ),
        migrations.AddConstraint(
            model_name="opportunity",
            constraint=models.CheckConstraint(
                condition=models.Q(("cycle__isnull", False), ("lead__isnull", False))
                | models.Q(("cycle__isnull", True), ("external_id__isnull", False), ("lead__isnull", True)),
                name="opportunity_of_a_pass_or_named",
            ),
        ),
    ]
