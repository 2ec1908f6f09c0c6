"""P13 adds up the right processes."""

import os
import subprocess
import sys

import pytest

from bench import memory

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="PSS stands in /proc")


def test_a_process_counts_under_its_nearest_name_and_others_not_at_all():
    # A worker whose child says nothing of itself but that it is there; both end with our end of the pipe.
    child = "import sys; print(flush=True); sys.stdin.read()"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", parent, "celery"], **pipes) as worker:
        worker.stdout.readline()
        found, inside = memory.shares(os.getpid()), memory.shares(worker.pid)
        worker.communicate()

    assert found["worker"] > 1
    assert found["in front"] > 1
    assert found["web"] == found["beat"] == 0
    assert inside["worker"] == pytest.approx(found["worker"], rel=0.2)
