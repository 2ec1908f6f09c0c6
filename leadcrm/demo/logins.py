"""Who works at the demo company, and how they sign in."""

import secrets
from pathlib import Path

from django.conf import settings

from users.accounts import NewAccount, open_accounts, reset_passwords
from users.models import Role, User

DOMAIN = "heshbonit4u.example"
ACCOUNTS = [
    NewAccount(email=f"admin@{DOMAIN}", name="Avital Shaked", role=Role.ADMIN),
    NewAccount(email=f"marketer@{DOMAIN}", name="Maya Lindqvist", role=Role.MARKETER),
    NewAccount(email=f"sdr@{DOMAIN}", name="Sam Delgado", role=Role.SDR, team="sales"),
    NewAccount(email=f"rep@{DOMAIN}", name="Robin Castellano", role=Role.SALES_REP, team="sales"),
    NewAccount(email=f"manager@{DOMAIN}", name="Miriam Okafor", role=Role.SALES_MANAGER, team="sales"),
]


def password_file() -> Path:
    """Where the demo's password is kept for later starts, readable by its owner only."""
    return Path(settings.STATE_DIR) / "demo_password"


def keep_password(password: str) -> None:
    """Remember the demo's password on this machine."""
    path = password_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(password)


def kept_password() -> str:
    """The demo's password, where it was made on this machine."""
    path = password_file()
    return path.read_text().strip() if path.exists() else "printed on the first run"


def new_password() -> str:
    """A password nobody guesses."""
    return secrets.token_urlsafe(12)


def open_logins(password: str) -> dict[str, int]:
    """Open the accounts; returns user ids by the part of the address before the @."""
    users = open_accounts(ACCOUNTS, password=password)
    return {user.email.split("@")[0]: user.pk for user in users}


def reset_logins(password: str) -> None:
    """Give all demo accounts a new password."""
    reset_passwords([account.email for account in ACCOUNTS], password=password)


def known_logins() -> list[User]:
    """The demo's accounts that exist."""
    return list(User.objects.filter(email__in=[account.email for account in ACCOUNTS]).order_by("pk"))


def table(password: str) -> str:
    """The logins for people to read."""
    width = max(len(account.email) for account in ACCOUNTS)
    lines = [f"  {account.email:<{width}}  {Role(account.role).label}" for account in ACCOUNTS]
    return "\n".join(["Sign in as one of", *lines, f"with the password  {password}"])
