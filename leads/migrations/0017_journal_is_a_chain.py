"""The journal of a lead is one chain: it begins once, and each line begins where the one before it ended."""

from django.db import migrations, models

# A trigger of its own: the line a capture writes has nothing before it, and pays for no question.
CHAIN = """
CREATE FUNCTION leads_journal_is_a_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before leads_stagechange%ROWTYPE;
BEGIN
    SELECT * INTO before FROM leads_stagechange
    WHERE lead_id = NEW.lead_id AND id < NEW.id ORDER BY id DESC LIMIT 1;
    IF (NEW.from_stage_id, NEW.from_outcome) IS DISTINCT FROM (before.to_stage_id, before.outcome) THEN
        RAISE EXCEPTION 'lead %: a line of the journal begins where the one before it ended', NEW.lead_id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'journal_is_a_chain';
    END IF;
    IF NEW.undoes_id IS NOT NULL THEN
        IF NOT EXISTS (SELECT FROM leads_stagechange WHERE id = NEW.undoes_id AND lead_id = NEW.lead_id
                       AND (from_stage_id, from_outcome) = (NEW.to_stage_id, NEW.outcome)) THEN
            RAISE EXCEPTION 'lead %: what is undone is a line of its own, and leads back to where that began', NEW.lead_id
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'journal_undo_leads_back';
        END IF;
    ELSIF NEW.cycle < before.cycle OR (NEW.cycle > before.cycle AND NOT EXISTS (
              SELECT FROM leads_pass WHERE lead_id = NEW.lead_id AND cycle = NEW.cycle)) THEN
        RAISE EXCEPTION 'lead %: pass % is over, or has not begun', NEW.lead_id, NEW.cycle
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'journal_pass_has_begun';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER journal_is_a_chain AFTER INSERT ON leads_stagechange
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.from_stage_id IS NOT NULL)
    EXECUTE FUNCTION leads_journal_is_a_chain();
"""
NO_CHAIN = """
DROP TRIGGER journal_is_a_chain ON leads_stagechange;
DROP FUNCTION leads_journal_is_a_chain();
"""


class Migration(migrations.Migration):
    dependencies = [("leads", "0016_first_scripts")]

    operations = [
        migrations.AddConstraint(
            model_name="stagechange",
            constraint=models.UniqueConstraint(
                condition=models.Q(("from_stage__isnull", True)), fields=("lead",), name="stage_change_begins_once"
            ),
        ),
        migrations.RunSQL(CHAIN, NO_CHAIN),
    ]
