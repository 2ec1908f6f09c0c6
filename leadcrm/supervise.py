"""`make run`: one process in front that starts everything, starts again what dies, and stops everything."""

import contextlib
import http.client
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from leadcrm import services
from leadcrm.children import Child, commands, stop_all
from leadcrm.mailbox.port import choose_port
from leadcrm.services.lifeline import die_with_parent, last_lines
from leadcrm.services.locks import FileLock, note_in
from leadcrm.steps import say, step

GLANCE = 0.2
START_PATIENCE = 60.0


class Stopped(BaseException):
    """Somebody asked us to stop: Ctrl-C, SIGTERM, or a closed terminal."""


def main() -> int:
    """Run the whole installation until asked to stop."""
    if os.environ.get("MAKELEVEL"):
        die_with_parent(signal.SIGTERM)  # a killed `make` would leave us behind
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    state = services.state_dir()
    os.environ["LEADCRM_STATE"] = str(state)
    os.environ["LEADCRM_SUPERVISED"] = "1"
    try:
        services.make_state(state)
        if not os.environ.get("SECRET_KEY"):
            services.secret_key(state)
        with _alone(state), contextlib.ExitStack() as stack:
            _run(state, stack)
    except services.ServiceError as error:
        say(str(error))
        return 1
    except Stopped:
        say("stopped")
    return 0


def _run(state: Path, stack: contextlib.ExitStack) -> None:
    host, port = os.environ.get("HOST") or "127.0.0.1", int(os.environ.get("PORT") or 8000)
    _refuse_taken_port(host, port, f"make run PORT={port + 1}")
    url = f"http://{'localhost' if host in ('127.0.0.1', '0.0.0.0') else host}:{port}"
    if not os.environ.get("SITE_URL"):
        os.environ["SITE_URL"] = url  # what mails link to, for every process we start
    if not os.environ.get("EMAIL_URL"):
        smtp_port = choose_port(state)
        _refuse_taken_port("127.0.0.1", smtp_port, f"LEADCRM_SMTP_PORT={smtp_port + 1} make run")
    started = time.monotonic()
    with step("services") as done:
        names = services.needed()
        leases = stack.enter_context(services.using(state, names))
        done.result = ", ".join(names) or "given by DATABASE_URL and REDIS_URL"
    children: list[Child] = []
    stack.callback(stop_all, children)
    # Prepared in a child: its memory is given back, and it can be stopped in the middle of the demo.
    preparation = Child("prepare", [sys.executable, "-m", "leadcrm.prepare", "--url", url], state, is_quiet=False)
    children.append(preparation)
    preparation.start()
    if preparation.wait() != 0:
        raise services.ServiceError("The preparation failed; the lines above say why.")
    children[:] = [Child(name, command, state) for name, command in commands(state, host, port).items()]
    web, *others = children
    with step("web") as done:
        web.start()
        _await_answer(port, web)
        done.result = f"logs in {state}/log"
    for child in others:  # after the web server, which somebody waits for
        child.start()
    say(f"{', '.join(child.name for child in others)} started")
    say(f"\nLeadCRM answers at {url} after {time.monotonic() - started:.1f} s. Ctrl-C stops it.\n")
    _watch(children, leases)


def _watch(children: list[Child], leases: list[services.Lease]) -> None:
    """Start again whatever dies, until somebody stops us."""
    while True:
        for lease in leases:
            if lease.renew():
                say(f"{lease.name} was gone; it runs again")
        for child in children:
            child.keep_alive()
        time.sleep(GLANCE)


def _await_answer(port: int, web: Child) -> None:
    deadline = time.monotonic() + START_PATIENCE
    while not _answers(port):
        web.keep_alive()
        if time.monotonic() > deadline:
            raise services.ServiceError(f"The web server does not answer:\n{last_lines(web.log)}")
        time.sleep(0.05)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _refuse_taken_port(host: str, port: int, other: str) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise services.ServiceError(
                f"Port {port} cannot be used ({error.strerror}). Choose another: {other}"
            ) from None


@contextlib.contextmanager
def _alone(state: Path) -> Iterator[None]:
    """Refuse to run one installation twice: two timetables would nudge everything twice."""
    path = state / "run" / "supervisor"
    with FileLock(path) as lock:
        if not lock.try_hold():
            raise services.ServiceError(f"This installation runs already (process {note_in(path)}).")
        lock.note(str(os.getpid()))
        yield


def _stop(_number: int, _frame: FrameType | None) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    raise Stopped


if __name__ == "__main__":
    sys.exit(main())
