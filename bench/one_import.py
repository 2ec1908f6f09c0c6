"""One import of a file into a database, in a process of its own: prints its seconds and its peak of memory."""

import io
import json
import resource
import sys
import time
from pathlib import Path

import django
from django.core.management import call_command
from django.db import connection


def main() -> None:
    """Import `argv[1]` into the database `argv[2]`."""
    django.setup()
    connection.settings_dict["NAME"] = sys.argv[2]
    start = time.perf_counter()
    call_command("import_leads", sys.argv[1], stderr=io.StringIO())
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "peak": peak()}))


def peak() -> float:
    """The most memory this process has held, in MB. What getrusage tells begins with that of the parent."""
    status = Path("/proc/self/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(lines["VmHWM"].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
