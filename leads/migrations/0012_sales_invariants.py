"""What the database refuses about stages that are gone and journals of sales, and the rows sales starts with."""

from django.db import migrations

from leads.seed import seed_sales

APPEND_ONLY = """
CREATE TRIGGER phase_change_append_only BEFORE UPDATE OF lead_id, phase, evidence, recorded_at OR DELETE
    ON leads_phasechange FOR EACH ROW EXECUTE FUNCTION leads_refuse_change();
CREATE TRIGGER opportunity_change_append_only BEFORE UPDATE OF before, after, recorded_at
    ON leads_opportunitychange FOR EACH ROW EXECUTE FUNCTION leads_refuse_change();
"""
DROP_APPEND_ONLY = """
DROP TRIGGER opportunity_change_append_only ON leads_opportunitychange;
DROP TRIGGER phase_change_append_only ON leads_phasechange;
"""
# Whoever retires a stage locks its row first. A line that names the stage holds the row too, so it is either written
# before and then seen, or refused here.
LIVE_STAGE = """
CREATE FUNCTION leads_stage_is_live() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM leads_stage WHERE id = NEW.to_stage_id AND retired_at IS NULL FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'stage % takes no lead any more', NEW.to_stage_id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'stage_is_live';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER stage_change_to_a_live_stage BEFORE INSERT ON leads_stagechange
    FOR EACH ROW WHEN (NEW.outcome = '') EXECUTE FUNCTION leads_stage_is_live();
"""
DROP_LIVE_STAGE = """
DROP TRIGGER stage_change_to_a_live_stage ON leads_stagechange;
DROP FUNCTION leads_stage_is_live();
"""


def forwards(apps, schema_editor):
    seed_sales(lambda name: apps.get_model("leads", name))


class Migration(migrations.Migration):
    dependencies = [("leads", "0011_handover_and_qualification")]

    operations = [
        migrations.RunSQL(APPEND_ONLY, DROP_APPEND_ONLY),
        migrations.RunSQL(LIVE_STAGE, DROP_LIVE_STAGE),
        migrations.RunPython(forwards, migrations.RunPython.noop),
    ]
