"""All tables at once: what a request that must not change anything is held against."""

from django.db import connection


def counts() -> dict[str, int]:
    """How many rows stand in each table."""
    tables = sorted(connection.introspection.table_names())
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT '{table}', count(*) FROM \"{table}\"" for table in tables))
        return dict(cursor.fetchall())
