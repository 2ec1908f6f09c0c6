"""A fast mail server that loses lines on purpose and remembers exactly what it accepted.

`python -m chaos.sink --port 0 --log FILE` prints its port and runs until it is ended. What it accepted stands in the
log, one line `message-id recipient time` each, written before the answer to the final dot leaves.
"""

import argparse
import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from chaos.faults import CALM, Dice, Faults
from leadcrm.services.lifeline import die_with_parent

EXTENSIONS = ("PIPELINING", "8BITMIME", "SMTPUTF8")
_MESSAGE_ID = re.compile(rb"^message-id:\s*<([^>\r\n]*)>", re.IGNORECASE | re.MULTILINE)
_PATH = re.compile(rb"[^<]*<([^>]*)>")
_END = b"\r\n.\r\n"


class Sink:
    """The server inside this process; a context manager. With `keeps` it holds on to the contents too."""

    def __init__(
        self,
        log: Path | None = None,
        faults: Faults = CALM,
        *,
        seed: int = 0,
        port: int = 0,
        extensions: Sequence[str] = EXTENSIONS,
        keeps: bool = False,
    ) -> None:
        self.dice = Dice(faults, seed)
        self.extensions = extensions
        self.accepted = 0
        self.kept: list[tuple[str, bytes]] | None = [] if keeps else None
        self._log = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644) if log else None
        self._listener = socket.create_server(("127.0.0.1", port), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()

    def __enter__(self) -> "Sink":
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for line in list(self._open):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        if self._log is not None:
            os.close(self._log)
            self._log = None

    def serve(self) -> None:
        """Answer whoever calls, until the listener is closed."""
        while True:
            try:
                line, _address = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._converse, args=[line], daemon=True).start()

    def calm(self) -> None:
        """No more faults from now on."""
        self.dice.faults = CALM

    def counts(self) -> dict[str, int]:
        """How many recipients' mails were accepted, and how often each fault happened."""
        return {"accepted": self.accepted, **self.dice.counts}

    def record(self, content: bytes, recipients: Sequence[bytes]) -> None:
        """Take a message for good: from here on it counts as accepted."""
        found = _MESSAGE_ID.search(content, 0, max(content.find(b"\r\n\r\n"), 0) + 2)
        message_id = found[1] if found else b"-"
        now = f"{time.clock_gettime(time.CLOCK_REALTIME):.6f}".encode()
        lines = b"".join(b"%s %s %s\n" % (message_id, recipient, now) for recipient in recipients)
        with self._lock:
            self.accepted += len(recipients)
            if self._log is not None:
                os.write(self._log, lines)
            if self.kept is not None:
                self.kept += [(recipient.decode(errors="replace"), content) for recipient in recipients]

    def _converse(self, line: socket.socket) -> None:
        self._open.add(line)
        with line, contextlib.suppress(OSError, _HangUp):
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _Conversation(self, line).run()
        self._open.discard(line)


class _HangUp(Exception):
    """The line goes down now, with whatever has not been said."""


