"""The demo in a database of its own, made once for all tests that look at it."""

import contextlib
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from pytest_django import DjangoDbBlocker


@contextlib.contextmanager
def _working_on(name: str) -> Iterator[None]:
    """Let the connection work on another database for a while."""
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before


def _create(name: str, template: str) -> None:
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE {template}")


@pytest.fixture(scope="session")
def empty_database(worker_id: str, django_db_blocker: DjangoDbBlocker) -> str:
    """The name of a database as a first start finds it."""
    name = f"demo_empty_{worker_id}"
    with django_db_blocker.unblock():
        _create(name, "template0")
        with _working_on(name):
            call_command("migrate", verbosity=0)
    return name


@pytest.fixture(scope="session")
def demo_database(empty_database: str, worker_id: str, django_db_blocker: DjangoDbBlocker) -> str:
    """The name of a database that holds the demo."""
    from leadcrm.demo.build import build
    from users.clock import database_now

    name = f"demo_{worker_id}"
    with django_db_blocker.unblock():
        _create(name, empty_database)
        with _working_on(name):
            build(password="demo", now=database_now())
    return name


@pytest.fixture
def demo(demo_database: str, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The test sees the demo; what it changes is taken back."""
    with django_db_blocker.unblock(), _working_on(demo_database), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def first_start(empty_database: str, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The test sees what a first start finds; what it changes is taken back."""
    with django_db_blocker.unblock(), _working_on(empty_database), transaction.atomic():
        yield
        transaction.set_rollback(True)
