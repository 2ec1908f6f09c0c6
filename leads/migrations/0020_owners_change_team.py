"""Conditions may ask for the team of the owner: who changes team has their leads judged anew."""

from django.db import migrations

TOUCH = """
CREATE FUNCTION leads_touch_owned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO leads_touched (lead_id, error) SELECT id, '' FROM leads_lead WHERE owner_id = NEW.id ORDER BY id;
    RETURN NULL;
END $$;
CREATE TRIGGER owner_changes_team AFTER UPDATE OF team_id, email ON users_user
    FOR EACH ROW WHEN (OLD.team_id IS DISTINCT FROM NEW.team_id OR OLD.email <> NEW.email)
    EXECUTE FUNCTION leads_touch_owned();
"""
DROP = "DROP TRIGGER owner_changes_team ON users_user; DROP FUNCTION leads_touch_owned();"


class Migration(migrations.Migration):
    dependencies = [("leads", "0019_title_classes")]

    operations = [migrations.RunSQL(TOUCH, DROP)]
