"""What one line says about one message."""

import socket
import threading

import pytest

from chaos.sink import Sink
from mail.line import Fate, LineDown, Outgoing, SmtpLine
from tests.mail.conftest import faulty

CONTENT = b"Message-ID: <one@x.example>\r\nSubject: hello\r\n\r\n.dots\r\n..more\r\nend"


def outgoing(to: str = "dana@acme.example") -> Outgoing:
    return Outgoing("us@site.example", to, CONTENT)


def test_an_accepted_message_arrives_as_it_was(server: Sink, line: SmtpLine) -> None:
    answer = line.hand(outgoing())

    assert answer.fate == Fate.ACCEPTED
    assert server.kept == [("dana@acme.example", CONTENT + b"\r\n")]


@pytest.mark.parametrize(
    ("fault", "fate"),
    [
        ("later_at_mail", Fate.AGAIN),
        ("later_at_rcpt", Fate.AGAIN),
        ("later_at_data", Fate.AGAIN),
        ("later_at_dot", Fate.AGAIN),
        ("never_at_rcpt", Fate.NO_SUCH_ADDRESS),
        ("never_at_dot", Fate.REFUSED),
        ("drop_before_data", Fate.AGAIN),
        ("drop_unrecorded", Fate.UNCLEAR),
        ("drop_recorded", Fate.UNCLEAR),
    ],
)
def test_each_fault_has_its_meaning_and_the_next_message_still_leaves(
    server: Sink, line: SmtpLine, fault: str, fate: Fate
) -> None:
    faulty(server, **{fault: 1.0})
    assert line.hand(outgoing()).fate == fate

    server.calm()

    assert line.hand(outgoing()).fate == Fate.ACCEPTED


def test_a_server_that_never_answers_the_dot_leaves_it_unclear(
    server: Sink, line: SmtpLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mail.line.ANSWER_SECONDS", 0.2)
    faulty(server, stall=1.0, stall_seconds=1.0)

    assert line.hand(outgoing()).fate == Fate.UNCLEAR


def test_a_line_lost_in_the_body_is_never_taken_for_accepted(server: Sink, line: SmtpLine) -> None:
    faulty(server, drop_in_body=1.0)

    assert line.hand(outgoing()).fate in (Fate.AGAIN, Fate.UNCLEAR)
    assert server.accepted == 0


@pytest.mark.parametrize("extensions", [(), ("PIPELINING",), ("8BITMIME",)])
def test_servers_with_fewer_abilities_get_their_mail_too(settings, extensions: tuple[str, ...]) -> None:
    with Sink(keeps=True, extensions=extensions) as plain:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", plain.port
        line = SmtpLine()

        assert [line.hand(outgoing()).fate for _ in range(3)] == [Fate.ACCEPTED] * 3
        assert line.takes_eight_bit == ("8BITMIME" in extensions)

        line.close()


def test_a_server_that_is_away_means_that_nothing_was_handed_over(settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings.EMAIL_HOST, settings.EMAIL_PORT = taken.getsockname()
    with pytest.raises(LineDown):
        SmtpLine().open()


def test_something_that_is_no_mail_server_is_a_line_that_is_down(settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        settings.EMAIL_HOST, settings.EMAIL_PORT = other.getsockname()
        threading.Thread(target=_say_nonsense, args=[other], daemon=True).start()

        with pytest.raises(LineDown):
            SmtpLine().open()


def _say_nonsense(listener: socket.socket) -> None:
    peer, _address = listener.accept()
    with peer:
        peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


@pytest.mark.parametrize("address", ["a b@acme.example", "a>@acme.example", "a\r\nRCPT TO:<x@y.example>@acme.example"])
def test_an_address_can_never_end_a_command(server: Sink, line: SmtpLine, address: str) -> None:
    assert line.hand(outgoing(address)).fate == Fate.REFUSED
    assert server.accepted == 0


def test_a_domain_outside_ascii_is_written_as_dns_does(server: Sink, line: SmtpLine) -> None:
    assert line.hand(outgoing("dana@bücher.example")).fate == Fate.ACCEPTED
    assert server.kept is not None
    assert server.kept[0][0] == "dana@xn--bcher-kva.example"