class _Conversation:
    """One client's line."""

    def __init__(self, sink: Sink, line: socket.socket) -> None:
        self.sink, self.line, self.falls = sink, line, sink.dice.falls
        self.unread = b""
        self.unsaid: list[bytes] = []
        self.in_body = self.drops_body = False
        self.has_sender = False
        self.recipients: list[bytes] = []

    def run(self) -> None:
        """Talk until one side ends it."""
        self.unsaid = [b"220 sink.example ESMTP"]
        self._flush()
        while came := self.line.recv(1 << 18):
            self.unread += came
            while self._content() if self.in_body else self._command():
                pass
            self._flush()

    def _flush(self) -> None:
        if self.unsaid:
            said = b"\r\n".join(self.unsaid) + b"\r\n"
            self.unsaid = []
            self.line.sendall(said)

    def _command(self) -> bool:
        """Read one command, if a whole one is there."""
        command, end, rest = self.unread.partition(b"\r\n")
        if not end:
            return False
        self.unread = rest
        verb = command[:4].upper()
        answer = getattr(self, f"_on_{verb.decode(errors='replace').lower()}", None)
        self.unsaid.append(answer(command) if answer else b"500 5.5.1 Unknown command")
        return True

    def _on_ehlo(self, _command: bytes) -> bytes:
        told = ["sink.example", "SIZE 52428800", *self.sink.extensions]
        return "\r\n".join(f"250{' ' if word == told[-1] else '-'}{word}" for word in told).encode()

    def _on_helo(self, _command: bytes) -> bytes:
        return b"250 sink.example"

    def _on_noop(self, _command: bytes) -> bytes:
        return b"250 2.0.0 Ok"

    def _on_rset(self, _command: bytes) -> bytes:
        self._forget()
        return b"250 2.0.0 Ok"

    def _on_quit(self, _command: bytes) -> bytes:
        self.unsaid.append(b"221 2.0.0 Bye")
        self._flush()
        raise _HangUp

    def _on_xcal(self, _command: bytes) -> bytes:
        """XCALM: the run's own words, to end the faults."""
        self.sink.calm()
        return b"250 2.0.0 Calm"

    def _on_xcou(self, _command: bytes) -> bytes:
        """XCOUNTS."""
        return b"250 " + json.dumps(self.sink.counts()).encode()

    def _on_mail(self, _command: bytes) -> bytes:
        self._forget()
        if self.falls("later_at_mail"):
            return b"451 4.3.0 Come again at MAIL"
        self.has_sender = True
        return b"250 2.1.0 Ok"

    def _on_rcpt(self, command: bytes) -> bytes:
        if not self.has_sender:
            return b"503 5.5.1 MAIL first"
        if self.falls("later_at_rcpt"):
            return b"450 4.2.1 Come again at RCPT"
        if self.falls("never_at_rcpt"):
            return b"550 5.1.1 No such user"
        found = _PATH.match(command)
        if not found:
            return b"501 5.1.3 No address"
        self.recipients.append(found[1])
        return b"250 2.1.5 Ok"

    def _on_data(self, _command: bytes) -> bytes:
        if not self.recipients:
            return b"503 5.5.1 RCPT first"
        if self.falls("drop_before_data"):
            raise _HangUp
        if self.falls("later_at_data"):
            self._forget()
            return b"451 4.3.0 Come again at DATA"
        self.in_body, self.drops_body = True, self.falls("drop_in_body")
        self.unread = b"\r\n" + self.unread  # so that an empty content ends like any other
        return b"354 Go on"

    def _content(self) -> bool:
        """Read the content, if all of it is there, and decide about it."""
        if self.drops_body and len(self.unread) > 2:
            raise _HangUp
        content, end, rest = self.unread.partition(_END)
        if not end:
            return False
        self.unread, self.in_body = rest, False
        self.unsaid.append(self._decide(content[2:] + b"\r\n"))
        self._forget()
        return True

    def _decide(self, content: bytes) -> bytes:
        if self.falls("later_at_dot"):
            return b"452 4.3.1 Come again after the dot"
        if self.falls("never_at_dot"):
            return b"554 5.6.0 Refused"
        if self.falls("stall"):
            time.sleep(self.sink.dice.faults.stall_seconds)
            raise _HangUp
        if self.falls("drop_unrecorded"):
            raise _HangUp
        self.sink.record(content.replace(b"\r\n..", b"\r\n."), self.recipients)
        if self.falls("drop_recorded"):
            raise _HangUp
        if self.falls("slow"):
            time.sleep(self.sink.dice.faults.slow_seconds)
        return b"250 2.0.0 Ok: taken"

    def _forget(self) -> None:
        self.has_sender, self.recipients = False, []


def ask(port: int, words: str) -> str:
    """Tell a sink something (XCALM, XCOUNTS), and hear its answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line, line.makefile("rw", newline="\r\n") as file:
        file.readline()
        file.write(f"{words}\r\n")
        file.flush()
        return file.readline().strip()[4:]


@contextlib.contextmanager
def sink_process(log: Path, faults: Faults = CALM, *, seed: int = 0) -> Iterator[int]:
    """A sink in a process of its own; yields its port."""
    told = ["--log", str(log), "--seed", str(seed), "--faults", json.dumps(asdict(faults))]
    with subprocess.Popen([sys.executable, "-m", "chaos.sink", *told], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until ended."""
    parser = argparse.ArgumentParser(prog="python -m chaos.sink", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--faults", type=json.loads, default={}, help='{"later_at_rcpt": 0.1}; see chaos/faults.py')
    parser.add_argument("--without", action="append", default=[], choices=EXTENSIONS)
    told: Any = parser.parse_args(arguments)
    extensions = [name for name in EXTENSIONS if name not in told.without]
    sink = Sink(told.log, Faults(**told.faults), seed=told.seed, port=told.port, extensions=extensions)
    print(sink.port, flush=True)
    die_with_parent()
    with contextlib.suppress(KeyboardInterrupt):
        sink.serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
