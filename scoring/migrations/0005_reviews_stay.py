from django.db import migrations

CREATE = """
CREATE TRIGGER borderline_review_append_only BEFORE DELETE OR UPDATE OF lead_id, model_id, version, cycle, points,
    verdict, until, note, recorded_at ON scoring_borderlinereview
    FOR EACH ROW EXECUTE FUNCTION leads_refuse_change();
"""
DROP = "DROP TRIGGER borderline_review_append_only ON scoring_borderlinereview;"


class Migration(migrations.Migration):
    """What was decided on a borderline lead stays as it was written."""

    dependencies = [("scoring", "0004_close_gaps"), ("leads", "0003_invariants")]

    operations = [migrations.RunSQL(CREATE, DROP)]
