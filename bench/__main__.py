"""Measure on throwaway services of our own, print both sides, keep bench/results.json."""

import contextlib
import json
import os
import secrets
import shutil
import sys
import tempfile
from pathlib import Path

RESULTS = Path(__file__).with_name("results.json")
FIGURES = ("P4", "P5", "P6", "P1", "P13")


def main() -> int:
    """Run the figures asked for; 0 even where a target is missed: this measures, it does not judge."""
    size = os.environ.get("SIZE") or "M"
    only = [name.strip() for name in (os.environ.get("ONLY") or ",".join(FIGURES)).split(",")]
    if size not in ("S", "M", "L") or not set(only) <= set(FIGURES):
        print(f"SIZE is S, M or L; ONLY lists some of {', '.join(FIGURES)}", file=sys.stderr)
        return 2
    with own_services():
        from bench.figures import run

        results = run(size, only)
    RESULTS.write_text(json.dumps([result.as_dict() for result in results], indent=1) + "\n")
    return 0


@contextlib.contextmanager
def own_services():
    """PostgreSQL and Valkey with the settings of `make run` (durable writes too), in a folder that goes afterwards."""
    state = Path(tempfile.mkdtemp(prefix="leadcrm-bench-", dir="/tmp"))
    os.environ["LEADCRM_STATE"] = str(state)
    os.environ["SECRET_KEY"] = secrets.token_urlsafe(50)
    os.environ["DJANGO_SETTINGS_MODULE"] = "leadcrm.settings"
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    for override in ("DATABASE_URL", "REDIS_URL", "EMAIL_URL"):
        os.environ.pop(override, None)
    from leadcrm import services

    if os.geteuid() == 0:
        state.chmod(0o711)  # PostgreSQL's account has to get through
    try:
        with services.using(state, ["postgres", "valkey"]):
            import django

            django.setup()
            yield
    finally:
        shutil.rmtree(state, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
