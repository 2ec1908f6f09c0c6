"""The mail server of an installation that has none: takes every mail, delivers none, keeps the newest in a folder.

Started as a file of its own (`python -P sink.py PORT FOLDER`), so that it needs neither Django nor Celery.
"""

import asyncio
import contextlib
import itertools
import os
import signal
import sys
import time
from collections import deque
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

HOST = "127.0.0.1"
KEPT = 5_000
SUFFIX = ".eml"
LARGEST = 25 * 2**20
# Mails of one connection are handed over one after another; a client that says nothing for so long is gone.
PATIENCE = 60.0


class Spool:
    """A folder with one file per mail, named so that names sort by arrival; holds the newest `kept`."""

    def __init__(self, folder: Path, kept: int = KEPT) -> None:
        self.folder = folder
        self.kept = kept
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for unfinished in folder.glob("*.part"):
            unfinished.unlink()
        self._names = deque(sorted(path.name for path in folder.glob(f"*{SUFFIX}")))
        self._numbers = itertools.count()

    def keep(self, content: bytes) -> str:
        """Store a mail under a new key; it appears whole or not at all."""
        key = f"{time.time_ns():020d}-{next(self._numbers):06d}"
        part = self.folder / f"{key}.part"
        part.write_bytes(content)
        part.rename(self.folder / f"{key}{SUFFIX}")
        self._names.append(f"{key}{SUFFIX}")
        while len(self._names) > self.kept:  # somebody may have emptied the folder meanwhile
            (self.folder / self._names.popleft()).unlink(missing_ok=True)
        return key


class Taker:
    """What aiosmtpd calls: every recipient is welcome, every mail is kept."""

    def __init__(self, spool: Spool) -> None:
        self.spool = spool

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Announce what we can beside aiosmtpd's own: commands may come ahead of our answers."""
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", responses[-1]]

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the mail with its envelope on top, as a mail server's delivery does."""
        content = envelope.content or b""
        body = content.encode() if isinstance(content, str) else content
        envelope_lines = [f"Return-Path: <{envelope.mail_from or ''}>"]
        envelope_lines += [f"Delivered-To: {address}" for address in envelope.rcpt_tos]
        key = self.spool.keep("".join(f"{line}\r\n" for line in envelope_lines).encode() + body)
        return f"250 OK kept as {key}"


async def serve(port: int, folder: Path) -> None:
    """Take mail until asked to stop."""
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    taker = Taker(Spool(folder))

    def protocol() -> SMTP:
        return SMTP(
            taker,
            hostname="localhost",
            ident="LeadCRM keeps every mail",
            enable_SMTPUTF8=True,
            data_size_limit=LARGEST,
            timeout=PATIENCE,
            loop=loop,
        )

    server = await loop.create_server(protocol, HOST, port)
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(server.close)
        await stopping.wait()


if __name__ == "__main__":
    os.umask(0o077)
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
