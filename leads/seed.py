"""What every installation starts with: the default line of stages, channels, reasons, attributes, path sets.

Applied by a migration and, because tests that commit empty the tables, by the test suite again. Only missing rows
are added; what an administrator changed stays.
"""

from typing import Any

STAGES = [
    ("mcl", "MCL", "Captured", "captured", "marketing"),
    ("mel", "MEL", "Engaged", "engaged", "marketing"),
    ("mql", "MQL", "Qualified", "qualified", "marketing"),
    ("sal", "SAL", "Accepted", "accepted", "sales"),
    ("sql", "SQL", "Sales qualified", "sales_qualified", "sales"),
    ("sqo", "SQO", "Opportunity", "opportunity", "sales"),
]
CHANNELS = [
    ("linkedin", "LinkedIn"),
    ("email-sequence", "E-mail sequence"),
    ("facebook", "Facebook"),
    ("google-search", "Google search"),
    ("tiktok", "TikTok"),
    ("referrals", "Referrals"),
    ("website", "Website"),
    ("manual", "Entered by hand"),
    ("unknown", "Unknown"),
]
REASONS = {
    "reject": [
        ("too_small", "Too small"),
        ("wrong_industry", "Wrong industry"),
        ("no_budget", "No budget"),
        ("no_authority", "No say in the decision"),
        ("competitor", "Works for a competitor"),
        ("bogus", "Not a real person"),
    ],
    "return": [
        ("not_ready", "Not ready yet"),
        ("missing_bant", "Too little known"),
        ("wrong_person", "Wrong person"),
        ("unreachable", "Could not be reached"),
    ],
    "lost": [
        ("no_decision", "No decision"),
        ("price", "Price"),
        ("competitor", "Chose a competitor"),
        ("missing_feature", "A feature is missing"),
        ("timing", "Wrong time"),
    ],
    "disqualified": [("no_fit", "Does not fit"), ("bogus", "Not a real person"), ("duplicate", "Duplicate")],
    "nurture": [("later", "Interested, but later"), ("no_reply", "No reply")],
}
ATTRIBUTES = [
    ("lead", "customers_per_month", "Paying customers a month", "number", "firmographic"),
    ("lead", "seniority", "Seniority", "text", ""),
    ("company", "branches", "Branches", "number", "firmographic"),
    ("company", "annual_revenue", "Annual revenue", "number", "firmographic"),
    ("company", "digital_transformation", "Digital transformation", "text", "technographic"),
    ("company", "pricing_model", "Pricing model", "text", "business_model"),
    ("company", "pains", "Pains", "text", "need"),
]


def seed(models: Any) -> None:
    """Add what is missing. `models(name)` returns the model class, historical or current."""
    for position, (slug, label, name, role, realm) in enumerate(STAGES, start=1):
        models("Stage").objects.get_or_create(
            slug=slug, defaults={"label": label, "name": name, "role": role, "realm": realm, "position": position * 10}
        )
    for slug, name in CHANNELS:
        models("Channel").objects.get_or_create(slug=slug, defaults={"name": name})
    for kind, rows in REASONS.items():
        for slug, label in rows:
            models("Reason").objects.get_or_create(kind=kind, slug=slug, defaults={"label": label})
    for subject, key, label, type_, group in ATTRIBUTES:
        models("AttributeDefinition").objects.get_or_create(
            subject=subject, key=key, defaults={"label": label, "type": type_, "group": group}
        )


MISSING = [
    ("budget", "Budget"),
    ("authority", "Authority"),
    ("need", "Need"),
    ("timeline", "Timeline"),
    ("contact", "A way to reach them"),
    ("right_person", "The right person"),
]
SLAS = [("decide", 2, "days"), ("contact", 1, "days"), ("opportunity", 7, "calendar")]
CUSTOMER_ATTRIBUTES = [
    ("lead", "experience_rating", "Experience as a customer, 1 to 10", "number", ""),
    ("lead", "is_advocate", "Recommends us", "boolean", ""),
    ("lead", "wrong_person", "Wrong person", "boolean", ""),
    ("company", "onboarded_on", "Onboarding reached on", "date", ""),
]


def seed_sales(models: Any) -> None:
    """Add what handover and customers start with, where missing."""
    for slug, label in MISSING:
        models("Reason").objects.get_or_create(kind="missing", slug=slug, defaults={"label": label})
    for kind, amount, unit in SLAS:
        models("Sla").objects.get_or_create(kind=kind, team=None, defaults={"amount": amount, "unit": unit})
    for subject, key, label, type_, group in CUSTOMER_ATTRIBUTES:
        models("AttributeDefinition").objects.get_or_create(
            subject=subject, key=key, defaults={"label": label, "type": type_, "group": group}
        )


# What the six stages ask of people: help, do, don't, what is measured.
STAGE_HELP = {
    "mcl": (
        "Somebody left contact details. Nothing is known yet of how serious they are.",
        ["Answer what they asked for within the hour", "Say in one line why they hear from us"],
        ["Call to sell", "Ask for more details than the next step needs"],
        ["Captured leads by source", "Share that becomes engaged"],
    ),
    "mel": (
        "They read, click and come back. They are interested in the matter, not yet in buying.",
        ["Send what fits what they read last", "Learn their role and the size of the company"],
        ["Hand over to sales because of one opened mail", "Mail more than once a week"],
        ["Visits and clicks after capture", "Days to qualified"],
    ),
    "mql": (
        "Fit and behavior say that sales should talk to them. The offer to sales is open and its time runs.",
        ["Decide within the time agreed", "Give a reason whenever you return or reject"],
        ["Let an offer lie because the week is full", "Reject what only lacks a detail: return it"],
        ["Share accepted", "Hours until decided"],
    ),
    "sal": (
        "Sales has taken the lead on and owes it a first contact.",
        ["Contact them within one working day", "Write down what was said"],
        ["Start with a demonstration before the need is clear"],
        ["First contact in time", "Share that becomes sales qualified"],
    ),
    "sql": (
        "Budget, authority, need and time are known well enough to work on a purchase.",
        ["Meet everybody who decides", "Agree on the next step with a date"],
        ["Count on a budget nobody has named"],
        ["BANT complete", "Days to opportunity, against seven"],
    ),
    "sqo": (
        "The customer has shown the intent to buy, in writing, in words or by what they did.",
        ["Keep value, close date and milestones up to date", "Close as lost when it is lost, with the reason"],
        ["Leave it open to keep the forecast high"],
        ["Share won", "Value won", "Days to close"],
    ),
}


def seed_stage_help(models: Any) -> None:
    """Explain the default stages where nobody has explained them yet."""
    for slug, (help_text, dos, donts, kpis) in STAGE_HELP.items():
        untold = models("Stage").objects.filter(slug=slug, help_text="", dos="", donts="", kpis="")
        untold.update(help_text=help_text, dos="\n".join(dos), donts="\n".join(donts), kpis="\n".join(kpis))
