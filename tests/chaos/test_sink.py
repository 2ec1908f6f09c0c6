"""The faulty mail server: what it accepts is on record, what it drops is not."""

import smtplib
import socket
import statistics
import time
from pathlib import Path

import pytest

from chaos.faults import Faults
from chaos.sink import Sink, ask, sink_process

LETTER = "Subject: x\r\nMessage-ID: <m%d@x.example>\r\n\r\nHello\r\n.\r\nbye\r\n"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "accepted.log"


def send(port: int, number: int = 1) -> int:
    """The answer to the final dot; raises what smtplib raises."""
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as line:
        line.ehlo()
        line.mail("a@x.example")
        line.rcpt("b@x.example")
        return line.data(LETTER % number)[0]


def recorded(log: Path) -> list[list[str]]:
    return [line.split()[:2] for line in log.read_text().splitlines()]


def test_what_is_accepted_is_on_record_and_kept(log):
    with Sink(log, keeps=True) as sink:
        assert send(sink.port) == 250

        assert sink.counts() == {"accepted": 1}
        assert sink.kept == [("b@x.example", (LETTER % 1).encode())]
    assert recorded(log) == [["m1@x.example", "b@x.example"]]


def test_extensions_are_announced_unless_switched_off():
    with Sink() as sink, smtplib.SMTP("127.0.0.1", sink.port) as line:
        line.ehlo()
        assert {"pipelining", "8bitmime", "smtputf8"} <= set(line.esmtp_features)
    with Sink(extensions=["8BITMIME"]) as sink, smtplib.SMTP("127.0.0.1", sink.port) as line:
        line.ehlo()
        assert not {"pipelining", "smtputf8"} & set(line.esmtp_features)


@pytest.mark.parametrize(
    ("fault", "refusal", "code"),
    [
        ("later_at_mail", smtplib.SMTPSenderRefused, 451),
        ("later_at_rcpt", smtplib.SMTPRecipientsRefused, 450),
        ("never_at_rcpt", smtplib.SMTPRecipientsRefused, 550),
        ("later_at_data", smtplib.SMTPDataError, 451),
        ("later_at_dot", smtplib.SMTPDataError, 452),
        ("never_at_dot", smtplib.SMTPDataError, 554),
    ],
)
def test_refusals_come_where_the_plan_says(log, fault, refusal, code):
    with (
        Sink(log, Faults(**{fault: 1.0})) as sink,
        smtplib.SMTP("127.0.0.1", sink.port) as line,
        pytest.raises(refusal) as refused,
    ):
        line.sendmail("a@x.example", ["b@x.example"], LETTER % 1)

    assert str(code) in str(refused.value)
    assert sink.counts() == {"accepted": 0, fault: 1}
    assert recorded(log) == []


@pytest.mark.parametrize(
    ("fault", "accepted"),
    [("drop_before_data", 0), ("drop_in_body", 0), ("drop_unrecorded", 0), ("drop_recorded", 1), ("stall", 0)],
)
def test_lines_are_lost_where_the_plan_says(log, fault, accepted):
    with Sink(log, Faults(**{fault: 1.0}, stall_seconds=0.01)) as sink:
        with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
            send(sink.port)

        assert sink.counts() == {"accepted": accepted, fault: 1}
    assert len(recorded(log)) == accepted


def test_the_plan_follows_its_seed_and_ends_at_run_time(log):
    with Sink(log, Faults(never_at_dot=0.5), seed=7) as sink:
        first = [send_code(sink.port) for _ in range(12)]
        ask(sink.port, "XCALM")
        assert [send_code(sink.port) for _ in range(12)] == [250] * 12
    with Sink(None, Faults(never_at_dot=0.5), seed=7) as sink:
        assert [send_code(sink.port) for _ in range(12)] == first
    assert {250, 554} == set(first)


def send_code(port: int) -> int:
    try:
        return send(port)
    except smtplib.SMTPDataError as error:
        return error.smtp_code


def test_a_process_of_its_own_takes_thousands_of_pipelined_mails_a_second(log, capsys):
    body = (LETTER % 2 + "x" * 70 + "\r\n" + ".\r\n").encode().replace(b"\r\n.\r\nbye", b"\r\n..\r\nbye")
    with sink_process(log) as port, socket.create_connection(("127.0.0.1", port)) as line:
        line.recv(1000)
        took = []
        for _ in range(3000):
            started = time.perf_counter()
            line.sendall(b"MAIL FROM:<a@x.example>\r\nRCPT TO:<b@x.example>\r\nDATA\r\n")
            assert line.recv(1000).endswith(b"354 Go on\r\n")
            line.sendall(body)
            assert line.recv(1000).startswith(b"250")
            took.append(time.perf_counter() - started)
        rate = 1 / statistics.median(took)  # of a mail that nothing else on the machine held up

        assert '"accepted": 3000' in ask(port, "XCOUNTS")
    with capsys.disabled():
        print(f" [{rate:,.0f} mails a second] ", end="")
    assert len(recorded(log)) == 3000
    assert rate > 2000
