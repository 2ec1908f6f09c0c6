"""The figures of the two campaigns that are over. The history made after them has to yield them by itself."""

from collections.abc import Mapping
from dataclasses import dataclass

STAGES = ("mcl", "mel", "mql", "sal", "sql", "sqo")
# Campaign mails: the day each leaves. The third to fifth go to those who opened one of the first two by day 7.
MAIL_DAYS = {1: 0, 2: 3, 3: 7, 4: 10, 5: 14}

Opens = Mapping[tuple[int, ...], int]  # which of mails 1 and 2 are opened: by how many leads


@dataclass(frozen=True)
class Shape:
    """One year's campaign in numbers.

    The leads fall into five groups: engaged by opening one of mails 3 to 5 (`by_mail`: which one, and how many), by
    visits with an open before or after that, by visits alone, and those never engaged.
    """

    counts: tuple[int, int, int, int, int, int]
    step_days: tuple[int, int, int, int, int]
    by_mail: Mapping[int, int]
    by_mail_opens: Opens
    opens_before: Opens
    opens_after: Opens
    never_opens: Opens
    opens: tuple[int, int, int, int, int]
    clicks: tuple[int, int, int, int, int]
    sessions: int
    returned: int
    borderline: int
    sources: Mapping[str, tuple[int, ...]]
    regions: Mapping[str, tuple[int, ...]]
    won: Mapping[str, tuple[int, int]]  # source: amount and gross margin of the one win there
    whole_path: float | None = None  # mean days from capture to opportunity; None leaves it open
    closes_all: bool = False  # long ago: nothing is left open in sales


THIS_YEAR = Shape(
    counts=(150, 70, 30, 25, 12, 8),
    step_days=(14, 7, 3, 5, 12),
    by_mail={3: 8, 4: 5, 5: 2},
    by_mail_opens={(1,): 6, (2,): 4, (1, 2): 5},
    opens_before={(1,): 15, (2,): 5, (1, 2): 5},
    opens_after={(1,): 3, (2,): 2},
    never_opens={(1,): 18, (2,): 19, (1, 2): 8},
    opens=(60, 48, 36, 30, 27),
    clicks=(12, 10, 9, 6, 4),
    sessions=270,
    returned=3,
    borderline=4,
    sources={
        "linkedin": (65, 34, 15, 13, 7, 5),
        "email-sequence": (40, 22, 9, 7, 3, 2),
        "facebook": (25, 10, 4, 3, 1, 1),
        "google-search": (15, 4, 2, 2, 1, 0),
        "tiktok": (3, 0, 0, 0, 0, 0),
        "referrals": (2, 0, 0, 0, 0, 0),
    },
    regions={
        "us-east": (95, 48, 22, 18, 9, 6),
        "us-west": (25, 10, 4, 3, 1, 1),
        "europe": (20, 8, 3, 3, 1, 1),
        "israel": (10, 4, 1, 1, 1, 0),
    },
    won={"linkedin": (24000, 14400), "email-sequence": (9450, 5670), "facebook": (4375, 2625)},
    whole_path=34.9,
)
LAST_YEAR = Shape(
    counts=(120, 60, 22, 18, 9, 6),
    step_days=(15, 7, 3, 5, 13),
    by_mail={3: 6, 4: 4, 5: 2},
    by_mail_opens={(1,): 6, (2,): 4, (1, 2): 2},
    opens_before={(1,): 10, (2,): 6},
    opens_after={(1,): 2, (2,): 2},
    never_opens={(1,): 10, (2,): 10, (1, 2): 2},
    opens=(32, 26, 15, 12, 11),
    clicks=(5, 3, 3, 2, 1),
    sessions=192,
    returned=2,
    borderline=2,
    sources={
        "linkedin": (48, 27, 10, 9, 5, 4),
        "email-sequence": (34, 18, 7, 5, 2, 1),
        "facebook": (22, 10, 3, 2, 1, 1),
        "google-search": (14, 5, 2, 2, 1, 0),
        "referrals": (2, 0, 0, 0, 0, 0),
    },
    regions={
        "us-east": (74, 40, 15, 12, 6, 4),
        "us-west": (20, 9, 3, 3, 1, 1),
        "europe": (17, 7, 3, 2, 1, 1),
        "israel": (9, 4, 1, 1, 1, 0),
    },
    won={"linkedin": (18500, 11100), "email-sequence": (7200, 4320)},
    closes_all=True,
)
