"""Throwaway services for the whole session, and what tests of every app may use.

Each process that runs tests, each xdist worker that is, has a PostgreSQL and a Valkey of its own, in a folder that
is gone afterwards, whatever happens. A shared PostgreSQL would not do: transaction numbers span its databases, so
the outbox of one worker would wait for the open transactions of another.
"""

import contextlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings
from xdist.scheduler import LoadGroupScheduling

IS_PROOF = os.environ.get("PROOF") == "1"

os.environ["LEADCRM_STATE"] = tempfile.mkdtemp(prefix="leadcrm-test-", dir="/tmp")
if os.geteuid() == 0:
    os.chmod(os.environ["LEADCRM_STATE"], 0o711)  # PostgreSQL's account has to get through
os.environ["SECRET_KEY"] = secrets.token_urlsafe(50)
for override in ("DATABASE_URL", "REDIS_URL", "EMAIL_URL"):
    os.environ.pop(override, None)
# Settings read these, so nothing of Django may be imported above.
from leadcrm import services  # noqa: E402

STATE = services.state_dir()
os.environ["DJANGO_SETTINGS_MODULE"] = "leadcrm.settings"
# Playwright's synchronous interface keeps an event loop in the thread whose fixtures use the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

hypothesis_settings.register_profile("test", max_examples=25, deadline=None)
hypothesis_settings.register_profile("proof", max_examples=500, deadline=None)
hypothesis_settings.load_profile("proof" if IS_PROOF else "test")


def pytest_configure(config: pytest.Config) -> None:
    """Start the services once, and set what makes tests quick."""
    stack = contextlib.ExitStack()
    config.add_cleanup(stack.close)
    stack.callback(shutil.rmtree, STATE, ignore_errors=True)
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        # This process only hands out the work. Its workers, told of the settings from the start, would read them
        # before they have a state of their own.
        del os.environ["DJANGO_SETTINGS_MODULE"]
        return
    stack.enter_context(services.using(STATE, ["postgres", "valkey"], is_throwaway=True))
    from django.conf import settings

    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}  # names need no collecting first


class Together(LoadGroupScheduling):
    """One worker for all tests of a folder that share what is dear to make, or cannot run at once."""

    FOLDERS = ("tests/leadcrm/demo/", "tests/chaos/")

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in self.FOLDERS if nodeid.startswith(folder)), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    """Hand tests out in their order, but those together that belong together.

    Large groups are not drawn to the front: tests that empty the tables have to come last.
    """
    config.option.loadscopereorder = False
    return Together(config, log)


@pytest.fixture(scope="session")
def is_proof() -> bool:
    """Whether this is `make proof`: full counts instead of those that fit a test run."""
    return IS_PROOF


@pytest.fixture
def committed_db(transactional_db: None) -> None:
    """A database where flows really commit, with the rows every installation starts with."""
    from django.apps import apps

    from leads.seed import seed as seed_leads
    from leads.seed import seed_sales
    from leads.seed_scripts import seed_scripts
    from mail.seed import seed as seed_mail
    from users.seed import seed as seed_users

    seed_users(lambda name: apps.get_model("users", name))
    seed_leads(lambda name: apps.get_model("leads", name))
    seed_sales(lambda name: apps.get_model("leads", name))
    seed_scripts(lambda name: apps.get_model("leads", name))
    seed_mail(lambda name: apps.get_model("mail", name))
    import_module("leads.migrations.0019_title_classes").add_classes(apps, None)


@pytest.fixture
def process_environment(transactional_db: None) -> dict[str, str]:
    """The environment of a real child process, a worker say, that works on this test's database."""
    from django.db import connection

    name = connection.settings_dict["NAME"]
    url = services.database_url(STATE).replace("/leadcrm?", f"/{name}?")
    return {**os.environ, "DATABASE_URL": url, "REDIS_URL": services.redis_url(STATE)}


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's chromium, silent towards the network."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no chromium: install your system's package (Debian: apt install chromium)")
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
    quiet += ["--disable-background-networking", "--disable-component-update"]
    return {**browser_type_launch_args, "executable_path": chromium, "args": quiet}


@pytest.fixture(scope="session")
def base_url() -> None:
    """Tests name whole addresses. Stands here because playwright's own fixture is of a kind pytest warns of."""


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A folder for services of one test's own: pytest's own folders are too long for sockets and closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="leadcrm-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
