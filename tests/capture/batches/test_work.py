"""An import in pieces: whoever goes on begins behind the last row taken, and nothing is taken twice."""

import pytest
from django.db import OperationalError, connection

from capture.batches import prepare
from capture.batches.prepare import WrongStep, discard, open_batch, set_mapping, start
from capture.batches.work import work
from capture.imports import run
from capture.imports.mapping import from_json
from capture.imports.staging import Staging
from capture.models import ImportBatch, RefusedRow, SourceMapping
from leads.models import Capture, Event, Lead
from users.clock import database_now

pytestmark = pytest.mark.django_db
LINES = ["Email,Name,Created"] + [f"p{n}@acme.example,נועה {n},1/{n}/2020" for n in range(1, 10)] + ["nobody,X,"]
MAP = from_json({"Email": "email", "Name": "full_name", "Created": "occurred_at"})


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.STATE_DIR = tmp_path


@pytest.fixture
def batch(monkeypatch) -> ImportBatch:
    """A file of ten rows, checked, to be run four rows at a time."""
    monkeypatch.setattr(run, "BATCH", 4)
    opened = open_batch("people.csv", ["\n".join(LINES).encode()], by=None, now=database_now())
    set_mapping(opened.pk, preset="", file_map=MAP, campaign_id=None, now=database_now())
    assert work(now=database_now())
    return ImportBatch.objects.get(pk=opened.pk)


def finished(batch: ImportBatch) -> ImportBatch:
    while work(now=database_now()):
        pass
    return ImportBatch.objects.get(pk=batch.pk)


def test_a_check_counts_and_writes_nothing(batch):
    assert (batch.state, batch.checked["counts"]) == ("checked", {"new": 9, "refused": 1})
    assert batch.checked["refused"][0]["line"] == 11
    assert not Lead.objects.exists()
    assert not Event.objects.exists()


def test_a_run_takes_everything_and_clears_up(batch):
    start(batch.pk, now=database_now())
    done = finished(batch)

    assert (done.state, done.done, done.counts["new"], done.counts["refused"]) == ("done", 10, 9, 1)
    assert Lead.objects.filter(first_name="נועה").count() == 9
    assert RefusedRow.objects.get().cells == ["nobody", "X", ""]
    assert not Staging(batch.pk).exists()


def test_an_interrupted_run_goes_on_behind_the_last_row(batch, monkeypatch):
    start(batch.pk, now=database_now())
    work(now=database_now())
    real = run.Engine.batch

    def killed(*args):
        real(*args)
        raise OperationalError("terminating connection")

    monkeypatch.setattr(run.Engine, "batch", killed)
    with pytest.raises(OperationalError):
        work(now=database_now())
    monkeypatch.setattr(run.Engine, "batch", real)

    half = ImportBatch.objects.get(pk=batch.pk)
    assert (half.state, half.done, Lead.objects.count()) == ("running", 4, 4)
    assert finished(batch).done == 10
    assert Capture.objects.count() == Lead.objects.count() == 9


def test_a_staging_that_a_crash_has_emptied_is_filled_again(batch):
    start(batch.pk, now=database_now())
    work(now=database_now())
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE capture_staged_{batch.pk}")

    assert finished(batch).counts["new"] == 9


def test_what_breaks_a_run_is_told_and_it_may_go_on(batch, monkeypatch):
    start(batch.pk, now=database_now())
    file = prepare.folder() / batch.file
    kept = file.read_bytes()
    file.unlink()
    work(now=database_now())

    stopped = ImportBatch.objects.get(pk=batch.pk)
    assert (stopped.state, stopped.error) == ("failed", "The file is gone. Upload it again.")
    file.write_bytes(kept)
    start(batch.pk, now=database_now())
    assert finished(batch).state == "done"


def test_the_order_of_dates_is_decided_once_for_the_file(batch):
    assert batch.orders["Created"]["sure"] is False  # 1/1 to 1/9 tell nothing
    assert batch.orders["Created"]["samples"][:2] == ["1/1/2020", "1/2/2020"]


def test_the_next_file_of_these_columns_begins_with_the_same_mapping(batch):
    again = open_batch("more.csv", [b"Email,Name,Created\na@acme.example,A,\n"], by=None, now=database_now())

    assert SourceMapping.objects.count() == 1
    assert prepare.first_mapping(again).as_json() == MAP.as_json()


def test_an_import_at_work_is_neither_changed_nor_forgotten(batch):
    start(batch.pk, now=database_now())

    for attempt in (
        lambda: set_mapping(batch.pk, preset="", file_map=MAP, campaign_id=None, now=database_now()),
        lambda: start(batch.pk, now=database_now()),
        lambda: discard(batch.pk),
    ):
        with pytest.raises(WrongStep):
            attempt()


def test_a_forgotten_import_leaves_no_file_behind(batch, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        discard(batch.pk)

    assert list(prepare.folder().iterdir()) == []
    assert not ImportBatch.objects.exists()
