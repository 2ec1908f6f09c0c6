"""The one clock of the doors: PostgreSQL's."""

from datetime import datetime

from django.db import connection


def database_now() -> datetime:
    """The time of the running statement by the database's clock, aware, in UTC."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        (now,) = cursor.fetchone()
    return now
