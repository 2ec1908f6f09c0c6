"""Where an installation keeps its state and under which addresses its embedded services answer."""

import hashlib
import os
import pwd
import re
import secrets
import stat
from pathlib import Path

SOCKET_PATH_LIMIT = 107  # sun_path of Linux; macOS allows 103, which the margin below leaves room for
LONGEST_SOCKET_NAME = "/pg/.s.PGSQL.5432"
MARGIN = 4


class ServiceError(Exception):
    """An embedded service cannot be started; the text says why and where to look."""


def state_dir() -> Path:
    """The folder of everything this installation keeps: `LEADCRM_STATE`, else `.local` beside the code."""
    default = Path(__file__).resolve().parents[2] / ".local"
    return Path(os.environ.get("LEADCRM_STATE") or default).resolve()


def database_url(state: Path) -> str:
    """The address of the embedded PostgreSQL."""
    return f"postgres://leadcrm@/leadcrm?host={sockets_dir(state)}/pg"


def redis_url(state: Path) -> str:
    """The address of the embedded Valkey."""
    return f"unix://{sockets_dir(state)}/valkey.sock"


def broker_url(redis: str) -> str:
    """The same address as Celery spells it."""
    return redis.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")


def server_account() -> pwd.struct_passwd | None:
    """Whose rights PostgreSQL runs with: it refuses root's, so root lends it `nobody`'s."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def open_to_all(path: Path) -> bool:
    """Whether any account may pass every folder on the way and read what stands at the end."""
    try:
        folders_open = all(parent.stat().st_mode & stat.S_IXOTH for parent in path.parents)
        return folders_open and path.stat().st_mode & 0o005 == 0o005
    except FileNotFoundError:
        return False


def sockets_dir(state: Path) -> Path:
    """A folder short and plain enough for socket addresses; the same for the same state, every time."""
    inside = state / "run"
    fits = len(os.fsencode(inside)) + len(LONGEST_SOCKET_NAME) + MARGIN <= SOCKET_PATH_LIMIT
    is_plain = re.fullmatch(r"[A-Za-z0-9._/-]+", str(inside))
    if fits and is_plain and (os.geteuid() != 0 or _passable(state)):
        return inside
    return Path("/tmp") / f"leadcrm-{hashlib.sha256(os.fsencode(state)).hexdigest()[:16]}"


def make_state(state: Path) -> None:
    """Make the folders of an installation; another account may pass through them only where PostgreSQL must."""
    mode = 0o711 if os.geteuid() == 0 else 0o700
    for folder in (state, state / "run", state / "log", sockets_dir(state)):
        if not folder.exists():
            folder.mkdir(mode=mode, parents=True, exist_ok=True)
            folder.chmod(mode)
    found = sockets_dir(state).lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (os.geteuid(), state.stat().st_uid):
        raise ServiceError(f"{sockets_dir(state)} belongs to somebody else; remove it or choose another LEADCRM_STATE.")


def database_home(state: Path) -> Path:
    """Where the database lives: in the state folder, unless PostgreSQL's account cannot get there.

    A root who works below a closed home folder gets one under /var/lib; the state folder remembers which.
    """
    if server_account() is None or _passable(state):
        return state
    note = state / "database-home"
    if not note.exists():
        note.write_text(f"/var/lib/leadcrm-{secrets.token_hex(6)}\n")
    home = Path(note.read_text().strip())
    home.mkdir(mode=0o711, exist_ok=True)
    return home


def secret_key(state: Path) -> str:
    """The installation's signing key, made on the first call and readable by its owner only."""
    make_state(state)
    path = state / "secret_key"
    if not path.exists():
        fresh = state / f"secret_key.{os.getpid()}"
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(50))
        try:
            os.link(fresh, path)  # never replaces the key of somebody who was quicker
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text().strip()


def _passable(state: Path) -> bool:
    existing = next(folder for folder in (state, *state.parents) if folder.exists())
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (existing, *existing.parents))
