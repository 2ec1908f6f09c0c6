"""Throwaway services for the whole session, and what tests of every app may use.

The process that starts the session starts PostgreSQL and Valkey, in a folder that is gone afterwards, whatever
happens. Each xdist worker has a database of its own in that PostgreSQL and a number of its own in that Valkey.
"""

import contextlib
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings

IS_WORKER = "PYTEST_XDIST_WORKER" in os.environ
IS_PROOF = os.environ.get("PROOF") == "1"

if not IS_WORKER:
    os.environ["LEADCRM_STATE"] = tempfile.mkdtemp(prefix="leadcrm-test-", dir="/tmp")
    if os.geteuid() == 0:
        os.chmod(os.environ["LEADCRM_STATE"], 0o711)  # PostgreSQL's account has to get through
    os.environ["SECRET_KEY"] = secrets.token_urlsafe(50)
    for override in ("DATABASE_URL", "EMAIL_URL"):
        os.environ.pop(override, None)
# Settings read these, so nothing of Django may be imported above.
from leadcrm import services  # noqa: E402

STATE = services.state_dir()
NUMBER = int(re.sub(r"\D", "", os.environ.get("PYTEST_XDIST_WORKER", "")) or 0)
os.environ["REDIS_URL"] = f"{services.redis_url(STATE)}?db={NUMBER}"
os.environ["DJANGO_SETTINGS_MODULE"] = "leadcrm.settings"
# Playwright's synchronous interface keeps an event loop in the thread whose fixtures use the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

hypothesis_settings.register_profile("test", max_examples=25, deadline=None)
hypothesis_settings.register_profile("proof", max_examples=500, deadline=None)
hypothesis_settings.load_profile("proof" if IS_PROOF else "test")


def pytest_configure(config: pytest.Config) -> None:
    """Start the services once, and set what makes tests quick."""
    if not IS_WORKER:
        stack = contextlib.ExitStack()
        config.add_cleanup(stack.close)
        stack.callback(shutil.rmtree, STATE, ignore_errors=True)
        stack.enter_context(services.using(STATE, ["postgres", "valkey"], is_throwaway=True))
    from django.conf import settings

    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}  # names need no collecting first


@pytest.fixture(scope="session")
def is_proof() -> bool:
    """Whether this is `make proof`: full counts instead of those that fit a test run."""
    return IS_PROOF


@pytest.fixture
def process_environment(transactional_db: None) -> dict[str, str]:
    """The environment of a real child process, a worker say, that works on this test's database."""
    from django.db import connection

    name = connection.settings_dict["NAME"]
    url = services.database_url(STATE).replace("/leadcrm?", f"/{name}?")
    return {**os.environ, "DATABASE_URL": url}


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's chromium, silent towards the network."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no chromium: install your system's package (Debian: apt install chromium)")
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
    quiet += ["--disable-background-networking", "--disable-component-update"]
    return {**browser_type_launch_args, "executable_path": chromium, "args": quiet}


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A folder for services of one test's own: pytest's own folders are too long for sockets and closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="leadcrm-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
