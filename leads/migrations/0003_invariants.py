"""What the database refuses, whoever asks: the journal is the only way to move a stage, facts do not change."""

from django.db import migrations

APPEND_ONLY = """
CREATE FUNCTION leads_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER stage_change_append_only BEFORE UPDATE OR DELETE ON leads_stagechange
    FOR EACH ROW EXECUTE FUNCTION leads_refuse_change();
CREATE TRIGGER consent_append_only BEFORE UPDATE OR DELETE ON leads_consent
    FOR EACH ROW EXECUTE FUNCTION leads_refuse_change();
CREATE TRIGGER bant_append_only BEFORE UPDATE OR DELETE ON leads_bantassessment
    FOR EACH ROW EXECUTE FUNCTION leads_refuse_change();
CREATE TRIGGER attribute_change_append_only BEFORE UPDATE OR DELETE ON leads_attributechange
    FOR EACH ROW EXECUTE FUNCTION leads_refuse_change();
-- An activity changes its lead (identification, merge) and its evidence (verdict), nothing else.
CREATE TRIGGER activity_fixed BEFORE DELETE OR UPDATE OF kind, occurred_at, recorded_at, page_id, campaign_id,
    channel_id, document_id, medium, mail_number, dwell_seconds, visit, source, external_id, data ON leads_activity
    FOR EACH ROW EXECUTE FUNCTION leads_refuse_change();
CREATE TRIGGER stage_slug_fixed BEFORE UPDATE OF slug ON leads_stage
    FOR EACH ROW WHEN (OLD.slug IS DISTINCT FROM NEW.slug) EXECUTE FUNCTION leads_refuse_change();
"""

DROP_APPEND_ONLY = """
DROP TRIGGER stage_slug_fixed ON leads_stage;
DROP TRIGGER activity_fixed ON leads_activity;
DROP TRIGGER attribute_change_append_only ON leads_attributechange;
DROP TRIGGER bant_append_only ON leads_bantassessment;
DROP TRIGGER consent_append_only ON leads_consent;
DROP TRIGGER stage_change_append_only ON leads_stagechange;
DROP FUNCTION leads_refuse_change();
"""

# Checked at commit: where a lead stands must be what the last line of its journal says.
MOVE_NEEDS_JOURNAL = """
CREATE FUNCTION leads_stage_is_journaled() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    here leads_lead%ROWTYPE;
    last leads_stagechange%ROWTYPE;
BEGIN
    SELECT * INTO here FROM leads_lead WHERE id = NEW.id;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    SELECT * INTO last FROM leads_stagechange WHERE lead_id = NEW.id ORDER BY id DESC LIMIT 1;
    IF last.id IS NULL OR (last.to_stage_id, last.outcome, last.cycle) IS DISTINCT FROM (here.stage_id, here.outcome, here.cycle) THEN
        RAISE EXCEPTION 'lead %: stage, outcome and pass must be what its journal says', NEW.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'lead_stage_is_journaled';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER lead_stage_is_journaled AFTER INSERT OR UPDATE OF stage_id, outcome, cycle ON leads_lead
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION leads_stage_is_journaled();
CREATE CONSTRAINT TRIGGER journal_matches_lead AFTER INSERT ON leads_stagechange
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION leads_stage_is_journaled_of_change();
"""

JOURNAL_SIDE = """
CREATE FUNCTION leads_stage_is_journaled_of_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Only the last line of the journal is compared; the ones a jump passes through are followed by it.
    -- IS NOT DISTINCT FROM is no index condition: the lead is found by its id, never among all leads of its stage.
    IF NOT EXISTS (SELECT FROM leads_stagechange WHERE lead_id = NEW.lead_id AND id > NEW.id)
       AND NOT EXISTS (SELECT FROM leads_lead WHERE id = NEW.lead_id
                       AND (stage_id, outcome, cycle) IS NOT DISTINCT FROM (NEW.to_stage_id, NEW.outcome, NEW.cycle)) THEN
        RAISE EXCEPTION 'lead %: a line of the journal must move the lead', NEW.lead_id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'journal_matches_lead';
    END IF;
    RETURN NULL;
END $$;
"""

DROP_JOURNAL = """
DROP TRIGGER journal_matches_lead ON leads_stagechange;
DROP TRIGGER lead_stage_is_journaled ON leads_lead;
DROP FUNCTION leads_stage_is_journaled_of_change();
DROP FUNCTION leads_stage_is_journaled();
"""

# Scores change often and are narrow: room on the page keeps updates cheap (HOT).
STORAGE = "ALTER TABLE leads_leadscore SET (fillfactor = 45); ALTER TABLE leads_touched SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);"
DROP_STORAGE = "ALTER TABLE leads_leadscore RESET (fillfactor); ALTER TABLE leads_touched RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold);"


class Migration(migrations.Migration):
    dependencies = [("leads", "0002_relations")]

    operations = [
        migrations.RunSQL(APPEND_ONLY, DROP_APPEND_ONLY),
        migrations.RunSQL(JOURNAL_SIDE + MOVE_NEEDS_JOURNAL, DROP_JOURNAL),
        migrations.RunSQL(STORAGE, DROP_STORAGE),
    ]
