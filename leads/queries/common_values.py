"""The values that a text field has most often, offered to whoever writes a condition."""

from django.db import connection

from leads.conditions.attribute import SUBJECTS
from leads.conditions.catalog import Catalog
from leads.conditions.select import TooManyToCount, within

MOST, LONGEST = 50, 100
ROWS, SECONDS = 20_000, 0.15  # how many rows are looked at, and how long that may take the database
# What tells who somebody is, is never offered.
PRIVATE = {
    "lead": {"email", "email_domain", "phone", "first_name", "last_name"},
    "company": {"name", "domain"},
}
_TABLES = {"lead": "leads_lead", "company": "leads_company"}
# Some pages of a large table, the same ones as long as it stays as it is; of a small one all.
_SHARE = """
SELECT least(100, 100.0 * %(rows)s / greatest(reltuples, 1)) FROM pg_class WHERE oid = %(table)s::regclass
"""
# Texts compare without regard to case. What only one has is nobody else's business, nor are addresses and numbers.
_COMMON = """
SELECT mode() WITHIN GROUP (ORDER BY said)
FROM (
    SELECT {column} AS said FROM {table} TABLESAMPLE SYSTEM (%(share)s) REPEATABLE (1)
    WHERE archived_at IS NULL LIMIT %(rows)s
) drawn
WHERE said <> '' AND length(said) <= %(longest)s AND said !~ '@|^[+(]?[0-9][0-9 ()/.-]{{6,}}$'
GROUP BY lower(said) HAVING count(*) > 1 ORDER BY count(*) DESC, lower(said) LIMIT %(most)s
"""


def common_values(subject: str, field: str, catalog: Catalog) -> list[str]:
    """The most frequent values of a text field, of several leads or companies each; none where asking takes long."""
    leaf = SUBJECTS[subject]
    if field in PRIVATE[subject] or leaf.type_of(field, catalog) != "text" or field in leaf.computed:
        return []
    if known := leaf.options(field, catalog):
        return list(known)[:MOST]
    is_column, table = field in leaf.columns, _TABLES[subject]
    column = field if is_column else "attributes ->> %(key)s"
    key = field.removeprefix("attributes.")
    params: dict[str, int | str] = {"key": key, "rows": ROWS, "table": table, "longest": LONGEST, "most": MOST}
    try:
        with within(SECONDS), connection.cursor() as cursor:
            cursor.execute(_SHARE, params)
            (share,) = cursor.fetchone()
            cursor.execute(_COMMON.format(column=column, table=table), {**params, "share": share})
            return [value for (value,) in cursor.fetchall()]
    except TooManyToCount:
        return []
