"""The scripts every installation starts with: plain ones that suit most trades, to be rewritten in the own words."""

from typing import Any

# kind, stage, role, pain, lines
SCRIPTS: list[tuple[str, str, str, str, tuple[str, ...]]] = [
    (
        "point",
        "sal",
        "",
        "",
        (
            "Begin with what they did",
            "Name the last page or document they took and ask what they hoped to find there. It shows that somebody"
            " listened, and the answer tells the need.",
        ),
    ),
    (
        "point",
        "sal",
        "decision_maker",
        "",
        (
            "The price of doing nothing",
            "Who decides acts on what the present way costs. Bring one figure from their trade and ask whether theirs"
            " is higher or lower.",
        ),
    ),
    (
        "point",
        "",
        "finance",
        "",
        (
            "Money, in their words",
            "How soon it pays back, what it does to cash, what can be cancelled for it. Leave features to the others.",
        ),
    ),
    (
        "point",
        "",
        "technical",
        "",
        (
            "What it has to fit into",
            "Say which systems we connect to and who runs it that way. Offer the technical papers before they ask.",
        ),
    ),
    (
        "point",
        "",
        "champion",
        "",
        (
            "Help them carry it inside",
            "Ask what they need to win the others: one page of summary, a comparison, a customer like them.",
        ),
    ),
    (
        "point",
        "sqo",
        "",
        "",
        (
            "No hurry, but a date",
            "Agree on the next step and its day before you hang up, and write it down as a milestone. A promised"
            " discount moves a date, it does not make a need.",
        ),
    ),
    ("question", "sal", "", "", ("What made you look into this now?",)),
    ("question", "sal", "", "", ("How do you do it today, and what does that cost in hours or money?",)),
    ("question", "sal", "", "", ("What happens if nothing changes until this time next year?",)),
    ("question", "sql", "", "", ("Who else has a say, and what does each of them care about?",)),
    ("question", "sql", "", "", ("Is there a budget, or what would have to be shown for one to be found?",)),
    ("question", "sql", "", "", ("By when must it work, and what depends on that day?",)),
    ("question", "sqo", "decision_maker", "", ("What could still make you say no?",)),
    ("question", "", "", "manual", ("Which steps are still done by hand, and how often does one of them go wrong?",)),
    ("question", "", "", "compliance", ("Which rule or audit gives you most work, and when is the next one due?",)),
    ("question", "", "user", "", ("Which part of your day would you give away first?",)),
    (
        "call",
        "mql",
        "",
        "",
        (
            "Find out, do not sell",
            "1. Who I am, and that I only want to understand whether we are of any use.",
            "2. What they were looking for when they took the document.",
            "3. Need first, then who decides, then timing; money last.",
            "4. What is not known stays unknown: write down what to ask next time.",
            "5. Recommend, set to nurture with a date, or disqualify. Tell them which.",
        ),
    ),
    (
        "call",
        "sal",
        "",
        "",
        (
            "The first call, five minutes",
            "1. Who I am, and why today: name what they looked at.",
            "2. Is this a good moment? If not: when is one?",
            "3. Two questions about how they do it today. Listen.",
            "4. One sentence on what could change about that.",
            "5. Agree on the next step, with a day, and say what you send until then.",
        ),
    ),
    (
        "call",
        "",
        "",
        "",
        (
            "Nobody answers",
            "Say your name, one reason that is about them, and your number twice. No price. Say when you will call"
            " again, and do.",
        ),
    ),
    (
        "objection",
        "",
        "",
        "",
        (
            "“Send me an e-mail”",
            "Gladly. So that I send the right page and not all of them: what would it have to answer for you? And may"
            " I call on Thursday to hear whether it did?",
        ),
    ),
    (
        "objection",
        "",
        "",
        "",
        (
            "“Too expensive”",
            "Compared with what? Put the present cost beside it, in their own figures. If there is none, the need is"
            " not clear yet: go back to it instead of lowering the price.",
        ),
    ),
    (
        "objection",
        "",
        "",
        "",
        (
            "“We already have something”",
            "Good, then you know what it should do. What do you like about it, and what would you change? Two answers"
            " to the second question are a reason to go on.",
        ),
    ),
    (
        "objection",
        "",
        "",
        "",
        (
            "“Not now”",
            "What would have to happen first, and when is that? Set the lead to nurture with that day instead of"
            " calling every week.",
        ),
    ),
    (
        "objection",
        "",
        "finance",
        "",
        (
            "“There is no budget this year”",
            "When is next year’s made, and who proposes it? Offer the calculation they need for the proposal.",
        ),
    ),
    (
        "objection",
        "",
        "technical",
        "",
        (
            "“We could build this ourselves”",
            "Surely. Who would look after it in three years, and what would they not do meanwhile? Offer a trial next"
            " to their own plan.",
        ),
    ),
    (
        "objection",
        "",
        "decision_maker",
        "",
        (
            "“I have to ask others”",
            "Of course. Who are they, and what will each of them ask first? Offer to be there, or to write the page"
            " they will ask for.",
        ),
    ),
]


def seed_scripts(models: Any) -> None:
    """Write the first scripts where there are none at all; what people wrote or deleted stays as they left it."""
    if models("Script").objects.exists():
        return
    stages = dict(models("Stage").objects.values_list("slug", "pk"))
    models("Script").objects.bulk_create(
        models("Script")(
            kind=kind, stage_id=stages.get(stage), role=role, pain=pain, text="\n".join(lines), position=position
        )
        for position, (kind, stage, role, pain, lines) in enumerate(SCRIPTS, start=1)
    )
