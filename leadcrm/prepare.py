"""What `make run` does before the first request: schema, static files, and the demo or a link to set up."""

import argparse
import hashlib
import os
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import cast

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import CommandError, call_command, get_commands
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from leadcrm.health import demo_in_progress
from leadcrm.steps import say, step


def main() -> None:
    """Prepare the database and the files of this installation."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True, help="where the installation will answer")
    arguments = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadcrm.settings")
    django.setup()
    migrate()
    collect_static()
    if os.environ.get("DEMO", "1") == "0":
        offer_setup(arguments.url)
    else:
        make_demo()


def migrate() -> None:
    """Bring the schema up to this code."""
    with step("migrations") as done:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if plan:
            call_command("migrate", interactive=False, verbosity=0)
        done.result = f"{len(plan)} applied" if plan else "up to date"


def collect_static() -> None:
    """Collect, name and compress the static files where any of them changed since the last time."""
    with step("static files") as done:
        stamp = Path(settings.STATIC_ROOT) / "collected"
        fingerprint = static_fingerprint()
        if stamp.exists() and stamp.read_text() == fingerprint:
            done.result = "unchanged"
            return
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(fingerprint)


def static_fingerprint() -> str:
    """A digest of every static file's name, size and time."""
    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            found = os.stat(storage.path(name))
            digest.update(f"{name}\0{found.st_size}\0{found.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def make_demo() -> None:
    """Fill an empty installation with the demo; the command prints the logins, on later starts again."""
    if "demo" not in get_commands():
        return
    unfinished = demo_in_progress()
    unfinished.touch()  # /readyz says "not ready" while this stands
    with step("demo") as done:
        try:
            call_command("demo")
        except CommandError as refused:  # it says why; the installation starts as it is
            done.result = str(refused)
    unfinished.unlink()


def offer_setup(url: str) -> None:
    """Print the one-time link with which the first administrator sets up an empty installation."""
    link = setup_link(url)
    if link:
        say(f"\nNobody can sign in yet. Set up this installation (the link works once):\n  {link}")


def setup_link(url: str) -> str | None:
    """The link, or None once somebody can sign in. `users.setup.one_time_link(base_url)` makes it."""
    if find_spec("users.setup") is None:
        return None
    make = cast("Callable[[str], str | None]", import_module("users.setup").one_time_link)
    return make(url)


if __name__ == "__main__":
    main()
