"""Reading what the sink kept."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.parser import BytesHeaderParser, BytesParser
from email.utils import parseaddr
from functools import lru_cache
from pathlib import Path

from leadcrm.mailbox.sink import KEPT, SUFFIX

KEY = re.compile(r"\d{20}-\d{6,}")
HEADERS_END = re.compile(rb"\r?\n\r?\n")
MOST_HEADERS = 128 * 1024
# Links of a mail open beside the mailbox, with no way back into it. Of two attributes of one name the first counts.
LINK_START = re.compile(r"<(a|area)(?=[\s/])", re.IGNORECASE)
LINK_MARKED = r'<\1 target="_blank" rel="noopener noreferrer"'


@dataclass(frozen=True, slots=True)
class Kept:
    """One mail as a list shows it."""

    key: str
    at: datetime
    sender: str
    to: str
    delivered_to: tuple[str, ...]
    subject: str

    @property
    def sender_name(self) -> str:
        """The sender as people call them."""
        name, address = parseaddr(self.sender)
        return name or address or self.sender


@dataclass(frozen=True, slots=True)
class Opened:
    """One mail with all that can be shown of it."""

    kept: Kept
    headers: list[tuple[str, str]]
    text: str
    html: str
    attachments: list[str]


def kept_mails(folder: Path, *, search: str = "", hidden: Collection[str] = ()) -> list[Kept]:
    """The mails, newest first, without those delivered to a `hidden` address."""
    wanted = search.casefold().split()
    found = []
    for path in sorted(folder.glob(f"*{SUFFIX}"), reverse=True):
        mail = _headline(path)
        if mail is None or not may_see(mail, hidden):
            continue
        said = " ".join((mail.subject, mail.sender, mail.to, *mail.delivered_to)).casefold()
        if all(word in said for word in wanted):
            found.append(mail)
    return found


def may_see(mail: Kept, hidden: Collection[str]) -> bool:
    """Whether none of its recipients is hidden."""
    return not any(address in hidden for address in mail.delivered_to)


def find(folder: Path, key: str) -> tuple[Kept, bytes] | None:
    """A mail by its key, as it came; None where it is not, or no longer, there."""
    path = folder / f"{key}{SUFFIX}"
    mail = _headline(path) if KEY.fullmatch(key) else None
    try:
        return None if mail is None else (mail, path.read_bytes())
    except FileNotFoundError:
        return None


def open_mail(kept: Kept, source: bytes) -> Opened:
    """Take a mail apart. What cannot be read is shown as well as it can."""
    message = BytesParser(policy=policy.default).parsebytes(source)
    assert isinstance(message, EmailMessage)
    return Opened(
        kept=kept,
        headers=_all_headers(source),
        text=_content(message.get_body(("plain",))),
        html=_content(message.get_body(("html",))),
        attachments=[part.get_filename() or part.get_content_type() for part in message.iter_attachments()],
    )


def with_outgoing_links(html: str) -> str:
    """The HTML with every link leading into a tab of its own."""
    return LINK_START.sub(LINK_MARKED, html)


def empty(folder: Path) -> int:
    """Throw all mails away; says how many."""
    paths = list(folder.glob(f"*{SUFFIX}"))
    for path in paths:
        path.unlink(missing_ok=True)
    return len(paths)


@lru_cache(maxsize=2 * KEPT)  # a kept mail never changes
def _headline(path: Path) -> Kept | None:
    try:
        with path.open("rb") as file:
            start = file.read(MOST_HEADERS)
    except FileNotFoundError:
        return None
    headers = BytesHeaderParser().parsebytes(HEADERS_END.split(start, maxsplit=1)[0] + b"\r\n\r\n")
    return Kept(
        key=path.stem,
        at=datetime.fromtimestamp(int(path.stem.partition("-")[0]) / 1e9, UTC),
        sender=_shown(headers.get("From")),
        to=_shown(headers.get("To")),
        delivered_to=tuple(str(value).strip().lower() for value in headers.get_all("Delivered-To", [])),
        subject=_shown(headers.get("Subject")),
    )


def _all_headers(source: bytes) -> list[tuple[str, str]]:
    headers: Message = BytesHeaderParser().parsebytes(source)
    return [(name, _shown(value)) for name, value in headers.items()]


def _shown(value: object) -> str:
    """A header for people: encoded words read, lines joined."""
    text = " ".join(str(value or "").split())
    if "=?" not in text:
        return text
    try:
        return str(make_header(decode_header(text)))
    except (HeaderParseError, LookupError, ValueError):
        return text


def _content(part: EmailMessage | Message | None) -> str:
    if not isinstance(part, EmailMessage):
        return ""
    try:
        return str(part.get_content())
    except (LookupError, ValueError):  # a charset nobody knows
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else str(payload)
