"""What a job title says of a person, by the administered classes of titles."""

import re
from collections.abc import Sequence

from leads.conditions.plan import Plan
from leads.models import TitleClass

# One way to tell letters and to make them small, whatever the database's own: the words of a class are matched alike
# on every installation.
COLLATION = 'COLLATE "pg_c_utf8"'
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


def title_class(kind: str, plan: Plan) -> str:
    """The key of the first class with a word in the job title, as SQL; null without one."""
    alias = f"tc_{kind}"
    cases = " ".join(
        f"WHEN lower(h.job_title {COLLATION}) ~ lower({plan.param(pattern(row.words))} {COLLATION})"
        f" THEN {plan.param(row.slug)}"
        for row in plan.catalog.title_classes[kind]
    )
    classed = f"CASE {cases} END AS class" if cases else "NULL::text AS class"
    if plan.past:
        lookup = f"LATERAL (SELECT {classed} FROM (SELECT l.job_title) h OFFSET 0) {alias} ON TRUE"
    else:  # many have the same title, and looking for words is slow
        titles = "SELECT DISTINCT t.job_title FROM (SELECT id AS lead_id, job_title FROM leads_lead) t WHERE {scope}"
        lookup = (
            f"(SELECT h.job_title, {classed} FROM ({titles} OFFSET 0) h OFFSET 0) {alias}"
            f" ON {alias}.job_title = l.job_title"
        )
    plan.join(alias, f"LEFT JOIN {lookup}")
    return f"{alias}.class"


def pattern(words: Sequence[str]) -> str:
    """A regular expression of PostgreSQL that finds any of the words.

    A word stands whole: no letter or digit touches it; with a * at its end any letters and digits may follow. Between
    the parts of a word may stand anything but letters and digits. The pattern survives lower().
    """
    return f"(^|[^[:alnum:]])({'|'.join(map(_word, words))})([^[:alnum:]]|$)"


def _word(word: str) -> str:
    text = word.removesuffix("*")
    parts = (_PUNCTUATION.sub(r"\\\1", part) for part in text.split())
    return "[^[:alnum:]]+".join(parts) + ("" if text == word else "[[:alnum:]]*")


def class_labels(rows: Sequence[TitleClass]) -> dict[str, str]:
    """The classes of a kind by key, in their order."""
    return {row.slug: row.label for row in rows}
