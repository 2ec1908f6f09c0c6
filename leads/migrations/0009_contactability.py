"""One row a lead that says whether it may be written to, made with the lead and kept by the consents."""

import django.db.models.deletion
from django.db import migrations, models


MADE_WITH_THE_LEAD = """
CREATE FUNCTION leads_make_contactability() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO leads_contactability (lead_id) SELECT id FROM made;
    RETURN NULL;
END $$;
CREATE TRIGGER lead_has_contactability AFTER INSERT ON leads_lead REFERENCING NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION leads_make_contactability();
INSERT INTO leads_contactability (lead_id, consent, consent_at)
SELECT l.id, CASE c.granted WHEN TRUE THEN 'granted' WHEN FALSE THEN 'withdrawn' ELSE 'none' END, c.occurred_at
FROM leads_lead l LEFT JOIN LATERAL (
    SELECT granted, occurred_at FROM leads_consent x WHERE x.lead_id = l.id ORDER BY occurred_at DESC, id DESC LIMIT 1
) c ON TRUE;
"""
DROP = """
DROP TRIGGER lead_has_contactability ON leads_lead;
DROP FUNCTION leads_make_contactability();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0008_opportunity_without_a_lead'),
    ]

    operations = [
        migrations.CreateModel(
            name='Contactability',
            fields=[
                ('lead', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='contactability', serialize=False, to='leads.lead')),
                ('consent', models.CharField(choices=[('none', 'Never asked'), ('granted', 'Consented to mail'), ('withdrawn', 'Withdrew consent')], db_default='none', max_length=10)),
                ('consent_at', models.DateTimeField(null=True)),
                ('suppression', models.CharField(blank=True, choices=[('bounced', 'The address does not exist'), ('complained', 'Complained about mail'), ('by_hand', 'Suppressed by hand')], db_default='', max_length=12)),
                ('suppressed_at', models.DateTimeField(null=True)),
                ('preferences', models.JSONField(db_default=models.Value({}, output_field=models.JSONField()))),
            ],
            options={
                'verbose_name': 'contactability',
                'verbose_name_plural': 'contactability',
                'constraints': [models.CheckConstraint(condition=models.Q(('consent__in', ['none', 'granted', 'withdrawn'])), name='contact_consent_known'), models.CheckConstraint(condition=models.Q(('suppression__in', ['', 'bounced', 'complained', 'by_hand'])), name='contact_reason_known'), models.CheckConstraint(condition=models.Q(models.Q(('suppressed_at__isnull', True), ('suppression', '')), models.Q(models.Q(('suppression', ''), _negated=True), ('suppressed_at__isnull', False)), _connector='OR'), name='contact_suppressed_since')],
            },
        ),
        migrations.RunSQL(MADE_WITH_THE_LEAD, DROP),
    ]
