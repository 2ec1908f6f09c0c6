"""The mail server of our own, as a real process."""

import smtplib
import socket
import subprocess
import sys
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from leadcrm.mailbox import sink
from leadcrm.mailbox.box import find, kept_mails
from leadcrm.mailbox.port import choose_port, noted_port
from leadcrm.mailbox.sink import Spool
from tests.processes import eventually


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-P", sink.__file__, str(port), str(tmp_path / "mail")])
    assert eventually(lambda: answers(port))
    yield port, tmp_path / "mail"
    process.terminate()
    assert process.wait(60) == 0


def answers(port: int) -> bool:
    try:
        with smtplib.SMTP("127.0.0.1", port):
            return True
    except OSError:
        return False


def letter(to: str, subject: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Anna <anna@heshbonit4u.example>", to, subject
    mail.set_content("שלום\n.a line that begins with a dot\n")
    return mail


def test_it_keeps_what_it_is_sent_on_one_connection(server):
    port, folder = server
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.ehlo()
        announced = set(client.esmtp_features)
        for number in range(30):
            client.send_message(letter(f"lead{number}@acme.example", f"№ {number}"))

    mails = kept_mails(folder)
    assert {"pipelining", "8bitmime", "smtputf8", "size"} <= announced
    assert [mail.subject for mail in mails] == [f"№ {number}" for number in reversed(range(30))]
    assert mails[0].delivered_to == ("lead29@acme.example",)
    found = find(folder, mails[0].key)
    assert found is not None
    assert b"\n.a line" in found[1]


def test_it_takes_commands_ahead_of_its_answers(server):
    port, folder = server
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(
            b"EHLO us\r\nMAIL FROM:<a@x.example>\r\nRCPT TO:<b@y.example>\r\nRCPT TO:<c@y.example>\r\nDATA\r\n"
        )
        line.sendall(b"Subject: ahead\r\n\r\nbody\r\n.\r\nQUIT\r\n")
        while line.recv(4096):
            pass

    (mail,) = kept_mails(folder)
    assert (mail.subject, mail.delivered_to) == ("ahead", ("b@y.example", "c@y.example"))


def test_only_the_newest_stay(tmp_path):
    spool = Spool(tmp_path, kept=3)
    for number in range(5):
        spool.keep(f"Subject: {number}\r\n\r\n".encode())
    Spool(tmp_path, kept=3).keep(b"Subject: after a restart\r\n\r\n")

    assert [mail.subject for mail in kept_mails(tmp_path)] == ["after a restart", "4", "3"]


def test_two_installations_choose_two_ports_and_keep_them(tmp_path, monkeypatch):
    monkeypatch.delenv("LEADCRM_SMTP_PORT", raising=False)
    states = [tmp_path / "one", tmp_path / "two"]
    for state in states:
        (state / "run").mkdir(parents=True)
    with socket.socket() as first:
        first.bind(("127.0.0.1", choose_port(states[0])))
        first.listen()
        second = choose_port(states[1])
        moved = choose_port(states[0])

    assert moved != second
    assert choose_port(states[0]) == noted_port(states[0]) == moved
    monkeypatch.setenv("LEADCRM_SMTP_PORT", "2526")
    assert choose_port(states[1]) == 2526
