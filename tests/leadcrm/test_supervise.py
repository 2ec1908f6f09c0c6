"""`make run`: everything starts, what dies is started again, and nothing outlives the one in front."""

import http.client
import os
import pwd
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from leadcrm.children import Child
from leadcrm.services.places import open_to_all
from tests.processes import eventually, processes_of

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parting signal exists on Linux only")


class Installation:
    """A started `make run` and how to ask it."""

    def __init__(self, process: subprocess.Popen[str], state: Path, port: int) -> None:
        self.process = process
        self.state = state
        self.port = port

    def status(self, path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    def is_ready(self) -> bool:
        return self.status("/readyz") == 200

    def takes_mail(self) -> bool:
        port = int((self.state / "run" / "smtp.port").read_text())
        try:
            with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
                client.sendmail("a@crm.example", ["b@acme.example"], b"Subject: hello\r\n\r\n")
        except (OSError, smtplib.SMTPException):
            return False
        return any((self.state / "mail").glob("*.eml"))

    def child(self, words: str) -> int:
        return next(pid for pid, told in processes_of(self.state).items() if words in told.replace("\0", " "))

    def is_gone(self) -> bool:
        return not processes_of(self.state)


@pytest.fixture
def run(short_path: Path) -> Iterator[Callable[..., Installation]]:
    started: list[Installation] = []

    def start(*, code: Path = ROOT, python: str = sys.executable, **options: object) -> Installation:
        state = short_path / "state"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        environment = {"PATH": os.defpath, "LEADCRM_STATE": str(state), "PORT": str(port), "DEMO": "0"}
        environment["PYTHONPATH"] = next(path for path in sys.path if path.endswith("site-packages"))
        process = subprocess.Popen(
            [python, "-m", "leadcrm.supervise"],
            cwd=code,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **options,
        )
        started.append(Installation(process, state, port))
        assert eventually(started[-1].is_ready, seconds=120), process.kill() or process.communicate()[0]
        return started[-1]

    yield start
    for installation in started:
        installation.process.kill()
        installation.process.wait()
        if installation.process.stdout is not None:
            installation.process.stdout.close()
    assert eventually(lambda: not processes_of(short_path)), processes_of(short_path)


def test_it_answers_refuses_a_second_survives_deaths_and_stops_quickly(run: Callable[..., Installation]) -> None:
    installation = run()
    assert installation.status("/healthz") == 200

    second = subprocess.run(
        [sys.executable, "-m", "leadcrm.supervise"],
        cwd=ROOT,
        env={**os.environ, "LEADCRM_STATE": str(installation.state)},
        capture_output=True,
        text=True,
    )
    assert second.returncode == 1
    assert f"runs already (process {installation.process.pid})" in second.stdout

    assert eventually(installation.takes_mail)
    os.kill(installation.child("mailbox/sink.py"), signal.SIGKILL)
    os.kill(installation.child("-m leadcrm.beat"), signal.SIGKILL)
    os.kill(installation.child("granian"), signal.SIGKILL)
    assert eventually(lambda: installation.status("/healthz") == 0)
    assert eventually(installation.is_ready, seconds=120)
    assert eventually(installation.takes_mail)

    installation.process.terminate()
    output = installation.process.communicate(timeout=60)[0]
    assert installation.is_gone()
    assert installation.process.returncode == 0
    assert "web ended (signal 9); starting it again" in output
    assert "beat ended (signal 9); starting it again" in output


def test_killed_it_leaves_no_process_and_starts_again(run: Callable[..., Installation]) -> None:
    installation = run()

    installation.process.kill()

    assert eventually(installation.is_gone), processes_of(installation.state)
    assert run().status("/healthz") == 200


def test_a_taken_port_is_named(short_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "leadcrm.supervise"],
            cwd=ROOT,
            env={**os.environ, "LEADCRM_STATE": str(short_path / "state"), "PORT": str(port)},
            capture_output=True,
            text=True,
        )

    assert done.returncode == 1
    assert f"Port {port} cannot be used" in done.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")
def test_another_users_installation_leaves_no_process_either(
    run: Callable[..., Installation], short_path: Path
) -> None:
    nobody = pwd.getpwnam("nobody")
    site = Path(next(path for path in sys.path if path.endswith("site-packages")))
    python = Path(sys.executable).resolve()
    if not (open_to_all(site / "django") and open_to_all(python)):
        python = Path("/usr/bin/python3")
    code = short_path / "code"
    shutil.copytree(ROOT, code, ignore=shutil.ignore_patterns(".*", "node_modules", "tests", "__pycache__"))
    # The lock has this package for Pythons below 3.11.3; the packages at hand may be those of a newer one.
    (code / "async_timeout.py").write_text("from asyncio import timeout\n")
    if not _can_run(python, (code, site), nobody):
        pytest.skip("the other user needs a Python and the packages outside closed folders")
    os.chown(short_path, nobody.pw_uid, nobody.pw_gid)

    installation = run(code=code, python=str(python), user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[])
    owners = {os.stat(f"/proc/{pid}").st_uid for pid in processes_of(installation.state)}
    installation.process.kill()

    assert owners == {nobody.pw_uid}
    assert eventually(installation.is_gone), processes_of(installation.state)


def test_one_that_keeps_dying_is_started_less_and_less_often(
    short_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (short_path / "log").mkdir()
    child = Child("web", [sys.executable, "-c", "raise SystemExit(3)"], short_path)
    child.start()
    clock = [time.monotonic()]
    monkeypatch.setattr("leadcrm.children.time.monotonic", lambda: clock[0])
    pauses = []
    for _ in range(8):
        child.wait()
        child.keep_alive()
        pauses.append(float(capsys.readouterr().out.split("again in ")[1].split(" s")[0]))
        clock[0] += pauses[-1] + 0.01
        child.keep_alive()

    assert pauses == [1, 2, 4, 8, 16, 30, 30, 30]
    child.wait()


def _can_run(python: Path, places: tuple[Path, ...], account: pwd.struct_passwd) -> bool:
    try:
        done = subprocess.run(
            [python, "-c", "import django, granian, kombu.transport.redis, psycopg2, redis"],
            env={"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(map(str, places))},
            cwd="/",
            capture_output=True,
            user=account.pw_uid,
            group=account.pw_gid,
            extra_groups=[],
        )
    except OSError:
        return False
    return done.returncode == 0
