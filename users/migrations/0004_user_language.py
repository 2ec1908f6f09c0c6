from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('users', '0003_settings_names'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='language',
            field=models.CharField(blank=True, default='', help_text="Empty: the browser's.", max_length=10, verbose_name='language'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='user',
            name='invited_at',
            field=models.DateTimeField(editable=False, null=True, verbose_name='invited'),
        ),
    ]
