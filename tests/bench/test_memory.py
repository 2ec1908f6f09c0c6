"""P13 adds up the right processes."""

import os
import subprocess
import sys

import pytest

from bench import memory

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="PSS stands in /proc")


def test_a_process_counts_under_its_nearest_name_and_others_not_at_all():
    # A worker whose child says nothing of itself.
    sleeper = "import subprocess, sys; subprocess.run(['sleep', '60'])"
    worker = subprocess.Popen([sys.executable, "-c", sleeper, "celery"], stdout=subprocess.PIPE)
    try:
        found = memory.shares(os.getpid())
        inside = memory.shares(worker.pid)
    finally:
        subprocess.run(["pkill", "-P", str(worker.pid)], check=False)
        worker.communicate()

    assert found["worker"] > 1
    assert found["in front"] > 1
    assert found["web"] == found["beat"] == 0
    assert inside["in front"] == 0
