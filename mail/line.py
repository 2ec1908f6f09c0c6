"""One line to a mail server: hands over one message to one recipient, and says exactly what is known afterwards.

Between the final dot and the server's answer both sides may own a message (RFC 1047). So an error before the dot
is proof that nothing was accepted, an answer is an answer, and everything else is uncertain.
"""

import select
import smtplib
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from django.conf import settings

CONNECT_SECONDS = 10
ANSWER_SECONDS = 25  # below the lease of a message being handed over
REPLY_LENGTH = 300
LONGEST_REPLY = 8192


class Fate(StrEnum):
    """What became of a message on the line."""

    ACCEPTED = "accepted"
    AGAIN = "again"  # provably not accepted, may be tried again
    REFUSED = "refused"  # provably not accepted, for good
    NO_SUCH_ADDRESS = "no_such_address"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Answer:
    """Fate and the server's words."""

    fate: Fate
    reply: str = ""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An envelope and its content; lines end with CRLF, dots are not yet doubled."""

    from_address: str
    to_address: str
    content: bytes


class LineDown(Exception):
    """The mail server cannot be reached, or does not let us in. Nothing was handed over."""


class Line(Protocol):
    """What the delivery loop needs of a transport."""

    takes_eight_bit: bool
    is_recorded: bool  # takes everything at the moment it was due: for history that is told afterwards

    def open(self) -> None:
        """Be ready to hand over. Raises LineDown."""

    def hand(self, message: Outgoing) -> Answer:
        """Hand over one message. Raises LineDown when the line could not be opened again."""

    def close(self) -> None:
        """Say good-bye, where somebody listens."""


class SmtpLine:
    """A connection by RFC 5321, pipelined where the server allows it (RFC 2920), opened again after it was lost."""

    takes_eight_bit = True
    is_recorded = False

    def __init__(self) -> None:
        self._smtp: smtplib.SMTP | None = None

    def open(self) -> None:
        """Connect, encrypt and sign in as the settings say. Raises LineDown."""
        if self._smtp is not None:
            return
        try:
            self._smtp = _connect()
        except (OSError, smtplib.SMTPException) as error:
            raise LineDown(_words(error)) from error
        self.takes_eight_bit = self._smtp.has_extn("8bitmime")

    def close(self) -> None:
        """Quit; a line that is gone is gone."""
        if self._smtp is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._smtp.quit()
        self._drop()

    def hand(self, message: Outgoing) -> Answer:
        """Hand over one message, one recipient (rule 5). Raises LineDown."""
        self.open()
        assert self._smtp is not None
        try:
            sender, recipient, options = self._envelope(message)
        except UnicodeError as error:
            return Answer(Fate.REFUSED, str(error))
        try:
            refused = self._offer(self._smtp, sender, recipient, options)
            if refused is None:
                self._write(self._smtp, message.content)
        except _EarlyAnswer as early:
            self._drop()  # the server spoke before the dot: it has not got the whole message and never will
            return _verdict(early.code, early.reply)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Answer(Fate.AGAIN, _words(error))
        if refused is not None:
            return refused
        return self._finish(self._smtp)

    def _envelope(self, message: Outgoing) -> tuple[str, str, str]:
        """Addresses as this server takes them, and options of MAIL FROM. Raises UnicodeError."""
        assert self._smtp is not None
        options = " BODY=8BITMIME" if self.takes_eight_bit else ""
        sender, recipient = _ascii(message.from_address), _ascii(message.to_address)
        if not (sender.isascii() and recipient.isascii()):
            if not self._smtp.has_extn("smtputf8"):
                raise UnicodeError("The mail server does not take addresses with letters outside ASCII.")
            options += " SMTPUTF8"
        return sender, recipient, options

    def _offer(self, smtp: smtplib.SMTP, sender: str, recipient: str, options: str) -> Answer | None:
        """MAIL, RCPT, DATA; None when the server waits for the content."""
        wishes = [f"MAIL FROM:<{sender}>{options}", f"RCPT TO:<{recipient}>", "DATA"]
        answers: list[tuple[int, bytes]] = []
        if smtp.has_extn("pipelining"):
            _socket(smtp).sendall(("\r\n".join(wishes) + "\r\n").encode())
            answers = [_answer(smtp) for _ in wishes]
            if answers[2][0] == 354 and any(code >= 400 for code, _ in answers[:2]):
                _socket(smtp).sendall(b".\r\n")  # nobody to take it: the server says so (RFC 2920, 3.1)
                _answer(smtp)
        else:
            for wish in wishes:
                _socket(smtp).sendall(f"{wish}\r\n".encode())
                answers.append(_answer(smtp))
                if answers[-1][0] >= 400:
                    break
        place, (code, reply) = next(
            ((place, answer) for place, answer in enumerate(answers) if answer[0] >= 400), (2, answers[-1])
        )
        if code == 354:
            return None
        self._begin_anew(smtp, code)
        return _verdict(code, reply, is_about_recipient=place == 1)

    def _write(self, smtp: smtplib.SMTP, content: bytes) -> None:
        """Everything but the final dot, and a look whether the server still listens."""
        body = content.replace(b"\r\n.", b"\r\n..")
        if body.startswith(b"."):
            body = b"." + body
        if not body.endswith(b"\r\n"):
            body += b"\r\n"
        _socket(smtp).sendall(body)
        if select.select([_socket(smtp)], [], [], 0)[0]:
            raise _EarlyAnswer(*_answer(smtp))

    def _finish(self, smtp: smtplib.SMTP) -> Answer:
        """The dot, and what the server says to it."""
        try:
            _socket(smtp).sendall(b".\r\n")
            code, reply = _answer(smtp)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Answer(Fate.UNCLEAR, _words(error))
        if code == 421:
            self._drop()
        return _verdict(code, reply)

    def _begin_anew(self, smtp: smtplib.SMTP, code: int) -> None:
        """Forget the envelope the server refused; a server that closes (421) is left."""
        try:
            if code != 421:
                _socket(smtp).sendall(b"RSET\r\n")
            if code == 421 or _answer(smtp)[0] != 250:
                self._drop()
        except (OSError, smtplib.SMTPException):
            self._drop()

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None


class _EarlyAnswer(Exception):
    """The server answered, or closed, before the final dot."""

    def __init__(self, code: int, reply: bytes) -> None:
        super().__init__(code)
        self.code, self.reply = code, reply


def _connect() -> smtplib.SMTP:
    address = (settings.EMAIL_HOST, settings.EMAIL_PORT)
    if getattr(settings, "EMAIL_USE_SSL", False):
        context = ssl.create_default_context()
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(*address, timeout=CONNECT_SECONDS, context=context)
    else:
        smtp = smtplib.SMTP(*address, timeout=CONNECT_SECONDS)
    try:
        _socket(smtp).setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        smtp.ehlo_or_helo_if_needed()
        if getattr(settings, "EMAIL_USE_TLS", False):
            smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo()
        if settings.EMAIL_HOST_USER:
            smtp.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
        _socket(smtp).settimeout(ANSWER_SECONDS)
        if smtp.file is None:
            smtp.file = _socket(smtp).makefile("rb")
    except BaseException:
        smtp.close()
        raise
    return smtp


def _socket(smtp: smtplib.SMTP) -> socket.socket:
    """The connection itself; smtplib forgets it when it finds it closed."""
    if smtp.sock is None:
        raise smtplib.SMTPServerDisconnected("The line is closed.")
    return smtp.sock


def _ascii(address: str) -> str:
    """The address with its domain as DNS writes it. Raises UnicodeError; nothing in it may end a command."""
    if any(ord(letter) <= 32 or letter in "<>" or ord(letter) == 127 for letter in address):
        raise UnicodeError("The address holds a blank, a bracket or a control character.")
    local, at, domain = address.rpartition("@")
    return address if domain.isascii() else f"{local}{at}{domain.encode('idna').decode()}"


def _answer(smtp: smtplib.SMTP) -> tuple[int, bytes]:
    """One reply; read here, as smtplib's reader costs more than the rest of the conversation."""
    lines = []
    while True:
        line: bytes = smtp.file.readline(LONGEST_REPLY) if smtp.file else b""
        if not line.endswith(b"\n") or not line[:3].isdigit():
            # Closed, or not a word of SMTP: whatever is at the other end, it is no mail server any more.
            raise smtplib.SMTPServerDisconnected("The mail server closed the line.")
        lines.append(line[4:].strip())
        if line[3:4] != b"-":
            return int(line[:3]), b" ".join(lines)


def _verdict(code: int, reply: bytes, *, is_about_recipient: bool = False) -> Answer:
    words = f"{code} {reply.decode(errors='replace')}".replace("\n", " ")[:REPLY_LENGTH]
    if 200 <= code < 300:
        return Answer(Fate.ACCEPTED, words)
    if 400 <= code < 500:
        return Answer(Fate.AGAIN, words)
    no_such = is_about_recipient and code in (550, 551, 553) and not reply.startswith(b"5.7")
    return Answer(Fate.NO_SUCH_ADDRESS if no_such else Fate.REFUSED, words)


def _words(error: Exception) -> str:
    return (str(error) or type(error).__name__)[:REPLY_LENGTH]


class RecordedLine:
    """A line nothing leaves by: every message counts as accepted when it was due. For histories told afterwards."""

    takes_eight_bit = True
    is_recorded = True

    def open(self) -> None:
        """Always open."""

    def hand(self, message: Outgoing) -> Answer:
        """Take it."""
        return Answer(Fate.ACCEPTED, "recorded")

    def close(self) -> None:
        """Nothing to close."""
