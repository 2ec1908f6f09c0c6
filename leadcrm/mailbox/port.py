"""On which port of the loopback an installation's own mail server listens. Nothing of Django: settings ask."""

import os
import socket
from pathlib import Path

HOST = "127.0.0.1"
USUAL = 1025  # said where no start has chosen one; nothing listens there then


def noted_port(state: Path) -> int:
    """`LEADCRM_SMTP_PORT`, else the port the last start of this installation chose."""
    told = os.environ.get("LEADCRM_SMTP_PORT")
    if told:
        return int(told)
    try:
        return int(_note(state).read_text())
    except (OSError, ValueError):
        return USUAL


def choose_port(state: Path) -> int:
    """The port for this start: the one told, the one of last time where it is free, else any free one; noted."""
    port = noted_port(state)
    if not os.environ.get("LEADCRM_SMTP_PORT") and (not _note(state).exists() or not _is_free(port)):
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            port = probe.getsockname()[1]
    _note(state).write_text(f"{port}\n")
    return port


def mail_dir(state: Path) -> Path:
    """Where the mails lie."""
    return state / "mail"


def _note(state: Path) -> Path:
    return state / "run" / "smtp.port"


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
