"""A mail server that does as it is told."""

from collections.abc import Iterator

import pytest

from chaos.faults import Faults
from chaos.sink import Sink
from mail.line import SmtpLine


@pytest.fixture
def server(settings) -> Iterator[Sink]:
    """A server in this process, without faults; `faulty` gives it some."""
    with Sink(keeps=True) as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
        settings.EMAIL_HOST_USER = ""
        yield sink


@pytest.fixture
def line(server: Sink) -> Iterator[SmtpLine]:
    """A line to it."""
    smtp = SmtpLine()
    yield smtp
    smtp.close()


def faulty(server: Sink, **faults: float) -> None:
    """Let the server make these faults from now on; no others."""
    server.dice.faults = Faults(**faults)
