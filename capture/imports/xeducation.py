"""X Education's leads: a seller of courses; "Select" means that nothing was chosen."""

from capture.imports.mapping import FileMap, Target

SYSTEM = "xeducation"


def _about(key: str, kind: str = "text", label: str = "") -> Target:
    return Target(f"attribute:{key}", kind, label)


MAP = FileMap(
    {
        "Prospect ID": Target("external_id"),
        "Lead Source": Target("channel", values={"google": "Google"}),
        "Do Not Email": Target("opt_out"),
        "Converted": _about("converted", "boolean"),
        "Lead Origin": _about("lead_origin"),
        "Do Not Call": _about("do_not_call", "boolean"),
        "TotalVisits": _about("total_visits", "number", "Visits"),
        "Total Time Spent on Website": _about("seconds_on_site", "number", "Seconds on the site"),
        "Page Views Per Visit": _about("pages_per_visit", "number"),
        "Last Activity": _about("last_activity"),
        "Country": _about("country"),
        "Specialization": _about("specialization"),
        "How did you hear about X Education": _about("heard_from", label="Heard of us from"),
        "What is your current occupation": _about("occupation", label="Occupation"),
        "What matters most to you in choosing a course": _about("matters_most", label="Matters most"),
        "Tags": _about("lead_tags", label="Tags"),
        "Lead Quality": _about("lead_quality"),
        "Lead Profile": _about("lead_profile"),
        "City": _about("city"),
        "Asymmetrique Activity Index": _about("activity_index", "ranked", "Activity index"),
        "Asymmetrique Profile Index": _about("profile_index", "ranked", "Profile index"),
        "Asymmetrique Activity Score": _about("activity_score", "number", "Activity score"),
        "Asymmetrique Profile Score": _about("profile_score", "number", "Profile score"),
        "A free copy of Mastering The Interview": _about("wants_free_copy", "boolean", "Wants the free copy"),
        "Last Notable Activity": _about("last_notable_activity"),
    },
    system=SYSTEM,
    nulls=("Select",),
)
