"""P8: nurture mail with the mail promise kept, beside a worker of the same shape that promises nothing."""

import smtplib
import socket
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from bench.results import Result, at_least, spread
from bench.world import connect, world
from chaos.sink import sink_process
from mail.deliver import deliver
from mail.letters import LetterSpec
from mail.line import SmtpLine
from mail.models import Message, Sender
from nurturing.advance import advance
from nurturing.enroll import enroll
from nurturing.models import Sequence
from nurturing.publish import Draft, StepSpec, open_sequence, publish_version, save_draft
from users.clock import database_now
from users.models import User

MAILS = 4_000
ROUNDS = 3
BATCH = 500
BODY = "<p>Hello {{ first_name|there }},</p>" + "<p>Invoices across borders cost four times as much.</p>" * 40
LINKS = '<p><a href="https://site.example/a">Read</a> <a href="https://site.example/b">Compare</a></p>'
END = '<p><a href="{{ unsubscribe_url }}">Unsubscribe</a></p>'


def p8(size: str) -> list[Result]:
    """Mails a second by one process: due, planned, written, handed over one by one, recorded."""
    world(size).enter()
    with tempfile.TemporaryDirectory(prefix="leadcrm-bench-") as folder, sink_process(Path(folder) / "taken") as port:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        _prepare()
        _ours(200)  # warm: letters prepared, plans made
        ours, bare = [], []
        for _ in range(ROUNDS):
            ours.append(_ours(MAILS))
            bare.append(_bare(MAILS, port))
        taken = len((Path(folder) / "taken").read_text().splitlines())
    unclear = Message.objects.exclude(state="sent").count()
    rate, yardstick = statistics.median(ours), statistics.median(bare)
    detail = f"rounds: {spread(ours)}; bare {spread(bare)}; {taken} taken, {unclear} not sent; unsigned"
    fast = Result("P8 rate", size, rate, None, None, "/s", "≥ 1000", rate >= 1000)
    return [at_least("P8", size, rate, yardstick, "/s", 0.2, detail), fast]


def _prepare() -> None:
    Sender.objects.update(per_minute=10_000_000, burst=1_000_000, tokens=1_000_000)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE leads_contactability SET consent = 'granted', consent_at = now()")
        cursor.execute("VACUUM ANALYZE leads_contactability")
        cursor.execute(
            "DROP TABLE IF EXISTS bench_mail; CREATE TABLE bench_mail (id bigserial PRIMARY KEY, lead_id bigint,"
            " step int DEFAULT 1, state text DEFAULT 'due', due_at timestamptz, sent_at timestamptz);"
            " CREATE INDEX ON bench_mail (due_at) WHERE state = 'due'"
        )


def _ours(number: int) -> float:
    """A sequence of one mail, entered by so many leads, on its whole way."""
    made = Sequence.objects.count()
    sequence = open_sequence(slug=f"bench-{made}", name=f"Bench {made}")
    letter = LetterSpec(name="news", subject="News for {{ first_name|you }}", html=BODY + LINKS + END)
    save_draft(sequence, Draft(steps=[StepSpec(letter=letter)]))
    publish_version(sequence, by=None, now=database_now())
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM leads_lead WHERE email IS NOT NULL AND outcome = '' LIMIT %s", [number])
        leads = [pk for (pk,) in cursor.fetchall()]
    by, _ = User.objects.get_or_create(email="bench.mail@bench.example", defaults={"role": "marketer"})
    entered = enroll(sequence, leads, by=by.pk, now=database_now())
    line = SmtpLine()
    line.open()
    started = time.perf_counter()
    advance(now=database_now())
    done = deliver(line, now=database_now(), seconds=300)
    seconds = time.perf_counter() - started
    line.close()
    if done < len(entered):
        raise RuntimeError(f"only {done} of {len(entered)} mails left")
    return done / seconds


def _bare(number: int, port: int) -> float:
    """Claim, token, substitute, send, record and advance, in batches: fast, and wrong after any crash."""
    base = connect()
    base.autocommit = False
    cursor = base.cursor()
    cursor.execute(
        "INSERT INTO bench_mail (lead_id, due_at) SELECT id, now() FROM leads_lead WHERE email IS NOT NULL LIMIT %s",
        [number],
    )
    base.commit()
    smtp = smtplib.SMTP("127.0.0.1", port)
    smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    smtp.ehlo()
    page = (BODY + LINKS + END).replace("{{ first_name|there }}", "%(name)s").encode()
    sent, started = 0, time.perf_counter()
    while rows := _claim(cursor):
        for pk, address, name in rows:
            _send(smtp, pk, address, name, page)
        cursor.execute(
            "UPDATE bench_mail SET state = 'done', step = step + 1, sent_at = clock_timestamp() WHERE id = ANY(%s)",
            [[pk for pk, _, _ in rows]],
        )
        base.commit()
        sent += len(rows)
    seconds = time.perf_counter() - started
    smtp.quit()
    base.close()
    return sent / seconds


def _claim(cursor: Any) -> list[tuple[int, str, str]]:
    cursor.execute(
        "SELECT m.id, l.email, l.first_name FROM bench_mail m JOIN leads_lead l ON l.id = m.lead_id"
        " WHERE m.state = 'due' AND m.due_at <= now() ORDER BY m.due_at LIMIT %s FOR UPDATE OF m SKIP LOCKED",
        [BATCH],
    )
    rows: list[tuple[int, str, str]] = cursor.fetchall()
    return rows


def _send(smtp: smtplib.SMTP, pk: int, address: str, name: str, page: bytes) -> None:
    """One pipelined transaction: the envelope, and the content once the server asks for it."""
    smtp.sock.sendall(b"MAIL FROM:<bench@site.example>\r\nRCPT TO:<%s>\r\nDATA\r\n" % address.encode())
    for _ in range(3):
        smtp.getreply()
    body = page.replace(b"%(name)s", name.encode())
    head = b"From: bench@site.example\r\nTo: <%s>\r\nSubject: News for %s\r\nMessage-ID: <%d@bench>\r\n"
    mime = b"MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    smtp.sock.sendall(head % (address.encode(), name.encode(), pk) + mime + body + b"\r\n.\r\n")
    if smtp.getreply()[0] != 250:
        raise RuntimeError("the sink refused a mail")
