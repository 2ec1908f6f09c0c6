"""PostgreSQL and Valkey of a run's own, for what measures or breaks things; gone afterwards."""

import contextlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from leadcrm import services


@contextlib.contextmanager
def own_services(purpose: str, *, kept: bool = False) -> Iterator[Path]:
    """Services with the settings of `make run` (durable writes too), Django set up for them; yields their folder.

    `kept` leaves it for the next run, which finds its databases there.
    """
    if kept:
        state = Path(f"/tmp/leadcrm-{purpose}-kept")
        state.mkdir(exist_ok=True)
    else:
        state = Path(tempfile.mkdtemp(prefix=f"leadcrm-{purpose}-", dir="/tmp"))
    os.environ["LEADCRM_STATE"] = str(state)
    os.environ["SECRET_KEY"] = secrets.token_urlsafe(50)
    os.environ["DJANGO_SETTINGS_MODULE"] = "leadcrm.settings"
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    for override in ("DATABASE_URL", "REDIS_URL", "EMAIL_URL"):
        os.environ.pop(override, None)
    if os.geteuid() == 0:
        state.chmod(0o711)  # PostgreSQL's account has to get through
    try:
        with services.using(state, ["postgres", "valkey"]):
            import django

            django.setup()
            yield state
    finally:
        if not kept:
            shutil.rmtree(state, ignore_errors=True)
