"""A real process that imports is killed in the middle: the next one ends the work, and no row is taken twice."""

import os
import signal
import subprocess
import sys

from capture.batches import prepare
from capture.batches.prepare import open_batch, set_mapping, start
from capture.batches.work import work
from capture.imports.mapping import from_json
from capture.models import ImportBatch
from leads.models import Capture, Lead
from tests.processes import eventually
from users.clock import database_now

ROWS = 400
WORKER = """
import django, time; django.setup()
from capture.imports import run
run.BATCH = 10
from capture.tasks import run_imports
run_imports()
"""


def progress(pk: int) -> int:
    return ImportBatch.objects.get(pk=pk).line


def test_a_killed_worker_loses_nothing(committed_db, process_environment, settings):
    lines = "Email\n" + "".join(f"p{n}@acme.example\n" for n in range(ROWS)) + "nobody\n"
    batch = open_batch("people.csv", [lines.encode()], by=None, now=database_now())
    set_mapping(batch.pk, preset="", file_map=from_json({"Email": "email"}), campaign_id=None, now=database_now())
    work(now=database_now())
    start(batch.pk, now=database_now())

    for _ in range(3):
        before = progress(batch.pk)
        worker = subprocess.Popen([sys.executable, "-c", WORKER], env=process_environment, stderr=subprocess.DEVNULL)
        assert eventually(lambda before=before: progress(batch.pk) > before)
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
    half = ImportBatch.objects.get(pk=batch.pk)
    while work(now=database_now()):
        pass

    done = ImportBatch.objects.get(pk=batch.pk)
    assert half.done < ROWS + 1, "the kills came too late to tell anything"
    assert (done.state, done.counts["new"], done.counts["refused"]) == ("done", ROWS, 1)
    assert Lead.objects.count() == Capture.objects.count() == ROWS
    (prepare.folder() / done.file).unlink()
