"""Databases to measure on: one per size, made once a run."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache

import psycopg2
from django.core.management import call_command
from django.db import connection

from bench.model import publish
from scoring.models import ModelVersion
from scoring.rescore import chunks, rescore_chunk
from users.clock import database_now

SIZES = {"S": (10_000, 200_000), "M": (100_000, 2_000_000), "L": (1_000_000, 20_000_000)}


@dataclass(frozen=True)
class World:
    """A filled database with the measured model in force."""

    size: str
    database: str
    leads: int
    now: datetime
    version: ModelVersion

    def enter(self) -> None:
        """Let Django's connection lead here."""
        _point_to(self.database)


@cache
def world(size: str) -> World:
    """The database of that size; entering it is the caller's."""
    leads, activities = SIZES[size]
    return make_world(size, leads, activities)


def make_world(size: str, leads: int, activities: int) -> World:
    """Enter a database, filled by this run or by one whose services were kept."""
    name = f"bench_{size.lower()}"
    if not _stands(name):
        print(f"filling {name}: {leads:,} leads, {activities:,} activities", flush=True)
        empty_world(name)
        call_command("make_bench_data", leads=leads, activities=activities, seed=1)
        with connection.cursor() as cursor:
            cursor.execute(f"COMMENT ON DATABASE {name} IS 'filled'")
    now = database_now()
    version = publish(now)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE leads_touched")  # publishing touches every lead; the worker is measured apart
    return World(size, name, leads, now, version)


def _stands(name: str) -> bool:
    """Whether an earlier run filled the database; entered then."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone() != ("filled",):
            return False
    _point_to(name)
    call_command("migrate", verbosity=0)
    return True


def scored(here: World) -> None:
    """Enter that database with the scores of the model in force."""
    here.enter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM leads_leadscore WHERE version = %s", [here.version.number])
        if cursor.fetchone() == (here.leads,):
            return
    for chunk in chunks():
        rescore_chunk(chunk, now=here.now, and_promote=False)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE leads_leadscore")


def empty_world(name: str) -> None:
    """Make and enter a database that holds nothing yet."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {name}")
    _point_to(name)
    call_command("migrate", verbosity=0)


def connect() -> psycopg2.extensions.connection:
    """A connection of a yardstick's own, to where Django's leads."""
    return psycopg2.connect(**{**connection.get_connection_params(), "cursor_factory": None})


def _point_to(database: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = database
