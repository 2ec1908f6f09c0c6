"""What was published stays as it was: the database refuses, whoever asks."""

from django.db import migrations

# Before today nobody wrote down when a version was replaced: when the next one was published.
WHEN_RETIRED = """
UPDATE scoring_modelversion v SET retired_at = coalesce(
    (SELECT min(n.published_at) FROM scoring_modelversion n
     WHERE n.model_id = v.model_id AND n.published_at >= v.published_at AND n.number > v.number), v.published_at)
WHERE v.state = 'retired' AND v.retired_at IS NULL;
"""
# Names of people may be emptied, when their accounts go. Everything else that was said stays said.
VERSION_STAYS = """
CREATE FUNCTION scoring_version_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told jsonb := '{"state": 0, "retired_at": 0, "copied_from_id": 0, "created_by_id": 0, "asked_by_id": 0,
                    "approved_by_id": 0, "published_by_id": 0}';
    gone text[] := ARRAY(SELECT jsonb_object_keys(told));
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.state <> 'draft' THEN
            RAISE EXCEPTION 'version %: what was published is not deleted', OLD.number
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'version_stays';
        END IF;
        RETURN OLD;
    END IF;
    IF OLD.state <> 'draft' AND (to_jsonb(OLD) - gone IS DISTINCT FROM to_jsonb(NEW) - gone
        OR (NEW.created_by_id IS NOT NULL AND NEW.created_by_id IS DISTINCT FROM OLD.created_by_id)
        OR (NEW.asked_by_id IS NOT NULL AND NEW.asked_by_id IS DISTINCT FROM OLD.asked_by_id)
        OR (NEW.approved_by_id IS NOT NULL AND NEW.approved_by_id IS DISTINCT FROM OLD.approved_by_id)
        OR (NEW.published_by_id IS NOT NULL AND NEW.published_by_id IS DISTINCT FROM OLD.published_by_id)
        OR (NEW.copied_from_id IS NOT NULL AND NEW.copied_from_id IS DISTINCT FROM OLD.copied_from_id)
        OR (OLD.retired_at IS NOT NULL AND NEW.retired_at IS DISTINCT FROM OLD.retired_at)) THEN
        RAISE EXCEPTION 'version %: what was published does not change', OLD.number
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'version_stays';
    END IF;
    IF (OLD.state, NEW.state) NOT IN (('draft', 'draft'), ('draft', 'published'), ('published', 'published'),
                                      ('published', 'retired'), ('retired', 'retired')) THEN
        RAISE EXCEPTION 'version %: a % version does not become a % one', OLD.number, OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'version_stays';
    END IF;
    IF OLD.state = 'draft' AND NEW.state = 'published' AND NEW.approved_at IS NULL AND EXISTS (
           SELECT FROM leads_scoremodel WHERE id = NEW.model_id AND purpose = 'sales') THEN
        RAISE EXCEPTION 'version %: a sales model is published once a sales manager approved it', OLD.number
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'version_is_approved';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER version_stays BEFORE UPDATE OR DELETE ON scoring_modelversion
    FOR EACH ROW EXECUTE FUNCTION scoring_version_stays();
CREATE FUNCTION scoring_version_begins_as_draft() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'version %: a version begins as a draft', NEW.number
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'version_begins_as_draft';
END $$;
CREATE TRIGGER version_begins_as_draft BEFORE INSERT ON scoring_modelversion
    FOR EACH ROW WHEN (NEW.state <> 'draft') EXECUTE FUNCTION scoring_version_begins_as_draft();
"""
# The version is locked while its content is written, so that it is not published in between.
CONTENT_STAYS = """
CREATE FUNCTION scoring_content_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    written bigint[] := CASE TG_OP WHEN 'INSERT' THEN ARRAY[NEW.version_id] WHEN 'DELETE' THEN ARRAY[OLD.version_id]
                                   ELSE ARRAY[OLD.version_id, NEW.version_id] END;
    is_draft bool;
BEGIN
    FOR is_draft IN SELECT state = 'draft' FROM scoring_modelversion WHERE id = ANY(written) ORDER BY id FOR SHARE LOOP
        IF NOT is_draft THEN
            RAISE EXCEPTION 'rules and groups of a version that was published do not change'
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'version_stays';
        END IF;
    END LOOP;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER rule_stays BEFORE INSERT OR UPDATE OR DELETE ON scoring_rule
    FOR EACH ROW EXECUTE FUNCTION scoring_content_stays();
CREATE TRIGGER rule_group_stays BEFORE INSERT OR UPDATE OR DELETE ON scoring_rulegroup
    FOR EACH ROW EXECUTE FUNCTION scoring_content_stays();
"""
UNDONE = """
DROP TRIGGER rule_group_stays ON scoring_rulegroup;
DROP TRIGGER rule_stays ON scoring_rule;
DROP FUNCTION scoring_content_stays();
DROP TRIGGER version_begins_as_draft ON scoring_modelversion;
DROP FUNCTION scoring_version_begins_as_draft();
DROP TRIGGER version_stays ON scoring_modelversion;
DROP FUNCTION scoring_version_stays();
"""


class Migration(migrations.Migration):
    """Triggers on versions, rules and groups."""

    dependencies = [("scoring", "0005_reviews_stay"), ("leads", "0003_invariants")]

    operations = [
        migrations.RunSQL(WHEN_RETIRED, migrations.RunSQL.noop),
        migrations.RunSQL(VERSION_STAYS + CONTENT_STAYS, UNDONE),
    ]
